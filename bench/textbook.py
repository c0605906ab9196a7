"""Semi-supervised EM for one Gaussian per class, as a textbook would write it in NumPy and SciPy.

It is what semigen is measured against and held to: same objective, no shrinkage, variances floored in the same way.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg import cholesky, eigh, solve_triangular
from scipy.special import logsumexp


class Gaussians(NamedTuple):
    """Weights (K,), means (K, d) and covariances (K, d, d)."""

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray


def log_joint(X: np.ndarray, model: Gaussians) -> np.ndarray:
    """Log pi_k p(x | k), of shape (n, K)."""
    columns = []
    for weight, mean, covariance in zip(*model, strict=True):
        root = cholesky(covariance, lower=True)
        whitened = solve_triangular(root, (X - mean).T, lower=True)
        log_normaliser = np.log(np.diag(root)).sum() + 0.5 * X.shape[1] * np.log(2 * np.pi)
        columns.append(np.log(weight) - log_normaliser - 0.5 * (whitened**2).sum(axis=0))
    return np.stack(columns, axis=1)


def expectation(X: np.ndarray, y: np.ndarray, model: Gaussians) -> tuple[np.ndarray, float]:
    """Responsibilities (labelled rows belong to their class) and the mean log-likelihood."""
    joint = log_joint(X, model)
    labelled = y >= 0
    joint[labelled] = np.where(np.arange(len(model.weights)) == y[labelled, None], joint[labelled], -np.inf)
    evidence = logsumexp(joint, axis=1)
    return np.exp(joint - evidence[:, None]), float(evidence.mean())


def m_step(X: np.ndarray, responsibilities: np.ndarray, floor: np.ndarray) -> Gaussians:
    """Weighted shares, means and covariances; no variance in any direction falls below diag(floor)."""
    mass = responsibilities.sum(axis=0)
    means = responsibilities.T @ X / mass[:, None]
    covariances = []
    for k, mean in enumerate(means):
        centred = X - mean
        covariance = (centred.T * responsibilities[:, k]) @ centred / mass[k]
        values, vectors = eigh(covariance, np.diag(floor))
        if values[0] < 1:
            lift = np.diag(floor) @ vectors
            covariance = covariance + (lift * np.maximum(1 - values, 0)) @ lift.T
        covariances.append(covariance)
    return Gaussians(mass / mass.sum(), means, np.stack(covariances))


def fit(X: np.ndarray, y: np.ndarray, start: Gaussians, iterations: int, reg_covar: float = 1e-6) -> Gaussians:
    """`iterations` of EM from `start`; y is -1 for unlabelled rows."""
    variance = X.var(axis=0)
    floor = reg_covar * np.where(variance > 0, variance, 1.0)
    model = start
    for _ in range(iterations):
        responsibilities, _ = expectation(X, y, model)
        model = m_step(X, responsibilities, floor)
    return model
