"""Stacks of M1 and M2."""

from __future__ import annotations

import torch

from semigen.deep.likelihoods import Gaussian
from semigen.deep.models.stacked_vae import FrozenStack
from tests.deep.problems import generator, normal, small_m2


def test_in_a_stack_the_virtual_adversary_moves_the_mean_of_z1():
    upper = small_m2(likelihood=Gaussian(2)).train(False)
    mean, log_variance = normal(4, 2), normal(4, 2, seed=1)
    of_stack = FrozenStack(upper).adversarial_penalties(torch.cat([mean, log_variance], dim=1), generator(3))
    assert torch.equal(of_stack, upper.adversarial_penalties(mean, generator(3)))
