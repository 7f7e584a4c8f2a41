"""Layout of tables whose cells span columns."""

from __future__ import annotations

from tsdbtasks.core.report.texttab import CENTRE, RIGHT, Layout, Style

_STYLES = [Style(margin=""), Style(RIGHT), Style()]


def test_plain_rows_are_aligned_and_end_with_their_last_cell() -> None:
    layout = Layout(_STYLES, plain=[["a", "1", ""], ["long", "", "x"], ["b", "200", "y"]])

    assert layout.text() == "a      1\nlong     x\nb    200 y\n"


def test_a_cell_over_columns_makes_them_wider_but_not_the_narrow_ones() -> None:
    layout = Layout(_STYLES, narrow={2})
    layout.row()
    layout.cell("a title", at=1, span=2, align=CENTRE, margin="|")
    layout.plain.append(["a", "1", "x"])

    assert layout.text() == " |a title\na     1 x\n"


def test_rows_below_stand_below() -> None:
    layout = Layout(_STYLES, plain=[["a", "1", ""]])
    layout.row()
    layout.cell("total")
    layout.cell("12", at=1, align=RIGHT)

    assert layout.text() == "a      1\ntotal 12\n"
