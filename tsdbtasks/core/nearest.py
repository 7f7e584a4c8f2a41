"""The suggestion behind "perhaps you meant"."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(wrong: str, known: Iterable[str]) -> str:
    """Return the member of *known* that *wrong* was probably meant to be, or the empty string."""
    import difflib  # noqa: PLC0415 - only needed once something is wrong

    found = difflib.get_close_matches(wrong, list(known), n=1, cutoff=0.6)
    return found[0] if found else ""


def perhaps(wrong: str, known: Iterable[str]) -> str:
    """Return "perhaps you meant …" for *wrong*, or the list of what is known where nothing is near."""
    names = sorted(known)
    near = nearest(wrong, names)
    if near:
        return f"perhaps you meant {near!r}"
    return f"known: {', '.join(names)}" if names else "nothing is known here"
