"""Files as they are named on the command line, and the label that each gets in tables."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Input:
    """A file: its path, ``-`` for standard input, and its ``.file``."""

    path: str
    label: str


def named(arguments: Sequence[str]) -> list[Input]:
    """Return the files that *arguments* name, each a path or ``label=path``.

    A path that stands several times without a label is numbered, because its samples would be added up otherwise.
    """
    split = [one.partition("=")[::2] if "=" in one else ("", one) for one in arguments]
    times = Counter(path for one, (_, path) in zip(arguments, split, strict=True) if "=" not in one)
    seen: Counter[str] = Counter()
    found: list[Input] = []
    for argument, (label, path) in zip(arguments, split, strict=True):
        if "=" in argument:
            found.append(Input(path, label))
        elif times[path] == 1:
            found.append(Input(path, path))
        else:
            found.append(Input(path, f"{path}#{seen[path]}"))
            seen[path] += 1
    return found
