"""Diagonal normals."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from semigen.deep.layers.distributions import DiagonalNormal, standard_normal_log_prob
from tests.deep.problems import generator


def test_divergence_is_the_mean_log_ratio():
    normal = DiagonalNormal(torch.tensor([[0.7, -1.0]]).double(), torch.tensor([[0.5, -2.0]]).double())
    draws = normal.sample(torch.randn((400_000, 2), generator=generator()).double())
    ratio = normal.log_prob(draws) - standard_normal_log_prob(draws)
    assert float(ratio.mean()) == pytest.approx(float(normal.divergence()), abs=0.02)


def test_extreme_outputs_of_an_encoder_stay_finite():
    normal = DiagonalNormal.from_parameters(torch.tensor([[0.0, 1.0, -1e6, 1e6]]))
    for value in (normal.divergence(), normal.log_prob(torch.zeros(1, 2)), normal.sample(torch.ones(1, 2))):
        assert np.isfinite(value.numpy()).all()
