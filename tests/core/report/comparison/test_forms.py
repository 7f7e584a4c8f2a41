"""The comparison in every form: as golden files, and what must hold in all of them."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.conftest import golden
from tests.core.report.comparison import runs
from tsdbtasks.core.bench.verdicts import Verdict
from tsdbtasks.core.report.comparison import document, junit, markdown, page, sheet, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tsdbtasks.core.bench.compare import Comparisons

_FORMS: dict[str, Callable[[Comparisons], str]] = {
    "txt": lambda found: text.render(found) + "\n",
    "md": markdown.render,
    "json": lambda found: document.render(found) + "\n",
    "csv": sheet.render,
    "html": page.render,
    "xml": junit.render,
}
_form = pytest.mark.parametrize("form", _FORMS)


@_form
def test_the_report_reads_as_it_did(form: str) -> None:
    golden(f"comparison/everything.{form}", _FORMS[form](runs.everything()))


@_form
def test_every_form_says_that_it_was_compared_anyway(form: str) -> None:
    assert "compared anyway" in _FORMS[form](runs.anyway())


@_form
def test_every_form_can_tell_of_nothing(form: str) -> None:
    made = _FORMS[form](runs.empty())

    assert form == "csv" or "nothing could be compared" in made


@_form
def test_no_form_lets_a_name_steer_a_terminal_or_its_reader(form: str) -> None:
    made = _FORMS[form](runs.everything())

    assert not set(made) & {"\x1b", "\u202e"}
    assert "<script" not in made or form in {"txt", "csv", "json"}


class _Page(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, made: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.content = ""
        self.feed(made)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.content += data


def test_the_page_needs_nothing_else_and_runs_nothing() -> None:
    found = _Page(page.render(runs.everything()))

    assert not {"script", "link", "img", "iframe", "object"} & set(found.tags)
    assert not [name for name, _ in found.attributes if name in {"src", "href", "srcset"} or name.startswith("on")]
    assert "alert(1)" in found.content
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in found.attributes


def test_the_page_shows_a_plot_of_every_benchmark() -> None:
    found = runs.everything()

    dots = [
        value or "" for name, value in _Page(page.render(found)).attributes if name == "d" and value and value.endswith("h0")
    ]

    assert len(dots) == sum(bool(one.old) + bool(one.new) for one in found)
    assert sum(path.count("M") for path in dots) == sum(len(one.old_values) + len(one.new_values) for one in found)


def test_markdown_says_the_verdict_first_then_what_is_worse_and_folds_what_is_the_same() -> None:
    made = markdown.render(runs.everything())

    assert made.startswith("**❌ Worse: critical 1")
    assert made.index("**critical (1)**") < made.index("**regression (2)**") < made.index("**improvement (1)**")
    assert "<details><summary>same (10)</summary>" in made


def test_markdown_leaves_out_what_is_folded_before_it_gets_too_long_to_post() -> None:
    made = markdown.render(runs.many(1000))

    assert len(made) <= 65_536
    assert "same (1000): left out, or this would be too long to post." in made


def test_markdown_leaves_out_rows_where_even_the_regressions_are_too_many() -> None:
    made = markdown.render(runs.many(2000, 1.5))

    assert len(made) <= 65_536
    assert "**critical (2000)**" in made
    assert re.search(r"\d+ more are left out here", made)


def test_markdown_holds_its_limit_with_names_of_any_length() -> None:
    assert len(markdown.render(runs.many(3, 1.5, name="X" * 70_000))) <= 65_536


def test_json_is_complete_and_strict() -> None:
    found = runs.everything()

    made = json.loads(document.render(found), parse_constant=pytest.fail)

    assert made["verdict"] == "critical"
    assert made["exit_code"] == 4
    assert len(made["comparisons"]) == len(found)
    assert [one["new_values"] for one in made["comparisons"]] == [list(one.new_values) for one in found]
    assert [one["centre"] for one in made["comparisons"]] == [one.centre for one in found]


def test_csv_has_full_precision() -> None:
    found = runs.everything()

    rows = list(csv.DictReader(io.StringIO(sheet.render(found))))

    assert [row["verdict"] for row in rows] == [one.verdict.value for one in found]
    assert [float(row["ratio"] or "nan") for row in rows] == pytest.approx(
        [math.nan if one.centre is None else one.centre for one in found], rel=0, abs=0, nan_ok=True
    )


def test_csv_holds_no_formula() -> None:
    rows = csv.reader(io.StringIO(sheet.render(runs.many(1, name="=HYPERLINK(0)"))))

    assert [row[1] for row in rows] == ["benchmark", "'=HYPERLINK(0)0"]


def test_junit_fails_what_is_worse_and_skips_what_could_not_be_judged() -> None:
    root = ET.fromstring(junit.render(runs.everything()))  # noqa: S314 - we wrote it

    outcomes = {case.get("name"): [child.tag for child in case if child.tag != "system-out"] for case in root.iter("testcase")}

    assert outcomes["all"] == ["failure"]
    assert outcomes["ParseComplex-8 sec/op"] == ["failure"]
    assert outcomes["ParseFast-8 sec/op"] == []
    assert outcomes["ParseNoisy-8 sec/op"] == ["skipped"]
    assert outcomes["Edited-8 sec/op"] == ["skipped"]


def test_junit_of_nothing_is_an_error() -> None:
    root = ET.fromstring(junit.render(runs.empty()))  # noqa: S314 - we wrote it

    assert [child.tag for case in root.iter("testcase") for child in case] == ["error"]


def test_the_example_holds_every_verdict() -> None:
    assert all(runs.everything().counts[verdict] for verdict in Verdict)
