"""What a single line of the Go benchmark format says.

The rules are those of the reference reader (golang.org/x/perf/benchfmt) where it differs from the
specification (golang.org/design/14313-benchmark-format). Lines come as text without their line end; bytes
that are no UTF-8 are lone surrogates in it, as Python's ``surrogateescape`` makes them.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, TypeVar

from tsdbtasks.core.bench.gonumbers import NumberError, parse_float, parse_int

if TYPE_CHECKING:
    from collections.abc import Callable

_N = TypeVar("_N", int, float)

PREFIX = "Benchmark"
#: Unicode's white space; Python's own idea of it holds four control characters more.
SPACE = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"

_FIELD = re.compile(f"[^{SPACE}]+")
_FIRST = re.compile(f"([^{SPACE}]*)([{SPACE}]*)")
_ASCII_KEY = re.compile(r"([a-z][^\x80-\U0010ffff\t-\r A-Z:]*):(.*)", re.DOTALL)


class LineError(ValueError):
    """A line that claims to be of the format and is not; the message is the reference reader's."""


def fields(text: str) -> list[str]:
    """Return what stands between white space."""
    return _FIELD.findall(text)


def head(text: str) -> tuple[str, str]:
    """Return the first field of a line, empty where it begins with white space, and the rest without leading blanks."""
    found = _FIRST.match(text)
    assert found  # noqa: S101 - the pattern matches every text
    return found[1], text[found.end() :]


def setting(text: str) -> tuple[str, str] | None:
    """Return key and value of a configuration line ``key: value``; an empty value deletes the key."""
    found = _ASCII_KEY.fullmatch(text)
    key, value = found.groups() if found else _any_key(text)
    if not key:
        return None
    stripped = value.lstrip(" \t")
    # A blank must separate them; "key:" alone is complete.
    return None if value and len(stripped) == len(value) else (key, stripped)


def _any_key(text: str) -> tuple[str, str]:
    """Return what stands before and after the colon where the first is a key in any script, else empty texts."""
    key, colon, value = text[:1], "", ""
    if not key or unicodedata.category(key) != "Ll":
        return "", ""
    key, colon, value = text.partition(":")
    if not colon or _FIELD.fullmatch(key) is None or any(unicodedata.category(one) == "Lu" for one in key):
        return "", ""
    return key, value


def is_bare_name(text: str) -> bool:
    """Say whether a line is nothing but a benchmark's name, as ``go test -v`` prints it at the start."""
    return text.startswith(PREFIX) and head(text)[0] == text


def result(text: str) -> tuple[str, int, list[tuple[float, str]]]:
    """Return name, iteration count, and the values with their units, of a line that begins with ``Benchmark``.

    Raises LineError. The units are as written; numbers may be negative, infinite or NaN.
    """
    name, rest = head(text)
    words = fields(rest)
    if not words:
        raise LineError("missing iteration count")
    count = _number(parse_int, words[0], "iteration count")
    return name[len(PREFIX) :], count, pairs(words[1:])


def pairs(words: list[str]) -> list[tuple[float, str]]:
    """Return values and units that alternate in *words*; raises LineError for the first that does not fit."""
    if not words:
        raise LineError("missing measurements")
    found = []
    for at in range(0, len(words), 2):
        value = _number(parse_float, words[at], "measurement")
        if at + 1 == len(words):
            raise LineError("missing units")
        found.append((value, words[at + 1]))
    return found


def unit(text: str) -> tuple[str, list[str]] | None:
    """Return the unit and the ``key=value`` words of a ``Unit`` line, or None of any other; raises LineError."""
    word, rest = head(text)
    if word != "Unit":
        return None
    words = fields(rest)
    if not words:
        raise LineError("missing unit")
    return words[0], words[1:]


def _number(read: Callable[[str], _N], text: str, what: str) -> _N:
    try:
        return read(text)
    except NumberError as error:
        message = f"parsing {what}: {error}"
        raise LineError(message) from None
