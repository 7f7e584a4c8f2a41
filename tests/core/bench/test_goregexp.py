"""Regular expressions in Go's syntax."""

from __future__ import annotations

import pytest

from tsdbtasks.core.bench import goregexp


@pytest.mark.parametrize(
    ("expression", "yes", "no"),
    [
        (r"^[[:alpha:]_]+$", "ab_", "a1"), (r"a\z", "ba", "ab"), (r"\Qa.b\E+", "a.bb", "axb"), (r"[]a]", "]", "b"),
        (r"[^]a]", "b", "]"),
        (r"[a[]", "[", "]"), (r"\x{e9}", "é", "e"), (r"(?P<n>x)(?i:Y)", "xy", "y"), (r"\d", "1", "٣"), (r"a]", "a]", "a"),
        (r"[[:^a]]", ":]", "x"),
        (r"(?<n>x)", "x", "y"), (r"[\s]", " ", "\v"), ("(?U)a+", "a", "b"), (r"a|b$", "b", "bc"),
    ],
)  # fmt: skip
def test_what_go_matches_is_matched(expression: str, yes: str, no: str) -> None:
    pattern = goregexp.compiled(expression)

    assert pattern.search(yes)
    assert not pattern.search(no)


@pytest.mark.parametrize(
    "expression", [r"(?=a)", r"(a)\1", r"\p{Greek}", "(", "[[:foo:]]", "a**", "\\", r"(?<!a)", r"\x{110000}"]
)
def test_what_go_refuses_is_refused(expression: str) -> None:
    with pytest.raises(goregexp.RegexpError, match="error parsing regexp"):
        goregexp.compiled(expression)


@pytest.mark.parametrize(("text", "end"), [("a/b", 1), ("[/](/)\\/c/", 9), ("a", -1), ("]/", 1), ("a\\", -1)])
def test_the_closing_slash_is_found(text: str, end: int) -> None:
    assert goregexp.end(text, 0) == end
