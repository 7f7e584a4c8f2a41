"""bench-table against recorded answers of the real benchstat, and against the program itself where it is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from invoke.exceptions import Exit

from tests.conftest import context
from tests.tasks import benchstat_cases as cases
from tsdbtasks.errors import UsageError
from tsdbtasks.tasks.bench_table import bench_table

if TYPE_CHECKING:
    from tests.conftest import Repository

_BENCHSTAT = shutil.which("benchstat")
with zipfile.ZipFile(Path(__file__).parent.parent / "golden" / "benchstat.zip") as archive:
    _GOLDEN: dict[str, Any] = json.loads(archive.read("answers.json"))

_FILE = b"goos: linux\nBenchmarkX-8 1 2 ns/op\n"
Ask = Any


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Ask:
    """Give a function that puts a case to bench-table and returns what it writes on both streams."""

    def asked(one: cases.Case, *options: str) -> tuple[bytes, bytes]:
        for name, data in one.files:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(data)
        monkeypatch.chdir(tmp_path)
        arguments = [*options, *one.args]
        flags: dict[str, str] = {}
        while arguments and arguments[0].startswith("-"):
            flag, value = arguments.pop(0), arguments.pop(0)
            flags[flag.removeprefix("-")] = value
        try:
            bench_table(context(tmp_path), file=arguments, **flags)
        except Exit as ended:
            raise ended.__cause__ or ended from None
        return tuple(capfdbinary.readouterr())  # type: ignore[return-value]

    return asked


@pytest.mark.parametrize("seed", range(cases.COUNT))
def test_text_and_csv_are_what_benchstat_prints(seed: int, ask: Ask) -> None:
    one = cases.case(seed)

    for recorded in _GOLDEN["answers"][2 * seed : 2 * seed + 2]:
        out, err = ask(one, "-format", recorded["format"])

        assert (recorded["seed"], _text(out), _text(err)) == (seed, recorded["out"], recorded["err"])


@pytest.mark.skipif(not _BENCHSTAT, reason="benchstat is not installed")
@pytest.mark.parametrize("seed", [*range(0, cases.COUNT, 40), *range(90000, 90030)])
def test_the_real_benchstat_prints_the_same(seed: int, ask: Ask, tmp_path: Path) -> None:
    one = cases.case(seed)

    for form in ("text", "csv"):
        theirs = cases.answer(cases.Case(("-format", form, *one.args), one.files), tmp_path, str(_BENCHSTAT))

        assert ask(one, "-format", form) == theirs


@pytest.mark.parametrize("number", range(len(cases.bad())))
def test_an_option_that_cannot_be_read_is_refused_with_the_words_of_benchstat(number: int, ask: Ask) -> None:
    with pytest.raises(UsageError) as caught:
        ask(cases.bad()[number])

    assert f"benchstat: {caught.value.message}\n" == _GOLDEN["refused"][number]


def test_a_missing_file_is_a_usage_error_and_prints_no_table(ask: Ask, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.txt: No such file"):
        ask(cases.Case(("old.txt", "nowhere.txt"), (("old.txt", _FILE),)))

    assert capfdbinary.readouterr().out == b""


def test_a_line_of_64_kib_ends_reading_as_in_benchstat_and_what_was_wrong_before_is_said(
    ask: Ask, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    data = b"BenchmarkBad 1\n" + _FILE + b"x" * (1 << 16) + b"\n"

    with pytest.raises(UsageError, match=r"old\.txt:3: bufio\.Scanner: token too long"):
        ask(cases.Case(("old.txt",), (("old.txt", data),)))

    assert capfdbinary.readouterr().err == b"old.txt:1: missing measurements\n"


def test_a_line_of_one_byte_less_is_read(ask: Ask) -> None:
    data = _FILE + b"x" * ((1 << 16) - 1) + b"\n"

    out, err = ask(cases.Case(("old.txt",), (("old.txt", data),)))

    assert (b"X-8" in out, err) == (True, b"")


def test_values_that_are_no_number_are_not_compared(ask: Ask) -> None:
    files = (("a", b"BenchmarkX 1 NaN ns/op\n" * 6), ("b", b"BenchmarkX 1 2 ns/op\n" * 6))

    out, _ = ask(cases.Case(("a", "b"), files))

    assert "values that are no number cannot be compared" in _text(out)


def test_output_of_go_test_json_is_said_to_be_none_that_is_read(ask: Ask) -> None:
    line = json.dumps({"Action": "output", "Package": "p", "Output": "BenchmarkX 1 2 ns/op\n"}).encode() + b"\n"

    out, err = ask(cases.Case(("a.json",), (("a.json", line),)))

    assert (out, b"go test -json" in err) == (b"", True)


def test_hostile_names_are_shown_and_do_nothing_in_markdown(ask: Ask) -> None:
    data = b"BenchmarkA|B/<script>`x`/\x1b[31m 1 2 ns/op\n"

    out, _ = ask(cases.Case(("a",), (("a", data),)), "-format", "markdown")

    assert all(piece not in out for piece in (b"<script>", b"A|B", b"\x1b"))


def test_json_has_the_numbers_in_full_and_no_infinity(ask: Ask) -> None:
    out, _ = ask(cases.Case(("a",), (("a", b"BenchmarkX/\xff 1 3 ns/op\n"),)), "-format", "json")

    table = json.loads(out)["tables"][0]
    assert table["unit"] == "sec/op"
    assert table["rows"][0][".fullname"] == "X/\\xff"
    assert table["rows"][0]["cells"][0] | {"warnings": []} == {
        "column": 0, "n": 1, "centre": 3 * 1e-9, "low": None, "high": None, "warnings": [],
    }  # fmt: skip


@pytest.mark.parametrize(("flag", "value"), [("alpha", "x"), ("confidence", ""), ("format", "xml")])
def test_a_flag_with_a_wrong_value_is_a_usage_error(flag: str, value: str, ask: Ask) -> None:
    with pytest.raises(UsageError, match=f"--{flag}"):
        ask(cases.Case((f"-{flag}", value, "old.txt"), (("old.txt", _FILE),)))


def test_no_file_is_a_usage_error(ask: Ask) -> None:
    with pytest.raises(UsageError, match="no file"):
        ask(cases.Case((), ()))


def test_outside_of_a_module_it_works_without_go_or_git_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text("import tsdbtasks\n\nns = tsdbtasks.collection()\n")
    (tmp_path / "a.txt").write_bytes(_FILE)

    done = _inv(tmp_path, "bench-table", "--file", "label=a.txt", "--file", "-", given=_FILE, env={"PATH": "/nonexistent"})

    assert (done.returncode, done.stderr) == (0, b"")
    assert b"label" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} - {"__pycache__"} == {"tasks.py", "a.txt"}


def test_inside_of_a_module_it_leaves_a_report(repository: Repository) -> None:
    (repository.path / "a.txt").write_bytes(b"BenchmarkBad 1\n" + _FILE)

    done = repository.inv("bench-table", "--file", "a.txt", "--json")

    report = json.loads((repository.path / "dist/reports/bench-table.json").read_text())
    assert report == json.loads(done.out)
    assert report["result"]["problems"] == ["a.txt:1: missing measurements"]
    assert report["result"]["tables"][0]["rows"][0][".fullname"] == "X-8"
    assert "sec/op" in done.err


def test_a_missing_file_exits_with_2(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text("import tsdbtasks\n\nns = tsdbtasks.collection()\n")

    assert _inv(tmp_path, "bench-table", "--file", "nowhere").returncode == 2


def _inv(
    folder: Path, *arguments: str, given: bytes = b"", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    kept = {"PYTHONPATH": os.environ.get("PYTHONPATH", ""), "PYTHONDONTWRITEBYTECODE": "1", **(env or {})}
    command = [sys.executable, "-m", "invoke", *arguments]
    return subprocess.run(command, cwd=folder, input=given, capture_output=True, check=False, timeout=60, env=kept)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
