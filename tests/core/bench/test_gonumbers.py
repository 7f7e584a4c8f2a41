"""Numbers as Go reads and writes them; what Go itself answered is in the tables."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks.core.bench.gonumbers import NumberError, fixed, parse_float, parse_int, shortest


@pytest.mark.parametrize(
    ("text", "value"), [("1", 1), ("-7", -7), ("+7", 7), ("000000000000000000000012", 12), ("9223372036854775807", 2**63 - 1)]
)
def test_whole_numbers_are_read(text: str, value: int) -> None:
    assert parse_int(text) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "invalid syntax"), ("-", "invalid syntax"), ("1_0", "invalid syntax"), ("1.0", "invalid syntax"),
        ("٣", "invalid syntax"),
        ("9223372036854775808", "value out of range"), ("1" * 5000, "value out of range"),
    ],
)  # fmt: skip
def test_what_is_no_whole_number_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(NumberError, match=reason):
        parse_int(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1_000.5", 1000.5),
        ("0x1p4", 16.0),
        ("0X_1.8p-1", 0.75),
        (".5", 0.5),
        ("5.", 5.0),
        ("-inf", -math.inf),
        ("+Infinity", math.inf),
    ],
)
def test_floats_are_read(text: str, value: float) -> None:
    assert parse_float(text) == value


@pytest.mark.parametrize(
    "text",
    ["", ".", "+", "1__0", "_1", "1_", "1e", "1e_5", "1_e5", " 1", "0x1", "0b1", "+nan", "infinit", "1,5", "٣", "e5", "0x.p1"],
)
def test_what_is_no_float_is_refused(text: str) -> None:
    with pytest.raises(NumberError, match="invalid syntax"):
        parse_float(text)


@pytest.mark.parametrize("text", ["1e999", "-1e400", "0x1p9999"])
def test_floats_that_are_too_large_are_refused(text: str) -> None:
    with pytest.raises(NumberError, match="value out of range"):
        parse_float(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-0.0, "-0"), (1.0, "1"), (123456.0, "123456"), (1234567.0, "1.234567e+06"), (1e6, "1e+06"),
        (100000.0, "100000"),
        (0.0001, "0.0001"), (1e-5, "1e-05"), (12345678.5, "1.23456785e+07"), (5e-324, "5e-324"), (99755000.0, "9.9755e+07"),
        (math.inf, "+Inf"), (-math.inf, "-Inf"), (math.nan, "NaN"), (2.9510000000000004e-07, "2.9510000000000004e-07"),
    ],
)  # fmt: skip
def test_the_shortest_form_is_that_of_percent_v(value: float, text: str) -> None:
    assert shortest(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_shortest_form_reads_back_the_same(value: float) -> None:
    assert math.copysign(1, parse_float(shortest(value))) == math.copysign(1, value)
    assert parse_float(shortest(value)) == value


def test_values_that_are_not_finite_are_shown_by_their_names() -> None:
    assert [fixed(one, 2, plus=True) for one in (math.nan, math.inf, 1.005, -0.001)] == ["+NaN", "+Inf", "+1.00", "-0.00"]
