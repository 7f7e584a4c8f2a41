"""A table as a value, and its forms for a terminal and for Markdown."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True)
class Table:
    """Rows of text under column names; *right* are the columns whose cells end at the same place.

    *notes* stand below it, one to a line.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()
    right: frozenset[str] = field(default_factory=frozenset)

    def text(self) -> str:
        """Return the table for a terminal, without colour and without a line's trailing blanks."""
        cells = [[visible(cell) for cell in row] for row in (self.columns, *self.rows)]
        widths = [max(width(row[i]) for row in cells) for i in range(len(self.columns))]
        lines = [
            "  ".join(
                _padded(cell, size, right=name in self.right)
                for cell, size, name in zip(row, widths, self.columns, strict=True)
            ).rstrip()
            for row in cells
        ]
        body = lines if self.rows else []
        return "\n".join([*([visible(self.title)] if self.title else []), *body, *(visible(note) for note in self.notes)])

    def markdown(self) -> str:
        """Return the table for GitHub; what a cell holds is shown as it is and never taken for markup."""
        head = [f"**{_escaped(self.title)}**"] if self.title else []
        if self.rows:
            head += [""] if head else []
            head.append(_row(self.columns))
            head.append("|" + "|".join("---:" if name in self.right else "---" for name in self.columns) + "|")
        body = [_row(row) for row in self.rows]
        notes = [""] + [f"{_escaped(note)}  " for note in self.notes] if self.notes else []
        return "\n".join([*head, *body, *notes])


@dataclass(frozen=True)
class Rendered(Table):
    """A report that is shown as it is, where others show a table."""

    document: str = ""

    def text(self) -> str:
        """Return the report."""
        return self.document


def visible(text: str) -> str:
    """Return *text* with control and direction characters as escapes: a name must not steer a terminal."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return character.encode("unicode_escape", "surrogatepass").decode("ascii")
    return character


def width(text: str) -> int:
    """Return how many columns a terminal gives *text*: two for wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.category(character) in {"Mn", "Me"} else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def _padded(text: str, size: int, *, right: bool) -> str:
    space = " " * (size - width(text))
    return space + text if right else text + space


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


# In one pass, since an escape holds characters that are escaped themselves.
_MARKUP = str.maketrans(
    {character: f"\\{character}" for character in "\\`*_[]|~#$"} | {character: f"&#{ord(character)};" for character in "<>&@"}
)


def _escaped(text: str) -> str:
    return visible(text).translate(_MARKUP)
