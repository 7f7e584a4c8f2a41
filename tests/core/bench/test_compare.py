"""Whole runs against each other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsdbtasks.core.bench import benchfmt
from tsdbtasks.core.bench.compare import Comparisons, Method, compare
from tsdbtasks.core.bench.verdicts import Metric, Override, Policy, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tsdbtasks.core.bench.benchfmt import Results

#: Ten quiet timings about 1000 ns, all different, and the same for the other side.
_OLD = [1000.0, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009]
_NEW = [1000.5, 1001.5, 1002.5, 1003.5, 1004.5, 1005.5, 1006.5, 1007.5, 1008.5, 999.5]


def _run(samples: Mapping[str, Iterable[float | str]], head: str = "", tail: str = "") -> Results:
    """Return a run with *samples* by name: numbers are nanoseconds, texts are what stands after the iteration count."""
    lines = [
        f"Benchmark{name} 1 {value if isinstance(value, str) else f'{value} ns/op'}"
        for name, values in samples.items()
        for value in values
    ]
    return benchfmt.parse(f"pkg: p\n{head}\n" + "\n".join(lines) + f"\n{tail}\n")


def _scaled(values: Iterable[float], factor: float) -> list[float]:
    return [value * factor for value in values]


def _verdicts(found: Comparisons) -> dict[str, str]:
    return {f"{one.benchmark} {one.unit}": one.verdict.value for one in found}


def test_each_benchmark_is_called_what_it_is() -> None:
    old = {"Slow": _OLD, "Awful": _OLD, "Fast": _OLD, "Same": _OLD, "Gone": _OLD}
    new = {
        "Slow": _scaled(_NEW, 1.06),
        "Awful": _scaled(_NEW, 1.5),
        "Fast": _scaled(_NEW, 0.9),
        "Same": _NEW,
        "Fresh": _NEW,
    }

    found = compare(_run(old), _run(new))

    assert _verdicts(found) == {
        "Slow sec/op": "regression",
        "Awful sec/op": "critical",
        "Fast sec/op": "improvement",
        "Same sec/op": "same",
        "Gone sec/op": "removed",
        "Fresh sec/op": "new",
    }
    assert found.verdict is Verdict.CRITICAL
    assert found.exit_code == 4


def test_a_run_compared_with_itself_has_nothing_worse() -> None:
    run = _run({"A": _OLD, "B": _NEW})

    found = compare(run, run)

    assert set(_verdicts(found).values()) == {"same"}
    assert found.exit_code == 0


def test_the_ratio_its_interval_and_all_three_chances_are_told() -> None:
    (found,) = compare(_run({"A": _OLD}), _run({"A": _scaled(_OLD, 1.1)}))

    assert found.centre == pytest.approx(1.1, rel=1e-3)
    assert found.interval is not None
    assert found.interval[0] < 1.1 < found.interval[1]
    assert found.p == found.p_gate == found.p_report == 2 / math.comb(20, 10)


def test_one_false_alarm_in_many_tests_is_not_called_a_regression() -> None:
    # Five of these against five others have p = .03 alone, and thirty such tests are made.
    near = [*_OLD[:3], 1100.0, 1150.0]
    far = [1090.0, 1120.0, 1130.0, 1140.0, 1160.0]
    quiet = {f"Q{at}": _OLD for at in range(30)}

    alone = compare(_run({"A": near}), _run({"A": far}), Policy(alpha=0.2))
    among = compare(_run({"A": near, **quiet}), _run({"A": far, **quiet}), Policy(alpha=0.2))

    assert alone[0].verdict.bad
    assert among[0].verdict is Verdict.CANNOT_TELL


def test_cannot_tell_says_the_smallest_change_that_it_could_have_seen() -> None:
    noisy = [1000.0, 1400, 800, 1100, 950, 1200, 870, 1300, 1050, 990]

    (found,) = compare(_run({"A": noisy}), _run({"A": _scaled(noisy, 1.01)}))

    assert found.verdict is Verdict.CANNOT_TELL
    assert found.detectable is not None
    assert 0.1 < found.detectable < 1
    assert f"{found.detectable:.2%}" in found.reason


@pytest.mark.parametrize(("samples", "needed"), [(3, 4), (4, 0)])
def test_a_gate_that_could_not_fail_says_how_many_samples_it_needs(samples: int, needed: int) -> None:
    found = compare(_run({"A": _OLD[:samples]}), _run({"A": _NEW[:samples]}))

    assert found.needed == needed
    assert found.exit_code == (5 if needed else 0)
    assert bool(found.blockers) == bool(needed)


def test_the_samples_needed_grow_with_the_number_of_benchmarks() -> None:
    run = _run({f"B{at}": _OLD[:5] for at in range(100)})

    found = compare(run, run)

    assert found.needed == 8
    assert "100 of 100 tests could not fail" in found.blockers[0]


def test_a_regression_of_an_exact_metric_counts_even_where_times_have_too_few_samples() -> None:
    found = compare(_run({"A": ["9 ns/op 3 allocs/op"]}), _run({"A": ["9 ns/op 4 allocs/op"]}))

    assert found.exit_code == 4


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ("3", "3", "same"),
        ("100000", "100001", "regression"),
        ("0", "1", "critical"),
        ("2", "1", "improvement"),
        ("0", "0", "same"),
    ],
)
def test_allocations_are_judged_exactly(old: str, new: str, verdict: str) -> None:
    found = compare(_run({"A": [f"{old} allocs/op"] * 2}), _run({"A": [f"{new} allocs/op"] * 2}))

    assert _verdicts(found) == {"A allocs/op": verdict}
    assert found[0].method is Method.EXACT


def test_bytes_that_vary_are_judged_by_ranks_and_say_so() -> None:
    old, new = ([f"{1024 + at % 3 + more} B/op" for at in range(10)] for more in (0, 1))

    (found,) = compare(_run({"A": old}), _run({"A": new}))

    assert (found.method, found.verdict) == (Method.RANKS, Verdict.SAME)
    assert found.warnings == (
        "old: values differ from sample to sample, so they are judged by ranks and not exactly",
        "new: values differ from sample to sample, so they are judged by ranks and not exactly",
    )


def test_a_unit_line_gives_direction_and_exactness() -> None:
    head = "Unit hits/op better=higher assume=exact"

    found = compare(_run({"A": ["5 hits/op"]}, head), _run({"A": ["4 hits/op"]}, head))

    assert found[0].verdict is Verdict.CRITICAL
    assert found.exit_code == 4


def test_settings_give_the_direction_of_a_unit_that_no_file_tells() -> None:
    runs = _run({"A": [f"{one} widgets" for one in _OLD]}), _run({"A": [f"{one * 2} widgets" for one in _NEW]})

    unknown, known = compare(*runs), compare(*runs, Policy(metric={"widgets": Metric(better="lower")}))

    assert unknown[0].verdict is Verdict.CANNOT_TELL
    assert unknown[0].p is not None
    assert "not known which way" in unknown[0].warnings[0]
    assert unknown.exit_code == 5
    assert known[0].verdict is Verdict.CRITICAL


def test_a_unit_line_wins_over_the_settings() -> None:
    head = "Unit widgets better=higher"
    runs = _run({"A": [f"{one} widgets" for one in _OLD]}, head), _run({"A": [f"{one * 2} widgets" for one in _NEW]}, head)

    assert compare(*runs, Policy(metric={"widgets": Metric(better="lower")}))[0].verdict is Verdict.IMPROVEMENT


def test_a_throughput_that_follows_from_the_time_is_shown_and_not_tested() -> None:
    old, new = (
        _run({"A": [f"{one * factor:.1f} ns/op {64e3 / (one * factor):.2f} MB/s" for one in _OLD]}) for factor in (1, 1.1)
    )

    found = compare(old, new)

    assert found.tests == 1
    assert [one.method for one in found] == [Method.RANKS, Method.DERIVED]
    assert [one.verdict for one in found] == [Verdict.REGRESSION, Verdict.REGRESSION]
    assert found[1].p is None
    assert found.counts[Verdict.REGRESSION] == 1


def test_limits_of_one_benchmark_hold_for_it_alone() -> None:
    old, new = _run({"A": _OLD, "B": _OLD}), _run({"A": _scaled(_NEW, 1.1), "B": _scaled(_NEW, 1.1)})

    found = compare(old, new, Policy(benchmark={"A": Override(regression=20.0)}))

    assert _verdicts(found) == {"A sec/op": "same", "B sec/op": "regression"}


@pytest.mark.parametrize("key", ["machine", "cpu", "go"])
def test_runs_of_different_circumstances_are_only_compared_anyway(key: str) -> None:
    old, new = _run({"A": _OLD}, f"{key}: one"), _run({"A": _scaled(_NEW, 2)}, f"{key}: two")

    refused, done = compare(old, new), compare(old, new, anyway=True)

    assert (refused[0].verdict, refused.exit_code) == (Verdict.INCOMPARABLE, 5)
    assert refused[0].centre is None
    assert f"{key}: one against two" in refused.warnings[0]
    assert (done[0].verdict, done.exit_code) == (Verdict.CRITICAL, 4)
    assert done.warnings == (f"compared anyway, although the circumstances differ: {key}: one against two",)
    assert "compared anyway" in done[0].warnings[0]


def test_only_an_edited_benchmark_is_incomparable() -> None:
    old, new = _run({"A": _OLD, "B": _OLD}, "sources: p.A=1 p.B=1"), _run({"A": _NEW, "B": _NEW}, "sources: p.A=1 p.B=2")

    found = compare(old, new)

    assert _verdicts(found) == {"A sec/op": "same", "B sec/op": "incomparable"}
    assert found.exit_code == 0
    assert found.warnings == ("benchmarks edited between the runs, and so not compared: 1",)


def test_plain_output_of_go_test_is_compared() -> None:
    found = compare(_run({"A": _OLD}, "go: go1.22\nmachine: x\nsources: p.A=1"), _run({"A": _NEW}))

    assert found.exit_code == 0


@pytest.mark.parametrize(
    ("head", "tail"), [("partial: true", ""), ("", "--- FAIL: BenchmarkB"), ("", "panic: oh no"), ("", "exit status 2")]
)
def test_a_partial_run_never_passes(head: str, tail: str) -> None:
    found = compare(_run({"A": _OLD}), _run({"A": _NEW}, head, tail))

    assert found.exit_code == 5
    assert found.warnings == ("new: a partial run, part of it failed",)


def test_empty_files_never_pass() -> None:
    empty, run = benchfmt.parse(b""), _run({"A": _OLD})

    assert [compare(*runs).exit_code for runs in ((empty, empty), (empty, run), (run, empty))] == [5, 5, 5]


def test_bad_lines_and_trees_with_changes_are_said() -> None:
    found = compare(_run({"A": [*_OLD, "x ns/op"]}, "dirty: true"), _run({"A": _NEW}))

    assert "bad lines were left out: <unknown>:" in found.warnings[0]
    assert "changes that are in no commit" in found.warnings[1]


@pytest.mark.parametrize("bad", ["0 ns/op", "-1 ns/op", "NaN ns/op", "+Inf ns/op"])
def test_values_without_a_ratio_cannot_be_told(bad: str) -> None:
    found = compare(_run({"A": [*_OLD, bad]}), _run({"A": _NEW}))

    assert found[0].verdict is Verdict.CANNOT_TELL
    assert "have no ratio" in found[0].reason
    assert found.exit_code == 5


def test_samples_that_are_all_zero_are_the_same() -> None:
    run = _run({"A": ["0 pause-ns/op"] * 5}, "Unit pause-ns/op better=lower")

    assert compare(run, run)[0].verdict is Verdict.SAME


def test_names_of_several_packages_are_apart() -> None:
    old = benchfmt.parse("pkg: a\nBenchmarkX-4 1 1 allocs/op\npkg: b\nBenchmarkX-4 1 5 allocs/op\n")
    new = benchfmt.parse("pkg: b\nBenchmarkX-4 1 5 allocs/op\npkg: a\nBenchmarkX-4 1 2 allocs/op\n")

    found = compare(old, new)

    assert [(one.package, one.name, one.verdict) for one in found] == [
        ("a", "X-4", Verdict.CRITICAL),
        ("b", "X-4", Verdict.SAME),
    ]


def test_two_plain_samples_make_one_comparison() -> None:
    found = compare(_OLD, _scaled(_NEW, 1.2), unit="sec/op")

    assert (found.verdict, found.unit, found.old_values) == (Verdict.CRITICAL, "sec/op", tuple(_OLD))


def test_a_run_and_a_sample_are_no_pair() -> None:
    with pytest.raises(TypeError, match="two runs or two samples"):
        compare(_run({"A": _OLD}), _OLD)  # type: ignore[call-overload]


_numbers = st.sampled_from(["0", "1", "2.5", "-1", "1e300", "1e-300", "NaN", "+Inf", "-Inf", "5e-324"])
_lines = st.lists(st.tuples(st.sampled_from("AB"), _numbers, st.sampled_from(["ns/op", "B/op", "MB/s", "odd"])), max_size=12)


@settings(deadline=None)
@given(_lines, _lines)
def test_no_values_make_it_raise(old: list[tuple[str, str, str]], new: list[tuple[str, str, str]]) -> None:
    runs = [
        benchfmt.parse("\n".join(f"Benchmark{name} 1 {number} {unit}" for name, number, unit in lines)) for lines in (old, new)
    ]

    found = compare(runs[0], runs[1])

    assert len(found) == len({(name, unit) for name, _, unit in (*old, *new)})
    assert found.exit_code in {0, 4, 5}
