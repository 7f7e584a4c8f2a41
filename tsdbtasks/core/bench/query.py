"""The common syntax of filter and projection expressions: words, quoted words, regular expressions, operators.

The language is benchstat's (golang.org/x/perf/benchproc/syntax), its messages and the places they point at included.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from dataclasses import dataclass

from tsdbtasks.core.bench import goregexp
from tsdbtasks.core.bench.grammar import SPACE

END = ""
WORDS = frozenset("wq")
_OPERATORS = frozenset("():@,")
_STARTS = _OPERATORS | frozenset("-*")
_BARE = re.compile(f"[^{SPACE}():@,]*")
_BLANKS = re.compile(f"[{SPACE}]*")
_ESCAPE = re.compile(r'\\(?:([abfnrtv\\"])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))', re.ASCII)
_PLAIN = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'}


class QueryError(ValueError):
    """An expression that cannot be read; the message shows where, below the expression."""

    def __init__(self, query: str, at: int, message: str) -> None:
        """Point at the character *at* of *query*."""
        # As wide as what a terminal shows of the text before it.
        blanks = " " * sum(_is_graphic(one) for one in query[:at])
        super().__init__(f"syntax error: {message}\n\t{query}\n\t{blanks}^")
        self.query = query
        self.at = at
        self.reason = message


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an expression.

    *kind* is "w" for a word, "q" for a quoted one, "r" for a regular expression, "A" and "O" for AND and OR,
    an operator's own character, or empty at the end. *at* is where it begins, *next* where reading goes on.
    """

    kind: str
    text: str
    at: int
    next: int


class Tokenizer:
    """Reads one token at a place; what comes next depends on whether a value may stand there."""

    def __init__(self, query: str) -> None:
        """Take the whole expression."""
        self.query = query

    def key(self, at: int) -> Token:
        """Return the key or operator at *at*; raises QueryError."""
        return self._token(at, value=False)

    def value(self, at: int) -> Token:
        """Return the value, which may be a regular expression, or the operator at *at*; raises QueryError."""
        return self._token(at, value=True)

    def error(self, at: int, message: str) -> QueryError:
        """Return an error that points at *at*."""
        return QueryError(self.query, at, message)

    def end(self, at: int) -> None:
        """Raise QueryError unless nothing is left at *at*."""
        token = self.key(at)
        if token.kind != END:
            raise self.error(token.at, f"unexpected {quoted(token.text)}")

    def _token(self, at: int, *, value: bool) -> Token:
        while at < len(self.query):
            first = self.query[at]
            if first in _STARTS:
                return Token(first, first, at, at + 1)
            blanks = _BLANKS.match(self.query, at)
            if blanks and blanks.end() > at:
                at = blanks.end()
            elif value and first == "/":
                return self._regexp(at)
            elif first == '"':
                return self._quoted(at)
            else:
                return self._bare(at)
        return Token(END, "", len(self.query), len(self.query))

    def _bare(self, at: int) -> Token:
        found = _BARE.match(self.query, at)
        word = found[0] if found else ""
        return Token({"AND": "A", "OR": "O"}.get(word, "w"), word, at, at + len(word))

    def _quoted(self, at: int) -> Token:
        end = at + 1
        while end < len(self.query) and (self.query[end] != '"' or self.query[end - 1] == "\\"):
            end += 1
        if end == len(self.query):
            raise self.error(at, "missing end quote")
        word = unquoted(self.query[at + 1 : end])
        if word is None:
            raise self.error(at, "bad escape sequence")
        return Token("q", word, at, end + 1)

    def _regexp(self, at: int) -> Token:
        end = goregexp.end(self.query, at + 1)
        if end < 0:
            raise self.error(at, 'missing close "/"')
        expression = self.query[at + 1 : end]
        try:
            goregexp.compiled(expression)
        except goregexp.RegexpError as error:
            raise self.error(at, str(error)) from None
        after = self.query[end + 1 : end + 2]
        # To avoid doubt about a "/" inside, something that ends a word must follow.
        if after and after not in _STARTS and not re.match(f"[{SPACE}]", after):
            raise self.error(end + 1, 'regexp must be followed by space or an operator (unescaped "/"?)')
        return Token("r", expression, at, end + 1)


def _is_graphic(one: str) -> bool:
    # A byte that is no UTF-8 is shown as a replacement character.
    category = unicodedata.category(one)
    return category[0] in "LMNPS" or category in {"Zs", "Cs"}


def unquoted(text: str) -> str | None:
    """Return what a Go string literal with *text* between its quotes means, or None where it is none."""
    pieces: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == "\n" or text[at] == '"':
            return None
        if text[at] != "\\":
            pieces.append(text[at])
            at += 1
            continue
        found = _ESCAPE.match(text, at)
        piece = _meaning(found) if found else None
        if found is None or piece is None:
            return None
        pieces.append(piece)
        at = found.end()
    # Bytes that were given one by one may make characters together.
    return "".join(pieces).encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")


def _meaning(found: re.Match[str]) -> str | None:
    plain, octal, byte, *points = found.groups()
    if plain:
        return _PLAIN[plain]
    if octal or byte:
        number = int(octal, 8) if octal else int(byte, 16)
        return bytes([number]).decode("utf-8", "surrogateescape") if number < 256 else None  # noqa: PLR2004 - a byte
    point = int(points[0] or points[1], 16)
    valid = point <= sys.maxunicode and unicodedata.category(chr(point)) != "Cs"
    return chr(point) if valid else None


def quoted(text: str) -> str:
    """Return *text* as a Go string literal."""
    return '"' + "".join(_escaped(one) for one in text) + '"'


def _escaped(one: str) -> str:
    for letter, meaning in _PLAIN.items():
        if one == meaning:
            return f"\\{letter}"
    if one.isprintable():
        return one
    if one.isascii():
        return f"\\x{ord(one):02x}"
    if unicodedata.category(one) == "Cs":  # a byte that is no UTF-8
        return f"\\x{one.encode('utf-8', 'surrogateescape').hex()}"
    return one.encode("unicode_escape").decode() if len(f"{ord(one):x}") > 2 else f"\\u{ord(one):04x}"  # noqa: PLR2004 - Latin-1
