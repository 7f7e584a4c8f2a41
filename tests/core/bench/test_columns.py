"""Reading in columns: the same as reading line by line, whatever the lines and the pieces they come in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsdbtasks.core.bench import columns, grammar, units
from tsdbtasks.core.bench.columns import Reader, TooLongError

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMES = st.sampled_from(["X", "X-8", "", "Größe/a=b", "A" * 600, "Y/" + "b" * 30, "a\x85", "\xa0", "N\x00", "日本"])
_NUMBERS = st.one_of(
    st.integers(0, 10**18).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(0, 10**9, places=3, allow_nan=False).map(str),
    st.sampled_from(
        [".", "5.", ".5", "1.2.3", "1_0", "0x1p3", "-1", "+2", "1e400", "0", "00012", "123456789.123456789", "x", "Inf"]
    ),
)
_UNITS = st.sampled_from(["ns/op", "MB/s", "B/op", "allocs/op", "a-very-long-unit-name/op", "µs/op", "MB", "x"])
_BLANKS = st.sampled_from([" ", "\t", " \t ", "\u2003", "\x1f", "\v"])


@st.composite
def _result(draw: st.DrawFn) -> str:
    words = [draw(_NUMBERS), *(word for _ in range(draw(st.integers(0, 4))) for word in (draw(_NUMBERS), draw(_UNITS)))]
    words = words[: draw(st.integers(len(words) - 1, len(words)))]
    return f"Benchmark{draw(_NAMES)}" + "".join(draw(_BLANKS) + word for word in words)


_OTHERS = [
    "",
    " ",
    "goos: linux",
    "goos:",
    "pkg: a",
    "note: x",
    "Unit ns/op",
    "Unit x assume=exact",
    "Unit x assume=no",
    "PASS",
    "\ufeff",
    "Ü",
]
_LINES = st.lists(st.one_of(_result(), _result(), st.sampled_from(_OTHERS)), max_size=20)

Row = tuple[tuple[tuple[str, str], ...], str, tuple[tuple[float, str], ...]]


@settings(deadline=None)
@given(_LINES, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.integers(1, 60))
def test_reading_in_columns_is_reading_line_by_line(lines: list[str], end: str, ended: bool, size: int) -> None:  # noqa: FBT001 - drawn
    data = (end.join(lines) + (end if ended else "")).encode("utf-8", "surrogateescape")

    found = _columns([data[at : at + size] for at in range(0, len(data), size)])
    rows, problems = _line_by_line(data)

    assert sorted(map(repr, _rows(found))) == sorted(map(repr, rows))
    assert found.problems == problems


@settings(deadline=None)
@given(_LINES)
def test_series_come_in_the_order_of_their_first_lines(lines: list[str]) -> None:
    data = "\n".join(lines).encode("utf-8", "surrogateescape")

    found = _columns([data])

    kinds = [(config, name, tuple(unit for _, unit in values)) for config, name, values in _line_by_line(data)[0]]
    series = [(one.config, one.name, tuple(unit for unit, _ in one.units)) for one in found.series]
    # A line whose values differ only in whether a factor changes them is a series of its own.
    assert list(dict.fromkeys(series)) == list(dict.fromkeys(kinds))


def test_many_plain_lines_are_read() -> None:
    data = b"".join(b"BenchmarkX/%d-8   \t     100\t      %d.5 ns/op\n" % (at % 7, at) for at in range(20_000))

    found = _columns([data[at : at + 65536] for at in range(0, len(data), 65536)])

    assert [one.name for one in found.series] == [f"X/{at}-8" for at in range(7)]
    assert sorted(value for block in found.blocks for value in block.values[:, 0].tolist()) == [
        (at + 0.5) * 1e-9 for at in range(20_000)
    ]


def test_kinds_of_lines_beyond_the_limit_are_read_too() -> None:
    data = b"".join(b"BenchmarkX 1 %d unit%d\n" % (at, at) for at in range(200))

    found = _columns([data])

    assert len(found.series) == 200
    assert sum(len(block.series) for block in found.blocks) == 200


@pytest.mark.parametrize("size", [1 << 16, 1 << 18])
def test_a_line_that_is_too_long_ends_reading_after_those_before_it(size: int) -> None:
    reader = Reader()
    data = b"BenchmarkX 1 2 ns/op\n" * 5000 + b"y" * size

    with pytest.raises(TooLongError, match="f:5000: bufio"):
        reader.read([data[at : at + 1000] for at in range(0, len(data), 1000)], file="f", label="f")

    assert sum(len(block.series) for block in reader.columns.blocks) == 5000


def _columns(pieces: Sequence[bytes]) -> columns.Columns:
    reader = Reader()
    reader.read(pieces, file="f", label="label")
    return reader.columns


def _rows(found: columns.Columns) -> list[Row]:
    rows: list[Row] = []
    for block in found.blocks:
        for number, values in zip(block.series.tolist(), block.values.tolist(), strict=True):
            series = found.series[number]
            rows.append((series.config, series.name, tuple(zip(values, (unit for unit, _ in series.units), strict=True))))
    return rows


def _line_by_line(data: bytes) -> tuple[list[Row], list[str]]:
    """Return what the grammar says of each line, as simply as it can be written."""
    rows: list[Row] = []
    problems: list[str] = []
    config: list[tuple[str, str]] = [(".file", "label")]
    known: dict[tuple[str, str], str] = {}
    for number, raw in enumerate(data.split(b"\n"), 1):
        text = raw.removesuffix(b"\r").decode("utf-8", "surrogateescape")
        try:
            if text.startswith("Benchmark"):
                if not grammar.is_bare_name(text):
                    name, _, pairs = grammar.result(text)
                    rows.append((tuple(config), name, tuple(_tidied(value, unit) for value, unit in pairs)))
            elif unit := grammar.unit(text):
                problems += [f"f:{number}: {message}" for message in _metadata(unit, known)]
            elif found := grammar.setting(text):
                _set(config, *found)
        except grammar.LineError as error:
            problems.append(f"f:{number}: {error}")
    return rows, problems


def _metadata(unit: tuple[str, list[str]], known: dict[tuple[str, str], str]) -> list[str]:
    messages = []
    for word in unit[1]:
        key, _, value = word.partition("=")
        have = known.setdefault((unit[0], key), value)
        if have != value:
            messages.append(f"metadata {key} of unit {unit[0]} already set to {have}")
    return messages


def _set(config: list[tuple[str, str]], key: str, value: str) -> None:
    keys = [one for one, _ in config]
    if key not in keys:
        if value:
            config.append((key, value))
        return
    at = keys.index(key)
    if value:
        config[at] = (key, value)
    else:
        config[at] = config[-1]
        config.pop()


def _tidied(value: float, unit: str) -> tuple[float, str]:
    tidy, factor = units.tidy(unit)
    return (value, unit) if value * factor == value else (value * factor, tidy)
