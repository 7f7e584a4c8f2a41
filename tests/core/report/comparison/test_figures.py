"""Numbers as a reader sees them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks.core.bench.compare import Comparison
from tsdbtasks.core.bench.intervals import Estimate
from tsdbtasks.core.report.comparison import figures


@pytest.mark.parametrize(
    ("number", "unit", "shown"),
    [
        (0.0, "sec/op", "0 s"),
        (1.2341e-6, "sec/op", "1.234 µs"),
        (999.96e-9, "sec/op", "1.000 µs"),
        (12.5, "sec/op", "12.50 s"),
        (3e-13, "sec/op", "0.300 ps"),
        (-2e-3, "sec/op", "-2 ms"),
        (64.0, "B/op", "64 B"),
        (1536.0, "B/op", "1.500 KiB"),
        (1e9, "B/s", "953.7 MiB"),
        (3.0, "allocs/op", "3"),
        (0.25, "allocs/op", "0.250"),
        (1234567.0, "points/s", "1.235 M"),
        (math.nan, "sec/op", "nan"),
        (math.inf, "sec/op", "inf"),
    ],
)
def test_a_value_has_four_digits_and_a_prefix(number: float, unit: str, shown: str) -> None:
    assert figures.value(number, unit) == shown


@given(st.floats(1e-11, 1e14))
def test_a_shown_value_is_within_a_thousandth_of_the_true_one(number: float) -> None:
    digits, _, prefix = figures.value(number, "sec/op").removesuffix("s").partition(" ")
    scale = {"p": 1e-12, "n": 1e-9, "µ": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}[prefix]

    assert float(digits) * scale == pytest.approx(number, rel=1e-3)


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.0, "+0.00 %"),
        (0.05, "+5.00 %"),
        (0.049996, "+4.9996 %"),
        (-0.0123, "-1.23 %"),
        (0.000001, "+0.0001 %"),
        (1.5, "+150.00 %"),
        (math.inf, "from 0"),
        (None, "-"),
    ],
)
def test_a_change_is_never_rounded_to_nothing_nor_onto_a_limit(share: float | None, shown: str) -> None:
    assert figures.percent(share, 0.05, 0.15) == shown


@given(st.floats(-0.99, 5))
def test_a_shown_change_is_on_the_same_side_of_every_limit(share: float) -> None:
    shown = float(figures.percent(share, 0.05, 0.15).removesuffix(" %")) / 100

    assert [abs(shown) >= limit - 1e-13 for limit in (0.05, 0.15)] == [abs(share) >= limit - 1e-13 for limit in (0.05, 0.15)]
    assert shown == pytest.approx(share, abs=5.1e-5)


@pytest.mark.parametrize(
    ("interval", "shown"),
    [
        (None, "-"),
        ((1.1, 1.1), "exact"),
        ((0.0, math.inf), "unbounded"),
        ((0.99, 1.02), "-1.00 % … +2.00 %"),
        ((0.0, 1.02), "below … +2.00 %"),
        ((0.99, math.inf), "-1.00 % … above"),
    ],
)
def test_an_interval_is_shown_as_changes(interval: tuple[float, float] | None, shown: str) -> None:
    assert figures.interval(Comparison(interval=interval)) == shown


@pytest.mark.parametrize(("p", "shown"), [(None, "-"), (1.0, "1.000"), (0.0123, "0.012"), (0.00002, "2.0e-05")])
def test_a_chance_keeps_its_digits_when_it_is_small(p: float | None, shown: str) -> None:
    assert figures.chance(p) == shown


def test_a_side_is_shown_with_its_number_of_samples() -> None:
    one = Comparison(unit="sec/op", old=Estimate(1.5e-6, 1e-6, 2e-6, 10))

    assert (figures.spread(one, "old"), figures.spread(one, "new")) == ("1.500 µs (10)", "-")
