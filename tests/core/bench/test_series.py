"""The samples of a run."""

from __future__ import annotations

import pytest

from tsdbtasks.core.bench import benchfmt
from tsdbtasks.core.bench.series import Key, Series, collect, derives_from_time


def _run(*lines: str) -> dict[Key, Series]:
    return collect(benchfmt.parse("\n".join(lines)))


def test_samples_are_apart_by_package_benchmark_procs_and_unit() -> None:
    found = _run(
        "pkg: a",
        "BenchmarkX-4 1 10 ns/op 3 allocs/op",
        "BenchmarkX 1 20 ns/op",
        "BenchmarkX-4 1 30 ns/op",
        "pkg: b",
        "BenchmarkX-4 1 40 ns/op",
    )

    assert [f"{key.package}.{key.benchmark}-{key.procs} {key.unit}" for key in found] == [
        "a.X-4 sec/op",
        "a.X-4 allocs/op",
        "a.X-1 sec/op",
        "b.X-4 sec/op",
    ]
    assert [[round(value * 1e9) for value in one.values] for one in found.values()] == [[10, 30], [3_000_000_000], [20], [40]]


def test_a_unit_twice_on_a_line_counts_once_and_is_not_forgotten() -> None:
    (found,) = _run("BenchmarkX 1 7 widgets 8 widgets", "BenchmarkX 1 9 widgets").values()

    assert list(found.values) == [7, 9]
    assert found.doubled == 1


def test_a_sample_knows_every_configuration_it_was_made_under() -> None:
    (found,) = _run(
        "go: go1.21", "BenchmarkX 1 7 widgets", "BenchmarkX 1 7 widgets", "go: go1.22", "BenchmarkX 1 9 widgets"
    ).values()

    assert [config["go"] for config in found.configs] == ["go1.21", "go1.22"]


_TIMES = Series((1.0, 2.0, 4.0), (0, 1, 2), ())


@pytest.mark.parametrize(
    ("unit", "old", "new", "derived"),
    [
        ("B/s", (800.0, 400.0, 200.0), (800.0, 400.0, 200.0), True),
        ("points/s", (800.0, 401.0, 200.0), (800.0, 400.0, 200.0), True),
        ("points/s", (800.0, 430.0, 200.0), (800.0, 400.0, 200.0), False),
        ("points/s", (800.0, 400.0, 200.0), (1600.0, 800.0, 400.0), False),
        ("points/s", (0.0, 400.0, 200.0), (800.0, 400.0, 200.0), False),
        ("points/op", (800.0, 400.0, 200.0), (800.0, 400.0, 200.0), False),
    ],
)
def test_a_rate_derives_from_the_time_where_their_product_is_one_constant(
    unit: str, old: tuple[float, ...], new: tuple[float, ...], *, derived: bool
) -> None:
    rates = [Series(values, (0, 1, 2), ()) for values in (old, new)]

    assert derives_from_time(unit, rates, [_TIMES, _TIMES]) is derived


def test_the_two_decimals_of_a_slow_rate_are_allowed_for() -> None:
    found = _run(*(f"BenchmarkX 1 {time} ns/op {1000 * 50 / time:.2f} MB/s" for time in (1_000_003, 1_087_003, 1_210_003)))

    (times, rates) = found.values()

    assert derives_from_time("B/s", [rates], [times])


def test_a_rate_on_other_lines_than_the_time_is_a_measurement_of_its_own() -> None:
    assert not derives_from_time("points/s", [Series((800.0,), (7,), ())], [_TIMES])
