"""The weights of components: what maximises the objective where labels do not say how frequent classes are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import log_softmax

from semigen.mixture.gaussian.class_weights import drawn_by_class, log_weights
from semigen.mixture.gaussian.prior import MixturePrior

FIRST = np.array([0, 1, 3])


def prior(drawn: np.ndarray | None) -> MixturePrior:
    return MixturePrior("diag", 0.0, np.ones(1), np.ones(1), FIRST, None, drawn)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000))
def test_weights_maximise_the_expected_objective(seed):
    """sum_m N_m log pi_m - sum_k d_k log pi_k, climbed by a general optimiser."""
    rng = np.random.default_rng(seed)
    mass = rng.uniform(1, 20, 3)
    drawn = rng.uniform(0, 0.9) * np.add.reduceat(mass, FIRST[:-1])

    def falls_short(free: np.ndarray) -> float:
        logs = log_softmax(free)
        return float(drawn @ np.logaddexp.reduceat(logs, FIRST[:-1]) - mass @ logs)

    best = minimize(falls_short, np.zeros(3), tol=1e-12)
    np.testing.assert_allclose(np.exp(log_weights(mass, prior(drawn))), np.exp(log_softmax(best.x)), rtol=1e-4)


def test_shares_within_a_class_are_those_of_all_rows():
    weights = np.exp(log_weights(np.array([10.0, 6.0, 2.0]), prior(np.array([9.0, 5.0]))))
    np.testing.assert_allclose(weights, [1 / 4, 3 / 4 * 3 / 4, 3 / 4 / 4])


def test_one_row_of_each_class_counts_as_an_unlabelled_row_does():
    assert drawn_by_class(np.array([0.0, 0.2, 1.0, 5.0]), 0.25).tolist() == [0.0, 0.0, 0.75, 4.75]


@pytest.mark.parametrize("drawn", [None, np.zeros(2)])
def test_where_no_row_is_set_aside_weights_are_shares_of_mass(drawn):
    mass = np.array([2.0, 3.0, 5.0])
    np.testing.assert_allclose(np.exp(log_weights(mass, prior(drawn))), mass / 10, rtol=1e-15)
