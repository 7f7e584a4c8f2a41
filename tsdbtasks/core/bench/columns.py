"""Fast reading of benchmark files for tables: no records, but the numbers of each series in columns.

What a file says is taken strictly, as the reference reader takes it: no ``go test -json``, no byte-order mark, no numbers
on a later line than the name. Plain lines are read many at a time with numpy; any other line goes through
:mod:`grammar`, so that both ways read the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tsdbtasks.core.bench import grammar, units
from tsdbtasks.core.bench.chunks import Chunk, Group, Prepared, prepare
from tsdbtasks.core.bench.extract import Series
from tsdbtasks.core.bench.grammar import LineError
from tsdbtasks.core.bench.interning import Codes, Names, Things

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

    import numpy as np
    from numpy.typing import NDArray

    from tsdbtasks.core.bench.arrays import Bools, Floats, Ints

    Pairs = tuple[tuple[str, str], ...]

#: Bytes without a newline at which the reference reader gives up.
LONGEST_LINE = 1 << 16
#: Bytes that are worked on at a time: enough for numpy, little enough for the cache.
CHUNK = 1 << 20
#: Kinds of lines beyond this many in one chunk are read one by one.
_MOST_KINDS = 64


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

    def read(self, pieces: Iterable[bytes], *, file: str, label: str) -> None:
        """Read a file that comes in *pieces* of any size; *label* is its ``.file``.

        Raises TooLongError, with what stands before that line read.
        """
        config = _Config(label)
        lines = 0
        self.unwrapped = False
        for data, complete in _chunks(pieces):
            self.unwrapped |= lines == 0 and data.startswith(b'{"')
            if data:
                prepared = prepare(self.np, data)
                self._chunk(prepared, file, lines, config)
                lines += len(prepared.chunk.starts)
            if not complete:
                message = f"{file}:{lines}: bufio.Scanner: token too long"
                raise TooLongError(message)

    def _chunk(self, prepared: Prepared, file: str, before: int, config: _Config) -> None:
        """Take in whole lines."""
        problems: list[tuple[int, str]] = []
        changes = self._others(prepared.chunk, prepared.benchmarks, config, problems)
        if len(prepared.lines):
            self._benchmarks(prepared, changes, problems)
        problems.sort(key=lambda problem: problem[0])
        self.columns.problems += [f"{file}:{before + line + 1}: {message}" for line, message in problems]

    def _others(
        self, work: Chunk, benchmarks: Bools, config: _Config, problems: list[tuple[int, str]]
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

    def _benchmarks(self, prepared: Prepared, changes: list[tuple[int, int]], problems: list[tuple[int, str]]) -> None:
        np, lines = self.np, prepared.lines
        since, configs = np.array(changes).T
        config = configs[np.searchsorted(since, lines, "right") - 1]
        found = _Lines(np.full(len(lines), -1), np.zeros(len(lines), dtype=np.int64), [])
        for group in prepared.groups:
            self._plain(prepared.chunk, group, found)
        self._rest(prepared.chunk, lines, found, problems)
        self._keep(config, found)

    def _plain(self, work: Chunk, group: Group, found: _Lines) -> None:
        """Give plain lines their names and shapes; what is not plain after all is left out."""
        np = self.np
        good, starts, ends = group.good.copy(), group.starts, group.ends
        shape, factors = self._units(work, starts[:, 3::2], ends[:, 3::2], good)
        tidied = group.values * factors
        # The reference reader takes a value that its factor does not change, as 0, for one of the unit as written.
        good &= ~((tidied == group.values) & (factors != 1)).any(axis=1)
        names, known = self._names.codes(work.words, starts[:, 0] + len(grammar.PREFIX), ends[:, 0])
        keep = np.flatnonzero(good & known)
        lines = group.some[keep]
        found.names[lines], found.shapes[lines] = names[keep], shape[keep]
        found.blocks.append((lines, tidied[keep]))

    def _units(self, work: Chunk, starts: Ints, ends: Ints, good: Bools) -> tuple[Ints, Floats]:
        """Return the shape of each line and the factors of its values, one row for all lines if they have all the same.

        Lines with units that are not known become bad.
        """
        np = self.np
        if len(starts) > 1 and work.uniform(starts, ends):
            one = np.ones(1, dtype=bool)
            shapes, factors = self._units(work, starts[:1], ends[:1], one)
            good &= one
            return np.full(len(starts), shapes[0]), factors
        codes = np.empty(starts.shape, dtype=np.int64)
        for column in range(starts.shape[1]):
            codes[:, column], known = self._names.codes(work.words, starts[:, column], ends[:, column])
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

    def _rest(self, work: Chunk, lines: Ints, found: _Lines, problems: list[tuple[int, str]]) -> None:
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
