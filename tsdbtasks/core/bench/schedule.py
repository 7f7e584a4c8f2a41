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

    def place(benchmark: B, sample: int) -> bytes:
        return hashlib.sha256(f"{seed}\0{sample}\0{benchmark}".encode("utf-8", "surrogatepass")).digest()

    return [
        Slot(benchmark, sample)
        for sample in range(1, count + 1)
        for benchmark in sorted(every, key=lambda one, at=sample: place(one, at))
    ]
