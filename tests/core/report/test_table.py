"""Tables for a terminal and for Markdown."""

from __future__ import annotations

import html
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import golden
from tsdbtasks.core.report.table import Table, visible, width

#: Text that would steer a terminal or a Markdown reader if it were let through.
_HOSTILE = (
    "\x1b[31mred\x1b[0m\r\n\u202eright\u2066 \x9b5m \ud800 | pipe ` tick * star _ under <b>tag</b> [link](x) \\ @user #1 ~~no~~"
)

_rows = st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=4)


def _table() -> Table:
    return Table(
        "demo v1.2.3",
        ("name", "size"),
        [("short", "1"), ("größe", "22"), ("日本語", "333"), ("e\u0301e\u0301", "4"), (_HOSTILE, "5")],
        ["a note", "another | note"],
        right=frozenset({"size"}),
    )


def test_a_table_on_a_terminal_reads_as_it_did() -> None:
    golden("table.txt", _table().text() + "\n")


def test_a_table_in_markdown_reads_as_it_did() -> None:
    golden("table.md", _table().markdown() + "\n")


@given(st.text(max_size=10), _rows, st.lists(st.text(max_size=8), max_size=2))
def test_no_text_steers_a_terminal(title: str, rows: list[tuple[str, str]], notes: list[str]) -> None:
    text = Table(title, ("a", "b"), rows, notes).text()

    assert not [one for one in text if unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and one != "\n"]
    assert len(text.split("\n")) == bool(title) + (1 + len(rows) if rows else 0) + len(notes) or not text


@given(st.lists(st.text(st.characters(exclude_characters="|")), min_size=1))
def test_the_second_column_begins_at_one_place(cells: list[str]) -> None:
    lines = Table("", ("a", "|"), [(cell, "|") for cell in cells]).text().split("\n")

    assert len({width(line.partition("|")[0]) for line in lines}) == 1


@given(_rows.filter(bool))
def test_markdown_keeps_its_columns_whatever_the_cells_hold(rows: list[tuple[str, str]]) -> None:
    lines = Table("", ("a", "b"), rows).markdown().split("\n")

    assert len(lines) == len(rows) + 2
    for line in lines[2:]:
        assert line.replace("\\\\", "").replace("\\|", "").count("|") == 3


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("ö", 1), ("o\u0308", 1), ("日本", 4), ("\N{THAI CHARACTER SARA I}", 0), ("✔\ufe0f", 1), ("", 0)],
)
def test_a_width_is_what_a_terminal_gives(text: str, columns: int) -> None:
    assert width(text) == columns


def test_a_table_without_rows_shows_its_title_and_notes() -> None:
    table = Table("title", ("a",), [], ["note"])

    assert table.text() == "title\nnote"
    assert table.markdown() == "**title**\n\nnote  "


@given(st.text())
def test_what_is_visible_stays_so(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@given(st.text())
def test_a_reader_of_markdown_sees_the_cell_s_own_text(text: str) -> None:
    cell = Table("", ("a",), [(text,)]).markdown().split("\n")[2].removeprefix("| ").removesuffix(" |")

    # What a Markdown reader does to a text without markup: backslashes first, then character references.
    seen = html.unescape(re.sub(r"\\([\\`*_\[\]|~#$])", r"\1", cell))
    assert seen == visible(text)
