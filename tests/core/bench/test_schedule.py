"""The order of samples."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks.core.bench.schedule import interleaved

NAMES = st.lists(st.text(max_size=8), unique=True, max_size=8)


@given(NAMES, st.integers(1, 6), st.integers(0, 2**31))
def test_every_benchmark_has_its_turn_once_a_round(names: list[str], count: int, seed: int) -> None:
    slots = interleaved(names, count, seed)

    assert [slot.sample for slot in slots] == [sample for sample in range(1, count + 1) for _ in names]
    assert Counter((slot.benchmark, slot.sample) for slot in slots) == {(n, s): 1 for n in names for s in range(1, count + 1)}


@given(NAMES, st.integers(0, 2**31))
def test_a_seed_gives_the_same_order_whatever_order_the_names_come_in(names: list[str], seed: int) -> None:
    assert interleaved(names, 3, seed) == interleaved(reversed(names), 3, seed)


def test_the_order_is_that_of_earlier_releases() -> None:
    slots = interleaved("abcd", 2, 7)

    assert "".join(slot.benchmark for slot in slots) == "bdacadbc"


def test_rounds_and_seeds_differ_in_their_order() -> None:
    names = [f"Benchmark{number}" for number in range(20)]

    first, second = interleaved(names, 1, 1), interleaved(names, 1, 2)
    rounds = interleaved(names, 2, 1)

    assert first != second
    assert [slot.benchmark for slot in rounds[:20]] != [slot.benchmark for slot in rounds[20:]]


def test_no_benchmark_always_follows_the_same_other_one() -> None:
    slots = [slot.benchmark for slot in interleaved("abc", 40, 3)]

    after_a = {next_ for one, next_ in pairwise(slots) if one == "a"}

    assert after_a >= {"b", "c"}
