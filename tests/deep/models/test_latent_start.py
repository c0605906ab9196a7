"""Starting points of flows: covariances and means held apart."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from semigen.deep.models.latent_start import covariance_of, held_apart


def test_a_start_s_covariance_is_never_singular():
    column = np.random.default_rng(0).normal(size=(5000, 1))
    for deviations in (np.hstack([column, column]), np.hstack([column, 0 * column]), column[:3] * [1, 2, 3]):
        assert np.linalg.eigvalsh(covariance_of(deviations, len(deviations) - 1)).min() > 0.99e-3
    assert np.array_equal(covariance_of(np.zeros((9, 2)), 8), np.eye(2))
    assert np.array_equal(covariance_of(np.ones((1, 2)), 0), np.eye(2))


@settings(deadline=None, max_examples=60)
@given(
    n_classes=st.integers(2, 30),
    n_columns=st.integers(1, 40),
    spread=st.sampled_from([0.0, 0.1, 1.0, 50.0]),
    seed=st.integers(0, 99),
)
def test_means_are_held_apart_and_stay_where_they_are_if_they_can(n_classes, n_columns, spread, seed):
    rng = np.random.default_rng(seed)
    means = spread * rng.normal(size=(n_classes, n_columns))
    moved = held_apart(means, 3.0, rng)
    assert pdist(moved).min() > 3 - 1e-9
    assert np.array_equal(moved[0], means[0])
    if pdist(means).min() >= 3.0:
        assert np.array_equal(moved, means)
