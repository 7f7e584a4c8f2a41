"""Logarithm, exponential and binomial coefficients, to the last bit of what Go computed on amd64."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest

from tsdbtasks.core.bench import gomath

#: The bits of x, of its logarithm, of y, and of its exponential.
_GO = [
    ("42cec471115a4526", "403fd871eec436a3", "c02a6faf720e5901", "3ebe7d6cf3ad1ea9"),
    ("3ab8f99249be557a", "c04ce3b8ed60d734", "c02ec4392fa288e3", "3e8bfc9073e0dc99"),
    ("3d0ca91794c33d1c", "c03ffeb76357e38b", "40422a9994377178", "43355d67028f54ff"),
    ("3eccd2181bd373ee", "c029299f1960a4c6", "c014f0ed90150dfb", "3f75d0027b7b7c65"),
    ("4163b9b172544b5e", "403026d5eceec5ee", "3fc909f3ee9b6fe0", "3ff374fb796cd003"),
    ("41ec7f4096210963", "403610952022ff52", "404461b7697981d7", "439c0905076ed0d4"),
    ("3effe9f8578838f0", "c024ccbfc31e2ab4", "404165f23ac3ac9a", "431263434ef9987e"),
    ("42fa23d1d38d9ae5", "4040e1873cb416f0", "c03c56a00ed183a8", "3d61580ca518e73d"),
    ("3fe6f25562a5721f", "bfd548c09e9358be", "c046dd23cb370cfe", "3bd052fdd7031dac"),
    ("3f022d3deb600333", "c0248a1025a796cf", "c01aa5801504940e", "3f54f4cfcea8fbdc"),
    ("3c7fd5b8d8e581a0", "c043106b1fd504eb", "40435e84be8b9243", "436d9ab3cdad94bf"),
    ("40442a5c7be0cf49", "400d93b32dab98c0", "c035d94f763036be", "3df64be77daa9bea"),
]
#: n, k, and the bits of the binomial coefficient.
_CHOOSE = [
    (23, 13, "41317501ffffffeb"),
    (44, 39, "41309237ffffffcb"),
    (46, 36, "41ee5f057a9fff55"),
    (21, 4, "40b761000000000b"),
    (47, 15, "4265dffa54b49fba"),
    (38, 35, "40c079ffffffffb1"),
    (36, 33, "40bbe3ffffffff9e"),
    (29, 5, "40fcfe300000003b"),
    (41, 20, "424f54aad781ffe5"),
    (23, 17, "40f8a53000000009"),
]


@pytest.mark.parametrize(("x", "log", "y", "exp"), _GO)
def test_logarithm_and_exponential_are_those_of_go(x: str, log: str, y: str, exp: str) -> None:
    assert gomath.log(np.array([_float(x)]))[0] == _float(log)
    assert gomath.exp(_float(y)) == _float(exp)


@pytest.mark.parametrize(("n", "k", "bits"), _CHOOSE)
def test_binomial_coefficients_are_those_of_go(n: int, k: int, bits: str) -> None:
    assert gomath.choose(n, k) == _float(bits)


def test_the_ends_are_right() -> None:
    assert [gomath.exp(x) for x in (0.0, 800.0, -800.0, -math.inf)] == [1.0, math.inf, 0.0, 0.0]
    assert [gomath.choose(5, k) for k in (-1, 0, 2, 5, 6)] == [0, 1, 10, 1, 0]
    assert math.isnan(gomath.exp(math.nan))


def _float(bits: str) -> float:
    value: float = struct.unpack(">d", bytes.fromhex(bits.zfill(16)))[0]
    return value
