"""Tables of benchmarks: headers over several columns, CSV as Go writes it, and the names of its cells."""

from __future__ import annotations

import pytest

from tsdbtasks.core.bench.projections import Family
from tsdbtasks.core.report import benchtable


def test_a_header_never_goes_over_the_end_of_the_one_above_it() -> None:
    fields = Family().projection("a,b").fields
    cols = [("1", "x"), ("1", "y"), ("2", "y"), ("2",)]

    assert benchtable.header(fields, cols) == [
        [("1", 0, 2), ("2", 2, 2)],
        [("x", 0, 1), ("y", 1, 1), ("y", 2, 1), ("", 3, 1)],
    ]


@pytest.mark.parametrize(("col", "name"), [(0, "A"), (1, "B"), (25, "Z"), (26, "BA"), (27, "BB")])
def test_columns_are_named_as_benchstat_names_them(col: int, name: str) -> None:
    assert benchtable._letters(col) == name


def test_cells_are_quoted_as_go_quotes_them() -> None:
    assert benchtable._record(["", " a", 'b"c', "d,e", "\\.", "f g", "\u2003x"]) == '," a","b""c","d,e","\\.",f g,"\u2003x"'
