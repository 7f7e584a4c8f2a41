"""Verdicts and the limits that decide them."""

from __future__ import annotations

import math

import pytest

from tsdbtasks.core.bench.intervals import Ratio
from tsdbtasks.core.bench.verdicts import (
    Category,
    Chances,
    Limits,
    Metric,
    Override,
    Policy,
    Verdict,
    by_ranks,
    detectable,
    exactly,
    worsening,
)

_SURE = Chances(p=0.0001, gate=0.01, report=0.001)
_UNSURE = Chances(p=0.02, gate=0.3, report=0.04)


@pytest.mark.parametrize(
    ("ratio", "better", "verdict"),
    [
        (1.15, "lower", Verdict.CRITICAL),
        (1.1499, "lower", Verdict.REGRESSION),
        (1.05, "lower", Verdict.REGRESSION),
        (1.0499, "lower", Verdict.CANNOT_TELL),
        (0.95, "lower", Verdict.IMPROVEMENT),
        (0.951, "lower", Verdict.CANNOT_TELL),
        (0.85, "higher", Verdict.CRITICAL),
        (0.95, "higher", Verdict.REGRESSION),
        (0.951, "higher", Verdict.CANNOT_TELL),
        (1.05, "higher", Verdict.IMPROVEMENT),
        (2.0, "", Verdict.CANNOT_TELL),
    ],
)
def test_a_sure_change_is_judged_by_its_exact_size_and_direction(ratio: float, better: str, verdict: Verdict) -> None:
    wide = Ratio(ratio, ratio - 0.2, ratio + 0.2)

    assert by_ranks(wide, _SURE, better, Limits(), 0.05) is verdict


def test_a_change_that_only_the_report_is_sure_of_does_not_gate() -> None:
    assert by_ranks(Ratio(1.2, 1.01, 1.4), _UNSURE, "lower", Limits(), 0.05) is Verdict.CANNOT_TELL
    assert by_ranks(Ratio(0.8, 0.6, 0.99), _UNSURE, "lower", Limits(), 0.05) is Verdict.IMPROVEMENT


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.95, 1.05, Verdict.SAME), (0.94, 1.01, Verdict.CANNOT_TELL), (0.0, math.inf, Verdict.CANNOT_TELL)],
)
def test_same_is_only_said_of_an_interval_inside_the_floor(low: float, high: float, verdict: Verdict) -> None:
    assert by_ranks(Ratio(1.0, low, high), Chances(0.9, 0.9, 0.9), "lower", Limits(), 0.05) is verdict


def test_a_sure_change_inside_the_floor_is_the_same() -> None:
    assert by_ranks(Ratio(1.02, 1.01, 1.03), _SURE, "lower", Limits(), 0.05) is Verdict.SAME


@pytest.mark.parametrize(
    ("ratio", "better", "verdict"),
    [
        (1.0, "lower", Verdict.SAME),
        (1.000001, "lower", Verdict.REGRESSION),
        (1.15, "lower", Verdict.CRITICAL),
        (math.inf, "lower", Verdict.CRITICAL),
        (0.999999, "lower", Verdict.IMPROVEMENT),
        (0.999999, "higher", Verdict.REGRESSION),
        (1.0, "", Verdict.SAME),
        (1.1, "", Verdict.CANNOT_TELL),
    ],
)
def test_any_difference_of_an_exact_metric_counts(ratio: float, better: str, verdict: Verdict) -> None:
    assert exactly(ratio, better, Limits()) is verdict


def test_a_tolerance_lets_small_differences_of_an_exact_metric_pass() -> None:
    assert exactly(1.01, "lower", Limits(tolerance=0.01)) is Verdict.SAME
    assert exactly(1.0101, "lower", Limits(tolerance=0.01)) is Verdict.REGRESSION


def test_worse_is_more_time_and_less_throughput() -> None:
    assert worsening(1.5, "lower") == 0.5
    assert worsening(0.75, "higher") == 0.25


def test_what_could_have_been_seen_grows_with_the_noise_and_is_never_below_the_limit() -> None:
    quiet, loud = Ratio(1.0, 0.999, 1.001), Ratio(1.0, 0.8, 1.25)

    assert detectable(quiet, quiet, Limits()) == 0.05
    assert detectable(loud, loud, Limits()) == pytest.approx(1.25 * 1.25 ** (0.8416 / 1.96) - 1)
    assert detectable(Ratio(1.0, 0.0, math.inf), quiet, Limits()) == math.inf


def test_limits_come_from_the_most_particular_setting_that_names_them() -> None:
    policy = Policy(
        regression=4.0,
        metric={"ns/op": Metric(critical=40.0), "B/op": Metric(tolerance=2.0)},
        category={"ingestion": Category(regression=6.0, critical=30.0)},
        benchmark={"Parse*": Override(floor=1.0), "ParseTags/*": Override(regression=8.0)},
    )

    assert policy.limits("WriteOne", "sec/op") == Limits(0.04, 0.4, 0.04, 0.0)
    assert policy.limits("ParseOne", "sec/op") == Limits(0.06, 0.3, 0.01, 0.0)
    assert policy.limits("ParseTags/2_tags", "sec/op") == Limits(0.08, 0.3, 0.01, 0.0)
    assert policy.limits("WriteOne", "B/op") == Limits(0.04, 0.15, 0.04, 0.02)


def test_a_limit_for_regressions_above_the_critical_one_lifts_it() -> None:
    assert Policy(benchmark={"Slow": Override(regression=50.0)}).limits("Slow", "sec/op") == Limits(0.5, 0.5, 0.5, 0.0)


@pytest.mark.parametrize(
    ("benchmark", "category"),
    [
        ("ParseTagCounts/2_tags", "ingestion"),
        ("WriteSinglePoint", "storage"),
        ("HTTPWriteLargeDataset", "http"),
        ("EndToEndWrite", "e2e"),
        ("ConcurrentWrites", "e2e"),
        ("GCPressure", "memory"),
        ("ReParse", "uncategorised"),
    ],
)
def test_a_benchmark_has_the_category_of_its_name(benchmark: str, category: str) -> None:
    assert Policy().category_of(benchmark) == category


def test_settings_add_categories_and_change_those_that_are_there() -> None:
    policy = Policy(category={"fast": Category(pattern="^ParseFast"), "storage": Category(pattern="^Store")})

    assert policy.category_of("ParseFastLine") == "fast"
    assert policy.category_of("ParseLine") == "ingestion"
    assert policy.category_of("StoreLine") == "storage"
    assert policy.category_of("WriteLine") == "uncategorised"


def test_the_direction_of_a_unit_can_be_set_by_any_of_its_names() -> None:
    policy = Policy(metric={"points/s": Metric(better="higher"), "pause-ns/op": Metric(better="lower")})

    assert policy.better("points/s") == "higher"
    assert policy.better("pause-sec/op") == "lower"
    assert policy.better("widgets") == ""


def test_every_wrong_number_is_reported_with_its_path() -> None:
    policy = Policy(
        alpha=0.0,
        regression=-1.0,
        metric={"x": Metric(better="bigger")},
        category={"mine": Category(), "odd": Category(pattern="(")},
        benchmark={"Slow": Override(regression=9.0, critical=8.0)},
    )

    assert policy.problems() == [
        "alpha: want a number between 0 and 1, got 0.0",
        "regression: want a number of at least 0, got -1.0",
        "benchmark.Slow.critical: want at least regression, 9.0, got 8.0",
        "metric.x.better: want 'lower' or 'higher', got 'bigger'",
        "category.mine.pattern: want a regular expression, got none",
        "category.odd.pattern: want a regular expression, got '(': missing ), unterminated subpattern at position 0",
    ]
