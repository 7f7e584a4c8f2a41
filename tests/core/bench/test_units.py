"""Units: their tidy form, their prefixes, and which way they improve."""

from __future__ import annotations

import pytest

from tsdbtasks.core.bench import units


@pytest.mark.parametrize(
    ("unit", "tidy", "factor"),
    [
        ("ns/op", "sec/op", 1e-9), ("MB/s", "B/s", 1e6), ("p99-ns", "p99-sec", 1e-9), ("op/ns", "op/ns", 1.0),
        ("MB*MB/s", "B*B/s", 1e12),
        ("ns/MB", "sec/MB", 1e-9), ("B/ns*MB", "B/ns*B", 1e6), ("nsx/op", "nsx/op", 1.0), ("B/op", "B/op", 1.0),
    ],
)  # fmt: skip
def test_nanoseconds_and_megabytes_above_the_line_become_tidy(unit: str, tidy: str, factor: float) -> None:
    assert units.tidy(unit) == (tidy, factor)


@pytest.mark.parametrize(
    ("unit", "binary"), [("B/op", True), ("MB/s", True), ("bytes", True), ("disk-B", True), ("sec/B", False), ("op/s", False)]
)
def test_bytes_above_the_line_take_binary_prefixes(unit: str, binary: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert units.is_binary(unit) is binary


def test_only_known_units_improve() -> None:
    assert [units.better(unit) for unit in ("ns/op", "B/op", "MB/s", "widgets")] == ["lower", "lower", "higher", ""]
