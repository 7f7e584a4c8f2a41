"""What differs between POSIX and Windows, and nothing else: process groups, signals, locks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    #: How a program is started so that it and its children can be ended together.
    GROUP: dict[str, Any] = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    #: Signals, besides Ctrl-C, that mean "stop": what Windows sends a service or a closed console.
    STOP_SIGNALS: tuple[signal.Signals, ...] = (signal.SIGTERM, signal.SIGBREAK)

    def end_group(process: subprocess.Popen[bytes], *, force: bool) -> None:
        """End *process* and its children; Windows has no gentle way that reaches all of them."""
        del force
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)  # noqa: S603, S607 - a fixed program of Windows itself

    def _lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    GROUP: dict[str, Any] = {"start_new_session": True}
    STOP_SIGNALS: tuple[signal.Signals, ...] = (signal.SIGTERM, signal.SIGHUP)

    def end_group(process: subprocess.Popen[bytes], *, force: bool) -> None:
        """Ask the process group of *process* to end, or make it."""
        try:
            os.killpg(process.pid, signal.SIGKILL if force else signal.SIGTERM)
        except ProcessLookupError:
            return  # all of it has ended already

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


@contextmanager
def locked(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock file *path*, and make its folder; *waiting* is called once if somebody else holds it.

    The kernel lets go of it when the holder ends, however it ends, so no lock outlives a kill.
    """
    told = False
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        except FileNotFoundError:  # another run has removed the folder just now
            continue
        try:
            if not _lock(descriptor):
                if not told:
                    waiting()
                told = True
                # There is no event to wait for that also lets Ctrl-C through on every system.
                pause = threading.Event()
                while not _lock(descriptor):
                    pause.wait(0.1)
            # Who held it may have removed the file, and then the next one makes and holds another.
            if not _is_at(descriptor, path):
                continue
            try:
                yield
            finally:
                _unlock(descriptor)
            return
        finally:
            os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def stop_signals(handler: Callable[[str], None]) -> Iterator[None]:
    """Call *handler* with the signal's name when the process is asked to stop while the block runs.

    Only the main thread can hear signals; elsewhere this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def heard(number: int, _: object) -> None:
        _HEARD.append(lambda: handler(signal.Signals(number).name))
        _HEARD[-1]()

    before = {number: signal.signal(number, heard) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
        _HEARD.clear()


#: What the signals of the running block do, once each has been heard.
_HEARD: list[Callable[[], None]] = []


def hear() -> None:
    """Do once more what a signal did, if one has come.

    Python loses what is raised in some places, such as the end of a weak reference. Whoever waits long in the main
    thread calls this from time to time; elsewhere it does nothing.
    """
    if _HEARD and threading.current_thread() is threading.main_thread():
        _HEARD[-1]()
