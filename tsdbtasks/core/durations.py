"""Go's notation for durations, as ``5m`` or ``1h30m``, since the people who type them write Go."""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNITS = {"ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_PART = re.compile(r"(?=\.?\d)(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
#: The longest that Go's type holds; a longer one would not come back from a Go program as it was.
_LONGEST = 2**63 - 1


@dataclass(frozen=True, order=True)
class Duration:
    """A length of time, in whole nanoseconds."""

    nanoseconds: int

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read Go's notation (time.ParseDuration without a sign); raise ValueError for anything else."""
        if text == "0":
            return cls(0)
        parts = list(_PART.finditer(text)) if len(text) < 100 else []  # noqa: PLR2004 - a bound on hostile input
        total = sum(_nanoseconds(*part.groups("")) for part in parts)
        if not parts or "".join(part[0] for part in parts) != text or total > _LONGEST:
            msg = f"want a Go duration such as '90s', '5m' or '1h30m', got {text!r}"
            raise ValueError(msg)
        return cls(total)

    @property
    def seconds(self) -> float:
        """The same length in seconds."""
        return self.nanoseconds / 10**9

    def __str__(self) -> str:
        """Return the notation that Go and :meth:`parse` read."""
        seconds, rest = divmod(self.nanoseconds, 10**9)
        return f"{seconds}.{rest:09}".rstrip("0").rstrip(".") + "s"


def _nanoseconds(whole: str, fraction: str, unit: str) -> int:
    # In whole numbers, because a float cannot tell nanoseconds apart after a few months.
    return int(whole or 0) * _UNITS[unit] + int(fraction or 0) * _UNITS[unit] // int(10 ** len(fraction))


def human(seconds: float) -> str:
    """Return *seconds* for a reader: ``0.42 s``, ``12.3 s``, ``4 min 05 s``."""
    # The limits are where rounding would show a digit more.
    if seconds < 9.995:  # noqa: PLR2004 - two digits say enough below ten
        return f"{seconds:.2f} s"
    if seconds < 59.95:  # noqa: PLR2004 - a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"
