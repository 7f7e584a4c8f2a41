"""The record of a task."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath

from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks.core.build.platforms import Platform
from tsdbtasks.core.durations import Duration
from tsdbtasks.core.report.record import Record, Subject, plain


class _Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class _Thing:
    name: str
    parts: tuple[object, ...]


_values: st.SearchStrategy[object] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(exclude_categories=()))),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner), st.tuples(inner)),
    max_leaves=8,
)


@given(_values)
def test_every_result_is_json_that_any_reader_takes(value: object) -> None:
    text = json.dumps(plain(value), allow_nan=False)

    assert plain(json.loads(text)) == plain(value)


def test_objects_are_shown_by_their_fields_and_notations() -> None:
    thing = _Thing("x", (Platform.parse("linux/arm/7"), Duration.parse("90s"), _Colour.RED, PurePosixPath("a/b")))

    assert plain({"b": thing, 1: {"y", "x"}}) == {
        "b": {"name": "x", "parts": ["linux/arm/7", "90s", "red", "a/b"]},
        "1": ["x", "y"],
    }


def test_a_number_that_json_has_no_form_for_is_its_name() -> None:
    assert plain([float("nan"), float("inf"), float("-inf")]) == ["nan", "inf", "-inf"]


def test_a_record_begins_with_its_schema_and_names_its_file_by_task_and_part() -> None:
    record = Record(
        task="build-all",
        part="linux_amd64",
        subject=Subject("c", "v1.0.0", "m"),
        start="a",
        end="b",
        outcome="done",
        result=(1,),
    )

    assert list(record.document()) == [
        "schema", "task", "part", "commit", "version", "manifest", "start", "end", "outcome", "reasons", "exit_code", "result",
    ]  # fmt: skip
    assert record.file_name == "build-all-linux_amd64.json"
    assert Record(task="build", start="a", end="b", outcome="done").file_name == "build.json"
