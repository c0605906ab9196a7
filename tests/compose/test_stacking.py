"""Weights of stacking: the maximum of their objective, the prior without evidence, the best with much of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import softmax

from semigen.compose.stacking import stacking_weights


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**31), st.sampled_from([0.5, 5.0, 50.0]))
def test_weights_maximise_the_likelihood_of_held_out_labels_beside_the_prior(seed, strength):
    rng = np.random.default_rng(seed)
    likelihood, counts, prior = rng.random((3, 12)), rng.integers(0, 4, 12), rng.dirichlet([2, 2, 2])

    def loss(logits):
        weights = softmax(logits)
        return -(counts @ np.log(weights @ likelihood)) - strength * prior @ np.log(weights)

    found = stacking_weights(likelihood, counts, prior, strength)
    assert found.sum() == pytest.approx(1)
    assert loss(np.log(found)) <= minimize(loss, np.zeros(3)).fun + 1e-6


def test_without_labels_the_prior_is_kept_and_many_labels_choose_the_best():
    prior = np.array([0.7, 0.3])
    np.testing.assert_allclose(stacking_weights(np.empty((2, 0)), np.empty(0), prior, 5.0), prior)
    assert stacking_weights(np.tile([[0.2], [0.9]], 1000), np.ones(1000), prior, 5.0)[1] > 0.99
    assert np.isfinite(stacking_weights(np.zeros((2, 3)), np.ones(3), prior, 5.0)).all()
