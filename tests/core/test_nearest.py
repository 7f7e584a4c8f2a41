"""Suggestions for what was probably meant."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks.core.nearest import nearest, perhaps


def test_a_slip_of_the_finger_is_recognised() -> None:
    assert nearest("linux_amd46", ["linux_arm64", "linux_amd64", "darwin_amd64"]) == "linux_amd64"


def test_what_is_like_nothing_known_gets_the_whole_list_instead_of_a_guess() -> None:
    assert nearest("qqq", ["one", "two"]) == ""
    assert perhaps("qqq", ["two", "one"]) == "known: one, two"
    assert perhaps("qqq", []) == "nothing is known here"


@given(st.lists(st.text(min_size=1), min_size=1))
def test_a_name_that_is_known_is_its_own_nearest(names: list[str]) -> None:
    assert perhaps(names[0], names) == f"perhaps you meant {names[0]!r}"
