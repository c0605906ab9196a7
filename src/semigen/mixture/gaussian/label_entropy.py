"""Labels that are missing by how unsure a class is: log-entropies, their slopes, and a logistic regression on them.

A row x has no label with probability

    q(x) = sigma(xi_0 + xi_1 log e(x)),    e(x) = -sum_k p_k log p_k,    p_k = p(class k | x)

(Ahfock and McLachlan, "An apparent paradox: a classifier based on a partially classified sample may have smaller
expected error rate than that if the sample were completely classified", Statistics and Computing 30, 2020). All is
computed from differences of log p(x, class), so that rows whose class is all but sure have a finite log e.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_expit, logsumexp

Array = NDArray[np.float64]

# Standard deviation of the normal prior of xi_1. It keeps xi_1 finite where the entropy separates labelled rows from
# the others; and where labels are few and missing at random, a fit that is free to explain which rows have one is led
# astray by it. On seeds 0 to 99 and 1000 to 1199 of bench.accuracy.label_mechanism, with 20 labels of 100 rows and
# Delta = 1, labels missing at random cost 1.4 points with 10, 0.9 with 2, 0.5 with 1, 0.3 with 0.7 and 0.2 with 0.5;
# where xi_1 is 2 the gain was 1.5, 1.7, 1.6, 1.5 and 1.1. With five times as many rows it made no difference.
PRIOR_DEVIATION = 0.7

_MOST_STEPS, _MOST_HALVINGS = 50, 30


class LogEntropy(NamedTuple):
    """Log-entropies of rows, and what their slopes are made of.

    Attributes
    ----------
    value : array of shape (n,)
        log e.
    log_parts : array of shape (n, classes)
        log(-p_k log p_k / e): the log of each class's part of the entropy.
    log_posterior : array of shape (n, classes)
        log p_k.
    """

    value: Array
    log_parts: Array
    log_posterior: Array

    def slope(self) -> Array:
        """Return the slope of log e in log p(x, class), of shape (n, classes): part less probability; rows sum to 0."""
        found: Array = np.exp(self.log_parts) - np.exp(self.log_posterior)
        return found


def log_entropy(log_joint: Array) -> LogEntropy:
    """Return the log of the entropy of class probabilities, however small.

    Parameters
    ----------
    log_joint : array of shape (n, classes)
        log p(x, class), up to a constant of each row; two classes or more.
    """
    rows, first = np.arange(len(log_joint)), log_joint.argmax(axis=1)
    below = log_joint - log_joint[rows, first][:, None]
    others = below.copy()
    others[rows, first] = -np.inf
    # Odds against the likeliest class; its -log p is log(1 + odds).
    log_odds = logsumexp(others, axis=1)
    surprise = np.logaddexp(0.0, log_odds)
    log_posterior = below - surprise[:, None]
    log_surprise = np.log(np.maximum(-log_posterior, np.finfo(np.float64).tiny))
    tiny = log_odds < -30
    log_surprise[rows, first] = np.where(tiny, log_odds, np.log(np.where(tiny, 1.0, surprise)))
    log_parts = log_posterior + log_surprise
    value = logsumexp(log_parts, axis=1)
    return LogEntropy(value, log_parts - value[:, None], log_posterior)


def log_likelihood_of_labels(log_entropies: Array, unlabeled: Array, weights: Array, xi: Array) -> float:
    """Return sum w (m log q + (1 - m) log(1 - q)), with m whether a row is unlabelled."""
    odds = xi[0] + xi[1] * log_entropies
    return float(weights @ log_expit(np.where(unlabeled > 0, odds, -odds)))


def log_prior(xi: Array) -> float:
    """Return the log density of the prior of xi, up to a constant."""
    return float(-0.5 * (xi[1] / PRIOR_DEVIATION) ** 2)


def logistic_regression(log_entropies: Array, unlabeled: Array, weights: Array, start: Array) -> Array:
    """Return the xi with the largest sum of `log_likelihood_of_labels` and `log_prior`, by Newton's method.

    Both kinds of rows must count, else xi_0 has no finite maximum.

    Parameters
    ----------
    log_entropies, unlabeled, weights : arrays of shape (n,)
    start : array of shape (2,)
    """
    total = weights.sum()
    centre = float(weights @ log_entropies / total)
    spread = float(np.sqrt(weights @ (log_entropies - centre) ** 2 / total))
    if not spread > 1e-12 * (1 + abs(centre)):
        # All rows are as unsure: only the constant can be told.
        part = float(weights @ unlabeled / total)
        return np.array([np.log(part / (1 - part)), 0.0])
    z = (log_entropies - centre) / spread
    precision = (spread * PRIOR_DEVIATION) ** -2

    def objective(at: Array) -> float:
        odds = at[0] + at[1] * z
        return float(weights @ log_expit(np.where(unlabeled > 0, odds, -odds)) - 0.5 * precision * at[1] ** 2)

    beta = np.array([start[0] + start[1] * centre, start[1] * spread])
    value = objective(beta)
    for _ in range(_MOST_STEPS):
        q = np.exp(log_expit(beta[0] + beta[1] * z))
        residual, curvature = weights * (unlabeled - q), weights * q * (1 - q)
        slope = np.array([residual.sum(), residual @ z - precision * beta[1]])
        cross = float(curvature @ z)
        information = np.array([[curvature.sum(), cross], [cross, curvature @ z**2 + precision]])
        # A little more than the information, where probabilities of 0 and 1 have none left.
        information += 1e-12 * total * np.eye(2)
        step = np.linalg.solve(information, slope)
        for _ in range(_MOST_HALVINGS):
            found = objective(beta + step)
            if found >= value:
                break
            step = step / 2
        else:
            break
        gain, beta, value = found - value, beta + step, found
        if gain <= 1e-15 * (1 + abs(value)) and float(np.abs(step).max()) < 1e-9:
            break
    return np.array([beta[0] - beta[1] * centre / spread, beta[1] / spread])
