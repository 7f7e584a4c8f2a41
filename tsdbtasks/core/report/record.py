"""The record that every task leaves: what later gates, comments and CI read, and nothing else."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA = 1

DONE = "done"
UNCHANGED = "unchanged"
SKIPPED = "skipped"
FAILED = "failed"


@dataclass(frozen=True)
class Subject:
    """What a task was about, as far as it knows: a commit, a version, the SHA-256 of a manifest file."""

    commit: str = ""
    version: str = ""
    manifest: str = ""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One run of one task. Times are UTC in RFC 3339; *result* is the task's value in plain types."""

    task: str
    part: str = ""
    subject: Subject = Subject()
    start: str
    end: str
    outcome: str
    reasons: Sequence[str] = ()
    exit_code: int = 0
    result: Any = None

    @property
    def file_name(self) -> str:
        """The name of its file in the folder of reports."""
        return f"{self.task}-{self.part}.json" if self.part else f"{self.task}.json"

    def document(self) -> dict[str, Any]:
        """Return the record as it is written, with its schema version first."""
        return {
            "schema": SCHEMA,
            "task": self.task,
            "part": self.part,
            **plain(self.subject),
            "start": self.start,
            "end": self.end,
            "outcome": self.outcome,
            "reasons": list(self.reasons),
            "exit_code": self.exit_code,
            "result": plain(self.result),
        }


def plain(value: Any) -> Any:  # noqa: ANN401 - a task returns what it likes
    """Return *value* in the types of JSON: dataclasses as objects by field, other objects as their text."""
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    # What has a notation of its own, as platforms and durations have, is shown in it.
    if dataclasses.is_dataclass(value) and not isinstance(value, type) and not hasattr(value, "parse"):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        members = [plain(member) for member in value]
        return sorted(members, key=str) if isinstance(value, set | frozenset) else members
    return str(value)  # also nan and inf: JSON has no such numbers, and strict readers refuse what Python writes for them


def text(value: Any) -> str:  # noqa: ANN401 - as above
    """Return *value* as a JSON document."""
    return json.dumps(plain(value), indent=2, ensure_ascii=False)
