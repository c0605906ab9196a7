"""Responsibilities of labelled rows whose labels may be wrong, for starts: of each row by what the others say.

A row with a wrong label widens the covariance of the class that it is called, and then looks at home there: with few
labels EM would begin, and end, with wrong labels confirmed by themselves. So the rows are weighed by a supervised fit
of Gaussians in which the density of each row is that of the class without it. How much the covariances of classes lean
on the pooled one is chosen by the log-likelihood of the labels left out in this way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cholesky, solve_triangular
from scipy.special import logsumexp

from semigen.mixture.gaussian.label_noise import LabelNoise, count_labels, log_priors

Array = NDArray[np.float64]

# Iterations: labels that are wrong are found in the first ones, and later ones move classes as a whole.
_ITERATIONS = 3
# Least weight that is left of a class without a row, and least part of a covariance without it.
_LEAST_REST, _LEAST_PART = 1e-3, 1e-6


@dataclass(frozen=True)
class DoubtfulRows:
    """Labelled rows.

    Attributes
    ----------
    Z : array of shape (n, d)
        Scaled rows, complete.
    given : array of shape (n, annotators)
        Codes of the labels, -1 where there is none.
    codes : array of shape (n,)
        The class that each row starts in.
    weights : array of shape (n,)
    """

    Z: Array
    given: NDArray[np.int64]
    codes: NDArray[np.int64]
    weights: Array


def weigh_labels(
    rows: DoubtfulRows, noise: LabelNoise, covariance: Array, pseudo_counts: Sequence[float]
) -> tuple[Array, float] | None:
    """Return responsibilities of the rows, and how many rows the pooled covariance is best worth.

    None, if its variances are so small beside the values that densities cannot be computed.

    Parameters
    ----------
    rows : DoubtfulRows
    noise : LabelNoise
    covariance : array of shape (d, d) or (d,)
        That classes lean on; as variances, columns count as uncorrelated.
    pseudo_counts : sequence of float
        Rows that it may be worth; infinitely many if classes differ in their means alone.
    """
    try:
        found = [(*_left_out(rows, noise, covariance, each), each) for each in pseudo_counts]
    except (LinAlgError, ValueError):
        return None
    usable = [each for each in found if np.isfinite(each[1])]
    if not usable:
        return None
    responsibilities, _, best = max(usable, key=lambda each: each[1])
    return responsibilities, best


def _left_out(rows: DoubtfulRows, noise: LabelNoise, covariance: Array, pseudo_count: float) -> tuple[Array, float]:
    """Return responsibilities of rows that are left out one by one, and the log-likelihood of their labels."""
    n_classes = noise.start.shape[1]
    confusion, total = noise.start, float(rows.weights.sum())
    responsibilities, of_labels = np.eye(n_classes)[rows.codes], -np.inf
    for _ in range(_ITERATIONS):
        densities = [_log_densities(rows, each, covariance, pseudo_count) for each in responsibilities.T]
        joint = np.stack(densities, axis=1)
        posterior = joint - logsumexp(joint, axis=1, keepdims=True) + log_priors(confusion, rows.given)
        evidence = logsumexp(posterior, axis=1)
        of_labels = float(rows.weights @ evidence) / total
        responsibilities = np.exp(posterior - evidence[:, None])
        estimate = noise.mode(count_labels(responsibilities * rows.weights[:, None], rows.given))
        confusion = confusion if estimate is None else estimate
    return responsibilities, of_labels


def _log_densities(rows: DoubtfulRows, responsibility: Array, covariance: Array, pseudo_count: float) -> Array:
    """Return log weight times density of a class at each row, without what a weight of one of this row adds to it.

    Without a row of responsibility a at a distance u from the mean of a class of weight N, the mean lies at
    -a u / (N - a) and the scatter is less by a N / (N - a) u u^T, so that determinant and distances follow from those
    with the row.
    """
    Z, weights, d = rows.Z, rows.weights, rows.Z.shape[1]
    mass = float(weights @ responsibility)
    apart = Z - (weights * responsibility) @ Z / max(mass, _LEAST_REST)
    own = np.minimum(weights, 1.0) * responsibility
    rest = np.maximum(mass - own, _LEAST_REST)
    infinite, dense = np.isinf(pseudo_count), covariance.ndim == 2
    spread: Array = covariance
    if not infinite:
        weighted = apart * (weights * responsibility)[:, None]
        spread = pseudo_count * covariance + (apart.T @ weighted if dense else (apart * weighted).sum(axis=0))
    if dense:
        root = cholesky(spread, lower=True)
        log_det = 2 * float(np.log(np.diag(root)).sum())
        squares = (solve_triangular(root, apart.T, lower=True) ** 2).sum(axis=0)[:, None]
    else:
        log_det = float(np.log(spread).sum())
        squares = apart**2 / spread
    stretch = (mass / rest) ** 2
    if infinite:
        return np.asarray(np.log(rest) - 0.5 * (log_det + stretch * squares.sum(axis=1)))
    part = np.maximum(1 - (own * mass / rest)[:, None] * squares, _LEAST_PART)
    distance = (rest + pseudo_count) * stretch * (squares / part).sum(axis=1)
    log_det_without = log_det + np.log(part).sum(axis=1) - d * np.log(rest + pseudo_count)
    return np.asarray(np.log(rest) - 0.5 * (log_det_without + distance))
