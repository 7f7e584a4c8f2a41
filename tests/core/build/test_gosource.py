"""What -X can set, against what Go's own linker sets."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tsdbtasks.core.build.gosource import Kind, names

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeRepository

_SOURCE = """package main

import "example.com/demo/other"

const constant, number = "constant", 7

const (
	first = iota
	second
)

var plain string
var a, b string
var initialised = "x"
var typed string = "x"
var raw = `x`
var parenthesised = ("x")
var sum = "x" + "y"
var named = constant
var namedSum string = constant + ("y" + constant)
var c, d = "x", "y"
var (
	grouped      string
	groupedValue = "x" // a comment
)
var nicht, größe = "x", "y"
var converted = string("x")

type text = string

var aliased text

var called = call()
var pair, other1 = two()
var joined = "x" + call()
var copied = plain
var sliced = "xyz"[0:1]
var typedCall string = call()

//go:noinline
func call() string { return "x" }
//go:noinline
func two() (string, string) { return "x", "y" }

func main() {
	var local = other.Name
	_ = local
	PRINTS
}
"""

#: Each of these is refused by the linker, with a message.
_OTHERS = """package main

import "time"

type kind string

var count int
var flag = true
var yes = "a" == "b"
var list = []string{"x"}
var function = func() string { return "x" }
var kindly kind
var pointer *string
var counted = amount
var when time.Duration

const amount = 7

func main() {
	println(count, flag, yes, len(list), function(), kindly, pointer, counted, when)
}
"""


def _shown(source: str) -> list[str]:
    return [name for name, kind in names([source.encode()]).items() if kind in {Kind.SETTABLE, Kind.COMPUTED}]


def _go(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "GOFLAGS": "", "CGO_ENABLED": "0"}
    return subprocess.run(["go", *arguments], cwd=folder, env=environ, capture_output=True, text=True, check=False)


def test_what_is_called_settable_is_what_the_linker_sets(make_repository: MakeRepository) -> None:
    shown = _shown(_SOURCE.replace("PRINTS", ""))
    source = _SOURCE.replace("PRINTS", "\n\t".join(f'println("{name}", {name})' for name in shown))
    repository = make_repository({"main.go": source, "other/other.go": 'package other\n\nvar Name = "x"\n'}, git=False)
    flags = " ".join(f"-X=main.{name}=SET" for name in shown)

    built = _go(repository.path, "build", "-o", "out", f"-ldflags={flags}", ".")

    assert (built.returncode, built.stderr) == (0, "")
    said = subprocess.run([repository.path / "out"], capture_output=True, text=True, check=True).stderr.splitlines()
    taken = {line.split()[0] for line in said if line.endswith(" SET")}
    # Each value that copies a variable that was set shows the set value too.
    assert taken - {"copied"} == {name for name in shown if names([source.encode()])[name] is Kind.SETTABLE}
    assert len(taken) > 15


def test_what_is_called_another_type_is_what_the_linker_refuses(make_repository: MakeRepository) -> None:
    repository = make_repository({"main.go": _OTHERS}, git=False)
    known = names([_OTHERS.encode()])
    others = sorted(name for name, kind in known.items() if kind is not Kind.CONSTANT)

    built = _go(repository.path, "build", "-o", "out", "-ldflags=" + " ".join(f"-X=main.{name}=SET" for name in others), ".")

    refused = {line.split(":")[0].removeprefix("main.") for line in built.stderr.splitlines() if "cannot set with -X" in line}
    assert refused == set(others)
    assert [name for name in others if known[name] is Kind.SETTABLE] == []


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("const version = `x`", Kind.CONSTANT),
        ("const (\n\tversion = iota\n)", Kind.CONSTANT),
        ("var version = f()", Kind.COMPUTED),
        ("var version string = f()", Kind.COMPUTED),
        ("var version = 5", Kind.OTHER),
        ("var version []string", Kind.OTHER),
        ("var version string", Kind.SETTABLE),
    ],
)
def test_each_kind_has_its_name(source: str, kind: Kind) -> None:
    assert names([f"package main\n\n{source}\n".encode()]) == {"version": kind}


def test_local_variables_functions_and_types_are_no_names_of_the_package() -> None:
    source = b"package main\n\ntype version string\n\nfunc commit() {\n\tvar date string\n\t_ = date\n}\n"

    assert names([source]) == {}


def test_a_constant_of_another_file_counts() -> None:
    assert names([b'package main\n\nconst c = "x"\n', b"package main\n\nvar v = c\n"])["v"] is Kind.SETTABLE


@pytest.mark.parametrize("source", [b"", b"\xff\xfe", b"package", b"var (", b"var x = ", b"package main\nvar \xff string"])
def test_a_broken_source_is_left_to_the_compiler(source: bytes) -> None:
    assert isinstance(names([source]), dict)
