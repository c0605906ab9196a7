"""Weights of stacking: the maximum of their objective, the prior without evidence, the best with much of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import softmax

from semigen.compose.stacking import stacking_weights, weigh


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


def test_who_ignores_a_class_without_a_label_held_out_is_not_rewarded_for_it():
    rng = np.random.default_rng(0)
    codes = np.arange(40) % 2
    among = np.where(np.eye(2)[codes], 0.8, 0.2)
    honest = np.column_stack([0.6 * among, np.full(40, 0.4)])  # leaves room for the third class
    ignores = np.column_stack([among, np.zeros(40)])
    stack = weigh(np.array([honest, ignores]), codes, np.ones(40), np.array([1.0, 1.0]))
    np.testing.assert_allclose(stack.weight, 0.5)
    np.testing.assert_allclose(stack.evidence.log_loss, stack.evidence.log_loss[0])
    new = rng.dirichlet([1, 1, 1], size=(2, 5))
    answer = stack.average(new)
    np.testing.assert_allclose(answer.sum(axis=1), 1)
    np.testing.assert_allclose(answer[:, 2], new[0, :, 2])


def test_a_class_of_which_nothing_was_held_out_is_as_probable_as_the_first_classifier_says():
    first, other = np.array([[0.1, 0.3, 0.6]]), np.array([[0.9, 0.1, 0.0]])
    stack = weigh(
        np.tile([[[0.1, 0.9, 0.0]], [[0.9, 0.1, 0.0]]], (1, 30, 1)), np.zeros(30, int), np.ones(30), np.ones(2)
    )
    # A single class was held out: nobody can tell it wrongly, and equal weights stay.
    np.testing.assert_allclose(stack.average(np.array([first, other]))[0], first[0])
