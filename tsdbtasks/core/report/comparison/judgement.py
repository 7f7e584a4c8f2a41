"""How a command ends that has compared two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tsdbtasks.core.report.comparison import order
from tsdbtasks.errors import NothingError, RefusedError

if TYPE_CHECKING:
    from tsdbtasks.core.bench.compare import Comparisons


def check(found: Comparisons) -> None:
    """Raise RefusedError where something is worse, and NothingError where nothing, or not enough, could be compared."""
    headline = order.headline(found)
    if found.verdict.bad:
        names = dict.fromkeys(f"{one.name} {one.unit}" for one in found if one.gates and one.verdict.bad)
        raise RefusedError("\n".join([headline, *(f"  {name}" for name in names)]))
    if found.blockers:
        raise NothingError(headline, hint=_advice(found))


def _advice(found: Comparisons) -> str:
    if found.needed:
        return f"run both sides with --count {found.needed} or more"
    if found.differences and not found.anyway:
        return "make both runs on one machine with one Go, or compare them with --anyway"
    return ""
