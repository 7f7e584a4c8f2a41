"""The streams of ``go test -json``: the output inside of their events."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """The output of one event; *package* may be empty where the stream has but one."""

    package: str
    output: str


def event(text: str) -> Event | None:
    """Return what a line of ``go test -json`` says, its output empty where the event has none; None for other lines."""
    if not text.startswith("{") or '"Action"' not in text:
        return None
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict) or not isinstance(read.get("Action"), str):
        return None
    output, package = read.get("Output", ""), read.get("Package", "")
    if not isinstance(output, str) or not isinstance(package, str):
        return None
    return Event(package, output)
