"""Units of measurements: their tidy form, whether more is better, and which prefixes they take."""

from __future__ import annotations

import re
from functools import lru_cache

LOWER = "lower"
HIGHER = "higher"

_TOKEN = re.compile(r"[*/\-]|[^*/\-\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
# Divided and multiplied one after another, as the reference reader does it, so that the last bit is the same.
_TIDY = {"ns": ("sec", 1.0, 1e9), "MB": ("B", 1e6, 1.0)}
_BYTES = frozenset({"B", "MB", "bytes"})
_BETTER = {
    "ns/op": LOWER,
    "sec/op": LOWER,
    "B/op": LOWER,
    "allocs/op": LOWER,
    "MB/s": HIGHER,
    "B/s": HIGHER,
}


def _words(unit: str) -> list[tuple[int, str, bool]]:
    """Return the words of *unit* with their places; the last member says whether a word is in the denominator."""
    words: list[tuple[int, str, bool]] = []
    below = False
    for found in _TOKEN.finditer(unit):
        text = found[0]
        if text in {"*", "/"}:
            below = text == "/"
        elif text != "-":
            words.append((found.start(), text, below))
    return words


@lru_cache(maxsize=4096)
def tidy(unit: str) -> tuple[str, float]:
    """Return the tidy form of *unit* and the factor for its values: ns become sec and MB become B above the line."""
    factor, changed = 1.0, unit
    for _, word, below in _words(unit):
        if word in _TIDY and not below:
            factor = factor * _TIDY[word][1] / _TIDY[word][2]
    for at, word, below in reversed(_words(unit)):
        if word in _TIDY and not below:
            changed = changed[:at] + _TIDY[word][0] + changed[at + len(word) :]
    return changed, factor


@lru_cache(maxsize=4096)
def is_binary(unit: str) -> bool:
    """Say whether values of *unit* count bytes and so take the prefixes Ki, Mi and so on."""
    return any(word in _BYTES and not below for _, word, below in _words(unit))


def better(unit: str) -> str:
    """Return which way *unit* improves where no Unit line says so, or an empty text where nothing is known."""
    return _BETTER.get(unit, "")
