"""Small numbers for things that come again."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tsdbtasks.core.bench import decimals
from tsdbtasks.core.bench.interning import LONGEST_NAME, Codes, Names, Things


@settings(deadline=None)
@given(
    st.lists(st.lists(st.text("ab\x00é", max_size=20), min_size=1, max_size=10), max_size=5),
    st.lists(st.text("ab", max_size=3), max_size=3),
)
def test_equal_names_have_equal_codes_however_they_come(batches: list[list[str]], before: list[str]) -> None:
    names = Names(np)
    codes = {text: names.code(text) for text in before}

    for batch in batches:
        found, known = names.codes(*_places(batch))

        for text, code, there in zip(batch, found.tolist(), known.tolist(), strict=True):
            assert not there or names.texts[code] == text
            assert there or not text
    assert all(names.texts[code] == text for text, code in codes.items())
    assert len(set(names.texts)) == len(names.texts)


def test_a_name_that_is_too_long_has_none() -> None:
    _, known = Names(np).codes(*_places(["a" * LONGEST_NAME, "a" * (LONGEST_NAME + 1)]))

    assert known.tolist() == [True, False]


def test_integer_keys_are_numbered_in_the_order_of_their_first_coming() -> None:
    codes = Codes(np)

    first = codes.codes(np.array([7, 3, 7]))
    second = codes.codes(np.array([3, 1]))

    assert (first[0].tolist(), first[1], second[0].tolist(), second[1]) == ([0, 1, 0], [7, 3], [1, 2], [1])


def test_things_are_numbered() -> None:
    things: Things[str] = Things()

    assert ([things.code(one) for one in "aba"], things.things) == ([0, 1, 0], ["a", "b"])


def _places(texts: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    pieces = [text.encode() for text in texts]
    ends = np.cumsum([len(piece) + 1 for piece in pieces]) - 1
    buffer = np.frombuffer(b"".join(piece + b"z" for piece in pieces) + b"y" * (LONGEST_NAME + 16), dtype=np.uint8)
    return decimals.words(np, buffer), ends - [len(piece) for piece in pieces], ends
