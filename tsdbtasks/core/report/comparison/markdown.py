"""The comparison as Markdown for a pull request: the verdict first, what is unchanged folded, never too long to post."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tsdbtasks.core.bench.verdicts import Verdict
from tsdbtasks.core.report.comparison import order
from tsdbtasks.core.report.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tsdbtasks.core.bench.compare import Comparison, Comparisons

#: Characters that GitHub takes in a comment.
LONGEST = 65_536
_FOLDED = (Verdict.SAME.value, order.DERIVED, Verdict.CANNOT_TELL.value, Verdict.NEW.value)
_SIGNS = {True: "❌", False: "✅", None: "❔"}


@dataclass(frozen=True)
class _Part:
    """A group of comparisons as a table, folded or open, or left out."""

    name: str
    members: Sequence[Comparison]
    short: dict[str, str]
    most: int
    dropped: bool = False

    def text(self) -> str:
        if self.dropped:
            return f"{self.name} ({len(self.members)}): left out, or this would be too long to post."
        shown = self.members[: self.most]
        left = len(self.members) - len(shown)
        notes = [*order.notes(shown, self.short), *([f"{left} more are left out here."] if left else [])]
        table = Table("", order.COLUMNS, [order.row(one, self.short) for one in shown], notes, right=order.RIGHT).markdown()
        title = f"{self.name} ({len(self.members)})"
        if self.name in _FOLDED:
            return f"<details><summary>{title}</summary>\n\n{table}\n\n</details>"
        return f"**{title}**\n\n{table}"


def render(found: Comparisons, longest: int = LONGEST) -> str:
    """Return the report in at most *longest* characters, by leaving out what is folded, then the last rows."""
    short = order.packages(found)
    # A row has no less than this many characters, so no more of them need to be written.
    most = longest // 40
    parts = [_Part(name, members, short, min(most, len(members))) for name, members in order.groups(found).items()]
    head, foot = _head(found), Table("", (), (), [order.footing(found)]).markdown().strip()
    # What comes last is worth least.
    for at in reversed(range(len(parts))):
        if len(_joined(head, parts, foot)) <= longest:
            break
        if parts[at].name in _FOLDED:
            parts[at] = replace(parts[at], dropped=True)
    while most and len(_joined(head, parts, foot)) > longest:
        most //= 2
        parts = [replace(part, most=min(most, part.most)) for part in parts]
    return _joined(head, parts, foot)


def _joined(head: str, parts: Sequence[_Part], foot: str) -> str:
    return "\n\n".join([head, *(part.text() for part in parts), foot]) + "\n"


def _head(found: Comparisons) -> str:
    sign = _SIGNS[True if found.verdict.bad else None if found.blockers else False]
    notes = [order.clipped(text, 1000) for text in (*(f"Warning: {text}" for text in found.warnings), *order.sides(found))]
    return Table(f"{sign} {order.headline(found)}", (), (), notes).markdown()
