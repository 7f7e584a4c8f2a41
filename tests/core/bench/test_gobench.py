"""What test binaries print, recorded from Go 1.20 and 1.26, and what is made of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks.core.bench import gobench

DATA = Path(__file__).parents[2] / "data" / "gobench"


def _recorded(name: str) -> bytes:
    return (DATA / name).read_bytes()


@pytest.mark.parametrize("go", ["go1.20.14", "go1.26.8"])
@pytest.mark.parametrize("procs", [1, 2])
def test_a_quick_pass_gives_the_names_that_benchmarks_call_themselves(go: str, procs: int) -> None:
    found = gobench.found(_recorded(f"{go}-good-{procs}.txt"))

    assert found.leaves == ("ParseOne", "Write/size=1", "Write/size-2", "Write/a_b/(c|d).*[x]", "Write/size=1#01", "Other")
    assert found.cpu


def test_a_benchmark_that_skips_itself_is_no_leaf() -> None:
    found = gobench.found(_recorded("go1.26.8-skips.txt"))

    assert found.leaves == ()
    assert found.skipped == ("Skips",)


def test_a_pattern_has_a_part_for_each_part_of_the_name() -> None:
    assert gobench.pattern("Write/a_b/(c|d).*[x]") == r"^BenchmarkWrite$/^a_b$/^\(c\|d\)\.\*\[x\]$"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1))
def test_a_pattern_fits_its_name_and_nothing_longer(name: str) -> None:
    expression = re.compile(gobench.pattern(name))

    assert expression.match(f"Benchmark{name}")
    assert not expression.match(f"Benchmark{name}x")


@pytest.mark.parametrize(
    ("recorded", "code", "trouble"),
    [
        ("go1.26.8-good-2.txt", 0, ""),
        ("go1.26.8-panics.txt", 2, "panic: no database"),
        ("go1.26.8-later.txt", 2, "panic: after a while"),
        ("go1.26.8-fails.txt", 1, "failed"),
        ("go1.26.8-exits.txt", 0, "gave no result"),
        ("go1.26.8-skips.txt", 0, "was skipped"),
    ],
)
def test_what_went_wrong_is_said_in_a_few_words(recorded: str, code: int, trouble: str) -> None:
    assert gobench.trouble(_recorded(recorded), code) == trouble


def test_an_end_by_a_signal_or_with_a_status_is_trouble_too() -> None:
    assert gobench.trouble(b"BenchmarkA 1 1 ns/op\n", -9) == "was ended by signal 9"
    assert gobench.trouble(b"BenchmarkA 1 1 ns/op\n", 3) == "exited with 3"


def test_the_last_lines_are_those_that_say_something() -> None:
    assert gobench.last_lines(b"a\n\n\tb\nc  \n\n", 2) == ("    b", "c")
