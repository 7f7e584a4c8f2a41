"""Tables of what was built and packed."""

from __future__ import annotations

import pytest

from tests.conftest import golden
from tsdbtasks.core.build.manifest import Archive, Binary, Inputs, Manifest, Target
from tsdbtasks.core.report import builds

_INPUTS = Inputs(
    name="demo", module="m", version="v1.2.3", tag="", commit="", time=0, dirty=(), tree="", go="go1.26.8",
    modules="", settings="",
)  # fmt: skip
_BINARY = Binary("demo", "demo_linux_amd64/demo", 1_400_000, "0123456789abcdef", (), {})
_ARCHIVE = Archive("demo_1.2.3_linux_amd64.tar.gz", 700_000, "fedcba9876543210", "", "", "", ())
_MANIFEST = Manifest(_INPUTS, ("linux_amd64", "darwin_arm64"), {"linux_amd64": Target("linux_amd64", (_BINARY,), (_ARCHIVE,))})


def test_a_build_that_failed_for_one_platform_reads_as_it_did() -> None:
    made = builds.binaries(_MANIFEST, "dist", ["linux_amd64", "darwin_arm64"], unchanged=[])

    golden("build.txt", builds.table("demo v1.2.3, go1.26.8", made, ["darwin_arm64: failed"]).text() + "\n")


def test_what_was_there_already_is_said() -> None:
    binaries = builds.binaries(_MANIFEST, "dist", ["linux_amd64"], unchanged=["linux_amd64"])
    archives = builds.archives(_MANIFEST, "dist", unchanged=[_ARCHIVE.path])

    assert [one.outcome for one in (*binaries, *archives)] == ["unchanged", "unchanged"]
    assert [one.outcome for one in builds.archives(_MANIFEST, "dist", [])] == ["packed"]


@pytest.mark.parametrize(("count", "shown"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1 << 20, "1.00 MiB")])
def test_a_size_is_in_binary_units(count: int, shown: str) -> None:
    assert builds.size(count) == shown
