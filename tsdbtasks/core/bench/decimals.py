"""Plain decimal numbers in a buffer of bytes, read many at a time, each to the nearest float64.

Bytes stand eight to a word, in little-endian order: the first character is the lowest byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from tsdbtasks.core.bench.arrays import Bools, Floats, Ints, Octets, Words


#: The longest number that is read here, and how many bytes must stand before the first one in the buffer.
LONGEST = 16

_ZEROS = 0x3030303030303030
_DOTS = 0x2E2E2E2E2E2E2E2E
_LOW = 0x0101010101010101
_HIGH = 0x8080808080808080


def words(np: ModuleType, buffer: Octets) -> Words:
    """Return a view of *buffer* as the word that begins at each byte."""
    found: Words = np.ndarray((len(buffer) - 7,), dtype="<u8", buffer=buffer, strides=(1,))
    return found


def read(np: ModuleType, view: Words, starts: Ints, ends: Ints) -> tuple[Floats, Bools]:
    """Return the numbers between *starts* and *ends*, and which of them were plain decimals that could be read.

    Plain are digits with at most one point, at most 16 characters. The value is exact:
    digits as an integer below 2**53, divided once by a power of ten that a float64 holds.
    """
    sizes = ends - starts
    digits, places, good = _short(np, view, sizes, ends)
    long = np.flatnonzero(sizes > 8)  # noqa: PLR2004 - more than a word
    if len(long):
        digits[long], places[long], good[long] = _long(np, view, sizes[long], ends[long])
    return digits.astype(np.float64) / np.power(10.0, np.arange(LONGEST + 1))[places], good


def are_whole(np: ModuleType, view: Words, starts: Ints, ends: Ints) -> Bools:
    """Return where nothing but digits stands, at most 16."""
    sizes = ends - starts
    good = _are_digits(np, _filled(np, view[ends - 8], sizes)) & (sizes <= LONGEST)
    long = np.flatnonzero(sizes > 8)  # noqa: PLR2004 - more than a word
    if len(long):
        good[long] &= _are_digits(np, _filled(np, view[ends[long] - 16], sizes[long] - 8))
    return good


def _short(np: ModuleType, view: Words, sizes: Ints, ends: Ints) -> _Read:
    """Read numbers of at most eight characters."""
    word = _filled(np, view[ends - 8], sizes)
    word, places, found = _without_point(np, word, np.uint64(0x30))
    return _value(np, word), places, _are_digits(np, word) & (sizes > found)


def _long(np: ModuleType, view: Words, sizes: Ints, ends: Ints) -> _Read:
    """Read numbers of nine to sixteen characters: two words, one of which may hold the point."""
    low = view[ends - 8].copy()
    high = _filled(np, view[ends - 16], np.minimum(sizes - 8, 8))
    last_of_high = high >> np.uint64(56)
    low, places, found = _without_point(np, low, last_of_high)
    # What moved into the lower word leaves the higher one, which makes room at its beginning.
    high = np.where(found, high << np.uint64(8) | np.uint64(0x30), high)
    high, above, second = _without_point(np, high, np.uint64(0x30))
    places = np.where(second, above + 8, places)
    value = _value(np, high) * np.uint64(10**8) + _value(np, low)
    good = _are_digits(np, high) & _are_digits(np, low) & (sizes <= LONGEST) & (value < np.uint64(1 << 53))
    good &= ~(found & second)
    return value, places, good


def _filled(np: ModuleType, word: Words, sizes: Ints) -> Words:
    """Return *word* with zeros in place of what stands before its last *sizes* characters."""
    masks = np.array([(1 << 64) - (1 << 8 * (8 - size)) & (1 << 64) - 1 for size in range(9)], dtype=np.uint64)
    mask = masks[np.clip(sizes, 0, 8)]
    filled: Words = (word & mask) | (np.uint64(_ZEROS) & ~mask)
    return filled


def _without_point(np: ModuleType, word: Words, before: Words) -> tuple[Words, Ints, Bools]:
    """Return *word* without its last point, how many digits stand behind it, and whether there was one.

    What stands before the point moves up by a place; *before* is the character that comes in.
    """
    x = word ^ np.uint64(_DOTS)
    # The classic search for a zero byte; it is exact for the lowest one, and a second point is found as no digit.
    marks = (x - np.uint64(_LOW)) & ~x & np.uint64(_HIGH)
    lowest = (marks & (~marks + np.uint64(1))) >> np.uint64(7)
    found = marks != 0
    below = lowest - np.uint64(1)
    moved = (word & ~(below | lowest * np.uint64(0xFF))) | ((word & below) << np.uint64(8)) | before
    places = np.where(found, 7 - (np.bitwise_count(below) >> np.uint8(3)).astype(np.int64), 0)
    return np.where(found, moved, word), places, found


def _are_digits(np: ModuleType, word: Words) -> Bools:
    x = word ^ np.uint64(_ZEROS)
    digits: Bools = (((x + np.uint64(0x7676767676767676)) | x) & np.uint64(_HIGH)) == 0
    return digits


def _value(np: ModuleType, word: Words) -> Words:
    """Return what eight digits mean: pairs, then fours, then all."""
    x = word & np.uint64(0x0F0F0F0F0F0F0F0F)
    x = (x * np.uint64(10 << 8 | 1)) >> np.uint64(8) & np.uint64(0x00FF00FF00FF00FF)
    x = (x * np.uint64(100 << 16 | 1)) >> np.uint64(16) & np.uint64(0x0000FFFF0000FFFF)
    value: Words = (x * np.uint64(10000 << 32 | 1)) >> np.uint64(32)
    return value


if TYPE_CHECKING:
    _Read = tuple[Words, Ints, Bools]
