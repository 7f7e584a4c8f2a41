"""What can be known of a piece of a benchmark file by itself: its lines, their fields, and the plain numbers in them.

This is most of the work of reading, and depends on nothing that stands before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tsdbtasks.core.bench import decimals, grammar
from tsdbtasks.core.bench.gonumbers import NumberError, parse_float
from tsdbtasks.core.bench.interning import LONGEST_NAME

if TYPE_CHECKING:
    from types import ModuleType

    from tsdbtasks.core.bench.arrays import Bools, Floats, Ints, Octets, Words

_BEFORE = b"\n" * 32
_AFTER = b"\n" * (LONGEST_NAME + 32)
#: Lines with more fields are read one by one.
_MOST_FIELDS = 34
_BENCHMAR = int.from_bytes(grammar.PREFIX.encode()[:8], "little")


@dataclass(frozen=True, slots=True)
class Group:
    """Plain benchmark lines with the same number of fields.

    *some* are their places among the benchmark lines of the chunk, *starts* and *ends* their fields, *values* their
    numbers as written; *good* says which of them are plain after all.
    """

    some: Ints
    starts: Ints
    ends: Ints
    values: Floats
    good: Bools


@dataclass(frozen=True, slots=True)
class Prepared:
    """A chunk, which of its lines are benchmark lines, their places, and those that are plain."""

    chunk: Chunk
    benchmarks: Bools
    lines: Ints
    groups: list[Group]


def prepare(np: ModuleType, data: bytes) -> Prepared:
    """Return what can be known of *data*, whole lines of which the last may have no end."""
    chunk = Chunk.of(np, data)
    benchmarks = chunk.benchmarks()
    lines = np.flatnonzero(benchmarks)
    return Prepared(chunk, benchmarks, lines, _groups(np, chunk, lines) if len(lines) else [])


def _groups(np: ModuleType, chunk: Chunk, lines: Ints) -> list[Group]:
    first, count = chunk.fields(lines)
    # At the least a name, a count, a value and a unit.
    plain = chunk.plain(lines) & (count >= 4) & (count % 2 == 0) & (count <= _MOST_FIELDS)  # noqa: PLR2004 - as said
    found = []
    for fields in np.flatnonzero(np.bincount(count[plain])).tolist():
        some = np.flatnonzero(plain & (count == fields))
        starts, ends = chunk.table(first[some], fields)
        values = _numbers(np, chunk, starts[:, 2::2], ends[:, 2::2])
        good = decimals.are_whole(np, chunk.words, starts[:, 1], ends[:, 1]) & ~np.isnan(values).any(axis=1)
        found.append(Group(some, starts, ends, values, good))
    return found


def _numbers(np: ModuleType, chunk: Chunk, starts: Ints, ends: Ints) -> Floats:
    """Return the values of each line, NaN where one is not read here."""
    begin, end = starts.ravel(), ends.ravel()
    read, fine = decimals.read(np, chunk.words, begin, end)
    for at in np.flatnonzero(~fine).tolist():
        text = chunk.buffer[begin[at] : end[at]].tobytes().decode("utf-8", "surrogateescape")
        try:
            read[at] = parse_float(text)
        except NumberError:
            read[at] = np.nan
    values: Floats = read.reshape(starts.shape)
    return values


@dataclass(slots=True)
class Chunk:
    """Whole lines in a buffer: where lines begin and end (without the line end), and where fields do."""

    np: ModuleType
    buffer: Octets
    words: Words
    starts: Ints
    stops: Ints
    field_starts: Ints
    field_ends: Ints

    @classmethod
    def of(cls, np: ModuleType, data: bytes) -> Chunk:
        """Take *data*, whole lines of which the last may have no end."""
        if not data.endswith(b"\n"):
            data += b"\n"
        buffer = np.frombuffer(b"".join([_BEFORE, data, _AFTER]), dtype=np.uint8)
        blank = buffer - ord("\t") < 5  # noqa: PLR2004 - the five from tab to carriage return; smaller bytes wrap around
        blank |= buffer == ord(" ")
        edges = np.flatnonzero(blank[1:] != blank[:-1])
        edges += 1
        # Mostly a field stands right before each newline, which saves looking for them.
        ends = edges[1::2][buffer[edges[1::2]] == ord("\n")]
        if len(ends) != data.count(b"\n"):
            ends = np.flatnonzero(buffer[len(_BEFORE) : len(_BEFORE) + len(data)] == ord("\n")) + len(_BEFORE)
        starts = np.empty_like(ends)
        starts[0], starts[1:] = len(_BEFORE), ends[:-1] + 1
        stops = ends - (buffer[ends - 1] == ord("\r"))
        return cls(np, buffer, decimals.words(np, buffer), starts, stops, edges[::2], edges[1::2])

    def benchmarks(self) -> Bools:
        """Return which lines begin with ``Benchmark``."""
        found: Bools = (self.words[self.starts] == self.np.uint64(_BENCHMAR)) & (self.buffer[self.starts + 8] == ord("k"))
        return found

    def meaningful(self, benchmarks: Bools) -> Ints:
        """Return the other lines that may say something, by their first byte: a key, or ``Unit``."""
        first = self.buffer[self.starts]
        key = (first >= ord("a")) & (first <= ord("z")) | (first >= 128) | (first == ord("U"))  # noqa: PLR2004 - no ASCII
        found: Ints = self.np.flatnonzero(key & ~benchmarks)
        return found

    def text(self, line: int) -> str:
        """Return a line without its end."""
        return self.buffer[self.starts[line] : self.stops[line]].tobytes().decode("utf-8", "surrogateescape")

    def plain(self, lines: Ints) -> Bools:
        """Return which of *lines* have none of the bytes that a blank outside of ASCII could begin with."""
        np = self.np
        plain = np.ones(len(self.starts), dtype=bool)
        if self.buffer.max() >= 128:  # noqa: PLR2004 - no ASCII
            suspicious = np.flatnonzero(np.isin(self.buffer, np.array([0xC2, 0xE1, 0xE2, 0xE3], dtype=np.uint8)))
            plain[np.searchsorted(self.starts, suspicious, "right") - 1] = False
        found: Bools = plain[lines]
        return found

    def uniform(self, starts: Ints, ends: Ints) -> bool:
        """Say whether every row of *starts* and *ends* is around the same, short texts."""
        np = self.np
        sizes = ends[0] - starts[0]
        if sizes.max() > 16 or not (ends - starts == sizes).all():  # noqa: PLR2004 - two words
            return False
        masks = np.array([(1 << 8 * min(size, 8)) - 1 for size in sizes.tolist()], dtype=np.uint64)
        if not self._same(starts, masks):
            return False
        # Of a text longer than a word, the last eight characters overlap the first ones.
        long = np.flatnonzero(sizes > 8)  # noqa: PLR2004 - a word
        return not len(long) or self._same(ends[:, long] - 8, masks[long])

    def _same(self, places: Ints, masks: Words) -> bool:
        words = self.words[places]
        return not ((words ^ words[0]) & masks).any()

    def table(self, first: Ints, fields: int) -> tuple[Ints, Ints]:
        """Return where the fields begin and end of lines that have *fields* each, a row for each line."""
        count = len(first) * fields
        begin = int(first[0]) if len(first) else 0
        if len(first) and int(first[-1]) - begin + fields == count:  # nothing stands between these lines
            span = slice(begin, begin + count)
            return self.field_starts[span].reshape(-1, fields), self.field_ends[span].reshape(-1, fields)
        at = first[:, None] + self.np.arange(fields)
        return self.field_starts[at], self.field_ends[at]

    def fields(self, lines: Ints) -> tuple[Ints, Ints]:
        """Return the first field of each line, and how many fields it has."""
        np = self.np
        # Where all lines begin with a field, as they mostly do, the first fields are those behind a newline.
        first = np.flatnonzero(self.buffer[self.field_starts - 1] == ord("\n"))
        if len(first) == len(self.starts):
            return first[lines], np.diff(first, append=len(self.field_starts))[lines]
        first = np.searchsorted(self.field_starts, self.starts[lines])
        return first, np.searchsorted(self.field_starts, self.stops[lines]) - first
