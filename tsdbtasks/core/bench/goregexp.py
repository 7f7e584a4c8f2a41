r"""Regular expressions in Go's syntax, compiled to Python's.

Where both have the syntax, matching or not is the same. What Go has and Python has not is translated
(POSIX classes, ``\z``, ``\Q…\E``, ``\x{…}``, named groups) or refused (Unicode classes with ``\p``); what Python
has and Go has not (back references, look-around) is refused with Go's own message.
"""

from __future__ import annotations

import re
from functools import lru_cache

_POSIX = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": r"\x00-\x7f", "blank": r"\t ", "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~", "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ", "upper": "A-Z", "word": "0-9A-Za-z_", "xdigit": "0-9A-Fa-f",
}  # fmt: skip
_OUTSIDE = re.compile(
    r"""
      \\Q(?P<literal>.*?)(?:\\E|\Z)
    | \\x\{(?P<point>[0-9a-fA-F]+)\}
    | \\(?P<escaped>.)
    | \(\?(?P<group>P?<?[=!]|P?<[A-Za-z_]\w*>|P=|[a-zA-Z-]*[:)])
    | (?P<opening>\[\^?\]?)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_INSIDE = re.compile(
    r"""
      \\x\{(?P<point>[0-9a-fA-F]+)\}
    | \\(?P<escaped>.)
    | \[:(?P<posix>\^?[a-z]*):\]
    | (?P<closing>\])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)


class RegexpError(ValueError):
    """An expression that is no regular expression; the message is in Go's form."""

    def __init__(self, reason: str, piece: str) -> None:
        """Take the reason and the piece of the expression that it is about."""
        super().__init__(f"error parsing regexp: {reason}: `{piece}`")


def end(text: str, start: int) -> int:
    """Return where the slash stands that closes the expression which begins at *start*, or -1.

    A slash inside of brackets, parentheses or after a backslash closes nothing.
    """
    brackets = parentheses = 0
    at = start
    while at < len(text):
        one = text[at]
        if one == "/" and not brackets and not parentheses:
            return at
        if one == "[":
            brackets += 1
        elif one == "]":
            brackets = max(brackets - 1, 0)
        elif one in "()" and not brackets:
            parentheses += 1 if one == "(" else -1
        at += 2 if one == "\\" else 1
    return -1


@lru_cache(maxsize=256)
def compiled(expression: str) -> re.Pattern[str]:
    """Return *expression* as a pattern to search with; raises RegexpError."""
    translated = _translated(expression)
    try:
        return re.compile(translated, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise RegexpError(str(error), expression) from None


def _translated(expression: str) -> str:
    pieces: list[str] = []
    inside, at = False, 0
    while at < len(expression):
        found = (_INSIDE if inside else _OUTSIDE).match(expression, at)
        if found is None:
            raise RegexpError("trailing backslash at end of expression", "")
        pieces.append(_piece(found, inside=inside))
        inside = inside != (found.lastgroup in {"opening", "closing"})
        at = found.end()
    return "".join(pieces)


def _piece(found: re.Match[str], *, inside: bool) -> str:  # noqa: PLR0911 - a table of cases
    kind, text = found.lastgroup or "", found[0]
    if kind == "literal":
        return re.escape(found["literal"])
    if kind == "point":
        return _point(int(found["point"], 16), text)
    if kind == "escaped":
        return _escape(found["escaped"], text, inside=inside)
    if kind == "posix":
        return _posix(found["posix"], text)
    if kind == "group":
        return _group(found["group"], text)
    if kind == "opening":  # a bracket that follows at once is a member of the class
        return text.replace("]", r"\]")
    if inside:
        return f"\\{text}" if text in "[&~|" else text
    return {"$": r"\Z", "]": r"\]"}.get(text, text)


def _point(point: int, text: str) -> str:
    if point > 0x10FFFF:  # noqa: PLR2004 - the last of Unicode
        raise RegexpError("invalid escape sequence", text)
    return f"\\U{point:08x}"


def _escape(letter: str, text: str, *, inside: bool) -> str:
    if letter.isalnum() and letter not in "aftnrvxAbBzdDsSwW0":
        raise RegexpError("invalid escape sequence", text)
    if letter == "z" and not inside:
        return r"\Z"
    if letter == "s":  # without the vertical tab
        return r"\t\n\f\r " if inside else r"[\t\n\f\r ]"
    return r"[^\t\n\f\r ]" if letter == "S" and not inside else text


def _posix(name: str, text: str) -> str:
    if name not in _POSIX:
        raise RegexpError("invalid character class range", text)
    return _POSIX[name]


def _group(group: str, text: str) -> str:
    if group.rstrip("=!") != group:
        raise RegexpError("invalid or unsupported Perl syntax", text.rstrip("=!") if "<" in group else text)
    if group.startswith("<"):
        return f"(?P{group}"
    if group.startswith("P<"):
        return text
    # U swaps greedy and lazy, which does not change what matches.
    left = group.replace("U", "").removesuffix("-:").removesuffix("-)")
    return "" if left in {")", ""} and group.endswith(")") else f"(?{group.replace('U', '')}"
