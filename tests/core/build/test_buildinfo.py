"""The build information in a binary."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks.core.build.buildinfo import Dependency, parse

_TEXT = """go\tgo1.26.8
path\texample.com/demo/cmd/demo
mod\texample.com/demo\tv1.2.3\t
dep\texample.com/b\tv1.0.0\th1:bbb=
dep\texample.com/a\tv1.0.0
=>\texample.com/fork\tv1.0.1\th1:aaa=
build\t-compiler=gc
build\t-ldflags="-s -w -X=main.v=a\\tb"
build\tvcs.revision=0123
build\tvcs.time=2024-05-06T07:08:09Z
"""


def test_every_line_finds_its_place() -> None:
    info = parse(_TEXT)

    assert (info.go, info.package) == ("go1.26.8", "example.com/demo/cmd/demo")
    assert info.module == Dependency("example.com/demo", "v1.2.3", "")
    assert info.settings["vcs.revision"] == "0123"


def test_a_replacement_stands_for_what_it_replaces() -> None:
    assert parse(_TEXT).dependencies == (
        Dependency("example.com/b", "v1.0.0", "h1:bbb="),
        Dependency("example.com/fork", "v1.0.1", "h1:aaa="),
    )


def test_the_module_itself_can_be_replaced() -> None:
    assert parse("mod\ta\tv1\n=>\tb\tv2\th1:x\n").module == Dependency("b", "v2", "h1:x")


def test_a_quoted_value_is_read_as_go_wrote_it() -> None:
    assert parse(_TEXT).settings["-ldflags"] == "-s -w -X=main.v=a\tb"


@given(st.lists(st.sampled_from(["go", "path", "mod", "dep", "=>", "build", "\t", "\n", "x", '"', "="])).map("".join))
def test_no_text_stops_the_reader(text: str) -> None:
    assert parse(text) == parse(text + "\n")
