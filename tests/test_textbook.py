"""The textbook's EM and ours go the same way, on real data with few labels."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine

from bench import textbook
from semigen import SemiSupervisedGMM
from semigen._runtime.blas import single_threaded_blas


def start_at_labels(X, y, n_classes) -> textbook.Gaussians:
    """Means of the labelled rows, and the variances of all rows."""
    means = np.stack([X[y == k].mean(axis=0) for k in range(n_classes)])
    covariance = np.diag(np.maximum(X.var(axis=0), 1e-3))
    return textbook.Gaussians(np.full(n_classes, 1 / n_classes), means, np.stack([covariance] * n_classes))


@lru_cache
def problem_and_answer(load, iterations: int):
    """Rows, labels of which ten a class are kept, the start, and where the textbook ends."""
    X, truth = load(return_X_y=True)
    n_classes = truth.max() + 1
    rng = np.random.default_rng(0)
    y = np.full(len(X), -1)
    for k in range(n_classes):
        y[rng.choice(np.flatnonzero(truth == k), 10, replace=False)] = k
    start = start_at_labels(X, y, n_classes)
    with single_threaded_blas():
        return X, y, start, textbook.fit(X, y, start, iterations)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer, load_digits])
@pytest.mark.parametrize("iterations", [1, 20])
def test_parameters_agree_with_the_textbook_to_eight_digits(instruction_set, load, iterations):
    X, y, start, expected = problem_and_answer(load, iterations)
    ours = SemiSupervisedGMM(shrinkage=0, init=start._asdict(), max_iter=iterations, tol=0, accelerate=None).fit(X, y)
    spread = np.sqrt(np.maximum(X.var(axis=0), 1e-3))
    np.testing.assert_allclose(ours.weights_, expected.weights, rtol=1e-8)
    np.testing.assert_allclose(ours.means_ / spread, expected.means / spread, rtol=1e-8, atol=1e-8)
    scale = spread[:, None] * spread
    np.testing.assert_allclose(ours.covariances_ / scale, expected.covariances / scale, rtol=1e-8, atol=1e-8)
