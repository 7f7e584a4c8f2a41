"""What must be equal in two runs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks.core.bench.environment import Difference, differences, source, source_lines

_names = st.from_regex(r"[a-z]{1,5}\.[A-Z][a-z]{0,5}", fullmatch=True)


def test_machine_cpu_go_and_platform_must_be_equal() -> None:
    old = {"machine": "a", "cpu": "X", "go": "go1.21", "goos": "linux", "goarch": "amd64", "commit": "1"}
    new = {"machine": "b", "cpu": "Y", "go": "go1.22", "goos": "darwin", "goarch": "arm64", "commit": "2"}

    found = differences([old], [new])

    assert [str(one) for one in found] == [
        "machine: a against b",
        "cpu: X against Y",
        "go: go1.21 against go1.22",
        "goos: linux against darwin",
        "goarch: amd64 against arm64",
    ]


def test_a_key_that_one_side_does_not_have_is_no_difference() -> None:
    assert differences([{"go": "go1.21"}], [{}]) == ()
    assert differences([], [{"go": "go1.21"}]) == ()
    assert source([{"sources": "p.A=1"}], [{}], "p", "A") == ()


def test_several_values_on_a_side_are_compared_as_a_set() -> None:
    one, two = {"machine": "a"}, {"machine": "b"}

    assert differences([one, two], [two, one]) == ()
    assert differences([one], [two, one]) == (Difference("machine", "a", "a, b"),)


def test_only_the_edited_benchmark_has_another_source() -> None:
    old, new = [{"sources": "p.A=1 p.B=2"}], [{"sources": "p.A=1 p.B=3"}]

    assert source(old, new, "p", "A/sub") == ()
    assert source(old, new, "p", "B/sub") == (Difference("source", "2", "3"),)
    assert source(old, new, "q", "B") == ()


@given(st.dictionaries(_names, st.from_regex("[0-9a-f]{8}", fullmatch=True), min_size=1))
def test_the_lines_that_tell_the_hashes_are_read_back(hashes: dict[str, str]) -> None:
    config = dict(source_lines(hashes))

    for name, one in hashes.items():
        package, _, benchmark = name.rpartition(".")

        assert source([config], [{"sources": f"{name}=other"}], package, benchmark) == (Difference("source", one, "other"),)


def test_no_line_is_longer_than_the_reference_reader_takes() -> None:
    hashes = {f"example.com/a/very/long/package/path.Benchmark{at}": "0123456789abcdef" for at in range(2000)}

    lines = source_lines(hashes)

    assert [key for key, _ in lines][:2] == ["sources", "sources-2"]
    assert max(len(key) + len(value) for key, value in lines) < 65_000
    assert source([dict(lines)], [{"sources": ""}], "example.com/a/very/long/package/path", "Benchmark1999") == ()
    assert sum(len(value.split(" ")) for _, value in lines) == 2000
