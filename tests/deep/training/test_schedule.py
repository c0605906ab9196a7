"""The learning rate over a training."""

from __future__ import annotations

import pytest

from semigen.deep.training.schedule import rate_factor


def test_the_cosine_schedule_falls_from_one_to_zero():
    assert rate_factor("cosine", 0) == 1
    assert rate_factor("cosine", 0.5) == pytest.approx(0.5)
    assert rate_factor("cosine", 1) == pytest.approx(0)
    assert rate_factor("constant", 0.7) == 1
