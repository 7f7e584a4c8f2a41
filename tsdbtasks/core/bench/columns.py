"""Fast reading of benchmark files for tables: no records, but the numbers of each series in columns.

What a file says is taken strictly, as the reference reader takes it: no ``go test -json``, no byte-order mark, no numbers
on a later line than the name. Plain lines are read many at a time with numpy; any other line goes through
:mod:`grammar`, so that both ways read the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tsdbtasks.core.bench import decimals, grammar, units
from tsdbtasks.core.bench.extract import Series
from tsdbtasks.core.bench.gonumbers import NumberError, parse_float
from tsdbtasks.core.bench.grammar import LineError
from tsdbtasks.core.bench.interning import LONGEST_NAME, Codes, Names, Things

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

    import numpy as np
    from numpy.typing import NDArray

    from tsdbtasks.core.bench.arrays import Bools, Floats, Ints, Octets, Words

    Pairs = tuple[tuple[str, str], ...]

#: Bytes without a newline at which the reference reader gives up.
LONGEST_LINE = 1 << 16
#: Bytes that are worked on at a time: enough for numpy, little enough for the cache.
CHUNK = 1 << 20
_BEFORE = b"\n" * 32
_AFTER = b"\n" * (LONGEST_NAME + 32)
#: Lines with more fields, and kinds of lines beyond this many in one chunk, are read one by one.
_MOST_FIELDS = 34
_MOST_KINDS = 64
_BENCHMAR = int.from_bytes(grammar.PREFIX.encode()[:8], "little")


class TooLongError(ValueError):
    """A line that is longer than the reference reader allows."""


@dataclass(slots=True)
class Block:
    """Lines with the same number of values: the series of each line, and a row of values for it."""

    series: NDArray[np.int32]
    values: Floats


@dataclass
class Columns:
    """What was read so far from one or several files."""

    series: list[Series] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    #: Bad lines, as the reference reader prints them.
    problems: list[str] = field(default_factory=list)
    #: Metadata of units: (tidy unit, key) to value.
    units: dict[tuple[str, str], str] = field(default_factory=dict)

    def exact(self, unit: str) -> bool:
        """Say whether any difference of values of *unit* counts."""
        return self.units.get((units.tidy(unit)[0], "assume")) == "exact"


class Reader:
    """Reads files one after another into columns."""

    def __init__(self) -> None:
        """Start with no file."""
        import numpy as np  # noqa: PLC0415 - only reading in columns needs it

        self.np: ModuleType = np
        self.columns = Columns()
        #: Whether the last file looks like output of ``go test -json``, in which nothing is found here.
        self.unwrapped = False
        self._names = Names(np)
        self._configs: Things[Pairs] = Things()
        self._shapes: Things[Pairs] = Things()
        # Configuration and shape make a kind, kind and name make a series; both as two numbers in one key.
        self._kinds = Codes(np)
        self._kind_keys: list[int] = []
        self._series = Codes(np)
        self._spaces = np.zeros(256, dtype=bool)
        self._spaces[list(b"\t\n\v\f\r ")] = True

    def read(self, pieces: Iterable[bytes], *, file: str, label: str) -> None:
        """Read a file that comes in *pieces* of any size; *label* is its ``.file``.

        Raises TooLongError, with what stands before that line read.
        """
        config = _Config(label)
        lines = 0
        self.unwrapped = False
        for chunk, complete in _chunks(pieces):
            self.unwrapped |= lines == 0 and chunk.startswith(b'{"')
            lines += self._chunk(chunk, file, lines, config)
            if not complete:
                message = f"{file}:{lines}: bufio.Scanner: token too long"
                raise TooLongError(message)

    def _chunk(self, data: bytes, file: str, before: int, config: _Config) -> int:
        """Read whole lines, and return how many they were."""
        if not data:
            return 0
        work = _Chunk.of(self.np, data, self._spaces)
        problems: list[tuple[int, str]] = []
        benchmarks = work.benchmarks()
        changes = self._others(work, benchmarks, config, problems)
        lines = self.np.flatnonzero(benchmarks)
        if len(lines):
            self._benchmarks(work, lines, changes, problems)
        problems.sort(key=lambda problem: problem[0])
        self.columns.problems += [f"{file}:{before + line + 1}: {message}" for line, message in problems]
        return len(work.starts)

    def _others(
        self, work: _Chunk, benchmarks: Bools, config: _Config, problems: list[tuple[int, str]]
    ) -> list[tuple[int, int]]:
        """Read configuration and units; return from which line of the chunk on which configuration is in effect."""
        changes = [(-1, self._configs.code(config.items()))]
        for line in work.meaningful(benchmarks).tolist():
            text = work.text(line)
            messages = _unit(text, self.columns.units)
            found = grammar.setting(text) if messages is None else None
            problems += [(line, message) for message in messages or ()]
            if found:
                config.set(*found)
                changes.append((line, self._configs.code(config.items())))
        return changes

    def _benchmarks(self, work: _Chunk, lines: Ints, changes: list[tuple[int, int]], problems: list[tuple[int, str]]) -> None:
        np = self.np
        since, configs = np.array(changes).T
        config = configs[np.searchsorted(since, lines, "right") - 1]
        found = _Lines(np.full(len(lines), -1), np.zeros(len(lines), dtype=np.int64), [])
        first, count = work.fields(lines)
        plain = work.plain(lines) & (count >= 4) & (count % 2 == 0) & (count <= _MOST_FIELDS)  # noqa: PLR2004 - name, count, value, unit
        for fields in np.flatnonzero(np.bincount(count[plain])).tolist():
            some = np.flatnonzero(plain & (count == fields))
            self._plain(work, some, first[some], fields, found)
        self._rest(work, lines, found, problems)
        self._keep(config, found)

    def _plain(self, work: _Chunk, some: Ints, first: Ints, fields: int, found: _Lines) -> None:
        """Read the lines *some*, all with the same number of fields; what is not plain after all is left out."""
        np = self.np
        starts, ends = work.table(first, fields)
        _, good = decimals.read(np, work.words, starts[:, 1], ends[:, 1], whole=True)
        values = self._numbers(work, starts[:, 2::2], ends[:, 2::2])
        good &= ~np.isnan(values).any(axis=1)
        shape, factors = self._units(work, starts[:, 3::2], ends[:, 3::2], good)
        tidied = values * factors
        # The reference reader takes a value that its factor does not change, as 0, for one of the unit as written.
        good &= ~((tidied == values) & (factors != 1)).any(axis=1)
        names, known = self._names.codes(work.words, starts[:, 0] + len(grammar.PREFIX), ends[:, 0])
        keep = np.flatnonzero(good & known)
        lines = some[keep]
        found.names[lines], found.shapes[lines] = names[keep], shape[keep]
        found.blocks.append((lines, tidied[keep]))

    def _numbers(self, work: _Chunk, starts: Ints, ends: Ints) -> Floats:
        """Return the values of each line, NaN where one is not read here."""
        np = self.np
        begin, end = starts.ravel(), ends.ravel()
        read, fine = decimals.read(np, work.words, begin, end)
        for at in np.flatnonzero(~fine).tolist():
            text = work.buffer[begin[at] : end[at]].tobytes().decode("utf-8", "surrogateescape")
            try:
                read[at] = parse_float(text)
            except NumberError:
                read[at] = np.nan
        values: Floats = read.reshape(starts.shape)
        return values

    def _units(self, work: _Chunk, starts: Ints, ends: Ints, good: Bools) -> tuple[Ints, Floats]:
        """Return the shape of each line and the factors of its values; lines with units of another kind become bad."""
        np = self.np
        codes = np.empty(starts.shape, dtype=np.int64)
        for column in range(starts.shape[1]):
            begin, end = starts[:, column], ends[:, column]
            if work.uniform(begin, end):
                begin, end = begin[:1], end[:1]
            codes[:, column], known = self._names.codes(work.words, begin, end)
            good &= known
        shapes = np.zeros(len(codes), dtype=np.int64)
        factors = np.ones(codes.shape)
        left = good.copy()
        for _ in range(_MOST_KINDS):
            if not left.any():
                break
            one = codes[np.argmax(left)]
            same = left & (codes == one).all(axis=1)
            written = [self._names.texts[code] for code in one.tolist()]
            tidy = [units.tidy(unit) for unit in written]
            shape = tuple((unit, was if factor != 1 else "") for (unit, factor), was in zip(tidy, written, strict=True))
            shapes[same] = self._shapes.code(shape)
            factors[same] = [factor for _, factor in tidy]
            left &= ~same
        good &= ~left
        return shapes, factors

    def _rest(self, work: _Chunk, lines: Ints, found: _Lines, problems: list[tuple[int, str]]) -> None:
        """Read the lines that were not plain, one by one."""
        for line in self.np.flatnonzero(found.names < 0).tolist():
            text = work.text(int(lines[line]))
            if grammar.is_bare_name(text):
                continue
            try:
                name, _, pairs = grammar.result(text)
            except LineError as error:
                problems.append((int(lines[line]), str(error)))
                continue
            values = [_strict(value, unit) for value, unit in pairs]
            shape = tuple((unit, was) for _, unit, was in values)
            found.names[line] = self._names.code(name)
            found.shapes[line] = self._shapes.code(shape)
            row = self.np.array([[value for value, _, _ in values]])
            found.blocks.append((self.np.array([line]), row))

    def _keep(self, config: Ints, found: _Lines) -> None:
        """Give each line its series, new ones in the order of the lines, and keep the values."""
        np = self.np
        read = np.flatnonzero(found.names >= 0)
        kinds, new = self._kinds.codes(config[read] << 31 | found.shapes[read])
        self._kind_keys += new
        codes, new = self._series.codes(kinds << 31 | found.names[read])
        self.columns.series += [self._made(key) for key in new]
        series = np.full(len(found.names), -1, dtype=np.int32)
        series[read] = codes
        self.columns.blocks += [Block(series[lines], values) for lines, values in found.blocks]

    def _made(self, key: int) -> Series:
        low = (1 << 31) - 1
        kind = self._kind_keys[key >> 31]
        return Series(self._configs.things[kind >> 31], self._names.texts[key & low], self._shapes.things[kind & low])


@dataclass(slots=True)
class _Lines:
    """What is known of the benchmark lines of a chunk: the codes of name (-1: none) and shape, and blocks of values."""

    names: Ints
    shapes: Ints
    blocks: list[tuple[Ints, Floats]]


@dataclass(slots=True)
class _Chunk:
    """Whole lines in a buffer: where lines begin and end (without the line end), and where fields do."""

    np: ModuleType
    buffer: Octets
    words: Words
    starts: Ints
    stops: Ints
    field_starts: Ints
    field_ends: Ints

    @classmethod
    def of(cls, np: ModuleType, data: bytes, spaces: Bools) -> _Chunk:
        """Take *data*, whole lines of which the last may have no end."""
        if not data.endswith(b"\n"):
            data += b"\n"
        buffer = np.frombuffer(b"".join([_BEFORE, data, _AFTER]), dtype=np.uint8)
        ends = np.flatnonzero(buffer[len(_BEFORE) : len(_BEFORE) + len(data)] == ord("\n")) + len(_BEFORE)
        starts = np.empty_like(ends)
        starts[0], starts[1:] = len(_BEFORE), ends[:-1] + 1
        # Below the blank there is hardly ever anything but white space, and comparing is faster than looking up.
        blank = buffer <= ord(" ")
        if (blank & (buffer != ord(" ")) & (buffer - ord("\t") > 4)).any():  # noqa: PLR2004 - from tab to carriage return
            blank = spaces[buffer]
        edges = np.flatnonzero(blank[1:] != blank[:-1]) + 1
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
        """Say whether the same, short text stands between all *starts* and *ends*."""
        np = self.np
        size = int(ends[0] - starts[0])
        if size > 16 or not (ends - starts == size).all():  # noqa: PLR2004 - two words
            return False
        # Of a text longer than a word, the last eight characters overlap the first ones.
        for begin in {0, max(size - 8, 0)}:
            word = self.words[starts + begin]
            kept = np.uint64((1 << 8 * min(size, 8)) - 1)
            if not ((word ^ word[0]) & kept == 0).all():
                return False
        return True

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


class _Config:
    """The configuration in effect, in the order of the reference reader.

    That order shows in tables: a deleted key's place is taken by the last one.
    """

    def __init__(self, label: str) -> None:
        self._items: list[tuple[str, str]] = [(".file", label)] if label else []

    def items(self) -> Pairs:
        return tuple(self._items)

    def set(self, key: str, value: str) -> None:
        """Set a key, or delete it where *value* is empty."""
        at = next((at for at, (name, _) in enumerate(self._items) if name == key), None)
        if value:
            self._items[len(self._items) if at is None else at : (at or len(self._items)) + 1] = [(key, value)]
        elif at is not None:
            self._items[at] = self._items[-1]
            self._items.pop()


def _unit(text: str, known: dict[tuple[str, str], str]) -> list[str] | None:
    """Read a ``Unit`` line into *known*; return what is wrong with it, or None if it is no such line."""
    if not text.startswith("U"):
        return None
    try:
        found = grammar.unit(text)
    except LineError as error:
        return [str(error)]
    if found is None:
        return None
    unit, words = found
    tidy = units.tidy(unit)[0]
    messages = []
    for word in words:
        key, equals, value = word.partition("=")
        if not (key and equals):
            messages.append("expected key=value")
        elif (have := known.setdefault((tidy, key), value)) != value:
            messages.append(f"metadata {key} of unit {unit} already set to {have}")
    return messages


def _strict(value: float, unit: str) -> tuple[float, str, str]:
    """Return the tidy value, its unit, and the unit as written, empty where the value is the same."""
    tidy, factor = units.tidy(unit)
    return (value, unit, "") if value * factor == value else (value * factor, tidy, unit)


def _chunks(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield whole lines; the second member is false where a line follows that is too long, which ends it."""
    rest = b""
    for piece in pieces:
        data = rest + piece
        end = data.rfind(b"\n") + 1
        long = _too_long(data)
        if long >= 0:
            yield data[:long], False
            return
        yield data[:end], True
        rest = data[end:]
    yield rest, True


def _too_long(data: bytes) -> int:
    """Return where a line begins that is too long, or -1."""
    at = 0
    while len(data) - at >= LONGEST_LINE:
        newline = data.rfind(b"\n", at, at + LONGEST_LINE)
        if newline < 0:
            return at
        at = newline + 1
    return -1
