"""Small searches among mixtures, and two clouds with few labels."""

from __future__ import annotations

import numpy as np

from semigen import SemiSupervisedGMMCV

FEW = {
    "covariance_types": ("tied", "diag"),
    "shrinkages": (1.0,),
    "unlabeled_weights": (0.0, 1.0),
    "n_components": 1,
    "random_state": 0,
}


def small(**options) -> SemiSupervisedGMMCV:
    return SemiSupervisedGMMCV(**{**FEW, **options})


def two_clouds(n: int = 500, d: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, n)
    return rng.normal(size=(n, d)) + 3.5 * np.outer(truth, np.eye(d)[0]), truth


def labels_of(truth: np.ndarray, per_class: int) -> np.ndarray:
    kept = np.full(len(truth), -1)
    for k in np.unique(truth):
        kept[np.flatnonzero(truth == k)[:per_class]] = k
    return kept
