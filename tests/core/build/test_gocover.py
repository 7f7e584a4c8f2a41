"""Coverage from the statements of profiles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks.core.build import gocover
from tsdbtasks.core.build.gocover import Block, Cover

if TYPE_CHECKING:
    from random import Random

DATA = Path(__file__).parents[2] / "data" / "gotest"

BLOCKS = st.lists(
    st.builds(
        Block,
        st.sampled_from(["m/a/x.go", "m/a/y.go", "m/b/x.go", "x.go", "m/with space/ä:1.go"]),
        st.sampled_from(["1.2,3.4", "3.4,5.6", "7.1,9.2"]),
        st.just(3),
        st.integers(0, 10**12),
    )
)


def test_a_real_profile_counts_the_package_that_has_no_tests() -> None:
    lines = (DATA / "go1.26.8-coverage.out").read_text("utf-8").splitlines()

    packages = gocover.by_package(gocover.parse(lines))

    assert packages == {"example.com/m/good": Cover(3, 3), "example.com/m/nofiles": Cover(0, 1)}
    assert gocover.total(packages) == Cover(3, 4)


def test_the_total_is_no_mean_of_percentages() -> None:
    blocks = [Block("m/big/x.go", "1.1,2.2", 99, 0), Block("m/small/x.go", "1.1,2.2", 1, 5)]

    assert gocover.total(gocover.by_package(blocks)).percent == 1.0


def test_a_block_that_one_of_two_test_programs_ran_is_covered_once() -> None:
    lines = ["mode: atomic", "m/a/x.go:1.1,2.2 4 0", "mode: atomic", "m/a/x.go:1.1,2.2 4 7"]

    assert gocover.by_package(gocover.parse(lines)) == {"m/a": Cover(4, 4)}


@pytest.mark.parametrize("text", ["x", "m/x.go:1.1,2.2 4", "m/x.go:1.1,2.2 4 -1", "m/x.go:1.1 4 1"])
def test_a_line_that_is_none_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="line 2: want 'file:line"):
        gocover.parse(["mode: set", text])


def test_what_is_short_of_a_limit_does_not_look_like_it() -> None:
    cover = Cover(79_999, 100_000)

    assert not cover.reaches(80)
    assert gocover.shown(cover) == "79.99 %"


def test_no_statements_reach_nothing() -> None:
    assert not Cover(0, 0).reaches(0)
    assert gocover.shown(Cover(0, 0)) == "no statements"


def test_the_least_covered_packages_come_first_and_full_ones_not_at_all() -> None:
    packages = {"full": Cover(2, 2), "half": Cover(1, 2), "none": Cover(0, 1), "none too": Cover(0, 9)}

    assert [name for name, _ in gocover.least(packages, 3)] == ["none too", "none", "half"]


def written(blocks: list[Block]) -> list[str]:
    return ["mode: count", *(f"{one.file}:{one.span} {one.statements} {one.count}" for one in blocks)]


@given(BLOCKS)
def test_a_profile_is_read_as_it_was_written(blocks: list[Block]) -> None:
    assert gocover.parse(written(blocks)) == tuple(blocks)


@given(BLOCKS)
def test_the_total_is_the_count_of_distinct_statements(blocks: list[Block]) -> None:
    every = {(one.file, one.span) for one in blocks}
    ran = {(one.file, one.span) for one in blocks if one.count}

    total = gocover.total(gocover.by_package(blocks))

    assert total == Cover(3 * len(ran), 3 * len(every))


@given(BLOCKS, st.randoms(use_true_random=False))
def test_neither_order_nor_merging_twice_changes_a_profile(blocks: list[Block], random: Random) -> None:
    shuffled = list(blocks)
    random.shuffle(shuffled)

    assert gocover.merge(shuffled) == gocover.merge(blocks) == gocover.merge(gocover.merge(blocks))
