"""The name of a benchmark apart: its base, its sub-benchmark parts, and GOMAXPROCS."""

from __future__ import annotations

import re

_PROCS = re.compile(r"(.*)-([0-9]+)", re.ASCII | re.DOTALL)


def split_procs(name: str) -> tuple[str, str]:
    """Return *name* without its ``-N`` suffix, and that N as text, empty where there is none."""
    found = _PROCS.fullmatch(name)
    return (found[1], found[2]) if found else (name, "")


def base(name: str) -> str:
    """Return the name of the Go function, without ``Benchmark``: up to the first slash, or to the ``-N`` suffix."""
    head, slash, _ = name.partition("/")
    return head if slash else split_procs(name)[0]


def parts(name: str) -> list[str]:
    """Return the pieces of *name*: the base, each sub-benchmark with its slash, and the ``-N`` suffix with its dash."""
    stem, procs = split_procs(name)
    head, *subs = stem.split("/")
    return [head, *(f"/{sub}" for sub in subs), *([f"-{procs}"] if procs else [])]


def keys(name: str) -> dict[str, str]:
    """Return the sub-benchmark parts of the form ``key=value``; of a key that stands twice, the first counts."""
    found: dict[str, str] = {}
    for part in parts(name)[1:]:
        key, equals, value = part.partition("=")
        if part[0] == "/" and equals:
            found.setdefault(key[1:], value)
    return found
