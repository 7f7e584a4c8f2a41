"""What a run is to measure, and what is said where that is nothing."""

from __future__ import annotations

import pytest

from tsdbtasks.core.bench.categories import Category
from tsdbtasks.core.bench.selection import Package, Selection, listed
from tsdbtasks.errors import NothingError, UsageError

EVERY = (Category("ingestion", "^Parse", "./parser/..."), Category("storage", "^Write"), Category("memory", "^Memory"))
PARSER = Package("example.com/m/parser", "parser", ("ParseLine", "Parsers"))
STORE = Package("example.com/m/store", "store", ("WritePoint", "ParseLog", "Other"))


def test_no_category_means_all_uncategorised_included() -> None:
    found = Selection(EVERY).functions([PARSER, STORE])

    assert found == {PARSER.path: PARSER.functions, STORE.path: STORE.functions}


def test_categories_combine_and_have_their_packages() -> None:
    found = Selection(EVERY, ["ingestion", "storage"]).functions([PARSER, STORE])

    assert found == {PARSER.path: ("ParseLine", "Parsers"), STORE.path: ("WritePoint",)}


def test_a_filter_with_a_beginning_spares_the_functions_that_it_cannot_fit() -> None:
    for pattern in ("^WriteP", "^BenchmarkWriteP", "^WritePoint/size"):
        assert Selection(EVERY, pattern=pattern).functions([PARSER, STORE]) == {STORE.path: ("WritePoint",)}


@pytest.mark.parametrize("pattern", ["^Write|Other", "Write", "^WritePoints?$", "size=1"])
def test_a_filter_that_could_fit_a_sub_benchmark_spares_nothing_that_it_might_fit(pattern: str) -> None:
    found = Selection(EVERY, pattern=pattern).functions([STORE])

    assert "WritePoint" in found[STORE.path]


def test_a_filter_fits_names_with_and_without_the_prefix() -> None:
    chosen = Selection(EVERY, pattern="^BenchmarkWrite.*/size=1$")

    assert chosen.fits("WritePoint/size=1")
    assert not chosen.fits("WritePoint/size=10")


def test_a_category_without_benchmarks_says_which_there_are_and_what_to_set() -> None:
    with pytest.raises(NothingError, match=r"no benchmark belongs to memory \(\^Memory in ./...\)") as raised:
        Selection(EVERY, ["memory", "storage"]).functions([STORE])

    assert "example.com/m/store: WritePoint, ParseLog, Other" in raised.value.message
    assert "bench.category.memory.pattern" in raised.value.hint


def test_a_category_whose_packages_have_none_says_which_have_some() -> None:
    with pytest.raises(NothingError, match="ingestion") as raised:
        Selection(EVERY, ["ingestion"]).functions([STORE])

    assert raised.value.hint == "set bench.category.ingestion.packages; packages with benchmarks: ./store"


def test_a_filter_that_fits_nothing_says_which_names_there_are() -> None:
    with pytest.raises(NothingError, match=r"--filter '\^Nope' fits no benchmark") as raised:
        Selection(EVERY, ["storage"], "^Nope").functions([STORE])

    assert "example.com/m/store: WritePoint" in raised.value.message


def test_a_module_without_benchmarks_is_nothing_to_measure() -> None:
    with pytest.raises(NothingError, match="there are no benchmarks"):
        Selection(EVERY).functions([])


def test_what_cannot_be_read_is_a_mistake_of_the_one_who_typed_it() -> None:
    with pytest.raises(UsageError, match="--filter: want a regular expression, got '\\['"):
        Selection(EVERY, pattern="[")
    with pytest.raises(UsageError, match="there is no category 'store'"):
        Selection(EVERY, ["store"])
    with pytest.raises(UsageError, match=r"bench.category.empty.pattern: want a regular expression, got ''"):
        Selection([Category("empty", "")])


def test_asked_for_is_what_category_and_filter_fit() -> None:
    chosen = Selection(EVERY, ["storage"], "size")

    assert chosen.asks("store", "WritePoint/size=1")
    assert not chosen.asks("store", "WritePoint")
    assert not chosen.asks("store", "Other/size=1")


def test_long_lists_are_cut() -> None:
    text = listed({"p": [f"B{number}" for number in range(100)]})

    assert text.endswith("B59\n  and 40 more")
