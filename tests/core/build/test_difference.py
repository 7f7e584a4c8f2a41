"""The first cause of a difference is named, from the inputs down to the bytes."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from tsdbtasks.core.build import difference
from tsdbtasks.core.build.buildinfo import BuildInfo, Dependency
from tsdbtasks.core.build.manifest import Archive, Binary, Inputs

INPUTS = Inputs(
    name="demo",
    module="example.com/demo",
    version="v1.2.3",
    tag="v1.2.3",
    commit="c" * 40,
    time=1,
    dirty=(),
    tree="c" * 40,
    go="go1.26.8",
    modules="m",
    settings="s",
)
BINARY = Binary("demo", "demo_linux_amd64/demo", 3, "a" * 64, ("build", "-trimpath", "."), {"GOOS": "linux"})
INFO = BuildInfo("go1.26.8", "example.com/demo", Dependency("example.com/demo", "v1.2.3", ""), (), {"-trimpath": "true"})
ARCHIVE = Archive("demo.tar.gz", 3, "a" * 64, "b" * 64, "zlib 1.2.13, level 6", "r", ("demo/demo",))


def test_equal_inputs_give_no_cause() -> None:
    assert difference.inputs(INPUTS, dataclasses.replace(INPUTS)) == ""


@pytest.mark.parametrize(
    ("field", "value", "cause"),
    [
        ("go", "go1.26.9", "Go version: go1.26.8 and go1.26.9"),
        ("tag", "", "tag in the clone: v1.2.3 and none"),
        ("time", 2, "commit time: 1 and 2"),
        ("settings", "t", "settings of build or package: s and t"),
        ("modules", "n", "module files (go.mod, go.sum): m and n"),
    ],
)
def test_an_input_that_differs_is_the_cause(field: str, value: object, cause: str) -> None:
    changed: dict[str, Any] = {field: value}
    other = dataclasses.replace(INPUTS, **changed)

    assert difference.inputs(INPUTS, other) == cause


def test_a_flag_or_a_variable_that_differs_is_the_cause() -> None:
    other_flag = dataclasses.replace(BINARY, argv=("build", "-race", "."))
    more_flags = dataclasses.replace(BINARY, argv=("build", "-trimpath", ".", "x"))
    other_variable = dataclasses.replace(BINARY, env={"GOOS": "linux", "GOAMD64": "v3"})

    assert difference.commands(BINARY, other_flag) == "flag: -trimpath and -race"
    assert difference.commands(BINARY, more_flags).startswith("flags: ")
    assert difference.commands(BINARY, other_variable) == "GOAMD64: none and v3"
    assert difference.commands(BINARY, BINARY) == ""


def test_build_information_names_go_tag_module_and_setting() -> None:
    dependency = Dependency("example.com/x", "v1.0.0", "h1:x")

    assert difference.build_info(INFO, dataclasses.replace(INFO, go="go1.27")) == "Go version: go1.26.8 and go1.27"
    module = dataclasses.replace(INFO, module=Dependency("example.com/demo", "v0.0.0-2024", ""))
    assert difference.build_info(INFO, module) == "module version: v1.2.3 and v0.0.0-2024"
    linked = dataclasses.replace(INFO, dependencies=(dependency,))
    assert difference.build_info(INFO, linked) == "linked modules: example.com/x v1.0.0"
    flags = dataclasses.replace(INFO, settings={})
    assert difference.build_info(INFO, flags) == "-trimpath: true and none"
    assert difference.build_info(INFO, INFO) == ""


def test_an_embedded_path_is_recognised_known_or_not() -> None:
    known = difference.contents(b"..../home/me/src/x..", b"..../home/you/src/x.", ["/home/me/src"])
    unknown = difference.contents(b"\0\0/home/me/src/main.go\0", b"\0\0/home/it/src/main.go\0", [])

    assert known == "an embedded path: /home/me/src"
    assert unknown == "an embedded path: /home/me/src/main.go and /home/it/src/main.go"


def test_an_embedded_time_is_recognised() -> None:
    cause = difference.contents(b"\0built 2024-01-02T03:04:05Z\0", b"\0built 2024-01-02T03:04:06Z\0", [])

    assert cause == "an embedded time: 2024-01-02T03:04:05 and 2024-01-02T03:04:06"


def test_other_bytes_are_named_by_their_place() -> None:
    assert difference.contents(b"abcdef", b"abcxef", []) == "the bytes from 0x3 on, of 6 and 6"
    assert difference.contents(b"abc", b"abcdef", []) == "the bytes from 0x3 on, of 3 and 6"


def test_archives_of_equal_content_differ_in_their_compressor_only() -> None:
    other = dataclasses.replace(ARCHIVE, sha256="c" * 64, compressor="zlib 1.3.1, level 6")

    compared = difference.archive(ARCHIVE, other)

    assert compared.outcome == difference.CONTENT
    assert compared.cause == "compressor only: zlib 1.2.13, level 6 and zlib 1.3.1, level 6"


def test_archives_of_other_content_say_whether_files_are_missing() -> None:
    content = dataclasses.replace(ARCHIVE, sha256="c" * 64, content="d" * 64)
    files = dataclasses.replace(content, files=("demo/demo", "demo/README.md"))

    assert difference.archive(ARCHIVE, ARCHIVE).outcome == difference.EQUAL
    assert difference.archive(ARCHIVE, content).cause == "the content of a file in it"
    assert difference.archive(ARCHIVE, files).cause == "another set of files: demo/README.md"
