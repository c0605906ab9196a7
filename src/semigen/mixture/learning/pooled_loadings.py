"""Loadings that all classes share: what covariances of low rank start at, and lean on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.gaussian.class_weights import log_likelihood, log_weights
from semigen.mixture.gaussian.m_step import m_step, with_factors
from semigen.mixture.gaussian.parameters import Parameters, Statistics
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.learning.problem import Problem

# A start need not have settled: passes at most, and the gain per unit weight that ends them.
_MOST_PASSES = 30
_ENOUGH = 1e-3


def pooled_covariance(
    problem: Problem,
    weights: NDArray[np.float64],
    means: NDArray[np.float64],
    prior: MixturePrior,
    fill: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Return a covariance of low rank that all classes share, fitted by EM to the labelled rows and then to all.

    It begins with random loadings, the same for every fit: with these, the first pass multiplies the scatter within
    classes with a random matrix, and each pass after it is a step of subspace iteration (N. Halko, P. Martinsson,
    J. Tropp, "Finding structure with randomness", SIAM Review 53, 2011; S. Roweis, "EM algorithms for PCA and SPCA",
    NIPS 1997). No matrix of all columns is formed. The labelled rows come first because loadings that are learnt while
    rows are in the wrong classes explain what lies between classes.

    Parameters
    ----------
    problem : Problem
        With a component for each class.
    weights, means : arrays of shape (classes,) and (classes, features)
        Where the components begin.
    prior : MixturePrior
        Its target, without loadings, is where the covariance begins.
    fill : array of shape (classes, features) or None
        What missing values of labelled rows count as, in the units of the data.
    """
    form, d = problem.form, means.shape[1]
    covariance = prior.target.copy()
    noise = np.random.RandomState(0).standard_normal((form.rank, d))
    covariance[1:] = noise * np.sqrt(covariance[0] / d)
    rows, scaling, threads = problem.rows, problem.scaling, problem.options.threads

    def labeled(parameters: Parameters) -> Statistics:
        return rows.labeled_moments(parameters, scaling, fill, threads)

    start = with_factors(form.name, weights, means, form.expand(covariance, len(means), d), prior)
    if rows.measured_weight(labeled=True).any():
        learnt = _climb(labeled, start, prior, threads).covariances
        start = with_factors(form.name, weights, means, learnt, prior)
    pooled: NDArray[np.float64] = _climb(problem.passes().expectation, start, prior, threads).covariances[0]
    return pooled


def _climb(
    visit: Callable[[Parameters], Statistics], start: Parameters, prior: MixturePrior, threads: int
) -> Parameters:
    """Run EM with a covariance that all components share, from a start in which they have the same."""
    form, d = start.form, start.n_features
    single = replace(prior, class_first=np.array([0, 1]), class_prior=None, drawn_by_class=None, label_noise=None)
    parameters, before = start, -np.inf
    for _ in range(_MOST_PASSES):
        statistics = visit(parameters)
        mass = statistics.mass
        one = with_factors(form.name, np.ones(1), np.zeros((1, d)), parameters.covariances[:1], single)
        objective = (log_likelihood(statistics, parameters, prior) + one.log_prior) / mass.sum()
        if objective - before < _ENOUGH:
            break
        before = objective
        covariances = m_step(_pooled(statistics, one), one, single, threads).covariances
        means = parameters.means + statistics.first / np.where(mass > 0, mass, 1.0)[:, None]
        shared = form.expand(covariances[0], len(means), d)
        parameters = with_factors(form.name, np.exp(log_weights(mass, prior)), means, shared, prior)
    return parameters


def _pooled(statistics: Statistics, one: Parameters) -> Statistics:
    """Return the statistics of all components about their new means, as those of a single one."""
    d, rank = statistics.n_features, statistics.rank
    mass, first = statistics.mass, statistics.first
    second = statistics.second.reshape(-1, 1 + rank, d).sum(axis=0)
    shift = first / np.where(mass > 0, mass, 1.0)[:, None]
    second[0] -= (first * shift).sum(axis=0)
    second[1:] -= (shift @ _latent_regression(one.factors[0]).T).T @ first
    flat = np.concatenate([[statistics.log_likelihood, mass.sum()], np.zeros(d), second.ravel()])
    return Statistics(statistics.family, 1, d, flat, rank=rank)


def _latent_regression(factor: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return beta, of shape (rank, features): latent factors are expected at beta (x - mean)."""
    loadings = factor[1:]
    inside = np.eye(len(loadings)) + loadings @ loadings.T
    regression: NDArray[np.float64] = np.linalg.solve(inside, loadings) * factor[0]
    return regression
