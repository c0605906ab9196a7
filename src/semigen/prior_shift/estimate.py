"""Class probabilities of new rows by EM on what a classifier says of them, with standard errors and tests.

Of rows in which only the frequency of the classes differs from training, sum_k pi_k p(k | x) / pi0_k is the density of
x over that in training: pi0 are the class probabilities in training, p(k | x) those that the classifier gives. So the
likelihood of pi needs nothing else, and it is concave. M. Saerens, P. Latinne, C. Decaestecker, "Adjusting the outputs
of a classifier to new a priori probabilities: a simple procedure", Neural Computation 14, 2002.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import helmert
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from scipy.stats import chi2
from scipy.stats import f as f_distribution

Array = NDArray[np.float64]

_MOST_STEPS, _TOLERANCE = 2000, 1e-9

# Directions in which rows tell so little of class probabilities, beside others, tell nothing.
_LEAST_INFORMATION = 1e-12


@dataclass(frozen=True, eq=False)
class PriorEstimate:
    """Class probabilities of rows.

    Attributes
    ----------
    prior : array of shape (classes,)
    standard_error : array of shape (classes,)
        By the Fisher information of the rows; infinite where they tell nothing.
    p_value : float
        Of the likelihood-ratio test against the class probabilities in training.
    n_rows : int
    """

    prior: Array
    standard_error: Array
    p_value: float
    n_rows: int


def adjusted(log_posterior: Array, before: Array, after: Array) -> Array:
    """Return log p(class | x) up to a constant under other class probabilities, from that under those before."""
    return np.asarray(log_posterior + np.log(after) - np.log(before))


def estimate_prior(posterior: Array, training_prior: Array) -> PriorEstimate:
    """Return the class probabilities under which the rows are most likely.

    Parameters
    ----------
    posterior : array of shape (n, classes)
        What a classifier gives for the rows.
    training_prior : array of shape (classes,)
        Class probabilities that it assumes; positive.
    """
    ratio = posterior / training_prior
    prior = training_prior
    for _ in range(_MOST_STEPS):
        joint = ratio * prior
        updated = (joint / joint.sum(axis=1, keepdims=True)).mean(axis=0)
        moved = np.abs(updated - prior).max()
        prior = updated
        if moved < _TOLERANCE:
            break
    gain = float(np.log(ratio @ prior).sum() - np.log(ratio @ training_prior).sum())
    p_value = float(chi2.sf(max(2 * gain, 0.0), len(prior) - 1))
    return PriorEstimate(prior, _standard_error(ratio, prior), p_value, len(posterior))


def _standard_error(ratio: Array, prior: Array) -> Array:
    """Return the root of the diagonal of the inverse information, within probabilities that sum to one."""
    score = ratio / (ratio @ prior)[:, None]
    basis = helmert(len(prior))
    information = basis @ (score.T @ score) @ basis.T
    values, vectors = np.linalg.eigh(information)
    if values[0] <= _LEAST_INFORMATION * values[-1]:
        return np.full(len(prior), np.inf)
    directions = basis.T @ vectors / np.sqrt(values)
    return np.asarray(np.sqrt((directions**2).sum(axis=1)))


def assumed_prior(held_out: Array, codes: NDArray[np.int64], stated: Array) -> Array:
    """Return the class probabilities that a classifier assumes, by labels held out and what it states itself.

    If it assumes b and the labels have the shares s, p(k | x) s_k / b_k, normalised, are the probabilities of the
    labels. log b maximises their log-likelihood less half its squared distance to the logarithm of what is stated: a
    classifier that learns from unlabelled rows, or an average of several, need not assume what it states.

    Parameters
    ----------
    held_out : array of shape (labels, classes)
        Class probabilities of labelled rows by fits that had not seen them.
    codes : array of shape (labels,)
    stated : array of shape (classes,)
        Returned where a class has no label.
    """
    counts = np.bincount(codes, minlength=len(stated))
    if not counts.all():
        return stated
    offset = np.log(held_out) + np.log(counts / len(codes)) - np.log(stated)
    wanted = np.eye(len(stated))[codes]

    def cost_and_slope(change: Array) -> tuple[float, Array]:
        log_probability = log_softmax(offset - change, axis=1)
        slope = (np.exp(log_probability) - wanted).sum(axis=0)
        return float(-log_probability[wanted > 0].sum() + change @ change / 2), change - slope

    change = minimize(cost_and_slope, np.zeros(len(stated)), jac=True, method="BFGS").x
    return np.asarray(softmax(np.log(stated) + change))


def mixing_test(posterior: Array, prior: Array, held_out: Array, codes: NDArray[np.int64]) -> float | None:
    """Return the p value of a test that rows are classes as the labelled rows show them, mixed by these probabilities.

    Then the mean answer for them is that for the labelled rows of each class, mixed. The test is Hotelling's, of the
    difference, with a covariance within classes that all share: it counts how few labels show the classes. Answers need
    not be calibrated; where they misjudge how sure they are, estimated class probabilities are not those that mix. None
    if some class has no labelled row, or these are too few for a test.

    Parameters
    ----------
    posterior : array of shape (n, classes)
        Of the rows.
    prior : array of shape (classes,)
        To test.
    held_out : array of shape (labels, classes)
        Of labelled rows, by fits that had not seen them.
    codes : array of shape (labels,)
    """
    n_classes = len(prior)
    counts = np.bincount(codes, minlength=n_classes)
    freedom = len(codes) - 2 * n_classes + 2
    if not counts.all() or freedom < 1 or len(posterior) < 2:
        return None
    basis = helmert(n_classes)
    of_labels, of_rows = held_out @ basis.T, posterior @ basis.T
    means = np.stack([of_labels[codes == k].mean(axis=0) for k in range(n_classes)])
    within = of_labels - means[codes]
    pooled = within.T @ within / (len(codes) - n_classes)
    spread = pooled * (prior**2 / counts).sum() + np.atleast_2d(np.cov(of_rows.T)) / len(posterior)
    difference = of_rows.mean(axis=0) - prior @ means
    statistic = float(difference @ np.linalg.pinv(spread, hermitian=True) @ difference)
    of_f = statistic * freedom / ((len(codes) - n_classes) * (n_classes - 1))
    return float(f_distribution.sf(of_f, n_classes - 1, freedom))
