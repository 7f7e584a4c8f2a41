"""Small numbers for things that come again and again: names in a buffer, integer keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray

    from tsdbtasks.core.bench.arrays import Bools, Ints, Words


#: Longer names are not read from the buffer; the bytes behind the last name must reach that far.
LONGEST_NAME = 512
_SLOT_BITS = 16
_MULTIPLIER = 0x9E3779B97F4A7C15


_T = TypeVar("_T")


class Things(Generic[_T]):
    """Numbers for things of any hashable kind."""

    def __init__(self) -> None:
        """Start with none."""
        self.things: list[_T] = []
        self._codes: dict[_T, int] = {}

    def code(self, thing: _T) -> int:
        """Return the code of *thing*."""
        code = self._codes.setdefault(thing, len(self.things))
        if code == len(self.things):
            self.things.append(thing)
        return code


class Codes:
    """Numbers for integer keys, in the order in which the keys come first."""

    def __init__(self, np: ModuleType) -> None:
        """Start with none."""
        self._np = np
        self._keys = np.empty(0, dtype=np.int64)
        self._codes = np.empty(0, dtype=np.int64)

    def codes(self, keys: Ints) -> tuple[Ints, list[int]]:
        """Return the codes of *keys*, and the keys among them that are new, in order."""
        found, known = _looked_up(self._np, self._keys, self._codes, keys)
        if known.all():
            return found, []
        _, at = self._np.unique(keys[~known], return_index=True)
        new = keys[~known][self._np.sort(at)]
        self._keys, self._codes = _merged(self._np, self._keys, self._codes, new)
        return _looked_up(self._np, self._keys, self._codes, keys)[0], new.tolist()


class Names:
    """Numbers for names, whether they come as text or as places in a buffer of words."""

    def __init__(self, np: ModuleType) -> None:
        """Start with none."""
        self._np = np
        self.texts: list[str] = []
        self._by_text: dict[str, int] = {}
        self._hashes = np.empty(0, dtype=np.uint64)
        self._codes = np.empty(0, dtype=np.int64)
        # Most names are found by the first bits of their hash, without a search: code and hash by these bits.
        self._slots = np.zeros(1 << _SLOT_BITS, dtype=np.int64)
        self._slot_hashes = np.zeros(1 << _SLOT_BITS, dtype=np.uint64)
        # The words of each name, a column for each word, to compare with: equal hashes are no proof.
        self._words = np.zeros((0, 0), dtype=np.uint64)

    def code(self, text: str) -> int:
        """Return the code of a name."""
        code = self._by_text.setdefault(text, len(self.texts))
        if code == len(self.texts):
            self.texts.append(text)
        return code

    def codes(self, view: Words, starts: Ints, ends: Ints) -> tuple[Ints, Bools]:
        """Return the codes of the names between *starts* and *ends*, and for which of them there is one.

        There is none for a name that is too long, or whose hash is that of another one.
        """
        np = self._np
        sizes = ends - starts
        rows = self._rows(view, starts, np.minimum(sizes, LONGEST_NAME))
        hashes = self._hashed(rows, sizes)
        found, known = self._looked_up(hashes)
        if not known.all():
            self._learn(rows, hashes, sizes, ~known & (sizes <= LONGEST_NAME))
            found, known = self._looked_up(hashes)
        known &= sizes <= LONGEST_NAME
        for column, row in enumerate(rows):
            known &= self._column(column)[found] == row
        for column in range(len(rows), len(self._words)):
            known &= self._words[column][found] == 0
        return found, known

    def _looked_up(self, hashes: Words) -> tuple[Ints, Bools]:
        """Return the codes by hash, and which hashes there are; 0 where one is not."""
        np = self._np
        slots = hashes >> np.uint64(64 - _SLOT_BITS)
        found, known = self._slots[slots], self._slot_hashes[slots] == hashes
        rest = np.flatnonzero(~known)
        if len(rest):
            found[rest], known[rest] = _looked_up(np, self._hashes, self._codes, hashes[rest])
        return found, known

    def _rows(self, view: Words, starts: Ints, sizes: Ints) -> list[Words]:
        """Return the words of each name, with zeros behind its end."""
        np = self._np
        masks = np.array([(1 << 8 * size) - 1 for size in range(9)], dtype=np.uint64)
        count = -(-int(sizes.max(initial=1)) // 8)
        return [view[starts + 8 * at] & masks[np.clip(sizes - 8 * at, 0, 8)] for at in range(count)]

    def _hashed(self, rows: list[Words], sizes: Ints) -> Words:
        np = self._np
        hashes = sizes.astype(np.uint64) + np.uint64(1)  # an empty slot has the hash 0
        for at, row in enumerate(rows):
            # A zero word changes nothing, so that the hash does not depend on the longest name beside it.
            hashes += (row ^ (row >> np.uint64(29))) * np.uint64((_MULTIPLIER * (2 * at + 1) ** 3) & ((1 << 64) - 1) | 1)
        mixed: Words = (hashes ^ (hashes >> np.uint64(32))) * np.uint64(_MULTIPLIER)
        return mixed

    def _learn(self, rows: list[Words], hashes: Words, sizes: Ints, new: Bools) -> None:
        np = self._np
        unique, at = np.unique(hashes[new], return_index=True)
        places = np.flatnonzero(new)[at]
        packed = np.stack(rows, axis=1)[places]
        codes = []
        for row, size in zip(packed, sizes[places].tolist(), strict=True):
            codes.append(self.code(row.tobytes()[:size].decode("utf-8", "surrogateescape")))
        self._store(packed, codes)
        numbers = np.array(codes, dtype=np.int64)
        self._hashes, self._codes = _inserted(np, self._hashes, self._codes, unique, numbers)
        slots = unique >> np.uint64(64 - _SLOT_BITS)
        self._slots[slots], self._slot_hashes[slots] = numbers, unique

    def _store(self, packed: Words, codes: list[int]) -> None:
        """Keep the words of names by their codes, in a table that grows in both directions."""
        np = self._np
        width = max(len(self._words), packed.shape[1])
        height = max(self._words.shape[1] if len(self._words) else 0, len(self.texts))
        if (width, height) != self._words.shape:
            grown = np.zeros((width, height + height // 2), dtype=np.uint64)
            grown[: len(self._words), : self._words.shape[1]] = self._words
            self._words = grown
        for column in range(packed.shape[1]):
            self._words[column, codes] = packed[:, column]

    def _column(self, column: int) -> Words:
        if column < len(self._words):
            words: Words = self._words[column]
            return words
        none: Words = self._np.zeros(max(len(self.texts), 1), dtype=self._np.uint64)
        return none


def _looked_up(np: ModuleType, keys: NDArray[Any], codes: Ints, wanted: NDArray[Any]) -> tuple[Ints, Bools]:
    """Return the codes of *wanted* among the sorted *keys*, and which of them are there; 0 where one is not."""
    if not len(keys):
        return np.zeros(len(wanted), dtype=np.int64), np.zeros(len(wanted), dtype=bool)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    known = keys[at] == wanted
    return np.where(known, codes[at], 0), known


def _merged(np: ModuleType, keys: Ints, codes: Ints, new: Ints) -> tuple[Ints, Ints]:
    return _inserted(np, keys, codes, new, np.arange(len(codes), len(codes) + len(new)))


def _inserted(np: ModuleType, keys: NDArray[Any], codes: Ints, new: NDArray[Any], new_codes: Ints) -> tuple[NDArray[Any], Ints]:
    all_keys, all_codes = np.concatenate([keys, new]), np.concatenate([codes, new_codes])
    order = np.argsort(all_keys, kind="stable")
    return all_keys[order], all_codes[order]
