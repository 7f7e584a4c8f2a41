"""The order of the samples: rounds with one sample of each benchmark, each round in an order of its own.

A slow minute of the machine then meets every benchmark alike, no benchmark always follows the same other one, and
whatever ends a run early leaves all of them with nearly the same number of samples.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

B = TypeVar("B")

#: What a run's file says of this order.
NAME = "random in rounds of one sample each"


@dataclass(frozen=True)
class Slot(Generic[B]):
    """The turn of one benchmark: its sample number *sample*, counted from 1."""

    benchmark: B
    sample: int


def interleaved(benchmarks: Iterable[B], count: int, seed: int) -> list[Slot[B]]:
    """Return *count* samples of each benchmark in the order that *seed* gives.

    The order depends on the seed and on the names alone, and so is the same with every version of Python.
    """
    every = list(benchmarks)
    return [Slot(one, sample) for sample in range(1, count + 1) for one in _shuffled(every, f"{seed}\0{sample}")]


def _shuffled(benchmarks: Iterable[B], salt: str) -> list[B]:
    def place(one: B) -> bytes:
        return hashlib.sha256(f"{salt}\0{one}".encode("utf-8", "surrogatepass")).digest()

    return sorted(benchmarks, key=place)
