"""Plain decimal numbers, read many at a time: the same as one by one."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tsdbtasks.core.bench import decimals

_TEXTS = st.lists(
    st.one_of(
        st.integers(0, 10**17).map(str),
        st.decimals(0, 10**12, places=5, allow_nan=False).map(str),
        st.text("0123456789.", min_size=1, max_size=18),
        st.text("0123456789.-+e_/:x\x80", min_size=1, max_size=18),
    ),
    min_size=1,
    max_size=30,
)


@settings(deadline=None)
@given(_TEXTS)
def test_what_is_read_is_right_and_plain_numbers_are_read(texts: list[str]) -> None:
    found, good = decimals.read(np, *_places(texts))

    for text, value, fine in zip(texts, found.tolist(), good.tolist(), strict=True):
        plain = re.fullmatch(r"\d+\.?\d*|\.\d+", text, re.ASCII)
        assert not fine or (plain and float(text) == value)
        assert fine or not plain or len(text) > 15


@settings(deadline=None)
@given(_TEXTS)
def test_whole_are_digits_only(texts: list[str]) -> None:
    good = decimals.are_whole(np, *_places(texts)).tolist()

    assert good == [text.isascii() and text.isdigit() and len(text) <= decimals.LONGEST for text in texts]


def _places(texts: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    pieces = [text.encode("latin-1") for text in texts]
    ends = np.cumsum([len(piece) + 1 for piece in pieces]) + decimals.LONGEST - 1
    buffer = np.frombuffer(b"9" * decimals.LONGEST + b"".join(piece + b"7" for piece in pieces) + b"9" * 8, dtype=np.uint8)
    return decimals.words(np, buffer), ends - [len(piece) for piece in pieces], ends
