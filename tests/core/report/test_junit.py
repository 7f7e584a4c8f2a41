"""JUnit XML, read again by two readers."""

from __future__ import annotations

import io
from pathlib import Path
from xml.etree import ElementTree as ET

import junitparser
from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks.core.report import junit
from tsdbtasks.core.report.junit import ERROR, FAILED, PASSED, SKIPPED, Case, Suite

GOLDEN = Path(__file__).parents[2] / "golden" / "gotest" / "junit.xml"

SUITES = (
    Suite(
        name="checks of x",
        cases=(
            Case(name="starts", classname="x", seconds=1.2345),
            Case(name="says", classname="x", outcome=PASSED, output="hello\n  world"),
            Case(name="<\"&'>]]>", classname="x", outcome=FAILED, message="a\tb\nc", output="\x1b[31m<testcase>\x00\r\n"),
            Case(name="later", classname="x", outcome=SKIPPED, message="no Wine here"),
        ),
    ),
    Suite(name="none", cases=()),
    Suite(name="ü\ufffe", cases=(Case(name="", classname="", outcome=ERROR, message="broke"),)),
)


def test_a_report_is_written_exactly_like_this() -> None:
    assert junit.document("everything", SUITES).decode() == GOLDEN.read_text("utf-8")


def test_a_reader_of_junit_counts_the_outcomes() -> None:
    read = junitparser.JUnitXml.fromstring(junit.document("everything", SUITES))

    assert (read.tests, read.failures, read.errors, read.skipped) == (5, 1, 1, 1)


def test_what_xml_cannot_hold_is_seen_as_an_escape() -> None:
    root = ET.fromstring(junit.document("everything", SUITES))  # noqa: S314 - our own document

    failure = root.find("./testsuite/testcase/failure")
    assert failure is not None
    assert failure.text == "\\x1b[31m<testcase>\\x00\\r\n"
    assert failure.get("message") == "a\tb\nc"


HOSTILE = st.text(st.characters())
CASES = st.builds(
    Case,
    name=HOSTILE,
    classname=HOSTILE,
    outcome=st.sampled_from([PASSED, FAILED, ERROR, SKIPPED]),
    seconds=st.floats(0, 1e6),
    message=HOSTILE,
    output=HOSTILE,
)


@given(HOSTILE, st.lists(st.builds(Suite, name=HOSTILE, cases=st.lists(CASES, max_size=3).map(tuple)), max_size=3))
def test_any_text_gives_xml_with_every_case_in_it(name: str, suites: list[Suite]) -> None:
    document = junit.document(name, suites)

    found = [event[1] for event in ET.iterparse(io.BytesIO(document)) if event[1].tag == "testcase"]  # noqa: S314 - our own document
    assert len(found) == sum(len(suite.cases) for suite in suites)
    assert junit.document(name, suites) == document
