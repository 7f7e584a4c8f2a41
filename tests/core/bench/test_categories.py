"""Categories: which benchmark belongs to which."""

from __future__ import annotations

import pytest

from tsdbtasks.core.bench import categories
from tsdbtasks.core.bench.categories import Category
from tsdbtasks.settings import BenchSettings
from tsdbtasks.tools.benchrun import known

USUAL = known(BenchSettings())


@pytest.mark.parametrize(
    ("pattern", "folder", "fits"),
    [
        ("./...", "", True),
        ("./...", "internal/store", True),
        ("./internal/...", "internal", True),
        ("./internal/...", "internal/store", True),
        ("./internal/...", "internals", False),
        ("./internal", "internal/store", False),
        ("internal/store", "internal/store", True),
        ("./internal/.../wal", "internal/a/wal", True),
        ("./a.b", "axb", False),
        (".", "", True),
        (".", "internal", False),
    ],
)
def test_a_package_pattern_is_read_as_the_go_command_reads_it(pattern: str, folder: str, fits: bool) -> None:  # noqa: FBT001 - a table
    assert categories.fits(pattern, folder) is fits


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("ParseLine", "ingestion"),
        ("WritePoint", "storage"),
        ("HTTPWrite", "http"),
        ("EndToEnd", "e2e"),
        ("ConcurrentWrites", "e2e"),
        ("MemoryUsage", "memory"),
        ("GCPressure", "memory"),
        ("ReParse", "uncategorised"),
    ],
)
def test_names_are_anchored(name: str, category: str) -> None:
    assert categories.category_of(USUAL, "any/where", name) == category


def test_the_first_category_that_fits_has_the_benchmark() -> None:
    both = (Category("wal", "^Write", "./wal"), Category("storage", "^Write"))

    assert categories.category_of(both, "wal", "WriteLog") == "wal"
    assert categories.category_of(both, "store", "WriteLog") == "storage"


def test_chosen_categories_without_a_benchmark_are_found() -> None:
    found = [("store", "WritePoint"), ("api", "HTTPGet")]

    empty = categories.empty(USUAL, ["storage", "memory"], found)

    assert [one.name for one in empty] == ["memory"]
