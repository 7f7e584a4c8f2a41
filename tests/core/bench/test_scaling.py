"""Values with a unit prefix, at the places where they change."""

from __future__ import annotations

import math

import pytest

from tsdbtasks.core.bench import scaling


@pytest.mark.parametrize(
    ("value", "text", "just_below"),
    [
        (999950000000000, "1000.0T", "999.9T"), (999.95, "1.000k", "999.9"), (99.995, "100.0", "99.99"),
        (9.9995, "10.00", "9.999"),
        (0.99995, "1.000", "999.9m"), (0.00000099995, "1.000µ", "999.9n"), (0.00000000099995, "1.000n", "0.9999n"),
        (-9.9995, "-10.00", "-9.999"),
    ],
)  # fmt: skip
def test_decimal_prefixes_change_where_rounding_does(value: float, text: str, just_below: str) -> None:
    assert scaling.text(value, "sec/op") == text
    assert scaling.text(math.nextafter(value, 0), "sec/op") == just_below


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.000"), (1, "1.000"), (1023, "1023.0"), (1024, "1.000Ki"), (0.004, "0.004000"), (2**50, "1024.0Ti")],
)
def test_bytes_take_binary_prefixes_and_none_below_one(value: float, text: str) -> None:
    assert scaling.text(value, "B/op") == text


def test_the_value_nearest_to_zero_decides_for_all() -> None:
    scale = scaling.common([0.0, 2000.0, 5.0], "x")

    assert [scale.text(value) for value in (0.0, 2000.0, 5.0)] == ["0.000", "2000.000", "5.000"]


def test_values_that_are_not_finite_are_named() -> None:
    assert [scaling.text(value, "x") for value in (math.inf, math.nan)] == ["+InfT", "NaNn"]
