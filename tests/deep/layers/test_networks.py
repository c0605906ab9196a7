"""Layers of the networks: starts, noise, batch normalisation."""

from __future__ import annotations

import pytest
import torch

from semigen.deep.layers.networks import Disturbance, Standardised, WeightNormalised
from semigen.deep.models.critic import Critic
from tests.deep.problems import generator, normal


@pytest.mark.parametrize("shape", [(7, 5), (6, 2, 3, 3)])
def test_a_weight_normalised_layer_starts_with_outputs_of_mean_zero_and_variance_one(shape):
    layer = WeightNormalised(shape, generator(), learns_gain=False, stride=2)
    x = 5 + 3 * normal(200, 5 if len(shape) == 2 else 2, *[6, 6][: len(shape) - 2]).float()
    outputs = layer.start_from(x)
    over = [0, *range(2, outputs.ndim)]
    torch.testing.assert_close(outputs.mean(dim=over), torch.zeros(shape[0]), atol=1e-5, rtol=0)
    torch.testing.assert_close(outputs.std(dim=over, correction=0), torch.ones(shape[0]), atol=1e-4, rtol=0)
    torch.testing.assert_close(layer.weight.flatten(1).norm(dim=1), layer.gain)
    assert "gain" not in dict(layer.named_parameters())


def test_a_unit_that_never_moves_starts_finite():
    layer = WeightNormalised((3, 4), generator(), learns_gain=True)
    assert layer.start_from(torch.ones(10, 4)).isfinite().all()
    assert all(parameter.isfinite().all() for parameter in layer.parameters())


def test_standardised_units_are_torch_s_batch_normalisation():
    ours, theirs = Standardised(3), torch.nn.BatchNorm1d(3)
    for seed in range(3):
        x = normal(8, 3, seed=seed).float()
        torch.testing.assert_close(ours(x), theirs(x))
    torch.testing.assert_close(ours.train(False)(x), theirs.train(False)(x))


def test_noise_that_repeats_is_the_same_in_every_pass_and_fresh_in_every_step():
    critic = Critic(5, [6, 4], 3, generator(1), "relu")
    x = torch.rand((4, 5), generator=generator(2))
    draw = generator(3)
    one, other = (Disturbance(0.3, 0.2, draw, 0.5, repeats=True) for _ in range(2))
    assert torch.equal(critic(x, one), critic(x, one))
    assert not torch.equal(critic(x, one), critic(x, other))
    plain = Disturbance(0.3, 0.2, draw, 0.5)
    assert not torch.equal(critic(x, plain), critic(x, plain))
