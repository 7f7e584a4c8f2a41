"""The comparison as JSON, complete: every sample, number, reason and warning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tsdbtasks.core.report.comparison import order
from tsdbtasks.core.report.record import plain

if TYPE_CHECKING:
    from tsdbtasks.core.bench.compare import Comparison, Comparisons

SCHEMA = 1


def document(found: Comparisons) -> dict[str, Any]:
    """Return the comparison in the types of JSON; numbers that JSON does not know are the texts inf, -inf and nan."""
    made: dict[str, Any] = plain({
        "schema": SCHEMA,
        "verdict": found.verdict,
        "headline": order.headline(found),
        "exit_code": found.exit_code,
        "alpha": found.alpha,
        "tests": found.tests,
        "level": found.level,
        "needed": found.needed,
        "anyway": found.anyway,
        "blockers": found.blockers,
        "warnings": found.warnings,
        "differences": found.differences,
        "counts": {verdict.value: count for verdict, count in found.counts.items()},
        "old": {**plain(found.old), "partial": found.old.partial},
        "new": {**plain(found.new), "partial": found.new.partial},
        "comparisons": [_comparison(one) for one in found],
    })  # fmt: skip
    return made


def _comparison(one: Comparison) -> dict[str, Any]:
    return {"name": one.name, **plain(one), "change": one.change, "gates": one.gates}


def render(found: Comparisons) -> str:
    """Return the JSON document, in ASCII, so that names that are no text come through as escapes."""
    import json  # noqa: PLC0415 - only this form needs it

    return json.dumps(document(found), indent=2, allow_nan=False)
