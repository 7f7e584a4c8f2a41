"""Filters of benchmark results: boolean expressions over names, configuration and units, as benchstat has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tsdbtasks.core.bench import goregexp
from tsdbtasks.core.bench.extract import extractor
from tsdbtasks.core.bench.query import END, WORDS, Tokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tsdbtasks.core.bench.extract import Series
    from tsdbtasks.core.bench.query import Token

#: What a filter says of a series: yes or no for the whole, or for each of its units.
Match = bool | tuple[bool, ...]
Matcher = Callable[["Series"], Match]


def parse(query: str) -> Matcher:
    """Return the filter that *query* describes; raises QueryError."""
    reader = _Reader(query)
    found, at = reader.either(0)
    reader.tokens.end(at)
    return found


def kept(matcher: Matcher, series: Series) -> Sequence[int]:
    """Return the places of the units of *series* that the filter lets through."""
    match = matcher(series)
    if isinstance(match, bool):
        return range(len(series.units) if match else 0)
    return [at for at, passed in enumerate(match) if passed]


def every(matchers: Sequence[Matcher]) -> Matcher:
    """Return the filter that lets through what all of *matchers* do."""

    def matches(series: Series) -> Match:
        found: Match = True
        for matcher in matchers:
            match = matcher(series)
            if match is False:
                return False
            if not isinstance(match, bool):
                found = match if isinstance(found, bool) else tuple(a and b for a, b in zip(found, match, strict=True))
        return found

    return matches


def some(matchers: Sequence[Matcher]) -> Matcher:
    """Return the filter that lets through what any of *matchers* does."""

    def matches(series: Series) -> Match:
        found: Match = False
        for matcher in matchers:
            match = matcher(series)
            if match is True:
                return True
            if not isinstance(match, bool):
                found = match if isinstance(found, bool) else tuple(a or b for a, b in zip(found, match, strict=True))
        return found

    return matches


def negated(matcher: Matcher) -> Matcher:
    """Return the filter that lets through what *matcher* does not."""

    def matches(series: Series) -> Match:
        match = matcher(series)
        return not match if isinstance(match, bool) else tuple(not one for one in match)

    return matches


@dataclass(frozen=True, slots=True)
class _Test:
    """A comparison of one key's value, with a text or with a regular expression."""

    text: str
    regexp: bool

    def __call__(self, value: str) -> bool:
        return goregexp.compiled(self.text).search(value) is not None if self.regexp else value == self.text


class _Reader:
    """Reads an expression by recursive descent; each method returns a filter and where reading goes on."""

    def __init__(self, query: str) -> None:
        self.tokens = Tokenizer(query)

    def either(self, at: int) -> tuple[Matcher, int]:
        """Read what OR stands between."""
        terms = []
        while True:
            term, at = self._all(at)
            terms.append(term)
            token = self.tokens.key(at)
            if token.kind != "O":
                return (terms[0] if len(terms) == 1 else some(terms)), at
            at = token.next

    def _all(self, at: int) -> tuple[Matcher, int]:
        """Read what AND, or nothing, stands between."""
        term, at = self._match(at)
        terms = [term]
        while True:
            token = self.tokens.key(at)
            if token.kind == "A":
                at = token.next
            elif token.kind in WORDS or token.kind in {"(", "-", "*"}:
                term, at = self._match(at)
                terms.append(term)
            elif token.kind in {")", "O", END}:
                return (term if len(terms) == 1 else every(terms)), at
            else:
                raise self.tokens.error(token.at, f'unexpected "{token.text}"')

    def _match(self, at: int) -> tuple[Matcher, int]:
        token = self.tokens.key(at)
        if token.kind == "(":
            found, at = self.either(token.next)
            close = self.tokens.key(at)
            if close.kind != ")":
                raise self.tokens.error(close.at, 'missing ")"')
            return found, close.next
        if token.kind == "-":
            found, at = self._match(token.next)
            return negated(found), at
        if token.kind == "*":
            return every([]), token.next
        if token.kind in WORDS:
            return self._term(token)
        raise self.tokens.error(token.at, "expected key:value or subexpression")

    def _term(self, key: Token) -> tuple[Matcher, int]:
        colon = self.tokens.key(key.next)
        if colon.kind != ":":
            raise self.tokens.error(key.at, "expected key:value")
        value = self.tokens.value(colon.next)
        if value.kind == "(":
            return self._values(key, value.next)
        if value.kind not in {"w", "q", "r"}:
            raise self.tokens.error(key.at, "expected key:value")
        return self._test(key, value), value.next

    def _values(self, key: Token, at: int) -> tuple[Matcher, int]:
        terms = []
        while True:
            value = self.tokens.value(at)
            if value.kind not in {"w", "q", "r"}:
                raise self.tokens.error(value.at, "expected value")
            terms.append(self._test(key, value))
            separator = self.tokens.value(value.next)
            if separator.kind == ")":
                return some(terms), separator.next
            if separator.kind != "O":
                raise self.tokens.error(separator.at, "value list must be separated by OR")
            at = separator.next

    def _test(self, key: Token, value: Token) -> Matcher:
        test = _Test(value.text, value.kind == "r")
        if key.text == ".unit":
            return lambda series: tuple(test(unit) or (bool(was) and test(was)) for unit, was in series.units)
        if key.text == ".config":
            raise self.tokens.error(key.at, ".config is only allowed in projections")
        if not key.text:
            raise self.tokens.error(key.at, "key must not be empty")
        extract = extractor(key.text)
        return lambda series: test(extract(series))
