"""The joint objective of a mixture and of which rows have a label: its slope, and that it is climbed."""

from __future__ import annotations

import numpy as np
import pytest

from semigen.mixture.gaussian.gradient import from_vector, to_vector
from semigen.mixture.gaussian.parameters import Parameters
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.learning.entropy_mechanism import EntropyObjective, climb
from semigen.mixture.rows.arrays import ArrayRows
from tests.mixture.problems import random_parameters, random_prior

SIZES = {"one each": np.array([1, 1, 1]), "several": np.array([2, 1, 3])}


def problem(family: str, sizes: np.ndarray, *, gaps: bool = False, unlabeled_weight: float = 1.0, known=None):
    """Random rows, weights and labels, and a mixture that has nothing to do with them."""
    rng, d, n = np.random.default_rng(3), 3, 60
    first = np.concatenate(([0], np.cumsum(sizes)))
    X = rng.normal(size=(n, d))
    if gaps:
        X[rng.random(X.shape) < 0.2] = np.nan
    codes = np.where(rng.random(n) < 0.5, rng.integers(0, len(sizes), n), -1)
    rows = ArrayRows(X, codes, rng.uniform(0.2, 3, n), unlabeled_weight, incomplete=gaps)
    prior = random_prior(family, d, first, 2.0, rng)
    drawn = random_parameters(family, sizes, d, rng)
    start = from_vector(to_vector(drawn, prior), drawn, prior)
    return EntropyObjective(rows, Scaling.none(d), prior, 1, known), start


@pytest.mark.parametrize("gaps", [False, True], ids=["complete", "gaps"])
@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("known", [None, np.array([-0.3, 2.0])], ids=["estimated", "known"])
def test_the_slope_is_that_of_finite_differences(family, sizes, gaps, known):
    objective, start = problem(family, sizes, gaps=gaps, unlabeled_weight=0.6, known=known)
    at = objective(start, objective.at_random)
    slope, position, step = objective.slope(at), to_vector(start, objective.prior), 1e-5

    def value(vector: np.ndarray) -> float:
        return objective(from_vector(vector, start, objective.prior), at.xi).objective

    found = [(value(position + step * e) - value(position - step * e)) / (2 * step) for e in np.eye(len(position))]
    np.testing.assert_allclose(slope, found, atol=2e-7, rtol=1e-5)


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
def test_the_objective_rises_with_every_step_to_where_its_slope_is_flat(family, sizes):
    objective, start = problem(family, sizes)
    found = climb(objective, start, tol=1e-13, max_iter=2000)
    assert found.converged
    assert (np.diff(found.history) > 0).all()
    assert len(found.history) > 3
    assert np.abs(objective.slope(found.at)).max() < 1e-4


def test_a_climb_ends_with_the_evaluations_that_it_may_take():
    objective, start = problem("full", SIZES["several"])
    found = climb(objective, start, tol=0, max_iter=3)
    assert not found.converged
    assert found.n_evaluations == 4
    assert isinstance(found.at.parameters, Parameters)


def test_rows_that_count_nothing_are_absent():
    objective, start = problem("full", SIZES["several"])
    rows = objective._rows
    more = ArrayRows(
        np.concatenate([rows.X, 100 + rows.X]), np.tile(rows.codes, 2), np.append(rows.weights, 0 * rows.weights), 1.0
    )
    padded = EntropyObjective(more, Scaling.none(3), objective.prior, 1)
    one, other = (each(start, each.at_random) for each in (objective, padded))
    assert one.objective == pytest.approx(other.objective, rel=1e-13)
    np.testing.assert_allclose(one.signed.flat, other.signed.flat, rtol=1e-11, atol=1e-12)
