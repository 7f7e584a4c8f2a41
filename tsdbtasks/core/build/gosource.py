"""What the linker's -X can set in a Go package, read from its source.

Go ignores a -X for a variable that does not exist or cannot be set, without a word; this finds out first.
The rule is the linker's (go doc cmd/link, -X): a string variable of the package that is declared
uninitialised or with a constant string expression.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tree_sitter import Node


class Kind(Enum):
    """What a name at package level is to -X."""

    SETTABLE = "a string variable"
    CONSTANT = "a constant"
    COMPUTED = "a variable whose value is computed when the program starts"
    OTHER = "a variable of another type than string"


def names(sources: Iterable[bytes]) -> dict[str, Kind]:
    """Return the constants and variables at package level of the files *sources* of one package."""
    import tree_sitter  # noqa: PLC0415 - a compiled parser, which only builds need
    import tree_sitter_go  # noqa: PLC0415 - as above

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_go.language()))
    specs = [spec for source in sources for spec in _specs(parser.parse(source).root_node)]
    constants = {name for spec in specs if spec.type == "const_spec" for name in _names(spec)}
    found = dict.fromkeys(constants, Kind.CONSTANT)
    for spec in specs:
        if spec.type == "var_spec":
            found |= _kinds(spec, constants)
    return found


def _specs(root: Node) -> Iterator[Node]:
    for declaration in root.named_children:
        if declaration.type in {"var_declaration", "const_declaration"}:
            yield from _inside(declaration)


def _inside(declaration: Node) -> Iterator[Node]:
    for child in declaration.named_children:
        if child.type in {"var_spec", "const_spec"}:
            yield child
        elif child.type == "var_spec_list":
            yield from _inside(child)


def _names(spec: Node) -> list[str]:
    return [_text(node) for node in spec.children_by_field_name("name") if node.type == "identifier"]


def _kinds(spec: Node, constants: set[str]) -> Mapping[str, Kind]:
    declared = spec.child_by_field_name("type")
    listed = spec.child_by_field_name("value")
    values = listed.named_children if listed is not None else []
    found = _names(spec)
    if declared is not None and _text(declared) != "string":
        return dict.fromkeys(found, Kind.OTHER)
    if not values:
        return dict.fromkeys(found, Kind.SETTABLE)
    if len(values) != len(found):  # one call that gives several values
        return dict.fromkeys(found, Kind.COMPUTED)
    return {name: _value(value, constants, typed=declared is not None) for name, value in zip(found, values, strict=True)}


def _value(value: Node, constants: set[str], *, typed: bool) -> Kind:
    if _is_text(value, constants):
        return Kind.SETTABLE
    literal = value.type.endswith("_literal") or value.type in {"true", "false", "nil"}
    return Kind.OTHER if literal and not typed else Kind.COMPUTED


def _is_text(value: Node, constants: set[str]) -> bool:
    """Say whether an expression is a constant string; a named constant is taken to be one."""
    if value.type in {"interpreted_string_literal", "raw_string_literal"}:
        return True
    if value.type == "identifier":
        return _text(value) in constants
    if value.type in {"binary_expression", "parenthesized_expression"}:
        return all(_is_text(child, constants) for child in value.named_children)
    return False


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
