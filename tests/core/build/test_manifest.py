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
_sizes = st.integers(0, 1 << 40)
_sums = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)


def _binaries(platform: str) -> st.SearchStrategy[Binary]:
    end = ".exe" if platform.startswith("windows_") else ""
    return st.sampled_from(["demo", "größe", "a b"]).flatmap(
        lambda name: st.builds(
            Binary, name=st.just(name), path=st.sampled_from([f"{name}_{platform}/{name}{end}", f"{name}{end}"]), size=_sizes,
            sha256=_sums, argv=st.lists(_words).map(tuple), env=st.dictionaries(_words, _words, max_size=2),
        )
    )  # fmt: skip


def _archives(platform: str) -> st.SearchStrategy[Archive]:
    end = ".zip" if platform.startswith("windows_") else ".tar.gz"
    return st.builds(
        Archive, path=st.just(f"demo_1_{platform}{end}"), size=_sizes, sha256=_sums, content=_words, compressor=_words,
        recipe=_words, files=st.lists(_words, max_size=2).map(tuple), sbom=st.sampled_from(["", f"demo_1_{platform}.cdx.json"]),
        sbom_sha256=_sums,
    )  # fmt: skip


def _targets(platform: str) -> st.SearchStrategy[Target]:
    binaries = st.lists(_binaries(platform), min_size=1, max_size=2, unique_by=lambda one: one.name)
    return st.builds(Target, st.just(platform), binaries.map(tuple), st.lists(_archives(platform), max_size=2).map(tuple))


_inputs = st.builds(
    Inputs, name=_words, module=_words, version=st.just("v1.2.3"), tag=st.just(""), commit=_words,
    time=st.integers(-(1 << 40), 1 << 40),
    dirty=st.lists(_words, max_size=2).map(tuple), tree=_words, go=_words, modules=_words, settings=_words,
)  # fmt: skip


def _target(platform: str, *, archive: bool = False) -> Target:
    binary = Binary("demo", f"demo_{platform}/demo", 3, "b" * 64, ("build",), {"GOOS": "x"})
    packed = Archive(f"demo_{platform}.tar.gz", 5, "a" * 64, "c", "zlib", "r", ("x",), f"demo_{platform}.cdx.json", "d" * 64)
    return Target(platform, (binary,), (packed,) if archive else ())


def _manifest(*platforms: str, **inputs: Any) -> Manifest:  # noqa: ANN401 - any field
    return Manifest(dataclasses.replace(_INPUTS, **inputs), _CONFIGURED, {one: _target(one, archive=True) for one in platforms})


@given(_inputs, st.lists(st.sampled_from(_CONFIGURED).flatmap(_targets), unique_by=lambda one: one.platform))
def test_a_manifest_is_read_as_it_was_written(inputs: Inputs, targets: list[Target]) -> None:
    written = Manifest(inputs, _CONFIGURED, {one.platform: one for one in targets})

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


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/passwd", "C:\\x", "a\\..\\x", "", "a/./b", "a//b", "a\nb"])
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


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        ("binaries", [], "targets.linux_amd64: want at least one binary, got none"),
        ("binaries", "x", "targets.linux_amd64.binaries: want a list, got 'x'"),
        ("binaries.0", 1, "targets.linux_amd64.binaries[0]: want an object, got 1"),
        ("binaries.0.path", ".gitignore", "want the path 'demo_linux_amd64/demo', got '.gitignore'"),
        ("binaries.0.path", "demo_linux_amd64/demo.exe", "want the path 'demo_linux_amd64/demo', got"),
        ("binaries.0.path", 3, "targets.linux_amd64.binaries[0].path: want a text, got 3"),
        ("binaries.0.size", 10**30, "targets.linux_amd64.binaries[0].size: want a size in bytes, got a number that is too big"),
        ("binaries.0.size", "3", "targets.linux_amd64.binaries[0].size: want a size in bytes, got '3'"),
        ("binaries.0.size", True, "size: want a size in bytes, got True"),
        ("binaries.0.argv", "build", "argv: want a list of texts, got 'build'"),
        ("binaries.0.argv", [1], "argv: want a list of texts, got [1]"),
        ("binaries.0.env", ["x"], "env: want texts by name, got ['x']"),
        ("binaries.0.sha256", "b" * 64 + "\n", "sha256: want a SHA-256, got"),
        ("binaries.0.other", "x", "targets.linux_amd64.binaries[0]: want the fields name, path, "),
        ("archives.0.path", ".lock", "want a name that ends in _linux_amd64.tar.gz, got '.lock'"),
        ("archives.0.path", "SHA256SUMS", "want a name that ends in _linux_amd64.tar.gz, got 'SHA256SUMS'"),
        ("archives.0.sbom", "SHA256SUMS", "want the SBOM demo_linux_amd64.cdx.json, got 'SHA256SUMS'"),
    ],
)
def test_what_no_build_writes_is_refused_with_its_place(place: str, value: object, told: str) -> None:
    body = json.loads(_manifest("linux_amd64").document())
    *way, last = place.split(".")
    inner = body["targets"]["linux_amd64"]
    for step in way:
        inner = inner[int(step) if step.isdigit() else step]
    inner[int(last) if last.isdigit() else last] = value

    with pytest.raises(UsageError) as caught:
        manifest.read(json.dumps(body), "here")

    assert caught.value.message.startswith("here: want a manifest, but it cannot be read: ")
    assert told in caught.value.message


def test_a_program_is_listed_once() -> None:
    body = json.loads(_manifest("linux_amd64").document())
    body["targets"]["linux_amd64"]["binaries"] *= 2

    with pytest.raises(UsageError, match="want each program once, got demo, demo"):
        manifest.read(json.dumps(body), "here")


def test_a_yes_is_no_number_of_a_schema() -> None:
    body = json.loads(_manifest().document()) | {"schema": True}

    with pytest.raises(UsageError, match="want a manifest of schema 1, got True"):
        manifest.read(json.dumps(body), "here")


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(UsageError, match="nested too deeply"):
        manifest.read("[" * 100_000, "here")


def test_a_part_is_a_dist_folder_and_no_bin_folder() -> None:
    found = _manifest("linux_amd64")
    flat = dataclasses.replace(found.targets["linux_amd64"].binaries[0], path="demo")

    manifest.check_part(found, "part")
    with pytest.raises(UsageError, match="part: want the path 'demo_linux_amd64/demo' in the manifest, got 'demo'"):
        manifest.check_part(found.with_targets([Target("linux_amd64", (flat,))]), "part")


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
