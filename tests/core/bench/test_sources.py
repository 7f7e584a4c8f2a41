"""The hash of a benchmark's source: what changes it, and what does not."""

from __future__ import annotations

import pytest

from tsdbtasks.core.bench.sources import hashes

SOURCE = b"""\
package store

import "testing"

const size = 100

type fake struct{ n int }

func (f *fake) Write(p []byte) (int, error) { f.n++; return len(p), nil }

var shared = make([]byte, size)

func init() { shared[0] = 1 }

func TestMain(m *testing.M) { m.Run() }

func helper(b *testing.B, n int) { // a comment
	for i := 0; i < b.N; i++ {
		(&fake{}).Write(shared[:n])
	}
}

func unrelated() int { return 1 }

func BenchmarkWrite(b *testing.B) { helper(b, 10) }

func BenchmarkOther(b *testing.B) { b.Log(`a  b`) }

func BenchmarkNot(t *testing.T) {}

func Benchmarklower(b *testing.B) {}

/*
func BenchmarkComment(b *testing.B) {}
*/
"""


def _changed(old: bytes, new: bytes) -> set[str]:
    assert old in SOURCE
    before, after = hashes([SOURCE]), hashes([SOURCE.replace(old, new)])
    return {name for name in before if before[name] != after.get(name)}


def test_benchmarks_are_the_functions_that_go_takes_for_some() -> None:
    assert list(hashes([SOURCE])) == ["Write", "Other"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"helper(b, 10)", b"helper(b, 20)"),
        (b"for i := 0;", b"for i := 1;"),
        (b"f.n++", b"f.n--"),
        (b"size = 100", b"size = 200"),
        (b"n int }", b"n int64 }"),
        (b"shared[0] = 1", b"shared[0] = 2"),
        (b"make([]byte, size)", b"make([]byte, size, 2*size)"),
        (b"func helper", b"//go:noinline\nfunc helper"),
    ],
    ids=["itself", "a helper", "a method", "a constant", "a type", "an init", "a variable", "a directive"],
)
def test_a_change_in_what_a_benchmark_reaches_is_a_new_series(old: bytes, new: bytes) -> None:
    assert _changed(old, new) == {"Write"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"// a comment", b"// another"),
        (b"{ return 1 }", b"{ return 2 }"),
        (b"m.Run()", b"_ = m.Run()"),
        (b"func BenchmarkWrite(b *testing.B) { helper(b, 10) }", b"func BenchmarkWrite(b *testing.B) {\n\thelper(b, 10)\n}"),
    ],
    ids=["comments", "what is not reached", "a TestMain without its variables", "form"],
)
def test_a_change_elsewhere_or_in_form_is_the_same_series(old: bytes, new: bytes) -> None:
    assert _changed(old, new) == set()


def test_blanks_in_a_literal_count() -> None:
    assert _changed(b"`a  b`", b"`a b`") == {"Other"}


def test_it_does_not_matter_in_which_file_something_stands() -> None:
    head, tail = SOURCE.split(b"func unrelated")

    moved = hashes([b"package store\n\nfunc unrelated" + tail, head])

    assert moved["Write"] == hashes([SOURCE])["Write"]


def test_source_that_is_no_go_has_no_benchmarks_and_raises_nothing() -> None:
    assert hashes([b"\xff\xfe{{{", b""]) == {}
