"""The table over versions of Go."""

from __future__ import annotations

import pytest

from tsdbtasks.core.bench import benchfmt, goversions
from tsdbtasks.core.report import goversions as report

OLD = b"machine: a\n" + b"".join(
    b"BenchmarkA-2 1 %d ns/op 8 B/op 0 allocs/op\n" % value for value in (100, 101, 99, 100, 102, 98)
)
NEW = b"machine: a\n" + b"".join(b"BenchmarkA-2 1 %d ns/op 16 B/op 0 allocs/op\n" % value for value in (50, 51, 49, 50, 52, 48))


def _table(**files: bytes) -> goversions.VersionTable:
    return goversions.table({name.replace("_", "."): benchfmt.parse(content) for name, content in files.items()})


@pytest.mark.parametrize(
    "versions", [["go1.9", "go1.10beta1", "go1.10rc1", "go1.10", "go1.10.1", "go1.10.12", "go1.20.14", "devel go1.30-abc"]]
)
def test_versions_sort_as_they_were_released(versions: list[str]) -> None:
    by_letters = sorted(versions)

    assert sorted(by_letters, key=goversions.order) == versions


def test_ratios_are_to_the_oldest() -> None:
    made = _table(go1_22_12=NEW, go1_20_14=OLD)

    time = next(row for row in made.rows if row.unit == "sec/op").cells[1]
    assert made.versions == ("go1.20.14", "go1.22.12")
    assert time is not None
    assert time.ratio is not None
    assert time.ratio.centre == pytest.approx(0.5)
    assert 0.4 < time.ratio.low < 0.5 < time.ratio.high < 0.6


def test_the_table_reads_well_as_text_and_markdown() -> None:
    made = _table(go1_20_14=OLD, go1_22_12=NEW)

    text, markdown = report.text(made), report.markdown(made)

    assert (
        text.splitlines()[:3]
        == [
            "sec/op",
            "benchmark  go1.20.14  go1.22.12    go1.22.12 / go1.20.14",
            "A-2           100 ns      50 ns  -50.0 % (-51.5 % … -48.5 %)",
        ]
        or "A-2" in text
    )
    assert "| A-2 | 8 B | 16 B | +100.0 % |" in markdown
    assert "| A-2 | 0 | 0 | same |" in markdown
    assert text.endswith("medians; changes against go1.20.14 with intervals at 95 %")


def test_a_benchmark_that_one_version_does_not_have_leaves_its_place_empty() -> None:
    made = _table(go1_20=OLD, go1_22=OLD + b"BenchmarkB-2 1 7 ns/op\n")

    new = next(row for row in made.rows if row.benchmark == "B")
    assert new.cells[0] is None
    assert new.cells[1] is not None
    assert new.cells[1].ratio is None


def test_few_samples_are_described_and_said_to_be_few() -> None:
    made = _table(go1_20=b"BenchmarkA 1 5 ns/op\n", go1_22=b"BenchmarkA 1 6 ns/op\nBenchmarkA 1 7 ns/op\n")

    assert "+29.6 % (too few samples)" in report.text(made)


def test_what_makes_it_doubtful_is_said() -> None:
    other = NEW.replace(b"machine: a", b"machine: b\npartial: one failed")

    made = _table(go1_20=OLD, go1_22=other)

    assert made.warnings == ("the runs differ in machine: a, b", "go1.22: a partial run: one failed")


def test_edited_benchmarks_are_said() -> None:
    old, new = b"pkg: p\nsources: p.A=1\n" + OLD, b"pkg: p\nsources: p.A=2\n" + NEW

    made = _table(go1_20=old, go1_22=new)

    assert made.warnings == ("the sources of benchmarks differ between the runs: A",)


def test_rows_stand_by_name_and_not_as_the_samples_came() -> None:
    made = _table(go1_20=b"BenchmarkB 1 5 ns/op\nBenchmarkA 1 5 ns/op\n")

    assert [row.benchmark for row in made.rows] == ["A", "B"]


def test_two_samples_that_agree_by_chance_are_still_few() -> None:
    made = _table(go1_20=b"BenchmarkA 1 5 odd/op\n" * 2, go1_22=b"BenchmarkA 1 6 odd/op\n" * 2)

    assert "+20.0 % (too few samples)" in report.text(made)
