"""Objectives of flows."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from semigen.deep.objectives.flow import disagreement, log_joint
from tests.deep.problems import generator


def test_the_joint_density_is_that_of_gaussians_in_the_latent_space():
    z, means = (np.random.default_rng(seed).normal(0, 3, (n, 4)) for seed, n in ((0, 6), (1, 3)))
    log_volume, prior = np.arange(6.0), np.array([0.2, 0.3, 0.5])
    found = log_joint(*(torch.from_numpy(each) for each in (z, log_volume, means, np.log(prior))))
    for k in range(3):
        expected = multivariate_normal(means[k], np.eye(4)).logpdf(z) + np.log(prior[k]) + log_volume
        np.testing.assert_allclose(found[:, k], expected, rtol=1e-12)


@pytest.mark.parametrize("weight", [1.0, 0.3, 2.5])
def test_answers_are_responsibilities_of_an_em_step_mixed_with_the_model_s_own(weight):
    joint = 3 * torch.randn((5, 4), generator=generator(1), dtype=torch.float64)
    answer = torch.softmax(torch.randn((5, 4), generator=generator(2), dtype=torch.float64), dim=1)
    joint.requires_grad_()
    loss = -torch.logsumexp(joint, dim=1) + weight * disagreement(joint, answer)
    slopes = torch.autograd.grad(loss.sum(), joint)[0]
    own = torch.softmax(joint.detach(), dim=1)
    torch.testing.assert_close(-slopes, weight * answer + (1 - weight) * own, rtol=1e-12, atol=1e-12)
    if weight == 1:
        torch.testing.assert_close(loss, -(answer * joint).sum(dim=1), rtol=1e-12, atol=1e-12)
