"""Locks and signals."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tsdbtasks import system

if TYPE_CHECKING:
    from pathlib import Path


def _unexpected() -> None:
    pytest.fail("nobody else holds the lock")


def test_a_lock_that_is_free_is_taken_without_a_word(tmp_path: Path) -> None:
    with system.locked(tmp_path / "lock", _unexpected):
        pass
    with system.locked(tmp_path / "lock", _unexpected):
        assert (tmp_path / "lock").exists()


def test_a_second_holder_waits_says_so_once_and_then_has_it(tmp_path: Path) -> None:
    waits, order = threading.Event(), []

    def second() -> None:
        with system.locked(tmp_path / "lock", waits.set):
            order.append("second")

    with system.locked(tmp_path / "lock", _unexpected):
        thread = threading.Thread(target=second)
        thread.start()
        assert waits.wait(10)
        order.append("first")
    thread.join(10)

    assert order == ["first", "second"]


def test_whoever_waited_for_a_lock_file_that_was_removed_holds_the_new_one(tmp_path: Path) -> None:
    waits, holds, done = threading.Event(), threading.Event(), threading.Event()
    lock = tmp_path / "out" / "lock"
    lock.parent.mkdir()

    def second() -> None:
        with system.locked(lock, waits.set):
            holds.set()
            done.wait(10)

    with system.locked(lock, _unexpected):
        thread = threading.Thread(target=second)
        thread.start()
        assert waits.wait(10)
        lock.unlink()
        lock.parent.rmdir()
    assert holds.wait(10)
    third = threading.Event()

    def blocked() -> None:
        third.set()
        done.set()  # lets the second go, so that the third gets its turn

    with system.locked(lock, blocked):
        pass
    thread.join(10)

    assert third.is_set()


def test_a_holder_that_is_killed_lets_go(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys, time; from tsdbtasks import system\n"
        "with system.locked(pathlib.Path(sys.argv[1]), lambda: None):\n    print('held', flush=True); time.sleep(1000)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, tmp_path / "lock"], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.kill()
        holder.wait()

        with system.locked(tmp_path / "lock", _unexpected):
            pass


@pytest.mark.parametrize("number", system.STOP_SIGNALS)
def test_a_signal_to_stop_reaches_the_handler_by_name_and_the_old_one_comes_back(number: signal.Signals) -> None:
    heard: list[str] = []
    before = signal.getsignal(number)

    with system.stop_signals(heard.append):
        os.kill(os.getpid(), number)

    assert heard == [number.name]
    assert signal.getsignal(number) == before


def test_elsewhere_than_in_the_main_thread_signals_are_left_alone() -> None:
    before, inside = signal.getsignal(signal.SIGTERM), []

    def run() -> None:
        with system.stop_signals(lambda _: None):
            inside.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()

    assert inside == [before]


def test_a_signal_whose_exception_was_lost_is_heard_again_until_the_block_ends() -> None:
    def stop(name: str) -> None:
        raise ValueError(name)

    class Swallows:
        def __eq__(self, other: object) -> bool:
            """Lose what is raised here, as the end of a weak reference does."""
            with contextlib.suppress(ValueError):
                os.kill(os.getpid(), signal.SIGTERM)
            return self is other

        __hash__ = None  # type: ignore[assignment]  # no key of anything

    with system.stop_signals(stop):
        system.hear()  # nothing has come yet
        assert Swallows() != 1

        with pytest.raises(ValueError, match="SIGTERM"):
            system.hear()

    system.hear()
