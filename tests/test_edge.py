"""The edge: exit codes, documents, records and flags, as Invoke and other people's tasks see them."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tsdbtasks import edge
from tsdbtasks.edge import about, show, skipped, task
from tsdbtasks.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from invoke.context import Context

    from tests.conftest import MakeRepository, Repository

#: A tasks.py of somebody else, with one task for each way in which a task can go.
_TASKS = '''
import invoke
import tsdbtasks
from tsdbtasks import edge, errors
from tsdbtasks.core.report.table import Table
from tsdbtasks.runner import Runner
from tsdbtasks.tasks.build import build


@tsdbtasks.task
def good(c):
    """Show a table and return a value."""
    edge.about(commit="c" * 40, version="v1.0.0")
    edge.show({"a": 1}, Table("", ("name",), [("ü",)]))
    print("a print")
    return {"a": 1}


@tsdbtasks.task
def refused(c):
    """Show a result and say no."""
    edge.show([1, 2], Table("", ("name",), [("x",)]))
    raise errors.RefusedError("the gate said no", hint="mend it")


@tsdbtasks.task
def fails(c, kind="ProgramError"):
    """Fail in a given way."""
    raise getattr(errors, kind)("it failed")


@tsdbtasks.task
def defect(c):
    """Do what nobody foresaw."""
    raise RuntimeError("nobody foresaw this")


@tsdbtasks.task
def absent(c):
    """Read a file that is not there."""
    open("/no/such/file")


@tsdbtasks.task
def command(c):
    """Run a command of Invoke's own that fails."""
    c.run("exit 3", hide=True)


@tsdbtasks.task
def missing(c):
    """Run a program that is not there."""
    Runner.of(c).act(["no-such-program"])


@tsdbtasks.task
def idle(c):
    """Find nothing to do."""
    edge.skipped("no such part here")


@tsdbtasks.task
def outer(c):
    """Call another task of ours and use its value."""
    return {"inner": good(c)}


@tsdbtasks.task
def shields(c):
    """Call a task that fails, and go on."""
    try:
        refused(c)
    except errors.RefusedError as error:
        return {"caught": error.message}


@invoke.task
def foreign(c):
    """Call ours from a task of Invoke's own."""
    print("built", build(c)[0].path)


@tsdbtasks.task(iterable=["word"], short={"word": "w", "loud": "l"}, help={"word": "A word; repeatable.", "loud": "Shout."})
def words(c, word=(), loud=False):
    """Say words."""
    print(sorted(word), loud)


@tsdbtasks.task(recorded=False, positional=["name"])
def unrecorded(c, name):
    """Leave no record."""
    print(name)


ns = tsdbtasks.collection(
    good, refused, fails, defect, absent, command, missing, idle, outer, shields, foreign, words, unrecorded, build
)
'''


@pytest.fixture
def others(make_repository: MakeRepository) -> Repository:
    """Give a repository whose tasks.py has tasks of its own."""
    return make_repository({"tasks.py": _TASKS})


def _record(repository: Repository, name: str) -> dict[str, Any]:
    return dict(json.loads((repository.path / "dist/reports" / f"{name}.json").read_text()))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("ProgramError", 1),
        ("UsageError", 2),
        ("MissingError", 3),
        ("RefusedError", 4),
        ("NothingError", 5),
        ("InterruptedRunError", 1),
    ],
)
def test_each_kind_of_failure_ends_with_its_code_and_its_message(others: Repository, kind: str, code: int) -> None:
    ran = others.inv("fails", "--kind", kind)

    assert (ran.code, ran.out, ran.err) == (code, "", "it failed\n")
    assert [_record(others, "fails")[key] for key in ("outcome", "exit_code", "reasons")] == ["failed", code, ["it failed"]]


def test_a_good_task_shows_its_table_on_stdout_and_leaves_a_record(others: Repository) -> None:
    ran = others.inv("good")

    record = _record(others, "good")
    assert (ran.code, ran.out, ran.err) == (0, "name\nü\na print\n", "")
    assert [record[key] for key in ("schema", "outcome", "exit_code", "result", "version")] == [
        1,
        "done",
        0,
        {"a": 1},
        "v1.0.0",
    ]
    assert record["start"] <= record["end"]
    assert others.status == ""


def test_with_json_stdout_is_one_document_and_all_else_goes_to_stderr(others: Repository) -> None:
    ran = others.inv("good", "--json")

    assert json.loads(ran.out) == _record(others, "good")
    assert ran.err == "name\nü\na print\n"


def test_a_result_that_was_shown_is_kept_where_the_task_then_fails(others: Repository) -> None:
    ran = others.inv("refused", "--json")

    document = json.loads(ran.out)
    assert [document[key] for key in ("outcome", "exit_code", "result")] == ["failed", 4, [1, 2]]
    assert (ran.code, ran.err) == (4, "name\nx\nthe gate said no\n  next: mend it\n")


def test_what_nobody_foresaw_keeps_its_traceback(others: Repository) -> None:
    ran = others.inv("defect")

    assert ran.code == 1
    assert "Traceback" in ran.err
    assert "RuntimeError: nobody foresaw this" in ran.err
    assert _record(others, "defect")["reasons"] == ["nobody foresaw this"]


def test_a_failure_of_the_system_is_one_clear_line(others: Repository) -> None:
    ran = others.inv("absent")

    assert (ran.code, ran.err) == (1, "No such file or directory: /no/such/file\n")


def test_a_failed_command_of_invoke_s_own_is_no_defect(others: Repository) -> None:
    ran = others.inv("command")

    assert (ran.code, "Traceback" in ran.err, "exit 3" in ran.err) == (1, False, True)


def test_a_missing_program_is_said_with_what_to_do(others: Repository) -> None:
    ran = others.inv("missing")

    assert (ran.code, "install no-such-program or put it on PATH" in ran.err) == (3, True)


def test_a_skip_is_an_outcome_with_its_reason(others: Repository) -> None:
    others.inv("idle")

    assert [_record(others, "idle")[key] for key in ("outcome", "reasons")] == ["skipped", ["no such part here"]]


def test_a_task_that_calls_another_uses_its_value_and_prints_one_document(others: Repository) -> None:
    ran = others.inv("outer", "--json")

    assert json.loads(ran.out)["result"] == {"inner": {"a": 1}}
    assert _record(others, "outer")["result"] == {"inner": {"a": 1}}
    assert _record(others, "good")["result"] == {"a": 1}


def test_a_task_can_go_on_after_the_failure_of_another(others: Repository) -> None:
    ran = others.inv("shields", "--json")

    assert (ran.code, json.loads(ran.out)["result"]) == (0, {"caught": "the gate said no"})
    assert _record(others, "refused")["outcome"] == "failed"


def test_a_task_of_invoke_s_own_calls_ours_and_uses_the_value(others: Repository) -> None:
    ran = others.inv("foreign")

    assert (ran.code, ran.out.splitlines()[-1]) == (0, "built bin/demo")


def test_lists_are_repeated_and_short_flags_are_those_that_a_task_names(others: Repository) -> None:
    assert others.inv("words").out == "[] False\n"
    assert others.inv("words", "--word", "be", "-w", "ab", "-l").out == "['ab', 'be'] True\n"
    refused = others.inv("fails", "-k", "UsageError")
    assert (refused.code, "No idea what '-k' is!" in refused.err) == (1, True)


def test_the_help_of_a_task_names_its_flags(others: Repository) -> None:
    told = others.inv("--help", "words").out

    assert "-w, --word   A word; repeatable." in told
    assert "--json" in told
    assert others.inv("--help", "words").out == told


def test_a_task_that_is_not_recorded_leaves_nothing(others: Repository) -> None:
    before = others.files

    assert others.inv("unrecorded", "x").out == "x\n"
    assert others.files == before


def test_a_dry_run_leaves_nothing(others: Repository) -> None:
    before = others.files

    assert others.inv("--dry", "good").code == 0
    assert others.files == before


def test_outside_of_a_module_no_record_is_left(others: Repository) -> None:
    (others.path / "go.mod").unlink()

    assert others.inv("good").code == 0
    assert not (others.path / "dist").exists()


def test_several_tasks_of_one_command_print_a_document_each(others: Repository) -> None:
    ran = others.inv("good", "--json", "idle", "--json")

    decoder = json.JSONDecoder()
    first, end = decoder.raw_decode(ran.out)
    second, _ = decoder.raw_decode(ran.out[end:].lstrip())
    assert [first["task"], second["task"]] == ["good", "idle"]


def test_a_failure_is_an_annotation_on_github(others: Repository) -> None:
    ran = others.inv("fails", env={"GITHUB_ACTIONS": "true"})

    assert "::error::it failed" in ran.err


def test_in_python_a_task_is_its_function(repository: Repository) -> None:
    @task
    def doubled(c: Context, number: int) -> int:
        """Double a number."""
        del c
        show({"number": number})
        about(part="x")
        skipped("half of it")
        return number * 2

    value = doubled(repository.context(), 21)

    assert value == 42
    assert _record(repository, "doubled-x")["outcome"] == "skipped"
    assert (doubled.name, doubled.__doc__) == ("doubled", "Double a number.")


@pytest.mark.parametrize(("text", "least"), [("x", 0), ("", 0), ("1.5", 0), ("0", 1), ("-1", 0), ("1_x", 0)])
def test_a_flag_that_wants_a_number_says_which(text: str, least: int) -> None:
    with pytest.raises(UsageError, match=f"--jobs: want a whole number of at least {least}, got {text!r}"):
        edge.number(text, "--jobs", least=least)


def test_a_number_is_read() -> None:
    assert edge.number("12", "--jobs") == 12


def test_a_document_goes_through_a_stdout_that_takes_ascii_only(others: Repository) -> None:
    ran = others.inv("outer", "--json", env={"PYTHONIOENCODING": "ascii"})
    shown = others.inv("good", env={"PYTHONIOENCODING": "ascii"})

    assert json.loads(ran.out)["exit_code"] == 0
    assert (shown.code, "Traceback" in shown.err) == (0, False)


def test_importing_the_package_does_not_pay_for_invoke(tmp_path: Path) -> None:
    code = "import sys, tsdbtasks; dir(tsdbtasks); print('invoke' in sys.modules, 'nox' in sys.modules)"

    done = subprocess.run(["python", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert done.stdout == "False False\n"


def test_a_task_of_somebody_elses_can_catch_our_errors_by_their_kind(make_repository: MakeRepository) -> None:
    tasks = (
        "import tsdbtasks\nfrom invoke import task\nfrom tsdbtasks.tasks.build import build_all\n\n"
        "@task\n"
        "def careful(c):\n"
        "    try:\n"
        "        build_all(c, only=['plan9_*'])\n"
        "    except tsdbtasks.UsageError as error:\n"
        "        print('CAUGHT', error.exit_code, error)\n\n"
        "ns = tsdbtasks.collection()\nns.add_task(careful)\n"
    )
    repository = make_repository({"tasks.py": tasks})

    ran = repository.inv("careful")

    assert (ran.code, ran.out.count("next: ")) == (0, 1)
    assert "CAUGHT 2 --only 'plan9_*' fits none of the configured platforms" in ran.out


def test_a_run_that_fails_on_its_settings_leaves_no_old_good_report(repository: Repository) -> None:
    assert repository.inv("build", "--json").code == 0
    repository.write({"tsdbtasks.toml": "built = 1\n"})

    ran = repository.inv("build")

    assert ran.code == 2
    assert json.loads((repository.path / "dist/reports/build.json").read_text())["outcome"] == "failed"
