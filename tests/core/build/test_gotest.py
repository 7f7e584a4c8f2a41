"""What go test -json says: real outputs of three versions of Go, and any lines at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks.core.build import gotest
from tsdbtasks.core.build.gotest import FAIL, NO_FILES, NO_TESTS, PASS, SKIP, GoPackage, GoTest, Results
from tsdbtasks.core.report.record import plain

DATA = Path(__file__).parents[2] / "data" / "gotest"
VERSIONS = ("go1.20.14", "go1.22.12", "go1.26.8")
M = "example.com/m"
DEEP = '{"Action":' + "[" * 100_000


def recorded(name: str) -> list[str]:
    return (DATA / f"{name}.jsonl").read_text("utf-8").splitlines(keepends=True)


def package(results: Results, name: str) -> GoPackage:
    return next(one for one in results.packages if one.path == f"{M}/{name}")


def named(found: GoPackage, name: str) -> GoTest:
    return next(one for one in found.tests if one.name == name)


def line(action: str, test: str = "", output: str = "", **more: object) -> str:
    said = {"Action": action, "Package": "p", **({"Test": test} if test else {}), **({"Output": output} if output else {})}
    return json.dumps({**said, **more})


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_of_go_gives_the_same_outcomes(version: str) -> None:
    results = gotest.parse(recorded(version))

    outcomes = {one.path.removeprefix(f"{M}/"): (one.outcome, one.reason) for one in results.packages}
    assert outcomes == {
        "bad": (FAIL, ""),
        "broken": (FAIL, "build failed"),
        "exits": (FAIL, ""),
        "good": (PASS, ""),
        "nofiles": (NO_FILES, ""),
        "panics": (FAIL, ""),
        "quits": (FAIL, ""),
        "raced": (PASS, ""),
        "setsup": (FAIL, "failed outside of its tests"),
        "setup": (FAIL, "setup failed"),
        "slow": (FAIL, ""),
        "usesbroken": (FAIL, "build failed"),
        "vet": (FAIL, "build failed"),
    }
    assert results.other == ()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_package_that_cannot_be_built_has_the_compilers_words(version: str) -> None:
    results = gotest.parse(recorded(version))

    words = {name: "\n".join(package(results, name).output) for name in ("broken", "usesbroken", "vet", "setup")}
    assert words["broken"].count('cannot use "x" (untyped string constant) as int value') == 1
    assert words["usesbroken"].count('cannot use "x" (untyped string constant) as int value') == 1
    assert "fmt.Printf format %d has arg" in words["vet"]
    assert "cannot find module providing package example.com/absent/x" in words["setup"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_parent_of_failed_subtests_is_no_failure_of_its_own_unless_it_says_something(version: str) -> None:
    results = gotest.parse(recorded(version))

    found = {one.test: one.output for one in gotest.failures(results) if one.package == f"{M}/bad"}
    assert found == {
        "TestParent/bad": ("    bad_test.go:7: first", "        second"),
        "TestOwn": ("    bad_test.go:12: and its own",),
        "TestOwn/sub": ("    bad_test.go:11: sub",),
    }
    assert named(package(results, "bad"), "TestParent").outcome == FAIL


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("name", "test", "reason"),
    [
        ("exits", "TestExits", "did not finish: the program ended first"),
        ("quits", "TestQuits", "did not finish: the program ended first"),
        ("panics", "TestPanics", "panic: assignment to entry in nil map"),
        ("panics", "TestWaits", "did not finish: panic: assignment to entry in nil map"),
        ("slow", "TestSleeps", "timed out after 2s"),
    ],
)
def test_a_test_that_never_finished_failed_and_says_why(version: str, name: str, test: str, reason: str) -> None:
    found = named(package(gotest.parse(recorded(version)), name), test)

    assert (found.outcome, found.reason) == (FAIL, reason)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_test_prints_is_taken_for_no_event(version: str) -> None:
    good = package(gotest.parse(recorded(version)), "good")

    assert [one.name for one in good.tests if one.outcome == FAIL] == []
    assert named(good, "TestNoise").output == (
        "=== RUN   TestNoise",
        '{"Action":"fail","Package":"example.com/m/good","Test":"TestForged"}',
        "--- FAIL: TestForged (0.00s)",
        "\x1b[31mred\x1b[0m\x00 no newline",
        "--- PASS: TestNoise (0.00s)",
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_the_output_of_parallel_subtests_is_not_mixed(version: str) -> None:
    good = package(gotest.parse(recorded(version)), "good")

    for name in ("a", "b"):
        said = [text for text in named(good, f"TestParallel/{name}").output if not gotest.framing(text)]
        assert said == [f"    good_test.go:25: in {name}"]


def test_skipped_tests_examples_and_seeds_of_fuzz_tests_are_tests() -> None:
    good = package(gotest.parse(recorded("go1.26.8")), "good")

    outcomes = {one.name: one.outcome for one in good.tests}
    assert outcomes["TestLater"] == SKIP
    assert outcomes["ExampleAbs"] == outcomes["FuzzAbs/seed#0"] == PASS
    assert (good.count(PASS), good.count(SKIP)) == (8, 1)


def test_a_benchmark_passes_though_go_says_no_end_of_it() -> None:
    results = gotest.parse(recorded("go1.26.8-benchmark"))

    assert [(one.name, one.outcome) for one in package(results, "good").tests] == [("BenchmarkAbs", PASS)]


def test_an_excluded_package_fails_where_go_says_so_and_stays_a_line_where_old_go_does_not() -> None:
    new, old = gotest.parse(recorded("go1.26.8-excluded")), gotest.parse(recorded("go1.20.14-excluded"))

    assert package(new, "tagged").reason == "setup failed"
    assert "build constraints exclude all Go files" in "\n".join(package(new, "tagged").output)
    assert (old.packages, old.other) == (
        (),
        (f"package {M}/tagged: build constraints exclude all Go files in /m/tagged",),
    )


@pytest.mark.parametrize("version", ["go1.20.14", "go1.26.8"])
def test_coverage_is_read_and_a_package_without_tests_stays_one(version: str) -> None:
    results = gotest.parse(recorded(f"{version}-coverage"))

    assert package(results, "good").coverage == 100.0
    assert package(results, "nofiles").outcome == NO_FILES


def test_a_package_that_passes_with_no_test_has_run_none() -> None:
    results = gotest.parse([line("start"), line("output", output="ok  \tp\t0.1s [no tests to run]\n"), line("pass")])

    assert results.packages[0].outcome == NO_TESTS


def test_a_cached_package_says_so() -> None:
    results = gotest.parse([line("run", "T"), line("pass", "T"), line("output", output="ok  \tp\t(cached)\n"), line("pass")])

    assert results.packages[0].cached


def test_a_package_whose_end_is_missing_failed() -> None:
    results = gotest.parse([line("start"), line("run", "T"), line("pass", "T")])

    assert (results.packages[0].outcome, results.packages[0].reason) == (FAIL, "no result: go test ended first")


def test_a_package_that_passes_with_an_open_test_failed() -> None:
    results = gotest.parse([line("run", "T"), line("output", "T", "half"), line("pass")])

    assert results.packages[0].outcome == FAIL
    assert gotest.failures(results)[0].reason == "did not finish: the program ended first"


def test_an_unfinished_test_took_as_long_as_it_was_heard_of() -> None:
    times = {"run": "2026-01-02T03:04:05.5Z", "output": "2026-01-02T03:04:07.123456789Z"}

    results = gotest.parse([line(action, "T", "x\n", Time=time) for action, time in times.items()])

    assert results.packages[0].tests[0].seconds == pytest.approx(1.623456)


@pytest.mark.parametrize("time", ["", "yesterday", "2026-01-02T03:04:05", "0001-01-01T00:00:00+23:59"])
def test_times_that_cannot_be_compared_are_no_length_of_time(time: str) -> None:
    lines = [line("run", "T", Time="2026-01-02T03:04:05Z"), line("output", "T", "x\n", Time=time)]

    assert gotest.parse(lines).packages[0].tests[0].seconds == 0


def test_a_line_nested_too_deeply_for_a_reader_of_json_is_kept() -> None:
    assert gotest.parse([DEEP]).other == (DEEP,)


def test_half_a_character_in_an_event_becomes_a_whole_one() -> None:
    results = gotest.parse([line("output", "T", "a\ud800b\n")])

    assert results.packages[0].tests[0].output == ("a\ufffdb",)


def test_a_test_that_is_run_twice_is_two_tests() -> None:
    lines = [line("run", "T"), line("pass", "T"), line("run", "T"), line("fail", "T"), line("fail")]

    outcomes = [one.outcome for one in gotest.parse(lines).packages[0].tests]

    assert outcomes == [PASS, FAIL]


def test_warnings_of_a_build_that_worked_are_kept() -> None:
    lines = [
        json.dumps({"ImportPath": "p", "Action": "build-output", "Output": "# p\nld: warning: odd\n"}),
        line("run", "T"),
        line("pass", "T"),
        line("pass"),
    ]

    results = gotest.parse(lines)

    assert results.other == ("# p", "ld: warning: odd")


def test_the_slowest_tests_are_parents_only_where_their_subtests_are_not_the_reason() -> None:
    times = {"A/x/y": 2, "A/x": 2, "A": 3, "B": 1, "C": 2.5, "D": 0, "E/x": 0.1, "E": 2.2}
    lines = [line("pass", name, Elapsed=seconds) for name, seconds in times.items()]

    found = gotest.slowest(gotest.parse([*lines, line("pass")]), 3)

    assert [(path, one.name) for path, one in found] == [("p", "C"), ("p", "E"), ("p", "A/x/y")]
    assert len(gotest.slowest(gotest.parse([*lines, line("pass")]), 99)) == 5


def test_a_line_after_a_compilers_words_and_an_event_is_not_the_compilers() -> None:
    lines = ["# p", "x.go:1: no", line("start", Package="q"), "stray", "FAIL\tp [build failed]"]

    results = gotest.parse(lines)

    assert results.other == ("stray",)
    assert results.packages[0].output == ("# p", "x.go:1: no", "FAIL\tp [build failed]")


def test_the_readable_log_is_what_go_test_prints_without_json() -> None:
    lines = ["go: downloading x\n", line("run", "T"), line("output", "T", "=== RUN   T\n"), line("output", "T", "half")]

    assert "".join(gotest.text(lines)) == "go: downloading x\n=== RUN   T\nhalf"


ODD = st.one_of(
    st.text(),
    st.sampled_from([DEEP, '{"Action":"pass"}', "# p", "# [p]", "FAIL\tp [build failed]", "FAIL", '{"Action":NaN}']),
    st.builds(
        json.dumps,
        st.dictionaries(
            st.sampled_from(["Action", "Package", "Test", "Output", "ImportPath", "Elapsed", "Time", "FailedBuild"]),
            st.one_of(
                st.sampled_from(
                    ["run", "output", "pass", "fail", "skip", "bench", "build-output", "build-fail", "p", "T", "T/x"]
                ),
                st.text(),
                st.none(),
                st.integers(),
                st.floats(),
                st.just(10**400),
                st.just("\ud800"),
                st.lists(st.integers()),
            ),
        ),
    ),
)


@given(st.lists(ODD))
def test_any_lines_can_be_read_and_written(lines: list[str]) -> None:
    results = gotest.parse(lines)

    for found in results.packages:
        assert found.outcome in {PASS, FAIL, NO_FILES, NO_TESTS}
        assert found.outcome == FAIL or found.count(FAIL) == 0
        assert all(one.outcome in {PASS, FAIL, SKIP} and one.seconds >= 0 for one in found.tests)
    assert json.dumps(plain(results), ensure_ascii=False).encode()
    assert bool(gotest.failures(results)) == results.failed


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n")).map(lambda text: f"!{text}")))
def test_no_line_that_is_no_event_is_lost(lines: list[str]) -> None:
    between = [one for text in lines for one in (text, line("output", "T", "x\n"))]

    assert gotest.parse(between).other == tuple(lines)


@given(st.lists(st.tuples(st.sampled_from(["T", "T/a", "U"]), st.text(st.characters(codec="utf-8")))))
def test_interleaved_output_goes_to_the_test_it_is_of(pieces: list[tuple[str, str]]) -> None:
    lines = [line("output", test, f"x{text}\n") for test, text in pieces]

    results = gotest.parse(lines)

    found = {one.name: "\n".join(one.output) for each in results.packages for one in each.tests}
    for name, output in found.items():
        wanted = "".join(f"x{text}\n" for test, text in pieces if test == name)
        assert output == wanted.replace("\r\n", "\n").removesuffix("\n")
