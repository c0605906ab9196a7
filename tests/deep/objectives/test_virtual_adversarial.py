"""The virtual adversarial loss."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import log_softmax

from semigen.deep.objectives.virtual_adversarial import virtual_adversarial_loss
from tests.deep.problems import generator, normal


def test_the_virtual_adversary_of_a_linear_classifier_steps_along_its_weights():
    """Two classes, logits 0 and w x: the worst step of length r is r w / |w| or its opposite."""
    w = torch.tensor([3.0, -1.0, 2.0], dtype=torch.float64)

    def log_posterior(x: torch.Tensor) -> torch.Tensor:
        score = x @ w
        return log_softmax(torch.stack([torch.zeros_like(score), score], dim=1), dim=1)

    x = 0.3 * normal(20, 3)
    radius = 0.05
    loss = virtual_adversarial_loss(log_posterior, x, radius, generator(1))
    step = radius * 3**0.5 * w / w.norm()
    answer = log_posterior(x)
    both = [(answer.exp() * (answer - log_posterior(x + sign * step))).sum(dim=1) for sign in (1, -1)]
    assert (loss <= torch.maximum(*both) * (1 + 1e-9)).all()
    assert (loss >= torch.minimum(*both) * (1 - 1e-9)).all()


def test_the_virtual_adversary_finds_nothing_where_the_answer_does_not_depend_on_the_row():
    constant = torch.log(torch.tensor([[0.3, 0.7]], dtype=torch.float64))
    loss = virtual_adversarial_loss(lambda x: constant + 0 * x[:, :1], normal(4, 3), 1.0, generator())
    assert float(loss.abs().max()) == 0


@pytest.mark.parametrize("scale", [1.0, 30.0, 300.0])
def test_the_virtual_adversary_never_steps_further_than_its_radius(scale):
    """Where answers are all but certain, slopes in float32 are too small to be squared."""
    w = scale * normal(20, 3).float()
    x = torch.rand((50, 20), generator=generator(2))
    furthest = []

    def log_posterior(near: torch.Tensor) -> torch.Tensor:
        furthest.append(float((near.detach() - x).norm(dim=1).max()))
        return log_softmax(near @ w, dim=1)

    loss = virtual_adversarial_loss(log_posterior, x, 0.1, generator(3))
    assert loss.isfinite().all()
    assert max(furthest) <= 0.1 * 20**0.5 * 1.0001
