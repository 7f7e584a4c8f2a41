"""Names of benchmarks apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks.core.bench import names


@pytest.mark.parametrize(
    ("name", "base", "parts"),
    [
        ("X", "X", ["X"]),
        ("X-8", "X", ["X", "-8"]),
        ("X-8/a", "X-8", ["X-8", "/a"]),
        ("X/a=1/b-8", "X", ["X", "/a=1", "/b", "-8"]),
        ("X-", "X-", ["X-"]),
        ("-8", "", ["", "-8"]),
        ("X//", "X", ["X", "/", "/"]),
    ],
)
def test_a_name_is_split(name: str, base: str, parts: list[str]) -> None:
    assert (names.base(name), names.parts(name)) == (base, parts)


@given(st.text(st.sampled_from("X-/=8a\n")))
def test_the_parts_make_the_name(name: str) -> None:
    assert "".join(names.parts(name)) == name


def test_of_a_key_that_stands_twice_the_first_counts() -> None:
    assert names.keys("X/a=1/a=2/b=c=d/e-8") == {"a": "1", "b": "c=d"}
