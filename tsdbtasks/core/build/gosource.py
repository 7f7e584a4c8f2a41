"""What the linker's -X can set in a Go package, read from its source.

Go ignores a -X for a variable that does not exist or cannot be set, without a word; this finds out first.
The rule is the linker's (go doc cmd/link, -X): a string variable of the package that is declared
uninitialised or with a constant string expression.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

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
    constants = {name: value for spec in specs if spec.type == "const_spec" for name, value in _paired(spec)}
    text = {
        "string",
        *(_field(spec, "name") for spec in specs if spec.type == "type_alias" and _field(spec, "type") == "string"),
    }
    found = dict.fromkeys(constants, Kind.CONSTANT)
    for spec in specs:
        if spec.type == "var_spec":
            found |= _kinds(spec, constants, text)
    return found


def _specs(root: Node) -> Iterator[Node]:
    for declaration in root.named_children:
        if declaration.type in {"var_declaration", "const_declaration", "type_declaration"}:
            yield from _inside(declaration)


def _inside(declaration: Node) -> Iterator[Node]:
    for child in declaration.named_children:
        if child.type in {"var_spec", "const_spec", "type_alias"}:
            yield child
        elif child.type == "var_spec_list":
            yield from _inside(child)


def _names(spec: Node) -> list[str]:
    return [_text(node) for node in spec.children_by_field_name("name") if node.type == "identifier"]


def _values(spec: Node) -> list[Node]:
    listed = spec.child_by_field_name("value")
    return listed.named_children if listed is not None else []


def _paired(spec: Node) -> Iterator[tuple[str, Node | None]]:
    """Yield the names of a constant's specification with their values; without one it is as the line before, or iota's."""
    found, values = _names(spec), _values(spec)
    yield from zip(found, values if len(values) == len(found) else [None] * len(found), strict=True)


def _kinds(spec: Node, constants: Mapping[str, Node | None], text: Collection[str]) -> Mapping[str, Kind]:
    declared, values, found = _field(spec, "type"), _values(spec), _names(spec)
    if declared and declared not in text:
        return dict.fromkeys(found, Kind.OTHER)
    if not values:
        return dict.fromkeys(found, Kind.SETTABLE)
    if len(values) != len(found):  # one call that gives several values
        return dict.fromkeys(found, Kind.COMPUTED)
    return {name: _value(value, constants, typed=bool(declared)) for name, value in zip(found, values, strict=True)}


def _value(value: Node, constants: Mapping[str, Node | None], *, typed: bool) -> Kind:
    if _is_text(value, constants):
        return Kind.SETTABLE
    return Kind.OTHER if _is_other(value, constants) and not typed else Kind.COMPUTED


def _is_text(value: Node | None, constants: Mapping[str, Node | None]) -> bool:
    """Say whether an expression is a constant string; a constant of another package counts as none."""
    if value is None:
        return False
    if value.type in {"interpreted_string_literal", "raw_string_literal"}:
        return True
    if value.type == "identifier":
        rest = {name: one for name, one in constants.items() if name != _text(value)}  # what refers to itself ends
        return _is_text(constants.get(_text(value)), rest)
    if value.type == "call_expression" and _field(value, "function") == "string":
        arguments = value.child_by_field_name("arguments")
        return arguments is not None and all(_is_text(one, constants) for one in arguments.named_children)
    if value.type == "parenthesized_expression" or (value.type == "binary_expression" and _field(value, "operator") == "+"):
        return all(_is_text(child, constants) for child in value.named_children)
    return False


def _is_other(value: Node, constants: Mapping[str, Node | None]) -> bool:
    """Say whether an expression that is no constant string is surely of another type than string."""
    if value.type == "identifier":
        return _text(value) in constants
    if value.type == "binary_expression":
        return _field(value, "operator") != "+"
    return value.type.endswith("_literal") or value.type in {"true", "false", "nil"}


def _field(node: Node, name: str) -> str:
    child = node.child_by_field_name(name)
    return _text(child) if child is not None else ""


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
