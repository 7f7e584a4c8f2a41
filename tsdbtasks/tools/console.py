"""Notes and progress on stderr: live on a terminal, plain lines and fold groups in CI.

The one place that knows the log format of GitHub Actions.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def in_github() -> bool:
    """Say whether GitHub Actions reads our log."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def in_ci() -> bool:
    """Say whether this is a CI machine, on which what is missing is a failure."""
    return os.environ.get("CI", "").lower() in {"1", "true"}


def note(text: str) -> None:
    """Say *text* to the reader; it is no result, so it goes to stderr."""
    from tsdbtasks.core.report.table import visible  # noqa: PLC0415 - `inv --list` must not pay for tables

    print("\n".join(harmless(visible(line)) for line in text.splitlines()), file=sys.stderr, flush=True)


def harmless(line: str) -> str:
    """Return *line* so that GitHub does not take it for a command, as a file's name could have it."""
    if not in_github():
        return line
    # The older form counts anywhere in a line, the newer one at its beginning.
    broken = line.replace("##[", "## [")
    return f"> {broken}" if broken.lstrip().startswith("::") else broken


def warning(text: str) -> None:
    """Say what the reader should not overlook, also as an annotation on GitHub."""
    if in_github():
        print(f"::warning::{_data(text)}", file=sys.stderr, flush=True)
    else:
        note(f"warning: {text}")


def error(text: str) -> None:
    """Annotate a failure on GitHub; elsewhere the message at the end of the program says it."""
    if in_github():
        print(f"::error::{_data(text)}", file=sys.stderr, flush=True)


@contextmanager
def group(title: str) -> Iterator[None]:
    """Fold what the block says under *title* in GitHub's log; elsewhere print the title."""
    if in_github():
        print(f"::group::{_data(title)}", file=sys.stderr, flush=True)
    else:
        note(f"== {title}")
    try:
        yield
    finally:
        if in_github():
            print("::endgroup::", file=sys.stderr, flush=True)


def _data(text: str) -> str:
    """Return *text* as the data of a workflow command, so that it cannot start another."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


class Progress:
    """Says how far several things are: one line each as they end, and on a terminal what is running now."""

    def __init__(self, total: int, what: str) -> None:
        """Expect *total* things; *what* is the verb in the line, as in "building"."""
        self._total = total
        self._what = what
        self._done = 0
        self._running: dict[str, float] = {}
        self._lock = threading.Lock()
        self._live = sys.stderr.isatty() and not in_ci()

    def start(self, name: str) -> None:
        """Say that *name* has begun."""
        with self._lock:
            self._running[name] = time.monotonic()
            self._draw()

    def end(self, name: str, outcome: str) -> None:
        """Say that *name* has ended, and how."""
        from tsdbtasks.core.durations import human  # noqa: PLC0415 - `inv --list` must not pay for it

        with self._lock:
            seconds = time.monotonic() - self._running.pop(name, time.monotonic())
            self._done += 1
            self._clear()
            note(f"[{self._done}/{self._total}] {name} {outcome}, {human(seconds)}")
            self._draw()

    def close(self) -> None:
        """Take the live line away."""
        with self._lock:
            self._running.clear()
            self._clear()

    def _draw(self) -> None:
        if self._live and self._running:
            self._clear()
            line = f"{self._what} {', '.join(self._running)} …"
            sys.stderr.write(line[: _columns() - 1])
            sys.stderr.flush()

    def _clear(self) -> None:
        if self._live:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns
    except OSError:
        return 80
