"""Deliberate failures and their exit codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks import errors
from tsdbtasks.errors import (
    MissingError,
    ProgramError,
    RefusedError,
    SettingsError,
    SeveralError,
    TsdbtasksError,
    UsageError,
    worst,
)


@given(st.lists(st.integers(-3, 9)))
def test_the_worst_of_several_codes_does_not_depend_on_their_order(codes: list[int]) -> None:
    assert worst(codes) == worst(reversed(codes))
    assert worst([*codes, 0]) == worst(codes)


@pytest.mark.parametrize(
    ("codes", "code"), [([], 0), ([0, 0], 0), ([4, 5], 5), ([5, 3], 3), ([3, 2], 2), ([2, 1], 1), ([4, 0], 4), ([0, 77], 1)]
)
def test_codes_weigh_in_the_promised_order(codes: list[int], code: int) -> None:
    assert worst(codes) == code


def test_each_kind_of_failure_has_its_own_code() -> None:
    kinds = {
        "ProgramError": 1, "InterruptedRunError": 1, "UsageError": 2, "MissingError": 3, "RefusedError": 4, "NothingError": 5,
    }  # fmt: skip

    assert {name: getattr(errors, name)("x").exit_code for name in kinds} == kinds


def test_the_advice_stands_on_a_line_of_its_own() -> None:
    assert str(UsageError("wrong", hint="do this")) == "wrong\n  next: do this"
    assert str(UsageError("wrong")) == "wrong"


def test_all_problems_of_settings_are_listed() -> None:
    error = SettingsError(["a: b", "c: d"], hint="mend it")

    assert str(error) == "a: b\nc: d\n  next: mend it"
    assert error.problems == ("a: b", "c: d")


def test_several_failures_end_with_the_worst_code_and_keep_each_message_whole() -> None:
    error = SeveralError("two failed:", [MissingError("no go", hint="install"), RefusedError("gate\nsaid no")])

    assert error.exit_code == 3
    assert str(error) == "two failed:\n- no go\n    next: install\n- gate\n  said no"


def test_several_of_nothing_is_still_a_failure() -> None:
    assert SeveralError("odd", []).exit_code == 1
    assert isinstance(ProgramError("x"), TsdbtasksError)
