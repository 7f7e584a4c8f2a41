"""The comparison as one HTML page that needs nothing else: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tsdbtasks.core.report.comparison import figures, order, plot
from tsdbtasks.core.report.table import visible

if TYPE_CHECKING:
    from tsdbtasks.core.bench.compare import Comparison, Comparisons

_TEMPLATE = "comparison.html.j2"
#: Groups that are shown unfolded.
_OPEN = frozenset({"critical", "regression", "improvement", "cannot-tell", "incomparable", "removed", "new"})


def render(found: Comparisons) -> str:
    """Return the page. Everything that comes from the runs is escaped by the template."""
    import jinja2  # noqa: PLC0415 - slow to import, and only this form needs it

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tsdbtasks", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["visible"] = visible
    return environment.get_template(_TEMPLATE).render(**_content(found))


def _content(found: Comparisons) -> dict[str, Any]:
    short = order.packages(found)
    state = "bad" if found.verdict.bad else "unknown" if found.blockers else "good"
    return {
        "headline": order.headline(found),
        "state": state,
        "sides": [("old", found.old), ("new", found.new)],
        "warnings": found.warnings,
        "footing": order.footing(found),
        "width": plot.WIDTH,
        "height": plot.HEIGHT,
        "groups": [
            {"name": name, "open": name in _OPEN, "rows": [_row(one, short) for one in members]}
            for name, members in order.groups(found).items()
        ],
    }


def _row(one: Comparison, short: dict[str, str]) -> dict[str, Any]:
    return {
        "name": one.name,
        "package": short[one.package],
        "category": one.category,
        "unit": one.unit,
        "verdict": one.verdict.value,
        "old": figures.spread(one, "old"),
        "new": figures.spread(one, "new"),
        "change": figures.change(one),
        "interval": figures.interval(one),
        "p": figures.chance(one.p),
        "notes": [text for text in (one.reason, *one.warnings) if text],
        "samples": plot.samples(one),
        "shift": plot.change(one),
    }
