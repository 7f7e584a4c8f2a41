"""Filters and projections: what they let through, what they show, in which order; what cannot be read says where."""

from __future__ import annotations

import pytest

from tsdbtasks.core.bench import filters
from tsdbtasks.core.bench.extract import Series
from tsdbtasks.core.bench.projections import Family
from tsdbtasks.core.bench.query import QueryError, quoted, unquoted

_SERIES = Series(
    ((".file", "old"), ("goos", "linux"), ("note", "a b")),
    "Parse/size=4k-8",
    (("sec/op", "ns/op"), ("B/op", ""), ("B/s", "MB/s")),
)


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("*", [0, 1, 2]), ("-*", []), (".name:Parse", [0, 1, 2]), (".fullname:Parse", []),
        ("/size:4k /gomaxprocs:8", [0, 1, 2]),
        (".unit:ns/op", [0]), (".unit:sec/op", [0]), ("-.unit:ns/op", [1, 2]), (".unit:(ns/op OR /^B/)", [0, 1, 2]),
        (".unit:ns/op OR .name:No", [0]), (".unit:ns/op OR .name:Parse", [0, 1, 2]), (".unit:ns/op .name:No", []),
        (".unit:/op$/ -.unit:B/op", [0]), ('note:"a b"', [0, 1, 2]), ('"no\\u0074e":/b$/', [0, 1, 2]),
        (".file:old goos:linux", [0, 1, 2]),
        ('missing:""', [0, 1, 2]), ("(goos:darwin OR goos:linux) AND -note:x", [0, 1, 2]), ("goos:(darwin OR windows)", []),
    ],
)  # fmt: skip
def test_a_filter_keeps_units(query: str, kept: list[int]) -> None:
    assert list(filters.kept(filters.parse(query), _SERIES)) == kept


@pytest.mark.parametrize(
    ("query", "reason", "at"),
    [
        ("a:(b c)", "value list must be separated by OR", 5), ("(a:b", 'missing ")"', 4), ("a:b)", 'unexpected ")"', 3),
        ('a "b', "missing end quote", 2), ("a:/b", 'missing close "/"', 2), ("", "expected key:value or subexpression", 0),
        ("a:/(?=b)/", "error parsing regexp: invalid or unsupported Perl syntax: `(?=`", 2),
        ('"a\\z":b', "bad escape sequence", 0),
    ],
)  # fmt: skip
def test_a_filter_that_cannot_be_read_says_where(query: str, reason: str, at: int) -> None:
    with pytest.raises(QueryError) as caught:
        filters.parse(query)

    assert (caught.value.reason.replace("(?=b)", "(?="), caught.value.at) == (reason, at)


def test_the_place_is_shown_below_the_query() -> None:
    with pytest.raises(QueryError, match=r"syntax error: expected key:value\n\tµ x\n\t\^"):
        filters.parse("µ x")


def test_a_group_leaves_out_the_keys_of_other_projections() -> None:
    family = Family()
    config, name, size = (family.projection(query) for query in (".config", ".fullname", "/size,note"))

    keys = [one.text(one.key(_SERIES)) for one in (config, name, size)]

    assert keys == ["linux", "Parse-8", "4k a b"]


def test_the_residue_is_what_no_projection_shows() -> None:
    family = Family()
    family.projection("goos,.name")

    residue = family.residue()

    assert residue.text(residue.key(_SERIES)) == "a b */size=4k-8"


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("k", ["2k", "b", "1Mi", "900", "a", ""]), ("k@alpha", ["", "1Mi", "2k", "900", "a", "b"]),
        ("k@num", ["900", "2k", "1Mi", "", "a", "b"]),
        ("k@(b 2k a)", ["", "1Mi", "900", "b", "2k", "a"]), (".config", ["", "1Mi", "2k", "900", "a", "b"]),
    ],
)  # fmt: skip
def test_keys_are_ordered(query: str, values: list[str]) -> None:
    projection = Family().projection(query)
    keys = [projection.key(Series((("k", value),) if value else (), "X", ())) for value in ("2k", "b", "1Mi", "900", "a", "")]

    assert [projection.text(key) for key in projection.ordered(keys)] == values


def test_a_fixed_order_is_a_filter_too() -> None:
    family = Family()
    family.projection("goos@(darwin windows)")

    assert list(filters.kept(filters.every(family.matchers), _SERIES)) == []


def test_go_literals_are_read_and_written() -> None:
    assert unquoted(r"\x41\u00e9\101\n\xff") == "Aé\x41\n\udcff"
    assert [unquoted(text) for text in ("\\q", "a\nb", '"', "\\'", "\\ud800")] == [None] * 5
    assert quoted('a"\n\x01\udcff\u2028é') == r'"a\"\n\x01\xff\u2028é"'
