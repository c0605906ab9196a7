"""Options of the training of semi-supervised models."""

from __future__ import annotations

import pytest
import torch

from semigen.deep.models.semi_supervised import Learning
from tests.deep.problems import generator, small_batch, small_m2


def test_a_warming_classifier_follows_the_unlabelled_rows_by_degrees():
    learning = Learning(warm_up=0.3)
    assert [learning.trust(done) for done in (0.0, 0.1)] == pytest.approx([0, 0])
    assert learning.trust(0.2) == pytest.approx(0.5)
    assert learning.trust(0.9) == 1
    assert float(learning.trust(torch.tensor(0.2))) == pytest.approx(0.5)
    model = small_m2()
    model.learning = Learning(warm_up=0.3)
    batch = small_batch(0, 4)

    def slopes(done: float) -> float:
        loss = model.terms(batch._replace(done=done), generator())["loss"]
        return sum(float(part.abs().sum()) for part in torch.autograd.grad(loss, list(model.classifier.parameters())))

    assert slopes(0.05) == 0
    assert slopes(0.2) == pytest.approx(slopes(1.0) / 2)
