"""Durations in Go's notation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks.core.durations import Duration, human


@given(st.integers(0, 2**63 - 1))
def test_a_duration_survives_its_own_notation_to_the_nanosecond(nanoseconds: int) -> None:
    duration = Duration(nanoseconds)

    assert Duration.parse(str(duration)) == duration


# The values are those of Go's time.ParseDuration.
@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("0", 0),
        ("5m", 300 * 10**9),
        ("1h30m", 5400 * 10**9),
        ("1.5h", 5400 * 10**9),
        (".5s", 5 * 10**8),
        ("1.s", 10**9),
        ("2us", 2000),
        ("2µs", 2000),
        ("2μs", 2000),
        ("100ms", 10**8),
        ("1m0.25s", 60 * 10**9 + 25 * 10**7),
        ("2562047h47m16.854775807s", 2**63 - 1),
    ],
)
def test_go_s_notation_is_read_as_go_reads_it(text: str, nanoseconds: int) -> None:
    assert Duration.parse(text).nanoseconds == nanoseconds


@pytest.mark.parametrize("text", ["", "5", "5 m", "m", "-5m", "5d", "1h30", "٣s", "9" * 400 + "h", "9223372036.854775808s"])
def test_what_go_would_not_read_is_refused_with_the_value(text: str) -> None:
    with pytest.raises(ValueError, match="want a Go duration") as caught:
        Duration.parse(text)

    assert repr(text)[:40] in str(caught.value)


def test_durations_are_in_order_of_length() -> None:
    assert Duration.parse("59s") < Duration.parse("1m") < Duration.parse("1h")


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.416, "0.42 s"), (9.99, "9.99 s"), (12.34, "12.3 s"), (245, "4 min 05 s"), (60, "1 min 00 s")]
)
def test_a_reader_gets_no_more_digits_than_say_something(seconds: float, shown: str) -> None:
    assert human(seconds) == shown


def test_no_reader_is_told_of_sixty_seconds_that_are_no_minute() -> None:
    assert human(59.97) == "1 min 00 s"
    assert human(9.996) == "10.0 s"
