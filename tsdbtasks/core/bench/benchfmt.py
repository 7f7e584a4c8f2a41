"""The Go benchmark format as records: every line of a file, in order, problems included.

Lossless: ``bytes(parse(data)) == data`` for any bytes. What one line says is in :mod:`grammar`; here is what
lines mean together: the configuration in effect, units, names whose numbers come later, ``go test -json``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from tsdbtasks.core.bench import grammar, names, testjson, units
from tsdbtasks.core.bench.gonumbers import NumberError, parse_int
from tsdbtasks.core.bench.grammar import LineError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

UNKNOWN = "<unknown>"
_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_UNITS: Mapping[tuple[str, str], str] = MappingProxyType({})
_BOM = "\ufeff"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What every record has: where it stands, and its bytes.

    *raw* are the bytes of its line with the line end. Where one line makes several records, only the first
    has them, so that those of all records together are the file. *text* is the line that was read, without its
    end; inside of a ``go test -json`` stream it is the unwrapped one.
    """

    file: str
    line: int
    raw: bytes
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A measurement: *value* in the tidy *unit*, as sec/op and B/s, and what was written, as ns/op and MB/s."""

    value: float
    unit: str
    original: float
    original_unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(Line):
    """One line of measurements of one benchmark.

    *name* is the full name without ``Benchmark``. *config* is the configuration of the file in effect, *tool* that
    which the tool sets, whose keys begin with a dot (``.file``). Values stand in the order of the line; a unit may
    stand twice. *resumed* is true where the numbers stood on a later line than the name.
    """

    name: str
    iterations: int
    values: tuple[Value, ...]
    config: Mapping[str, str]
    tool: Mapping[str, str]
    resumed: bool = False

    @property
    def package(self) -> str:
        """The import path of the Go package, empty if unknown."""
        return self.config.get("pkg", "")

    @property
    def base(self) -> str:
        """The name of the Go function without ``Benchmark``."""
        return names.base(self.name)

    @property
    def series(self) -> str:
        """The name without its ``-N`` suffix."""
        return names.split_procs(self.name)[0]

    @property
    def procs(self) -> int | None:
        """GOMAXPROCS from the ``-N`` suffix; None without one, which Go prints for 1."""
        digits = names.split_procs(self.name)[1]
        return int(digits) if digits and len(digits) < 20 else None  # noqa: PLR2004 - no machine has 10**19 processors

    @property
    def keys(self) -> Mapping[str, str]:
        """The sub-benchmark parts of the form ``key=value``."""
        return names.keys(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Line):
    """A configuration line; an empty *value* deletes the key."""

    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitMetadata(Line):
    """One ``key=value`` of a ``Unit`` line, such as better=higher or assume=exact; *unit* is the tidy form."""

    unit: str
    original_unit: str
    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Line):
    """A line that claims to be of the format and is not; reading goes on after it."""

    message: str

    def __str__(self) -> str:
        """Return place and message as the reference reader prints them."""
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure(Line):
    """A line with which ``go test`` says that something failed: ``--- FAIL``, ``FAIL``, a panic, an exit status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Other(Line):
    """Any other line: output of the program under test, ``PASS``, a bare name, a ``go test -json`` event."""


Record = Result | Setting | UnitMetadata | Problem | Failure | Other


@dataclass(frozen=True)
class Results:
    """All records of a file, in order."""

    records: tuple[Record, ...]

    def __iter__(self) -> Iterator[Record]:
        """Iterate over all records, problems included."""
        return iter(self.records)

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.records)

    def __bytes__(self) -> bytes:
        """Return the bytes that were read."""
        return b"".join(record.raw for record in self.records)

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """The lines of measurements."""
        return tuple(record for record in self.records if isinstance(record, Result))

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """The bad lines."""
        return tuple(record for record in self.records if isinstance(record, Problem))

    @cached_property
    def failures(self) -> tuple[Failure, ...]:
        """The lines that say that something failed."""
        return tuple(record for record in self.records if isinstance(record, Failure))

    @cached_property
    def units(self) -> Mapping[tuple[str, str], str]:
        """The metadata of units: (tidy unit, key) to value; what was said first counts."""
        found: dict[tuple[str, str], str] = {}
        for record in self.records:
            if isinstance(record, UnitMetadata):
                found.setdefault((record.unit, record.key), record.value)
        return MappingProxyType(found)

    def better(self, unit: str) -> str:
        """Return "higher", "lower", or an empty text where it is unknown which way *unit* improves."""
        said = self.units.get((units.tidy(unit)[0], "better"))
        if said is None:
            return units.better(unit)
        return said if said in {units.HIGHER, units.LOWER} else ""

    def exact(self, unit: str) -> bool:
        """Say whether a Unit line calls the values of *unit* exact, so that any difference counts."""
        return self.units.get((units.tidy(unit)[0], "assume")) == "exact"


def parse(
    lines: bytes | str | Iterable[bytes | str],
    *,
    file: str = UNKNOWN,
    tool: Mapping[str, str] = _NOTHING,
    known: Mapping[tuple[str, str], str] = _NO_UNITS,
) -> Results:
    """Read a benchmark file; nothing in it makes this raise.

    *lines* is the whole as bytes or text, or an iterable of lines with or without their ends (an open file); a line
    of an iterable that has no end gets a newline, unless it is the last. *file* is the name in problems, *tool* the
    configuration that the tool sets, *known* the unit metadata of files read before, which this one must not contradict.
    """
    reader = _Reader(file, MappingProxyType(dict(tool)), dict(known))
    for number, raw in enumerate(_split(lines), 1):
        reader.read(number, raw)
    return Results(tuple(reader.finish()))


def _split(lines: bytes | str | Iterable[bytes | str]) -> Iterator[bytes]:
    """Yield the lines, as bytes with their ends; only a newline ends one."""
    if isinstance(lines, bytes | str):
        yield from _pieces(_encoded(lines))
        return
    before = b""
    for one in lines:
        if before and not before.endswith(b"\n"):
            before += b"\n"
        yield from _pieces(before)
        before = _encoded(one) or b"\n"
    yield from _pieces(before)


def _pieces(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        end = data.find(b"\n", at) + 1 or len(data)
        yield data[at:end]
        at = end


def _encoded(text: bytes | str) -> bytes:
    """Return *text* as bytes: escaped bytes as themselves, lone surrogates in the form that they have."""
    if isinstance(text, bytes):
        return text
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


@dataclass(slots=True)
class _State:
    """What lines mean together, for one package of a ``go test -json`` stream or for a whole plain file."""

    config: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    #: Output that is not yet a whole line.
    partial: str = ""
    #: The benchmark that still wants numbers, where it stands in the records, and what is wrong if none come.
    name: str = ""
    at: int = -1
    problem: str = ""


@dataclass(slots=True)
class _Reader:
    """Makes records of lines, one after another."""

    file: str
    tool: Mapping[str, str]
    known: dict[tuple[str, str], str]
    records: list[Record] = field(default_factory=list)
    states: dict[str | None, _State] = field(default_factory=dict)
    last: int = 0

    def read(self, number: int, raw: bytes) -> None:
        """Read a line of the file."""
        self.last = number
        text = _text(raw)
        if number == 1:
            self._look_at_start(raw)
            text = text.removeprefix(_BOM)
        event = testjson.event(text)
        if event is None:
            self._line(self.states.setdefault(None, _State()), Line(file=self.file, line=number, raw=raw, text=text))
            return
        self.records.append(Other(file=self.file, line=number, raw=raw, text=text))
        self._event(number, event)

    def finish(self) -> list[Record]:
        """Return the records after the last line."""
        for state in self.states.values():
            if state.partial:
                self._output(state, self.last, state.partial)
            self._give_up(state)
        return self.records

    def _look_at_start(self, raw: bytes) -> None:
        if raw.startswith(_UTF16):
            self._problem(Line(file=self.file, line=1, raw=b"", text=""), "UTF-16 text; save the file as UTF-8")

    def _event(self, number: int, event: testjson.Event) -> None:
        state = self.states.setdefault(event.package, _State())
        *whole, state.partial = (state.partial + event.output).split("\n")
        for text in whole:
            self._output(state, number, text.removesuffix("\r"))
        if event.package and "pkg" not in state.config:
            # The stream says the package also where the output does not.
            state.config = MappingProxyType({"pkg": event.package, **state.config})

    def _output(self, state: _State, number: int, text: str) -> None:
        self._line(state, Line(file=self.file, line=number, raw=b"", text=text))

    def _line(self, state: _State, line: Line) -> None:
        if line.text.startswith(grammar.PREFIX):
            self._benchmark(state, line)
        elif state.name and (resumed := _resumed(line.text)):
            self._resume(state, line, resumed)
        elif _FAILURE.match(line.text):
            # Before configuration: "panic: …" would be a key.
            self._give_up(state)
            self.records.append(Failure(file=line.file, line=line.line, raw=line.raw, text=line.text))
        elif not self._unit(line) and not self._setting(state, line):
            if _END.match(line.text):
                self._give_up(state)
            self.records.append(Other(file=line.file, line=line.line, raw=line.raw, text=line.text))

    def _benchmark(self, state: _State, line: Line) -> None:
        self._give_up(state)
        if grammar.is_bare_name(line.text):
            self._await(state, line, problem="")
            return
        try:
            name, iterations, values = grammar.result(line.text)
        except LineError as error:
            found = _resumed(line.text)
            if found:
                self._resume(state, line, found, name=grammar.head(line.text)[0].removeprefix(grammar.PREFIX))
            else:
                self._await(state, line, problem=str(error))
            return
        self._result(state, line, name, (iterations, values))

    def _await(self, state: _State, line: Line, *, problem: str) -> None:
        """Keep a name whose numbers may stand on a later line."""
        state.name = grammar.head(line.text)[0].removeprefix(grammar.PREFIX)
        state.at, state.problem = len(self.records), problem
        self.records.append(Other(file=line.file, line=line.line, raw=line.raw, text=line.text))

    def _give_up(self, state: _State) -> None:
        """Say what is wrong with a name whose numbers never came; a bare name alone is nothing wrong."""
        if state.name and state.problem:
            line = self.records[state.at]
            self.records[state.at] = _problem(line, state.problem)
        state.name, state.problem = "", ""

    def _resume(self, state: _State, line: Line, found: tuple[int, list[tuple[float, str]]], name: str = "") -> None:
        self._result(state, line, name or state.name, found, resumed=True)
        state.name, state.problem = "", ""

    def _result(
        self, state: _State, line: Line, name: str, found: tuple[int, list[tuple[float, str]]], *, resumed: bool = False
    ) -> None:
        self.records.append(
            Result(
                file=line.file,
                line=line.line,
                raw=line.raw,
                text=line.text,
                name=name,
                iterations=found[0],
                values=tuple(_value(value, unit) for value, unit in found[1]),
                config=state.config,
                tool=self.tool,
                resumed=resumed,
            )
        )

    def _setting(self, state: _State, line: Line) -> bool:
        found = grammar.setting(line.text)
        if found is None:
            return False
        key, value = found
        changed = {**state.config, key: value}
        if not value:
            del changed[key]
        # Results share one mapping as long as nothing changes.
        state.config = MappingProxyType(changed)
        self.records.append(Setting(file=line.file, line=line.line, raw=line.raw, text=line.text, key=key, value=value))
        return True

    def _unit(self, line: Line) -> bool:
        try:
            found = grammar.unit(line.text)
        except LineError as error:
            self._problem(line, str(error))
            return True
        if found is None:
            return False
        unit, words = found
        rest = line
        for word in words:
            self._metadata(rest, unit, word)
            rest = replace(line, raw=b"")
        if not words:
            self.records.append(Other(file=line.file, line=line.line, raw=line.raw, text=line.text))
        return True

    def _metadata(self, line: Line, unit: str, word: str) -> None:
        key, equals, value = word.partition("=")
        if not (key and equals):
            self._problem(line, "expected key=value")
            return
        tidy = units.tidy(unit)[0]
        have = self.known.setdefault((tidy, key), value)
        if have != value:
            self._problem(line, f"metadata {key} of unit {unit} already set to {have}")
            return
        self.records.append(
            UnitMetadata(
                file=line.file, line=line.line, raw=line.raw, text=line.text,
                unit=tidy, original_unit=unit, key=key, value=value,
            )
        )  # fmt: skip

    def _problem(self, line: Line, message: str) -> None:
        self.records.append(_problem(line, message))


def _problem(line: Line, message: str) -> Problem:
    return Problem(file=line.file, line=line.line, raw=line.raw, text=line.text, message=message)


def _text(raw: bytes) -> str:
    return raw.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "surrogateescape")


def _value(value: float, unit: str) -> Value:
    tidied, factor = units.tidy(unit)
    return Value(value=value * factor, unit=tidied, original=value, original_unit=unit)


# What go test prints when something went wrong, and what no benchmark's numbers come after.
_FAILURE = re.compile(
    r"\s*--- FAIL: |FAIL(?:\s|$)|panic: |fatal error: |exit status [1-9]"
    r"|signal: (?:killed|aborted|terminated|segmentation fault)|\*\*\* Test killed"
)
_END = re.compile(r"PASS$|ok\s")
# The numbers as package testing writes them, maybe after output that did not end in a newline.
_NUMBERS = re.compile(r"(?:.*[\t ])?([0-9]{1,18})(?:\t| {2,})(.*)", re.DOTALL)


def _resumed(text: str) -> tuple[int, list[tuple[float, str]]] | None:
    """Return iteration count and values where a line ends in those of the benchmark that is running, else None."""
    found = _NUMBERS.fullmatch(text)
    words = [found[1], *grammar.fields(found[2])] if found else grammar.fields(text)
    # Of any output that looks like numbers, only a rate as in ns/op is a measurement for sure.
    if not words or not any("/" in word for word in words[2::2]):
        return None
    try:
        return parse_int(words[0]), grammar.pairs(words[1:])
    except (LineError, NumberError):
        return None
