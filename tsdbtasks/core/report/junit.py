"""Results of any tests as JUnit XML, which CI systems show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import junitparser

PASSED = "passed"
FAILED = "failed"
ERROR = "error"
SKIPPED = "skipped"

_DECLARATION = b"<?xml version='1.0' encoding='utf-8'?>\n"
#: What XML 1.0 cannot hold (w3.org/TR/xml/#charsets), and the carriage return, which its readers turn into a newline.
_UNFIT = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One test or check: *outcome* is PASSED, FAILED, ERROR or SKIPPED, and *message* says why in a line."""

    name: str
    classname: str
    outcome: str = PASSED
    seconds: float = 0.0
    message: str = ""
    output: str = ""


@dataclass(frozen=True, kw_only=True)
class Suite:
    """Cases that belong together."""

    name: str
    cases: tuple[Case, ...]


def document(name: str, suites: Iterable[Suite]) -> bytes:
    """Return the report *name* of *suites*, the same for the same values."""
    import junitparser  # noqa: PLC0415 - only a report needs it

    root = junitparser.JUnitXml(_fit(name))
    for suite in suites:
        made = junitparser.TestSuite(_fit(suite.name))
        for case in suite.cases:
            made.add_testcase(_case(case))
        root.add_testsuite(made)
    root.update_statistics()  # type: ignore[no-untyped-call]  # the library has no type for it
    body: bytes = root.tostring()  # type: ignore[no-untyped-call]  # as above
    # Whether the declaration comes along depends on the library that junitparser finds for XML.
    body = body[body.index(b"<testsuites") :]
    # One case a line, for people; a raw "<" begins an element, so that no text is touched.
    return _DECLARATION + re.sub(rb">(?=<testcase|<testsuite |</testsuite)", b">\n", body) + b"\n"


def _case(case: Case) -> junitparser.TestCase:
    import junitparser  # noqa: PLC0415 - as above

    made = junitparser.TestCase(_fit(case.name), classname=_fit(case.classname), time=round(case.seconds, 3))
    kinds = {FAILED: junitparser.Failure, ERROR: junitparser.Error, SKIPPED: junitparser.Skipped}
    if case.outcome in kinds:
        result = kinds[case.outcome](_fit(case.message))
        if case.output and case.outcome != SKIPPED:
            result.text = _fit(case.output)
        made.result = [result]
    if case.output and case.outcome not in {FAILED, ERROR}:
        made.system_out = _fit(case.output)
    return made


def _fit(text: str) -> str:
    """Return *text* with what XML cannot hold as escapes, so that a reader still sees what was there."""
    return _UNFIT.sub(lambda match: match[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)
