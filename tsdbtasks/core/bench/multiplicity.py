"""Corrections of p-values for looking at many benchmarks at once.

Adjusted values are returned in the order of the given ones; each is compared with the same level as a single p would be.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def holm(values: Sequence[float]) -> list[float]:
    """Return p-values adjusted so that the chance of even one false rejection is at most the level (Holm 1979).

    It holds for any dependence between the tests.
    """
    count = len(values)
    order = sorted(range(count), key=values.__getitem__)
    scaled = (values[index] * (count - place) for place, index in enumerate(order))
    return _restored(order, [min(1.0, value) for value in accumulate(scaled, max)])


def benjamini_hochberg(values: Sequence[float]) -> list[float]:
    """Return p-values adjusted so that the expected share of false rejections among all is at most the level.

    Benjamini and Hochberg 1995; it holds for tests that are independent or positively dependent.
    """
    count = len(values)
    order = sorted(range(count), key=values.__getitem__, reverse=True)
    scaled = (values[index] * count / (count - place) for place, index in enumerate(order))
    return _restored(order, [min(1.0, value) for value in accumulate(scaled, min)])


def _restored(order: Sequence[int], adjusted: Sequence[float]) -> list[float]:
    """Return *adjusted*, which stands in *order*, in the order of the tests."""
    back = [1.0] * len(order)
    for index, value in zip(order, adjusted, strict=True):
        back[index] = value
    return back
