"""The box of uniform noise: sides of the region in which rows lie, which a few rows far out do not stretch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.gaussian.noise import START, UniformNoise
from semigen.mixture.learning.placement import sample_of_rows
from semigen.mixture.learning.problem import Problem

Vector = NDArray[np.float64]

# A side ends at the last row that is at most so many times as far from the median as the quantile that so much of the
# weight lies beyond; of few rows, that of one and a half of them.
_BEYOND, _ROWS_BEYOND, _TIMES = 0.01, 1.5, 3.0
# Any seed: it only decides along which direction rows are compared, and which 5000 of more rows are looked at.
_SEED = 0


def uniform_noise(problem: Problem) -> UniformNoise:
    """Return noise as EM starts with it, of which nothing depends on the order of the rows."""
    sample = sample_of_rows(problem, np.random.RandomState(_SEED))
    # A constant column tells noise from no class: components have the least variance there.
    least = np.sqrt(2 * np.pi * problem.options.reg_covar)
    # What is missing lies at the centre, which is zero, and says nothing of a side.
    Z = np.where(sample.Z == 0, np.nan, sample.Z) if problem.rows.incomplete else sample.Z
    sides = np.array([_side(column[~np.isnan(column)], sample.weights[~np.isnan(column)]) for column in Z.T])
    return UniformNoise(START, np.log(np.maximum(sides, max(least, np.finfo(np.float64).tiny))))


def _side(column: Vector, weights: Vector) -> float:
    """Return the length of a side of the box, from the values of a column; zero if there are none."""
    if not len(column):
        return 0.0
    order = np.argsort(column, kind="stable")
    values, cumulative = column[order], np.cumsum(weights[order])
    beyond = max(_BEYOND, min(_ROWS_BEYOND / len(values), 0.25)) * cumulative[-1]

    def quantile(weight: float) -> float:
        return float(values[min(int(np.searchsorted(cumulative, weight)), len(values) - 1)])

    low, median, high = (quantile(each) for each in (beyond, cumulative[-1] / 2, cumulative[-1] - beyond))
    if not high > low:  # constant but for a few rows, which then are the size of it
        return float(values[-1] - values[0])
    within = (values <= median + _TIMES * (high - median)) & (values >= median - _TIMES * (median - low))
    return float(values[within].max() - values[within].min())
