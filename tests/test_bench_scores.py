"""What the benchmarks call log-loss and calibration error; and that each of them starts."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

from bench.accuracy.scores import expected_calibration_error, log_loss


def test_log_loss_is_the_mean_of_minus_log_and_bounded():
    probability = np.array([[0.5, 0.5], [1.0, 0.0]])
    assert log_loss(probability, np.array([0, 0])) == pytest.approx(np.log(2) / 2)
    assert log_loss(probability, np.array([0, 1])) == pytest.approx((np.log(2) - np.log(1e-12)) / 2)


def test_calibration_error_is_the_gap_between_confidence_and_accuracy_bin_by_bin():
    rng = np.random.default_rng(0)
    top = rng.uniform(0.5, 1, 40_000)
    probability = np.column_stack([top, 1 - top])
    truth = (rng.random(40_000) > top).astype(int)
    assert expected_calibration_error(probability, truth) < 0.02
    sure = np.tile([0.9, 0.1], (100, 1))
    assert expected_calibration_error(sure, np.zeros(100, dtype=int)) == pytest.approx(0.1)
    assert expected_calibration_error(sure, np.ones(100, dtype=int)) == pytest.approx(0.9)


ACCURACY = Path(__file__).parents[1] / "bench" / "accuracy"


@pytest.mark.parametrize("name", sorted(path.stem for path in ACCURACY.glob("[a-z]*.py")))
def test_every_accuracy_benchmark_can_be_imported(name):
    if name in ("adult", "mnist", "ssl_book", "tables"):
        pytest.importorskip("torch")
    assert importlib.import_module(f"bench.accuracy.{name}").__doc__
