"""Projections of benchmark results onto keys, with the order of the keys, as benchstat has them.

Several projections of one question share their keys: a key that one of them names stands in no group
(``.config``, ``.fullname``) of another.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tsdbtasks.core.bench import filters
from tsdbtasks.core.bench.extract import extractor, full_name
from tsdbtasks.core.bench.gonumbers import NumberError, parse_float
from tsdbtasks.core.bench.query import END, WORDS, QueryError, Tokenizer, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tsdbtasks.core.bench.extract import Extractor, Series
    from tsdbtasks.core.bench.filters import Matcher

FIRST = "first"
FIXED = "fixed"
#: The values of the fields of a projection, by field index, without the empty ones at the end.
Key = tuple[str, ...]
Rank = Callable[[str], Any]

_PREFIXES = "KMGTPEZY"
_SUFFIXED = re.compile(r"([+-]?[0-9.]+)(?:([kKMGTPEZY])(i?))?[bB]?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """One key of a projection expression with its order; *fixed* are the values of a fixed one."""

    key: str
    order: str
    fixed: tuple[str, ...]
    at: int
    order_at: int


def parse(query: str) -> list[Part]:
    """Return the parts of a projection expression; raises QueryError."""
    tokens = Tokenizer(query)
    parts: list[Part] = []
    at = 0
    while (token := tokens.key(at)).kind != END:
        if token.kind == "," and parts:
            at = token.next
        part, at = _part(tokens, at)
        parts.append(part)
    return parts


def _part(tokens: Tokenizer, at: int) -> tuple[Part, int]:
    key = tokens.key(at)
    if key.kind not in WORDS:
        raise tokens.error(key.at, "expected key")
    sign = tokens.key(key.next)
    if sign.kind != "@":
        return Part(key.text, FIRST, (), key.at, key.at + len(key.text)), key.next
    order = tokens.key(sign.next)
    if order.kind in WORDS:
        return Part(key.text, order.text, (), key.at, order.at), order.next
    if order.kind != "(":
        raise tokens.error(order.at, "expected named sort order or parenthesized list")
    fixed, end = _fixed(tokens, order.next)
    return Part(key.text, FIXED, fixed, key.at, order.at), end


def _fixed(tokens: Tokenizer, at: int) -> tuple[tuple[str, ...], int]:
    values: list[str] = []
    while (token := tokens.key(at)).kind in WORDS:
        values.append(token.text)
        at = token.next
    if token.kind != ")":
        raise tokens.error(token.at, "missing )")
    if not values:
        raise tokens.error(token.at, "nothing to match")
    return tuple(values), token.next


@dataclass(slots=True)
class Field:
    """One value of a key: its name, its place in the key, and how its values are ordered."""

    name: str
    index: int
    rank: Rank
    #: In which order values were seen first; None where that is of no interest.
    seen: dict[str, int] | None = None


@dataclass(slots=True)
class Projection:
    """Makes keys of series. It may get fields while it does, as it meets new configuration keys."""

    #: Fields, and groups of fields, in the order of the expression.
    columns: list[Field | list[Field]] = field(default_factory=list)
    size: int = 0
    steps: list[Callable[[Series, list[str]], None]] = field(default_factory=list)
    #: Whether keys depend on names; those that do not are made once for each configuration.
    named: bool = False
    _known: dict[object, list[Key]] = field(default_factory=dict)
    _texts: dict[Key, str] = field(default_factory=dict)
    _orders: dict[frozenset[Key], list[Key]] = field(default_factory=dict)

    def add(self, name: str, rank: Rank, *, seen: dict[str, int] | None, group: list[Field] | None = None) -> Field:
        """Add a field at the end, or at the end of *group*."""
        made = Field(name, self.size, rank, seen)
        self.size += 1
        (self.columns if group is None else group).append(made)
        return made

    @property
    def fields(self) -> list[Field]:
        """All fields in the order in which keys are compared."""
        return [one for column in self.columns for one in (column if isinstance(column, list) else [column])]

    def key(self, series: Series) -> Key:
        """Return the key of *series*."""
        if self.named:
            return self._key(self._row(series))
        known = self._known.get(series.config)
        if known is None:
            known = self._known[series.config] = [self._key(self._row(series))]
        return known[0]

    def keys(self, series: Series, unit: Field) -> list[Key]:
        """Return a key for each unit of *series*."""
        if self.named:
            return self._keys(series, unit)
        known = self._known.get((series.config, series.units))
        if known is None:
            known = self._known[series.config, series.units] = self._keys(series, unit)
        return known

    def _keys(self, series: Series, unit: Field) -> list[Key]:
        row = self._row(series)
        found = []
        for name, _ in series.units:
            row[unit.index] = name
            found.append(self._key(row))
        return found

    def _row(self, series: Series) -> list[str]:
        row = [""] * self.size
        for step in self.steps:
            step(series, row)
        return row

    def _key(self, row: list[str]) -> Key:
        for column in self.columns:
            # Of a group's fields no order is kept, so that those are ordered by their text.
            if isinstance(column, Field) and column.seen is not None:
                column.seen.setdefault(row[column.index], len(column.seen))
        end = len(row)
        while end and not row[end - 1]:
            end -= 1
        return tuple(row[:end])

    def ordered(self, keys: Iterable[Key]) -> list[Key]:
        """Return *keys* in the order of the projection; values of equal rank are ordered by their bytes.

        This is for when all series were seen: tables mostly have the same rows, which are put in order once.
        """
        wanted = frozenset(keys)
        if wanted not in self._orders:
            fields = self.fields
            self._orders[wanted] = sorted(
                wanted, key=lambda key: [(one.rank(value), _bytes(value)) for one in fields for value in [at(key, one)]]
            )
        return self._orders[wanted]

    def text(self, key: Key) -> str:
        """Return the values of *key* in order, the empty ones left out."""
        if key not in self._texts:
            self._texts[key] = " ".join(value for one in self.fields if (value := at(key, one)))
        return self._texts[key]

    def varying(self, keys: Sequence[Key]) -> list[str]:
        """Return the names of the fields in which *keys* differ."""
        return [one.name for one in self.fields if len({at(key, one) for key in keys}) > 1]


def at(key: Key, one: Field) -> str:
    """Return the value of a field in *key*."""
    return key[one.index] if one.index < len(key) else ""


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


class Family:
    """Projections that share their keys."""

    def __init__(self) -> None:
        """Start with none."""
        self._settings: set[str] = set()
        self._names: list[str] = []
        self._groups: set[str] = set()
        #: What the fixed orders let through.
        self.matchers: list[Matcher] = []
        self._full: Extractor | None = None

    def projection(self, query: str) -> Projection:
        """Return the projection that *query* describes; raises QueryError."""
        made = Projection()
        matchers = [self._add(made, query, part) for part in parse(query)]
        self.matchers = [*(one for one in matchers if one), *self.matchers]
        return made

    def with_unit(self, query: str) -> tuple[Projection, Field]:
        """Return the projection that *query* describes with the unit as its last field."""
        made = self.projection(query)
        seen: dict[str, int] = {}
        return made, made.add(".unit", _by_first(seen), seen=seen)

    def residue(self) -> Projection:
        """Return the projection onto everything that no other one shows."""
        made = Projection()
        for group in (".config", ".fullname"):
            if group not in self._groups:
                self._add(made, "", Part(group, FIRST, (), 0, 0))
        return made

    def _add(self, made: Projection, query: str, part: Part) -> Matcher | None:
        make = _order(query, part)
        if part.key == ".config":
            if part.order == FIXED:
                raise QueryError(query, part.order_at, "fixed order not allowed for .config")
            self._groups.add(part.key)
            self._add_settings(made, make)
            return None
        if part.key == ".unit":
            raise QueryError(query, part.at, ".unit is only allowed in filters")
        if not part.key:
            raise QueryError(query, part.at, "key must not be empty")
        return self._add_value(made, part, make)

    def _add_value(self, made: Projection, part: Part, make: _Ranks) -> Matcher:
        extract = extractor(part.key)
        if part.key == ".fullname":
            self._groups.add(part.key)
            shown: Extractor = self._full_name
        else:
            self._exclude(part.key)
            shown = extract
        rank, seen = make()
        index = made.add(part.key, rank, seen=seen).index
        made.named |= part.key in {".name", ".fullname"} or part.key.startswith("/")

        def step(series: Series, row: list[str]) -> None:
            row[index] = shown(series)

        made.steps.append(step)
        allowed = frozenset(part.fixed)
        return (lambda series: extract(series) in allowed) if part.order == FIXED else filters.every([])

    def _exclude(self, key: str) -> None:
        if key == ".name" or key.startswith("/"):
            self._names.append(key)
        else:
            self._settings.add(key)

    def _full_name(self, series: Series) -> str:
        # Made late, because keys of later projections are left out too.
        if self._full is None:
            self._full = full_name(self._names)
        return self._full(series)

    def _add_settings(self, made: Projection, make: _Ranks) -> None:
        group: list[Field] = []
        made.columns.append(group)
        known: dict[str, int] = {}

        def step(series: Series, row: list[str]) -> None:
            for key, value in series.config:
                if key.startswith("."):
                    continue
                if key not in known:
                    if key in self._settings:
                        continue
                    rank, seen = make()
                    known[key] = made.add(key, rank, seen=seen, group=group).index
                    row.append("")
                row[known[key]] = value

        made.steps.append(step)


_Ranks = Callable[[], tuple[Rank, dict[str, int] | None]]


def _order(query: str, part: Part) -> _Ranks:
    """Return what makes the ranking of a field; raises QueryError for an order that is unknown."""
    if part.order == FIXED:
        places = {value: place for place, value in enumerate(part.fixed)}
        return lambda: (lambda value: places.get(value, 0), None)
    if part.order == FIRST:

        def first() -> tuple[Rank, dict[str, int] | None]:
            seen: dict[str, int] = {}
            return _by_first(seen), seen

        return first
    if part.order == "alpha":
        return lambda: (lambda _: 0, None)  # the bytes decide
    if part.order == "num":
        return lambda: (_by_number, None)
    raise QueryError(query, part.order_at, f"unknown order {quoted(part.order)}")


def _by_first(seen: dict[str, int]) -> Rank:
    return lambda value: seen.get(value, 0)


@lru_cache(maxsize=4096)
def _by_number(value: str) -> tuple[int, float]:
    """Rank numbers by size, then NaN, then what is no number."""
    number = _number(value)
    if number is None:
        return 2, 0.0
    return (1, 0.0) if math.isnan(number) else (0, number)


def _number(text: str) -> float | None:
    """Return the value of a number, maybe with a metric or binary prefix, as in 2k or 1MiB."""
    try:
        return parse_float(text)
    except NumberError:
        found = _SUFFIXED.fullmatch(text)
    if not found:
        return None
    try:
        value = parse_float(found[1])
    except NumberError:
        return None
    power = 1 + _PREFIXES.index(found[2].upper()) if found[2] else 0
    return float(value * float(1024 if found[3] else 1000) ** power)
