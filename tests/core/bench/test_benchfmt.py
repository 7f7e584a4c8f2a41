"""Benchmark files as records: what is in them, that nothing is lost, and that nothing makes reading fail."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks.core.bench.benchfmt import Failure, Other, Problem, Result, Setting, UnitMetadata, parse

_PIECES = st.sampled_from(
    [
        b"Benchmark", b"BenchmarkX-8", b" ", b"\t", b"\n", b"\r\n", b"100", b"12.5", b"ns/op", b"MB/s", b"Unit",
        b"better=higher", b"pkg: a",
        b"goos:", b"\xff", "µ\u2003".encode(), b"\xef\xbb\xbf", b"NaN", b"-1",
        b'{"Action":"output","Output":"BenchmarkY 1 ',
        b'2 ns/op\\n"}', b"PASS", b"--- FAIL: x", b"\x00", b"1e999",
    ]
)  # fmt: skip
_DATA = st.one_of(st.binary(max_size=200), st.lists(_PIECES, max_size=40).map(b"".join))


@given(_DATA)
def test_any_bytes_are_read_without_an_exception_and_come_back(data: bytes) -> None:
    assert bytes(parse(data)) == data


@given(_DATA)
def test_every_record_knows_the_line_that_its_bytes_are_of(data: bytes) -> None:
    lines = data.split(b"\n")

    for record in parse(data):
        assert record.raw in {b"", lines[record.line - 1] + b"\n", lines[record.line - 1]}


@given(st.text(st.characters(exclude_categories=[]), max_size=60))
def test_any_text_is_read(text: str) -> None:
    parse(text)


def test_lines_without_ends_are_the_same_as_the_whole() -> None:
    data = b"goos: linux\nBenchmarkX 1 2 ns/op\n\nPASS\n"

    assert parse(data.decode().splitlines()).results == parse(data).results
    assert bytes(parse(data.splitlines(keepends=True))) == data


def test_a_result_has_its_parts_apart() -> None:
    one = parse("pkg: example.com/db\nBenchmarkParse/size=4k/fast-8 \t 100\t 12.5 ns/op\t 3 MB/s\t 7 widgets\n").results[0]

    assert (one.name, one.base, one.series, one.procs) == ("Parse/size=4k/fast-8", "Parse", "Parse/size=4k/fast", 8)
    assert (one.keys, one.package, one.iterations) == ({"size": "4k"}, "example.com/db", 100)
    assert [(value.value, value.unit, value.original, value.original_unit) for value in one.values] == [
        (12.5 * 1e-9, "sec/op", 12.5, "ns/op"), (3e6, "B/s", 3, "MB/s"), (7, "widgets", 7, "widgets"),
    ]  # fmt: skip


def test_configuration_holds_from_its_line_on_and_an_empty_value_deletes_it() -> None:
    results = parse("a: 1\nBenchmarkX 1 2 ns/op\na:\nb: 2\nBenchmarkX 1 2 ns/op\n", tool={".file": "x"}).results

    assert [one.config for one in results] == [{"a": "1"}, {"b": "2"}]
    assert [one.tool for one in results] == [{".file": "x"}, {".file": "x"}]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("BenchmarkX ", "missing iteration count"),
        ("BenchmarkX x 1 ns/op", "parsing iteration count: invalid syntax"),
        ("BenchmarkX 99999999999999999999 1 ns/op", "parsing iteration count: value out of range"),
        ("BenchmarkX 1", "missing measurements"),
        ("BenchmarkX 1 2", "missing units"),
        ("BenchmarkX 1 2 ns/op 3", "missing units"),
        ("BenchmarkX 1 x ns/op", "parsing measurement: invalid syntax"),
        ("BenchmarkX 1 1e999 ns/op", "parsing measurement: value out of range"),
        ("Unit", "missing unit"),
        ("Unit ns/op better", "expected key=value"),
    ],
)
def test_a_bad_line_is_a_problem_with_its_place(line: str, message: str) -> None:
    found = parse(f"\n{line}\nBenchmarkY 1 2 ns/op\n", file="f.txt")

    assert [str(problem) for problem in found.problems] == [f"f.txt:2: {message}"]
    assert [one.name for one in found.results] == ["Y"]


def test_numbers_may_be_odd() -> None:
    values = parse("BenchmarkX -3 NaN ns/op +Inf B/op -2 a/b 0 c/d 0x1p4 e/f 1_000 g/h 1 a/b\n").results[0].values

    assert [value.original for value in values[1:]] == [math.inf, -2, 0, 16, 1000, 1]
    assert math.isnan(values[0].original)


def test_units_that_contradict_are_a_problem_also_across_files() -> None:
    first = parse("Unit ns/op better=lower assume=exact\n")
    second = parse("Unit sec/op better=higher\n", known=first.units)

    assert (first.better("ns/op"), first.exact("sec/op"), first.better("MB/s"), first.better("widgets")) == (
        "lower",
        True,
        "higher",
        "",
    )
    assert [one.message for one in second.problems] == ["metadata better of unit sec/op already set to lower"]


def test_numbers_on_a_later_line_find_their_name() -> None:
    found = parse("BenchmarkX-8   \tlog: 12 things\nmore 3\n     100\t     123 ns/op\t       5 B/op\nBenchmarkY 1 2 ns/op\n")

    assert [(one.name, one.iterations, len(one.values), one.line, one.resumed) for one in found.results] == [
        ("X-8", 100, 2, 3, True), ("Y", 1, 1, 4, False),
    ]  # fmt: skip
    assert found.problems == ()


def test_numbers_behind_output_on_the_same_line_are_found() -> None:
    found = parse("BenchmarkX-8   \tnot ended     100\t     123 ns/op\nBenchmarkY-8   \tlog\nand     7\t  9 ns/op\n")

    assert [(one.name, one.iterations) for one in found.results] == [("X-8", 100), ("Y-8", 7)]


def test_a_name_whose_numbers_never_come_is_a_problem() -> None:
    found = parse("BenchmarkX-8   \tlog\npanic: boom\n     100\t     123 ns/op\n", file="f")

    assert [str(one) for one in found.problems] == ["f:1: parsing iteration count: invalid syntax"]
    assert found.results == ()
    assert [one.text for one in found.failures] == ["panic: boom"]


def test_a_bare_name_and_lines_of_the_program_are_no_problem() -> None:
    found = parse(
        "=== RUN   BenchmarkX\nBenchmarkX\nBenchmarkX-8 1 2 ns/op\n--- BENCH: BenchmarkX-8\n    x_test.go:3: log\nPASS\n"
    )

    assert [type(one) for one in found] == [Other, Other, Result, Other, Other, Other]


def test_every_kind_of_line_has_its_record() -> None:
    found = parse("goos: linux\nUnit a b=c\nUnit a\nBenchmarkX 1 2 a\nBenchmarkX 1\nFAIL\nother\n")

    assert [type(one) for one in found] == [Setting, UnitMetadata, Other, Result, Problem, Failure, Other]


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    data = b"\xef\xbb\xbfgoos: linux\r\nBenchmarkX 1 2 ns/op\r\n"

    assert dict(parse(data).results[0].config) == {"goos": "linux"}
    assert bytes(parse(data)) == data


def test_utf_16_is_said() -> None:
    assert "UTF-16" in parse("BenchmarkX 1 2 ns/op\n".encode("utf-16")).problems[0].message


def test_streams_of_go_test_json_are_unwrapped_by_package() -> None:
    outputs = [
        ("a", "pkg: a\n"), ("a", "BenchmarkX-8   \t"), ("b", "BenchmarkY-8   \t"), ("a", "     100\t  12 ns/op\n"),
        ("b", "     7\t  3 ns/op"),
    ]  # fmt: skip
    lines = [json.dumps({"Action": "output", "Package": package, "Output": output}) for package, output in outputs]
    data = ("\n".join([*lines, '{"Action":"pass","Package":"a"}']) + "\n").encode()

    found = parse(data)

    assert [(one.name, one.package, one.line) for one in found.results] == [("X-8", "a", 4), ("Y-8", "b", 6)]
    assert bytes(found) == data


def test_a_line_of_many_megabytes_is_one_record() -> None:
    data = b"BenchmarkX-8 \t" + b"log " * (1 << 20) + b"     100\t  12 ns/op\n"

    found = parse(data)

    assert [one.iterations for one in found.results] == [100]


def test_a_hundred_thousand_benchmarks_are_read() -> None:
    data = b"".join(b"BenchmarkX/%d-8 1 2 ns/op\n" % at for at in range(100_000))

    assert len(parse(data).results) == 100_000


def test_results_share_one_configuration_as_long_as_nothing_changes() -> None:
    first, second = parse("a: 1\nBenchmarkX 1 2 ns/op\nBenchmarkX 1 3 ns/op\n").results

    assert first.config is second.config
