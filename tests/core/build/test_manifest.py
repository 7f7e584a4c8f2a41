"""The manifest: round trip, sums, and what merging refuses."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks.core.build import manifest
from tsdbtasks.core.build.manifest import Archive, Binary, Inputs, Manifest, Target
from tsdbtasks.errors import SeveralError, UsageError

_INPUTS = Inputs(
    name="demo", module="example.com/demo", version="v1.2.3", tag="v1.2.3", commit="c" * 40, time=1, dirty=(),
    tree="c" * 40, go="go1.26.8", modules="m", settings="s",
)  # fmt: skip
_CONFIGURED = ("linux_amd64", "windows_amd64")

_words = st.text(st.characters(exclude_categories=()), max_size=8)
_names = st.from_regex(r"[a-z]{1,5}(/[a-z .ö'-]{1,5})?", fullmatch=True).filter(
    lambda name: "." not in name and name.strip() == name
)
_binaries = st.builds(
    Binary, name=_words, path=_names, size=st.integers(0), sha256=_words, argv=st.lists(_words).map(tuple),
    env=st.dictionaries(_words, _words, max_size=2),
)  # fmt: skip
_archives = st.builds(
    Archive, path=_names, size=st.integers(0), sha256=_words, content=_words, compressor=_words, recipe=_words,
    files=st.lists(_words, max_size=2).map(tuple), sbom=_names, sbom_sha256=_words,
)  # fmt: skip
_inputs = st.builds(
    Inputs, name=_words, module=_words, version=st.just("v1.2.3"), tag=st.just(""), commit=_words, time=st.integers(),
    dirty=st.lists(_words, max_size=2).map(tuple), tree=_words, go=_words, modules=_words, settings=_words,
)  # fmt: skip


def _target(platform: str, *, archive: bool = False) -> Target:
    binary = Binary("demo", f"demo_{platform}/demo", 3, "b" * 64, ("build",), {"GOOS": "x"})
    packed = Archive(f"demo_{platform}.tar.gz", 5, "a" * 64, "c", "zlib", "r", ("x",), f"demo_{platform}.cdx.json", "d" * 64)
    return Target(platform, (binary,), (packed,) if archive else ())


def _manifest(*platforms: str, **inputs: Any) -> Manifest:  # noqa: ANN401 - any field
    return Manifest(dataclasses.replace(_INPUTS, **inputs), _CONFIGURED, {one: _target(one, archive=True) for one in platforms})


@given(
    _inputs,
    st.lists(st.sampled_from(_CONFIGURED), unique=True),
    st.lists(_binaries, max_size=2),
    st.lists(_archives, max_size=2),
)
def test_a_manifest_is_read_as_it_was_written(
    inputs: Inputs, platforms: list[str], binaries: list[Binary], archives: list[Archive]
) -> None:
    written = Manifest(inputs, _CONFIGURED, {one: Target(one, tuple(binaries), tuple(archives)) for one in platforms})

    text = written.document()

    assert manifest.read(text, "here") == written
    assert text.isascii()  # so that it can be written and shown everywhere, whatever names it holds


def test_the_order_of_building_does_not_show() -> None:
    assert _manifest("linux_amd64", "windows_amd64").document() == _manifest("windows_amd64", "linux_amd64").document()


def test_every_input_is_part_of_the_identity() -> None:
    values: dict[str, Any] = {field.name: "x" for field in dataclasses.fields(Inputs)} | {"time": 2, "dirty": ("x",)}
    changed = [dataclasses.replace(_INPUTS, **{name: value}) for name, value in values.items()]

    assert len({one.identity for one in [_INPUTS, *changed]}) == len(changed) + 1


def test_a_tree_that_nothing_identifies_is_never_the_same() -> None:
    assert dataclasses.replace(_INPUTS, tree="").identity == ""


def test_the_sums_list_what_is_published_sorted_and_in_gnu_s_form() -> None:
    assert manifest.sums(_manifest("windows_amd64", "linux_amd64")) == (
        f"{'d' * 64}  demo_linux_amd64.cdx.json\n{'a' * 64}  demo_linux_amd64.tar.gz\n"
        f"{'d' * 64}  demo_windows_amd64.cdx.json\n{'a' * 64}  demo_windows_amd64.tar.gz\n"
    )


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", '{"schema": 1}', '{"schema": 1, "inputs": {}, "configured": [], "targets": {}}', "\ud800", '"x"'],
)
def test_what_is_no_manifest_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(UsageError, match=r"^dist/manifest\.json: want a manifest") as caught:
        manifest.read(text, "dist/manifest.json")

    assert caught.value.hint


def test_a_manifest_of_another_schema_is_refused_with_both_numbers() -> None:
    body = json.loads(_manifest().document()) | {"schema": 99}

    with pytest.raises(UsageError, match="want a manifest of schema 1, got 99"):
        manifest.read(json.dumps(body), "here")


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/passwd", "C:\\x", "a\\..\\x", "", "a/./b", "a//b"])
@pytest.mark.parametrize("where", ["binaries", "archives"])
def test_a_path_that_leaves_the_output_folder_is_refused(path: str, where: str) -> None:
    body = json.loads(_manifest("linux_amd64").document())
    body["targets"]["linux_amd64"][where][0]["path"] = path

    with pytest.raises(UsageError, match="want a path below the output folder") as caught:
        manifest.read(json.dumps(body), "here")

    assert repr(path) in caught.value.message


@pytest.mark.parametrize("platform", ["../x", "a/b", "", "Linux amd64"])
def test_a_target_that_is_no_platform_is_refused(platform: str) -> None:
    body = json.loads(_manifest("linux_amd64").document())
    body["targets"][platform] = body["targets"].pop("linux_amd64")

    with pytest.raises(UsageError, match="want the id of a platform"):
        manifest.read(json.dumps(body), "here")


def test_a_version_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match=r"want a version, got 'v1/\.\./\.\./x'"):
        manifest.read(_manifest(version="v1/../../x").document(), "here")


def test_parts_of_one_build_become_one_manifest() -> None:
    joined = manifest.merged([("a", _manifest("windows_amd64")), ("b", _manifest("linux_amd64"))])

    assert joined.document() == _manifest("linux_amd64", "windows_amd64").document()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("commit", "d" * 40, f"b has another commit than a: {'d' * 12}… and {'c' * 12}…"),
        ("version", "v2.0.0", "b has another version than a: v2.0.0 and v1.2.3"),
        ("settings", "t", "b has another configuration than a: t and s"),
        ("go", "go1.1", "b has another toolchain than a: go1.1 and go1.26.8"),
        ("dirty", ("x",), "b has another uncommitted changes than a"),
    ],
)
def test_parts_that_differ_are_refused_with_what_differs(field: str, value: object, told: str) -> None:
    with pytest.raises(SeveralError) as caught:
        manifest.merged([("a", _manifest("windows_amd64")), ("b", _manifest("linux_amd64", **{field: value}))])

    assert told in str(caught.value)
    assert caught.value.exit_code == 2


def test_doubled_and_missing_targets_are_refused_together() -> None:
    with pytest.raises(SeveralError) as caught:
        manifest.merged([("a", _manifest("linux_amd64")), ("b", _manifest("linux_amd64"))])

    assert [error.message for error in caught.value.errors] == [
        "the target linux_amd64 is in a and in b",
        "the target windows_amd64 is in no part",
    ]


def test_nothing_cannot_be_merged() -> None:
    with pytest.raises(UsageError, match="nothing to merge"):
        manifest.merged([])
