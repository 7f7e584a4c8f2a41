"""Several things at once: bounded, with progress, and ended together."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from tsdbtasks import system
from tsdbtasks.errors import TsdbtasksError
from tsdbtasks.runner import HEARING
from tsdbtasks.tools import console

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tsdbtasks.runner import Runner

T = TypeVar("T")
R = TypeVar("R")


def each(
    runner: Runner, items: Mapping[str, T], act: Callable[[T], R], *, jobs: int, verbs: tuple[str, str]
) -> tuple[dict[str, R], dict[str, TsdbtasksError]]:
    """Call *act* for each of *items*, at most *jobs* at once (0: one a processor).

    Returns the results and the deliberate failures, both by name and in the order of *items*: one failure
    does not stop the others. *verbs* are for the progress, as in ("building", "built"). A signal ends all
    programs of *runner*, and is raised once they have ended.
    """
    progress = console.Progress(len(items), verbs[0])
    # Not concurrent.futures.wait: a signal that raises in it leaves futures locked, and their threads wait for ever.
    ended: SimpleQueue[str] = SimpleQueue()

    def one(name: str, item: T) -> R:
        progress.start(name)
        try:
            result = act(item)
        except BaseException:
            progress.end(name, "failed")
            raise
        else:
            progress.end(name, verbs[1])
            return result
        finally:
            ended.put(name)

    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as threads:
        futures: dict[str, Future[R]] = {}
        try:
            futures |= {name: threads.submit(one, name, item) for name, item in items.items()}
            for _ in futures:
                _one(ended)
        except BaseException:
            # Ctrl-C or a signal: nothing new starts, and what runs is ended before the pool is left.
            threads.shutdown(wait=False, cancel_futures=True)
            runner.processes.stop()
            raise
        finally:
            progress.close()
    errors = {name: error for name, future in futures.items() if (error := future.exception()) is not None}
    for error in errors.values():
        if not isinstance(error, TsdbtasksError):
            raise error
    done = {name: future.result() for name, future in futures.items() if name not in errors}
    return done, {name: error for name, error in errors.items() if isinstance(error, TsdbtasksError)}


def _one(ended: SimpleQueue[str]) -> None:
    """Wait for the next of several things to end."""
    while True:
        try:
            # A signal that comes just before a wait without end would be heard only after it.
            ended.get(timeout=HEARING)
        except Empty:
            system.hear()
        else:
            return
