"""Platforms: their notation, their ids, and --only."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks.core.build.platforms import Platform, select
from tsdbtasks.errors import UsageError

_LISTED = tuple(Platform.parse(text) for text in ("linux/amd64", "linux/arm64", "linux/arm/7", "windows/amd64"))

platforms = st.one_of(
    st.builds(Platform, st.sampled_from(["linux", "darwin", "js"]), st.sampled_from(["amd64", "wasm", "s390x"])),
    st.builds(Platform, st.just("linux"), st.just("arm"), st.sampled_from(["5", "6,softfloat", "7"])),
    st.builds(Platform, st.just("linux"), st.just("arm64"), st.sampled_from(["v8.0", "v9.5", "v8.2,lse,crypto"])),
)


@given(platforms)
def test_a_platform_survives_its_own_notation(platform: Platform) -> None:
    assert Platform.parse(str(platform)) == platform


@given(platforms)
def test_an_id_can_stand_in_a_file_name(platform: Platform) -> None:
    assert not set(platform.id) & set("/\\, :*?\"'")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("windows", "want GOOS/GOARCH, got 'windows'"),
        ("", "want GOOS/GOARCH, got ''"),
        ("linux/", "want GOOS/GOARCH"),
        ("/amd64", "want GOOS/GOARCH"),
        ("linux/amd64/", "want GOOS/GOARCH"),
        ("linux/arm/7/x", "want GOOS/GOARCH"),
        ("Linux/amd64", "want GOOS/GOARCH"),
        ("linux/../amd64", "want GOOS/GOARCH"),
        ("linux/amd64/v5", "want a value of GOAMD64 after linux/amd64/, got 'v5'"),
        ("linux/s390x/z", "s390x has no variants"),
    ],
)
def test_what_is_no_platform_is_refused_with_the_wish_and_the_value(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=r"want ") as caught:
        Platform.parse(text)

    assert told in str(caught.value)


def test_a_variant_becomes_the_variable_of_its_architecture() -> None:
    assert Platform.parse("linux/arm/7").env() == {"GOOS": "linux", "GOARCH": "arm", "GOARM": "7"}
    assert Platform.parse("linux/amd64/v3").id == "linux_amd64_v3"
    assert Platform.parse("linux/amd64").env() == {"GOOS": "linux", "GOARCH": "amd64"}


def test_only_windows_wants_an_ending() -> None:
    assert [platform.exe for platform in _LISTED] == ["", "", "", ".exe"]


@pytest.mark.parametrize("variable", ["GOAMD64=v4", "GOARM=7,hardfloat", "GOARM64=v9.5,lse,crypto", "GO386=softfloat"])
def test_go_takes_the_variants_that_we_take(variable: str) -> None:
    name, _, value = variable.partition("=")
    arch = name.removeprefix("GO").lower()

    done = subprocess.run(
        ["go", "list", "-f", "ok", "runtime"],
        env={**_environment(), "GOOS": "linux", "GOARCH": arch, name: value},
        capture_output=True,
        text=True,
        check=False,
    )

    assert Platform.parse(f"linux/{arch}/{value}").env()[name] == value
    assert (done.stdout.strip(), done.stderr) == ("ok", "")


def _environment() -> dict[str, str]:
    import os  # noqa: PLC0415 - for this one test that starts a program

    return dict(os.environ)


def test_nothing_asked_for_is_all() -> None:
    assert select(_LISTED, []) == _LISTED


@pytest.mark.parametrize(
    ("only", "ids"),
    [
        (["linux_arm64"], ["linux_arm64"]),
        (["linux_*"], ["linux_amd64", "linux_arm64", "linux_arm_7"]),
        (["windows_amd64", "linux_amd64"], ["linux_amd64", "windows_amd64"]),
        (["linux/arm/7"], ["linux_arm_7"]),
        (["*", "linux_*"], ["linux_amd64", "linux_arm64", "linux_arm_7", "windows_amd64"]),
    ],
)
def test_ids_and_globs_choose_in_the_configured_order_and_each_once(only: list[str], ids: list[str]) -> None:
    assert [platform.id for platform in select(_LISTED, only)] == ids


def test_a_miss_suggests_the_nearest_even_if_others_fit() -> None:
    with pytest.raises(UsageError, match="--only 'linux_amd46' fits none") as caught:
        select(_LISTED, ["linux_arm64", "linux_amd46"])

    assert caught.value.hint == "perhaps you meant 'linux_amd64'"
