"""The pure parts of the benchmarks: what the timings say, and that both sides are asked for the same work."""

from __future__ import annotations

import ast
import json
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

# The benchmarks are no part of the package; appended, so that an installed tsdbtasks stays the one that is tested.
sys.path.append(str(Path(__file__).resolve().parent.parent))

from benchmarks import benchrun, example, inside, machine, peers, place
from benchmarks.__main__ import exit_code
from benchmarks.goals import Goal
from benchmarks.harness import Command, FailedError, Side, compare, run
from benchmarks.machine import Machine
from benchmarks.pairs import Comparison, Pair, Sample, Spread, orders
from benchmarks.resultfiles import Shape, write
from benchmarks.results import Result, Run


def _pairs(*walls: tuple[float, float]) -> Comparison:
    return Comparison(
        tuple(Pair(Sample(ours, ours, 30.0), Sample(peer, 2 * peer, 20.0), ours_first=True) for ours, peer in walls)
    )


def _manifest(version: str = "v1.0.0") -> dict[str, Any]:
    def target(system: str, exe: str, ending: str) -> dict[str, Any]:
        base = f"db_{version[1:]}_{system}_amd64"
        return {
            "platform": f"{system}_amd64",
            "binaries": [
                {
                    "name": "db",
                    "path": f"db_{system}_amd64/db{exe}",
                    "argv": ["build", "-trimpath", f"-ldflags=-s -X=main.version={version} -X=main.commit=1", "./cmd/db"],
                    "env": {"CGO_ENABLED": "0", "GOOS": system, "GOARCH": "amd64"},
                }
            ],
            "archives": [{"path": f"{base}{ending}", "files": [f"{base}/LICENSE", f"{base}/db{exe}"]}],
        }

    targets = {"linux_amd64": target("linux", "", ".tar.gz"), "windows_amd64": target("windows", ".exe", ".zip")}
    return {"inputs": {"version": version}, "targets": targets}


def _archives(folder: Path, content: bytes, *, more: str = "") -> Path:
    folder.mkdir()
    (folder / "db").write_bytes(content)
    with tarfile.open(folder / "db_linux.tar.gz", "w:gz") as tar:
        tar.add(folder / "db", "db_linux/db")
    with zipfile.ZipFile(folder / "db_windows.zip", "w") as archive:
        archive.write(folder / "db", "db_windows/db.exe")
        if more:
            archive.write(folder / "db", more)
    return folder


# What timings say


def test_the_ratio_is_the_median_of_the_pairs_and_not_the_ratio_of_the_medians() -> None:
    comparison = _pairs((1.0, 1.0), (2.0, 4.0), (9.0, 3.0))

    ratio = comparison.ratio()

    assert ratio == Spread(1.0, 0.5, 3.0)
    assert comparison.walls() == (Spread(2.0, 1.0, 9.0), Spread(3.0, 1.0, 4.0))
    assert comparison.cpu_ratio() == Spread(0.5, 0.25, 1.5)


def test_nothing_measured_has_no_spread() -> None:
    with pytest.raises(ValueError, match="want at least one value"):
        Spread.of([])


@given(st.lists(st.floats(0.001, 1000), min_size=1), st.floats(0.01, 100))
def test_a_machine_that_is_slower_for_both_of_a_pair_changes_no_ratio(times: list[float], factor: float) -> None:
    quiet = _pairs(*((one, 2 * one) for one in times))
    loaded = _pairs(*((one * factor, 2 * one * factor) for one in times))

    ratios = (quiet.ratio(), loaded.ratio())

    assert ratios[0].median == pytest.approx(ratios[1].median)


@given(st.integers(0, 50), st.integers(0, 2**32))
def test_each_side_is_first_in_half_of_the_pairs_and_a_seed_gives_the_same_order_again(count: int, seed: int) -> None:
    drawn = orders(count, seed)

    assert len(drawn) == count
    assert sum(drawn) in {count // 2, count - count // 2}
    assert orders(count, seed) == drawn


def test_other_seeds_give_other_orders() -> None:
    drawn = {orders(9, seed) for seed in range(20)}

    assert len(drawn) > 10


@pytest.mark.parametrize(
    ("goal", "reached", "text"),
    [
        (Goal(), None, "published"),
        (Goal(ratio=0.5), True, "≤ 0.5"),
        (Goal(ratio=0.4), False, "≤ 0.4"),
        (Goal(ratio=0.5, memory=1.5), True, "≤ 0.5, memory ≤ 1.5"),
        (Goal(ratio=0.5, memory=1.4), False, "≤ 0.5, memory ≤ 1.4"),
        (Goal(seconds=2), True, "≤ 2 s"),
        (Goal(seconds=1.9), False, "≤ 1.9 s"),
    ],
)
def test_a_goal_is_reached_where_every_limit_of_it_is_kept(goal: Goal, reached: bool | None, text: str) -> None:  # noqa: FBT001 - a parameter of the cases
    comparison = _pairs((2.0, 4.0))  # with 30 MiB against 20

    said = goal.reached(comparison)

    assert said is reached
    assert goal.text() == text


# What is run


def test_a_run_costs_time_and_processors() -> None:
    sample = run(Command([sys.executable, "-c", "sum(range(10**6))"], Path.cwd(), {}))

    assert sample.wall > 0
    assert sample.cpu > 0 or sys.platform == "win32"


def test_a_failing_command_stops_the_row_and_shows_its_output() -> None:
    command = Command([sys.executable, "-c", "print('what went wrong'); raise SystemExit(3)"], Path.cwd(), {})

    with pytest.raises(FailedError, match=r"exited with 3\nwhat went wrong"):
        run(command)


def test_a_program_that_times_its_own_work_is_taken_at_its_word() -> None:
    program = "print('some words'); print('{\"wall\": 12.5, \"cpu\": 11}')"

    sample = run(Command([sys.executable, "-S", "-c", program], Path.cwd(), {}, inside=True))

    assert (sample.wall, sample.cpu) == (12.5, 11.0)
    assert sample.memory > 1 or sys.platform == "win32"


def test_work_that_is_timed_inside_is_done_as_often_as_wanted_and_its_line_can_be_read() -> None:
    done: list[int] = []

    sample = inside.read("before\n" + inside.line(lambda: done.append(1), times=3) + "\n", 7.0)

    assert len(done) == 3
    assert 0 <= sample.wall < 1
    assert sample.memory == 7.0


def test_the_last_line_of_a_program_that_times_its_own_work_must_say_so() -> None:
    with pytest.raises(ValueError, match="want an object with wall and cpu"):
        inside.read('{"wall": 1}', 0.0)


def test_the_output_of_a_command_is_kept_where_it_is_wanted(tmp_path: Path) -> None:
    out = tmp_path / "out"

    run(Command([sys.executable, "-S", "-c", "print('said')"], tmp_path, {}, out=out))

    assert out.read_text().split() == ["said"]


def test_both_sides_are_prepared_and_run_as_often_as_each_other_in_the_drawn_order() -> None:
    log: list[str] = []

    def side(name: str) -> Side:
        def prepare() -> Command:
            log.append(name)
            return Command([sys.executable, "-S", "-c", ""], Path.cwd(), {})

        return Side(name, prepare)

    done = compare(side("ours"), side("peer"), pairs=3, warmups=1, seed=7, say=lambda _: None)

    firsts = ["ours" if first else "peer" for first in orders(3, 7)]
    assert log[:2] == ["ours", "peer"]
    assert log[2::2] == firsts
    assert sorted(log) == ["ours"] * 4 + ["peer"] * 4
    assert [pair.ours_first for pair in done.pairs] == list(orders(3, 7))


def test_what_a_shell_or_a_ci_job_sets_does_not_reach_the_commands() -> None:
    given_ = {"PATH": "/bin", "HOME": "/h", "VERSION": "v9.9.9", "TSDBTASKS_BUILD__JOBS": "1", "CI": "true", "GOFLAGS": "-x"}

    environ = place.environment(given_)

    assert set(environ) == {"PATH", "HOME", "TSDBTASKS_PACKAGE__SBOM"}
    assert environ["PATH"].endswith("/bin")


def test_empty_tasks_have_the_names_and_docstrings_of_ours() -> None:
    text = peers.empty_tasks([{"name": "build-all", "help": "Build 'all' of it."}, {"name": "x", "help": None}])

    first, second = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    assert ast.unparse(first.decorator_list[0]) == "task(name='build-all')"
    assert ast.get_docstring(first) == "Build 'all' of it."
    assert ast.get_docstring(second) == ""


def test_empty_sessions_have_the_names_and_pythons_of_ours() -> None:
    said: list[dict[str, str | None]] = [
        {"name": "tests", "python": "3.11", "description": "Test."},
        {"name": "tests", "python": "3.12", "description": "Test."},
        {"name": "lint", "python": None, "description": None},
    ]

    functions = [node for node in ast.parse(peers.empty_sessions(said)).body if isinstance(node, ast.FunctionDef)]

    assert [ast.unparse(one.decorator_list[0]) for one in functions] == [
        "nox.session(name='tests', python=['3.11', '3.12'])",
        "nox.session(name='lint', python=None)",
    ]
    assert ast.get_docstring(functions[0]) == "Test."


# That it is the same work


def test_the_script_is_told_to_build_with_our_flags_and_to_pack_our_files() -> None:
    recipe = example.script_recipe(example.targets(_manifest()), "/go/bin/go", 2)

    assert recipe["jobs"] == 2
    assert recipe["targets"][1] == {
        "argv": [
            "/go/bin/go", "build", "-trimpath", "-ldflags=-s -X=main.version=v{version} -X=main.commit=1",
            "-o", "dist/db_windows_amd64/db.exe", "./cmd/db",
        ],
        "env": {"CGO_ENABLED": "0", "GOOS": "windows", "GOARCH": "amd64"},
        "out": "dist/db_windows_amd64/db.exe",
        "archive": "dist/db_{version}_windows_amd64.zip",
        "members": {
            "db_{version}_windows_amd64/LICENSE": "LICENSE",
            "db_{version}_windows_amd64/db.exe": "dist/db_windows_amd64/db.exe",
        },
    }  # fmt: skip


def test_goreleaser_is_told_to_build_with_our_flags_and_to_pack_our_files() -> None:
    config = example.goreleaser_config(example.targets(_manifest()))

    [build], [archive] = config["builds"], config["archives"]
    assert config["project_name"] == "db"
    assert build["main"] == "./cmd/db"
    assert build["flags"] == ["-trimpath"]
    assert build["ldflags"] == ["-s -X=main.version=v{{ .Version }} -X=main.commit=1"]
    assert build["env"] == ["CGO_ENABLED=0", "GOARCH=amd64"]
    assert build["targets"] == ["linux_amd64", "windows_amd64"]
    assert archive["files"] == ["LICENSE"]
    assert json.loads(json.dumps(config)) == config


@pytest.mark.parametrize(("interleaved", "cases"), [(False, [0, 0, 1, 1, 2, 2]), (True, [0, 1, 2, 0, 1, 2])])
def test_a_file_of_results_has_its_samples_in_the_order_of_its_shape(
    tmp_path: Path,
    interleaved: bool,  # noqa: FBT001 - a parameter of the cases
    cases: list[int],
) -> None:
    write(tmp_path / "file", Shape(3, 2, interleaved=interleaved))

    names = benchrun.order((tmp_path / "file").read_bytes())

    assert names == tuple(f"Ingest/series={at}/case={at}" for at in cases)


def test_the_bare_samples_are_one_process_for_each_in_the_order_of_the_run() -> None:
    said = benchrun.samples(["B/x=1", "A"], Path("a.test"), Path("pkg"))

    assert said["folder"] == "pkg"
    assert [argv[-1] for argv in said["argvs"]] == ["-test.bench=^BenchmarkB$/^x=1$", "-test.bench=^BenchmarkA$"]
    assert {tuple(argv[:3]) for argv in said["argvs"]} == {("a.test", "-test.run=^$", "-test.benchtime=100ms")}


def test_archives_with_the_same_names_are_equal_work_and_their_differences_are_counted(tmp_path: Path) -> None:
    ours, peer = _archives(tmp_path / "a", b"one"), _archives(tmp_path / "b", b"two")

    said = (example.compared(ours, ours, "itself"), example.compared(ours, peer, "another"))

    assert "2 archives with the same 2 files, 2 of them byte for byte" in said[0]
    assert "2 archives with the same 2 files, 0 of them byte for byte" in said[1]


def test_archives_with_other_files_are_no_equal_work(tmp_path: Path) -> None:
    ours, peer = _archives(tmp_path / "a", b"one"), _archives(tmp_path / "b", b"one", more="README.md")

    with pytest.raises(FailedError, match="another packed other files"):
        example.compared(ours, peer, "another")


def test_two_folders_without_archives_are_no_equal_work(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match="neither side"):
        example.compared(tmp_path, tmp_path, "another")


# What is said of it

_MACHINE = Machine("A processor", 2, "Linux 6.1", 0.5, {"Python": "3.11.7"})
_MEASURED = Result(
    "list", "inv --list", "empty tasks", Goal(ratio=1.15), _pairs((1.0, 1.0), (1.3, 1.0), (1.2, 1.0)), ("checked",)
)
_SKIPPED = Result("cold", skipped="goreleaser is not there")


def test_the_table_says_what_was_reached_what_was_not_and_what_was_skipped() -> None:
    done = Run("2026-11-25", 7, _MACHINE, 0.75, [_MEASURED, _SKIPPED, Result("again", failed="it broke\nat length")])

    text = done.markdown()

    cells = [
        "1.2 (1…1.3)",
        "1 (1…1)",
        "1.2 (1…1.3)",
        "2 (2…2)",
        "0.6 (0.5…0.65)",
        "1.5 (1.5…1.5)",
        "1.2 (1…1.3)",
        "≤ 1.15",
        "**no**",
    ]
    assert " | ".join(["| inv --list", "empty tasks", *cells]) + " |" in text
    assert "| cold |  | n/a | n/a | n/a | n/a | n/a | n/a | n/a | n/a | skipped |" in text
    assert "- The row cold was skipped: goreleaser is not there." in text
    assert "- The row again failed: it broke." in text
    assert "- Machine: A processor, 2 processors, Linux 6.1; load 0.50 at the start." in text


def test_the_document_holds_every_single_run() -> None:
    document = Run("2026-11-25", 7, _MACHINE, 0.75, [_MEASURED, _SKIPPED]).document()

    measured, skipped = json.loads(json.dumps(document))["rows"]
    assert measured["reached"] is False
    assert measured["ratio"] == {"median": 1.2, "low": 1.0, "high": 1.3}
    assert [pair["ours"]["wall"] for pair in measured["pairs"]] == [1.0, 1.3, 1.2]
    assert (skipped["reached"], skipped["skipped"]) == (None, "goreleaser is not there")


@pytest.mark.parametrize(
    ("results", "gate", "code"),
    [
        ([_MEASURED, _SKIPPED], False, 0),
        ([_MEASURED, _SKIPPED], True, 4),
        ([_SKIPPED], True, 5),
        ([_MEASURED, Result("again", failed="it broke")], True, 1),
    ],
)
def test_the_exit_code_is_that_of_the_worst_result(results: list[Result], gate: bool, code: int) -> None:  # noqa: FBT001 - a parameter of the cases
    assert exit_code(results, gate=gate) == code


def test_the_model_of_the_processor_is_read_where_linux_says_it() -> None:
    assert machine.processor("processor\t: 0\nmodel name\t: A  Processor: fast\n") == "A  Processor: fast"
    assert machine.processor("") == ""
