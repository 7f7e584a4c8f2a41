"""What a compiled test binary prints when it runs benchmarks: which ran, and what went wrong.

The lines of measurements themselves are read by :mod:`benchfmt`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tsdbtasks.core.bench import benchfmt, names
from tsdbtasks.core.bench.benchfmt import Other, Result

if TYPE_CHECKING:
    from collections.abc import Iterable

_PREFIX = "Benchmark"
_PANIC = re.compile(r"(?:panic|fatal error): .*")
_SKIP = re.compile(r"\s*--- SKIP: Benchmark(?P<name>\S+)")
#: What regexp.QuoteMeta of Go escapes.
_META = re.compile(r"([\\.+*?()|\[\]{}^$])")
#: Lines of output that a failure shows.
LAST = 20


def pattern(name: str) -> str:
    """Return the value of ``-test.bench`` that runs the benchmark *name* (without ``Benchmark``) and no other."""
    # Go matches each part between slashes on its own.
    return "/".join(f"^{_quoted(part)}$" for part in f"{_PREFIX}{name}".split("/"))


def functions_pattern(functions: Iterable[str]) -> str:
    """Return the value of ``-test.bench`` that runs all of what the functions, named without ``Benchmark``, hold."""
    return f"^({'|'.join(f'{_PREFIX}{name}' for name in functions)})$"


def _quoted(text: str) -> str:
    return _META.sub(r"\\\1", text)


@dataclass(frozen=True)
class Found:
    """What a quick pass with ``-test.v`` found: the names of the *leaves* and of what was *skipped*, and the processor."""

    leaves: tuple[str, ...]
    skipped: tuple[str, ...]
    cpu: str


def found(output: bytes) -> Found:
    """Return the benchmarks that ran, by their names without ``Benchmark`` and without the suffix for GOMAXPROCS."""
    leaves: dict[str, None] = {}
    bare, cpu = "", ""
    read = benchfmt.parse(output)
    for record in read:
        if isinstance(record, Other) and record.text.startswith(_PREFIX):
            # With -test.v every benchmark says its name, without a suffix, before it runs.
            bare = record.text.split()[0].removeprefix(_PREFIX)
        elif isinstance(record, Result):
            leaves[_leaf(record.name, bare)] = None
            cpu = record.config.get("cpu", cpu)
    skipped = [match["name"] for record in read if (match := _SKIP.match(record.text))]
    return Found(tuple(leaves), tuple(names.split_procs(one)[0] for one in skipped), cpu)


def _leaf(name: str, bare: str) -> str:
    """Return the name without its suffix: ``size-2`` is a name where the benchmark called itself so, else ``size`` on 2."""
    if name == bare:
        return name
    return names.split_procs(name)[0]


def trouble(output: bytes, code: int, *, wanted: bool = True) -> str:
    """Say in a few words what is wrong with a process that ended with *code*, or nothing where all is well.

    *wanted* is false where no measurement was expected.
    """
    text = output.decode("utf-8", "replace")
    # Also where the name of the benchmark stands before it.
    panic = _PANIC.search(text)
    if code and panic:
        return panic[0]
    if "--- FAIL: " in text:
        return "failed"
    if code < 0:
        return f"was ended by signal {-code}"
    if code:
        return f"exited with {code}"
    if wanted and not benchfmt.parse(output).results:
        return "was skipped" if _skips(text) else "gave no result"
    return ""


def _skips(text: str) -> bool:
    return any(_SKIP.match(line) for line in text.splitlines())


def last_lines(output: bytes, count: int = LAST) -> tuple[str, ...]:
    """Return the last lines of *output* that say something."""
    lines = [line.rstrip().expandtabs(4) for line in output.decode("utf-8", "backslashreplace").splitlines() if line.strip()]
    return tuple(lines[-count:])
