"""Several things at once."""

from __future__ import annotations

import threading

import pytest

from tsdbtasks.errors import ProgramError, TsdbtasksError
from tsdbtasks.runner import Runner
from tsdbtasks.tools import pool

_VERBS = ("making", "made")


def test_one_failure_does_not_stop_the_others_and_all_come_back_in_order(capfd: pytest.CaptureFixture[str]) -> None:
    def act(number: int) -> int:
        if number % 2:
            message = f"{number} is odd"
            raise ProgramError(message)
        return number * 10

    done, errors = pool.each(Runner(), {str(n): n for n in range(6)}, act, jobs=3, verbs=_VERBS)

    assert list(done.items()) == [("0", 0), ("2", 20), ("4", 40)]
    assert [(name, error.message) for name, error in errors.items()] == [(n, f"{n} is odd") for n in ("1", "3", "5")]
    said = capfd.readouterr().err.splitlines()
    assert [line.partition("]")[0] for line in said] == [f"[{n}/6" for n in range(1, 7)]
    assert sum(" made, " in line for line in said) == sum(" failed, " in line for line in said) == 3


def test_no_more_run_at_once_than_were_asked_for() -> None:
    lock, running, most = threading.Lock(), 0, 0
    together = threading.Barrier(2)

    def act(_: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait(10)  # each waits for another one, so two do run at once
        with lock:
            running -= 1

    pool.each(Runner(), {str(n): n for n in range(6)}, act, jobs=2, verbs=_VERBS)

    assert most == 2


def test_a_defect_is_no_result() -> None:
    def act(_: int) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        pool.each(Runner(), {"a": 1}, act, jobs=1, verbs=_VERBS)


def test_nothing_to_do_is_done() -> None:
    def act(_: int) -> None:
        raise TsdbtasksError("never called")

    assert pool.each(Runner(), {}, act, jobs=0, verbs=_VERBS) == ({}, {})
