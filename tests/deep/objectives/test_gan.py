"""Losses of critic and generator, against their definitions."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import log_softmax

from semigen.deep.objectives.gan import critic_loss, feature_matching, pull_away, variety
from tests.deep.problems import normal, small_pair


@settings(deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(2, 30), st.floats(0.1, 30), st.integers(0, 2**31))
def test_k_logits_give_the_loss_and_gradient_of_a_softmax_over_k_plus_one(n_real, n_generated, n_classes, scale, seed):
    logits = (scale * normal(n_real + n_generated, n_classes, seed=seed)).requires_grad_()
    z = logits.logsumexp(dim=1)
    ours = critic_loss(z[:n_real], z[n_real:])
    one_more = log_softmax(torch.cat([logits, torch.zeros(len(logits), 1, dtype=torch.float64)], dim=1), dim=1)
    # Of a real row, that it is of any of the first K classes; of a generated one, that it is of the last.
    of_real = -one_more[:n_real, :-1].logsumexp(dim=1).mean()
    of_generated = -one_more[n_real:, -1].mean()
    theirs = 0.5 * (of_real + of_generated)
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)
    gradients = [torch.autograd.grad(loss, logits, retain_graph=True)[0] for loss in (ours, theirs)]
    torch.testing.assert_close(*gradients, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("z", [-1e4, 1e4])
def test_the_critic_s_loss_stays_finite_for_logits_of_any_size(z):
    far = torch.tensor([z], requires_grad=True)
    loss = critic_loss(far, far)
    (slope,) = torch.autograd.grad(loss, far)
    assert loss.isfinite()
    assert slope.isfinite().all()


def test_feature_matching_is_the_squared_distance_of_means():
    real, generated = normal(5, 3), normal(4, 3, seed=1)
    expected = sum((real[:, i].sum() / 5 - generated[:, i].sum() / 4) ** 2 for i in range(3))
    torch.testing.assert_close(feature_matching(real, generated), expected)
    weights = torch.tensor([2.0, 1.0, 1.0, 1.0, 0.0], dtype=torch.float64)
    repeated = real[[0, 0, 1, 2, 3]]
    torch.testing.assert_close(feature_matching(real, generated, weights), feature_matching(repeated, generated))


def test_the_pull_away_term_is_the_mean_squared_cosine_of_pairs():
    features = normal(5, 3)
    cosines = [
        float(torch.dot(one, other) / one.norm() / other.norm()) ** 2
        for one, other in itertools.permutations(features, 2)
    ]
    assert float(pull_away(features)) == pytest.approx(np.mean(cosines))
    assert float(pull_away(features[:1].repeat(4, 1))) == pytest.approx(1)
    assert float(pull_away(features[:1])) == pytest.approx(0)


def test_variety_is_one_for_the_data_and_nothing_for_one_row_again_and_again():
    real = normal(50, 3)
    assert float(variety(real, real)) == pytest.approx(1)
    assert float(variety(real[:1].repeat(9, 1), real)) == pytest.approx(0)
    assert float(variety(real, real[:1].repeat(9, 1))) == 1


def test_a_generator_that_loses_its_variety_is_noticed_and_a_young_one_left_alone():
    pair = small_pair()

    def after(*varieties: float, real: float = 0.8, generated: float = 0.3) -> str | None:
        n = len(varieties)
        return pair.trouble({"variety": varieties, "real_believed": [real] * n, "generated_believed": [generated] * n})

    assert after(0.5, 0.6) is None
    assert after(0.01, 0.02) is None
    assert "collapsed" in str(after(0.01, 0.6, 0.02))
    assert "collapsed" in str(after(*[1e-5] * 11))
    assert after(0.5, real=1.0, generated=0.0) is None
    assert "every generated row" in str(after(*[0.5] * 11, real=1.0, generated=0.0001))
