"""The benchmarks in the test files of one Go package, each with a hash of what it is made of.

An edited benchmark is a new series and not an improvement, so the hash covers its function and everything in test
files that it reaches: functions, types with their methods, variables and constants, and an ``init`` or ``TestMain`` that
has to do with one of its variables. What it reaches in other files is what is measured, and does not count.
Names are followed without regard to scope, so that rather too much counts than too little. Comments and form do not.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tree_sitter import Node

_NAMES = frozenset({"identifier", "field_identifier", "type_identifier", "package_identifier"})
#: Go takes a function for a benchmark if no lower-case letter follows.
_BENCHMARK = re.compile(r"Benchmark(?![a-z])\w*")
#: Functions that run without being called.
_IMPLICIT = frozenset({"init", "TestMain"})
_DIGITS = 12


@dataclass
class _Declaration:
    """Something at package level: its tokens, and the names in it."""

    tokens: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


@dataclass
class _Package:
    """The declarations of test files by name; *methods* are those of a type, *implicit* runs without being called."""

    declared: dict[str, list[_Declaration]] = field(default_factory=lambda: defaultdict(list))
    methods: dict[str, list[_Declaration]] = field(default_factory=lambda: defaultdict(list))
    implicit: list[_Declaration] = field(default_factory=list)
    variables: set[str] = field(default_factory=set)
    benchmarks: list[str] = field(default_factory=list)


def hashes(files: Iterable[bytes]) -> Mapping[str, str]:
    """Return a hash by benchmark, named without ``Benchmark``, in the order of *files*: the package's ``_test.go`` files."""
    package = _Package()
    for root in _trees(files):
        for node in root.named_children:
            _declare(package, node)
    return {name.removeprefix("Benchmark"): _hash(package, name) for name in dict.fromkeys(package.benchmarks)}


def _trees(files: Iterable[bytes]) -> Iterator[Node]:
    import tree_sitter  # noqa: PLC0415 - a compiled parser, which only running benchmarks needs
    import tree_sitter_go  # noqa: PLC0415 - as above

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_go.language()))
    for source in files:
        yield parser.parse(source).root_node


def _declare(package: _Package, node: Node) -> None:
    if node.type in {"function_declaration", "method_declaration"}:
        _function(package, node)
    elif node.type in {"var_declaration", "const_declaration", "type_declaration"}:
        for spec in _specs(node):
            # One declaration for all names of a specification: "var a, b = f()" is one thing. Constants may count with
            # iota, so that their whole group is.
            made = _made(node if node.type == "const_declaration" else spec)
            for name in _own_names(spec):
                package.declared[name].append(made)
                if node.type == "var_declaration":
                    package.variables.add(name)


def _function(package: _Package, node: Node) -> None:
    name, made = _field(node, "name"), _made(node)
    receiver = node.child_by_field_name("receiver")
    if receiver is not None:
        package.declared[name].append(made)
        for owner in _identifiers(receiver, {"type_identifier"}):
            package.methods[owner].append(made)
    elif name in _IMPLICIT:
        package.implicit.append(made)
    else:
        package.declared[name].append(made)
        if _BENCHMARK.fullmatch(name) and _is_benchmark(node):
            package.benchmarks.append(name)


def _is_benchmark(node: Node) -> bool:
    parameters = node.child_by_field_name("parameters")
    return parameters is not None and len(parameters.named_children) == 1 and "B" in _identifiers(parameters, _NAMES)


def _specs(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        if child.type.endswith("_spec_list"):
            yield from _specs(child)
        elif child.type != "comment":
            yield child


def _own_names(spec: Node) -> list[str]:
    return [_text(node) for node in spec.children_by_field_name("name") if node.type in _NAMES]


def _made(node: Node) -> _Declaration:
    made = _Declaration()
    before = node.prev_sibling
    while before is not None and before.type == "comment" and _text(before).startswith("//go:"):
        made.tokens.append(_text(before))  # as //go:noinline, which changes what is measured
        before = before.prev_sibling
    for leaf in _leaves(node):
        made.tokens.append(_text(leaf))
        if leaf.type in _NAMES:
            made.names.add(_text(leaf))
    return made


def _leaves(node: Node) -> Iterator[Node]:
    """Yield the tokens below *node* in order, without comments and without what only forms lines."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if one.type == "comment" or (not one.named_child_count and not _text(one).strip()):
            continue
        # A literal is one token: what is inside of it may be blanks.
        if one.child_count and not one.type.endswith("string_literal"):
            waiting.extend(reversed(one.children))
        else:
            yield one


def _hash(package: _Package, benchmark: str) -> str:
    reached: dict[int, _Declaration] = {}
    names: set[str] = set()
    waiting = {benchmark}
    while waiting:
        names |= waiting
        new = [made for name in sorted(waiting) for made in (*package.declared.get(name, ()), *package.methods.get(name, ()))]
        variables = names & package.variables
        new += [made for made in package.implicit if made.names & variables]
        reached |= {id(made): made for made in new}
        waiting = {name for made in new for name in made.names} - names
    # In the order of their text, so that moving a function to another file changes nothing.
    texts = sorted("\0".join(made.tokens) for made in reached.values())
    return hashlib.sha256("\1".join(texts).encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]


def _identifiers(node: Node, kinds: Iterable[str]) -> set[str]:
    wanted = set(kinds)
    return {_text(leaf) for leaf in _leaves(node) if leaf.type in wanted}


def _field(node: Node, name: str) -> str:
    child = node.child_by_field_name(name)
    return _text(child) if child is not None else ""


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "surrogateescape")
