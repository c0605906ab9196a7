"""Rows whose labels are missing by a known mechanism, and the joint log-likelihood as one would write it down."""

from __future__ import annotations

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal


def posterior_of(X: np.ndarray, apart: float) -> np.ndarray:
    """Probabilities of two clouds of unit variance that are so far apart in the first column, for rows of both."""
    second = 1 / (1 + np.exp(-apart * (X[:, 0] - apart / 2)))
    return np.stack([1 - second, second], axis=1)


def labelled_by_entropy(seed: int = 0, n: int = 400, apart: float = 2.0, xi=(2.5, 1.5), d: int = 2):
    """Two clouds, labels that are missing by the entropy of the class probabilities, and the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, n)
    X = rng.normal(size=(n, d))
    X[:, 0] += apart * truth
    p = posterior_of(X, apart)
    log_e = np.log(-(p * np.log(p)).sum(axis=1))
    missing = rng.random(n) < 1 / (1 + np.exp(-xi[0] - xi[1] * log_e))
    return X, np.where(missing, -1, truth), truth


def labelled_by_class(seed: int = 0, n: int = 600, apart: float = 3.0, shares=(0.05, 0.2, 0.5), prior=(0.5, 0.3, 0.2)):
    """Three clouds, labels that rows of each class have with a probability of their own, and the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, n, p=prior)
    X = rng.normal(size=(n, 3)) + apart * np.eye(3)[truth]
    return X, np.where(rng.random(n) < np.array(shares)[truth], truth, -1), truth


def log_joint(model, X: np.ndarray) -> np.ndarray:
    """log p(x, class) of complete or incomplete rows by a model with the family 'full' and one component a class."""
    found = np.empty((len(X), len(model.classes_)))
    for i, row in enumerate(X):
        seen = ~np.isnan(row)
        for k in range(found.shape[1]):
            cov = model.covariances_[k][np.ix_(seen, seen)]
            density = multivariate_normal.logpdf(row[seen], model.means_[k][seen], cov) if seen.any() else 0.0
            found[i, k] = np.log(model.class_prior_[k]) + density
    return found


def joint_log_likelihood(model, X: np.ndarray, y: np.ndarray, weights: np.ndarray) -> float:
    """Of rows, labels, and which rows have one; unlabelled rows count with the mechanism's own constant."""
    joint = log_joint(model, X)
    evidence = logsumexp(joint, axis=1)
    p = np.exp(joint - evidence[:, None])
    xi = model.label_mechanism_.coefficients
    q = 1 / (1 + np.exp(-xi[0] - xi[1] * np.log(-(p * np.log(p)).sum(axis=1))))
    of_row = np.where(y < 0, evidence + np.log(q), joint[np.arange(len(X)), y] + np.log(1 - q))
    return float(weights @ of_row)
