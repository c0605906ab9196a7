"""How good predicted probabilities are."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

LEAST_PROBABILITY = 1e-12


def log_loss(probability: np.ndarray, truth: np.ndarray) -> float:
    """Mean of -log p(true class), p at least 1e-12: a row counts at most 27.6."""
    true = probability[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(true, LEAST_PROBABILITY)).mean())


def expected_calibration_error(probability: np.ndarray, truth: np.ndarray, bins: int = 15) -> float:
    """Mean distance between the top probability and how often it is right, in bins of equal width."""
    top = probability.max(axis=1)
    right = probability.argmax(axis=1) == truth
    bin_of_row = np.minimum((top * bins).astype(int), bins - 1)
    gaps = np.bincount(bin_of_row, weights=top - right, minlength=bins)
    return float(np.abs(gaps).sum() / len(truth))


class Scores(NamedTuple):
    """Of one fit, on test rows; error and calibration error in per cent."""

    error: float
    log_loss: float
    calibration_error: float


def scores(model: Any, X: np.ndarray, truth: np.ndarray) -> Scores:
    """Scores of a model fitted to classes 0, 1, ...."""
    probability = model.predict_proba(X)
    error = np.mean(model.predict(X) != truth)
    return Scores(
        100 * float(error), log_loss(probability, truth), 100 * expected_calibration_error(probability, truth)
    )
