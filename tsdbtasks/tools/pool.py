"""Several things at once: bounded, with progress, and ended together."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, TypeVar

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

    def one(name: str, item: T) -> R:
        progress.start(name)
        try:
            result = act(item)
        except BaseException:
            progress.end(name, "failed")
            raise
        progress.end(name, verbs[1])
        return result

    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as threads:
        futures: dict[str, Future[R]] = {}
        try:
            futures |= {name: threads.submit(one, name, item) for name, item in items.items()}
            pending = set(futures.values())
            while pending:
                # A signal that comes just before a wait without end would be heard only after it.
                pending = wait(pending, timeout=HEARING).not_done
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
