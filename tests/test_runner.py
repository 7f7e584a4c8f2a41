"""Programs: how they are started, read, logged and ended. The programs here are small Python and shell scripts."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ended
from tsdbtasks import runner as running
from tsdbtasks.errors import MissingError, ProgramError
from tsdbtasks.runner import Runner

if TYPE_CHECKING:
    from pathlib import Path


def _python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_what_a_program_answers_comes_back_whole() -> None:
    done = Runner().ask(_python("import sys; print('a'); print('b'); print('e', file=sys.stderr)"))

    assert (done.code, done.out, done.lines, done.err) == (0, b"a\nb\n", ["a", "b"], "e\n")


def test_bytes_that_are_no_text_stay_visible() -> None:
    done = Runner().ask(_python(r"import sys; sys.stdout.buffer.write(b'a\xff'); sys.stderr.buffer.write(b'\xfe')"))

    assert (done.out, done.text, done.err) == (b"a\xff", "a\\xff", "\\xfe")


def test_megabytes_are_read_on_both_streams_at_once() -> None:
    done = Runner().ask(_python("import sys; sys.stderr.write('e' * 5_000_000); sys.stdout.write('o' * 5_000_000)"))

    assert (len(done.out), len(done.err)) == (5_000_000, 5_000_000)


def test_a_program_gets_no_standard_input() -> None:
    assert Runner().ask(_python("import sys; print(repr(sys.stdin.read()))")).text == "''\n"


def test_the_environment_is_the_runner_s_with_changes() -> None:
    runner = Runner(environ={**os.environ, "KEPT": "1", "GONE": "1", "SET": "old"})

    done = runner.ask(
        _python("import os; print([os.environ.get(n) for n in ('KEPT', 'GONE', 'SET')])"), env={"GONE": None, "SET": "new"}
    )

    assert done.text == "['1', None, 'new']\n"


def test_a_failure_shows_the_command_the_status_and_what_was_said() -> None:
    with pytest.raises(ProgramError) as caught:
        Runner().ask(["sh", "-c", "echo out; echo 'the reason' >&2; exit 7"])

    assert caught.value.message == "sh -c 'echo out; echo '\"'\"'the reason'\"'\"' >&2; exit 7' exited with 7\n  the reason"


def test_without_a_word_on_stderr_the_output_is_shown() -> None:
    with pytest.raises(ProgramError, match=r"exited with 7\n  out$"):
        Runner().ask(["sh", "-c", "echo out; exit 7"])


def test_a_program_that_was_killed_is_said_so() -> None:
    with pytest.raises(ProgramError, match="was ended by signal 9"):
        Runner().ask(["sh", "-c", "kill -9 $$"])


def test_other_statuses_can_be_good() -> None:
    assert Runner().ask(["sh", "-c", "exit 1"], ok=(0, 1)).code == 1
    assert Runner().ask(["sh", "-c", "exit 9"], ok=None).code == 9
    assert Runner().act(["sh", "-c", "exit 1"], ok=(0, 1)).code == 1


@pytest.mark.parametrize("way", ["ask", "act"])
def test_a_missing_program_is_no_failure_of_a_program(way: str) -> None:
    with pytest.raises(MissingError, match="the program no-such-program is not there") as caught:
        getattr(Runner(), way)(["no-such-program", "x"])

    assert caught.value.hint == "install no-such-program or put it on PATH"


def test_a_file_that_is_no_program_is_said_so(tmp_path: Path) -> None:
    script = tmp_path / "my script"
    script.write_text("#!/bin/sh\n")

    with pytest.raises(MissingError, match="may not be run: Permission denied") as caught:
        Runner().ask([str(script)])

    assert caught.value.hint == f"check its mode: chmod +x '{script}'"


def test_a_folder_that_is_missing_is_named_and_not_the_program(tmp_path: Path) -> None:
    with pytest.raises(ProgramError, match="which is no folder"):
        Runner().ask(["sh", "-c", ":"], cwd=tmp_path / "nowhere")


def test_a_program_whose_interpreter_is_missing_is_told_from_one_that_is_missing(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)

    with pytest.raises(MissingError, match="cannot be started, though it is there"):
        Runner().ask([str(script)])


@pytest.mark.parametrize("way", ["ask", "act"])
def test_a_time_limit_ends_the_program_and_its_children(tmp_path: Path, way: str) -> None:
    pids = tmp_path / "pids"

    with pytest.raises(ProgramError, match=r"(gave no answer|did not end) within 0\.5 s"):
        getattr(Runner(), way)(["sh", "-c", f"sleep 1000 & echo $$ $! > {pids}; wait"], timeout=0.5)

    assert [ended(int(pid)) for pid in pids.read_text().split()] == [True, True]


def test_a_program_that_will_not_end_is_made_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(running, "GRACE", 0.2)
    pids = tmp_path / "pids"

    with pytest.raises(ProgramError, match="was stopped"):
        Runner().act(["sh", "-c", f"trap '' TERM; echo $$ > {pids}; while :; do sleep 1; done"], timeout=0.5)

    assert ended(int(pids.read_text()))


def test_a_grandchild_that_keeps_the_pipe_open_holds_nobody_up(tmp_path: Path) -> None:
    pids = tmp_path / "pids"

    done = Runner().act(["sh", "-c", f"sleep 1000 & echo $! > {pids}; echo done"])

    assert done.err == "done"
    assert ended(int(pids.read_text()))


def test_a_grandchild_of_a_question_is_ended_too(tmp_path: Path) -> None:
    pids = tmp_path / "pids"

    with pytest.raises(ProgramError, match="gave no answer"):
        Runner().ask(["sh", "-c", f"sleep 1000 & echo $! > {pids}"], timeout=0.5)

    assert ended(int(pids.read_text()))


def test_both_streams_go_to_the_log_and_the_last_lines_to_the_error(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "x.log"

    with pytest.raises(ProgramError) as caught:
        Runner().act(["sh", "-c", "seq 100; echo 'last words' >&2; exit 3"], log=log)

    assert log.read_text() == "".join(f"{n}\n" for n in range(1, 101)) + "last words\n"
    lines = caught.value.message.splitlines()
    assert lines[1:] == [*(f"  {n}" for n in range(72, 101)), "  last words"]
    assert caught.value.hint == f"see {log}"


def test_a_log_that_cannot_be_written_is_an_error_and_no_hang() -> None:
    from pathlib import Path  # noqa: PLC0415 - for this test only

    with pytest.raises(OSError, match="No space left on device"):
        Runner().act(["sh", "-c", "seq 100000"], log=Path("/dev/full"), timeout=30)


def test_a_stream_is_shown_as_it_comes(capfd: pytest.CaptureFixture[str]) -> None:
    Runner().act(["sh", "-c", "echo out; printf 'no end'"], stream=True)

    assert capfd.readouterr() == ("", "out\nno end\n")


def test_a_dry_run_asks_but_does_not_act(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    runner = Runner(dry=True)

    asked = runner.ask(["echo", "yes"])
    acted = runner.act(["touch", str(tmp_path / "a file")], log=tmp_path / "log")

    assert (asked.text, acted.code, list(tmp_path.iterdir())) == ("yes\n", 0, [])
    assert capfd.readouterr().err == f"would run: touch '{tmp_path}/a file'\n"


def test_an_echo_shows_every_command(capfd: pytest.CaptureFixture[str]) -> None:
    runner = Runner(echo=True)

    runner.ask(["echo", "a b"])
    runner.act(["true"])

    assert capfd.readouterr().err == "+ echo 'a b'\n+ true\n"


def test_stopping_ends_all_that_runs_and_lets_nothing_start(tmp_path: Path) -> None:
    runner, ready = Runner(), tmp_path / "ready"
    os.mkfifo(ready)
    failures: list[ProgramError] = []

    def run() -> None:
        try:
            runner.act(["sh", "-c", f"sleep 1000 & echo $$ $! > {ready}; wait"])
        except ProgramError as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    pids = [int(pid) for pid in ready.read_text().split()]  # waits until the program has written them
    runner.processes.stop()
    thread.join()

    assert [ended(pid) for pid in pids] == [True, True]
    assert "was ended by signal 15" in failures[0].message
    with pytest.raises(ProgramError, match="was not started: the run is being stopped"):
        runner.ask(["true"])
