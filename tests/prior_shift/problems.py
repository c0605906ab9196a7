"""Rows of two clouds whose frequency in training and afterwards differs."""

from __future__ import annotations

import numpy as np

SHARE = 0.1


def rows(n: int, share: float, seed: int = 0, apart: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Rows and classes, of which class 1 has this share."""
    rng = np.random.default_rng(seed)
    truth = (rng.random(n) < share).astype(int)
    return rng.normal(size=(n, 2)) + apart * truth[:, None], truth


def labeled_by_class(seed: int = 0, n: int = 1000, labels: int = 40, apart: float = 2.0):
    """Rows, classes, and as many labels of each class."""
    X, truth = rows(n, SHARE, seed, apart)
    y = np.full(n, -1)
    for k in (0, 1):
        y[np.flatnonzero(truth == k)[:labels]] = k
    return X, truth, y


def posterior(X: np.ndarray, share: float = 0.5, apart: float = 2.0) -> np.ndarray:
    """The exact class probabilities of rows where class 1 has this share."""
    logit = apart * (X - apart / 2).sum(axis=1) + np.log(share / (1 - share))
    of_one = 1 / (1 + np.exp(-logit))
    return np.stack([1 - of_one, of_one], axis=1)
