"""How far a long row of samples is: what is being measured, and how much time is left."""

from __future__ import annotations

import os
import sys
import time

from tsdbtasks.core.durations import human
from tsdbtasks.core.report.table import visible
from tsdbtasks.tools import console

#: Seconds between two lines where nobody watches a terminal.
_PAUSE = 1.0


class Countdown:
    """Says what is being done, one line that is written over on a terminal, and now and then a line elsewhere."""

    def __init__(self, total: int) -> None:
        """Expect *total* things that take about as long as each other."""
        self._total = total
        self._done = 0
        self._skipped = 0
        self._begun = time.monotonic()
        self._said = float("-inf")
        self._live = sys.stderr.isatty() and not console.in_ci()

    def start(self, what: str) -> None:
        """Say that *what* has begun."""
        now = time.monotonic()
        at = self._done + self._skipped + 1
        if not self._live and at != self._total and now - self._said < _PAUSE:
            return
        self._said = now
        line = f"[{at}/{self._total}] {visible(what)}{self._left(now)}"
        if self._live:
            sys.stderr.write("\r\x1b[K" + line[: _columns() - 1])
            sys.stderr.flush()
        else:
            console.note(line)

    def end(self) -> None:
        """Say that what has begun has ended."""
        self._done += 1

    def skip(self) -> None:
        """Say that one of the things is not done."""
        self._skipped += 1

    def close(self) -> None:
        """Take the live line away."""
        if self._live:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _left(self, now: float) -> str:
        if not self._done:
            return ""
        each = (now - self._begun) / self._done
        return f", {human(each * (self._total - self._done - self._skipped))} left"


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns
    except OSError:
        return 80
