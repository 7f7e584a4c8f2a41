"""Corrections for many tests, against their definitions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsdbtasks.core.bench.multiplicity import benjamini_hochberg, holm

_ps = st.lists(st.floats(0, 1), max_size=12)
_level = st.sampled_from([0.01, 0.05, 0.2])


def _step_down(values: list[float], level: float) -> set[int]:
    """Return what Holm's procedure rejects: from the smallest on, up to the first that is too large."""
    rejected: set[int] = set()
    for place, index in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        if values[index] * (len(values) - place) > level:
            break
        rejected.add(index)
    return rejected


def _step_up(values: list[float], level: float) -> set[int]:
    """Return what Benjamini and Hochberg's procedure rejects: the k smallest, k as large as it can be."""
    order = sorted(range(len(values)), key=values.__getitem__)
    count = max((k for k in range(1, len(values) + 1) if values[order[k - 1]] * len(values) / k <= level), default=0)
    return set(order[:count])


@given(_ps, _level)
def test_holm_rejects_what_its_procedure_rejects(values: list[float], level: float) -> None:
    assert {index for index, one in enumerate(holm(values)) if one <= level} == _step_down(values, level)


@given(_ps, _level)
def test_benjamini_hochberg_rejects_what_its_procedure_rejects(values: list[float], level: float) -> None:
    assert {index for index, one in enumerate(benjamini_hochberg(values)) if one <= level} == _step_up(values, level)


@given(_ps)
def test_no_correction_makes_a_p_smaller_and_holm_is_the_stricter(values: list[float]) -> None:
    for p, report, gate in zip(values, benjamini_hochberg(values), holm(values), strict=True):
        assert p * (1 - 1e-12) <= report <= gate * (1 + 1e-12)
        assert gate <= 1


def test_a_known_example_is_adjusted_as_in_print() -> None:
    values = [0.01, 0.04, 0.03, 0.005]

    assert holm(values) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert benjamini_hochberg(values) == pytest.approx([0.02, 0.04, 0.04, 0.02])
