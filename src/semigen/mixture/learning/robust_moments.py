"""Moments of labelled rows that rows far out hardly change: where mixtures of Student t components start.

A single labelled row far out moves the mean of its class and widens its covariance so much that EM may not come back.
Here rows weigh what a t distribution lets them weigh: first all rows, about one centre, which gives the variances of
columns; then the labelled rows, about the means of their classes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.families import FAMILIES, Family
from semigen.mixture.gaussian.m_step import with_factors
from semigen.mixture.gaussian.parameters import Parameters, Statistics
from semigen.mixture.gaussian.prior import within_class_variance
from semigen.mixture.learning.problem import Problem

Array = NDArray[np.float64]

# Degrees of freedom where they are yet to be learnt. With 30 a class could start as what lies far out, in two columns;
# with 3 rows of classes that are no clouds counted too little.
_NU = 10.0
# The least share of a column's plain variance: of a column that is almost constant no row would be left to vary.
_LEAST_SHARE = 0.1
# Passes at most, and the largest relative change of a variance that ends them: a start need not have settled.
_MOST_PASSES = 20
_SETTLED = 0.05


def overall_variance(problem: Problem) -> Array:
    """Return the variances of columns over all rows, as a t distribution sees them; zero of a constant column."""
    passes, d = problem.passes(), problem.rows.n_features
    mean, variance, least = np.zeros(d), problem.scaling.variance, _LEAST_SHARE * problem.scaling.variance
    for _ in range(_MOST_PASSES):
        # Components that are all alike share the rows among them: together they are one.
        means = np.tile(mean, (problem.n_classes, 1))
        found = passes.expectation(at_means(problem, FAMILIES["diag"], means, variance))
        before, weight = variance, found.weight.sum()
        shift = found.first.sum(axis=0) / weight
        scatter = np.maximum(found.second.sum(axis=0) - weight * shift**2, 0.0)
        mean, variance = mean + shift, np.where(least > 0, np.maximum(scatter / found.mass.sum(), least), 0.0)
        if _settled(variance, before):
            break
    return variance


def moments_of_classes(problem: Problem, plain: Statistics, fill: Array | None) -> tuple[Array, Array]:
    """Return the mean of each class, and the variances of columns within classes.

    Parameters
    ----------
    problem : Problem
        With a component for each class.
    plain : Statistics
        Of the labelled rows about the origin, in which all weigh the same.
    fill : array of shape (classes, features) or None
        What missing values of labelled rows count as, in the units of the data.
    """
    overall, n_labels, n_classes = overall_variance(problem), plain.mass.sum(), (plain.mass > 0).sum()
    means, variance = plain.first / _positive(plain.mass), overall
    for _ in range(_MOST_PASSES):
        found = weighted_moments(problem, at_means(problem, FAMILIES["diag"], means, variance), fill)
        shift = found.first / _positive(found.weight)
        scatter = np.maximum(found.second.sum(axis=0) - found.weight @ shift**2, 0.0)
        before, means = variance, means + shift
        variance = within_class_variance(scatter, n_labels, n_classes, overall)
        if _settled(variance, before):
            break
    return means, variance


def at_means(problem: Problem, form: Family, means: Array, variance: Array) -> Parameters:
    """Return Student t components at these means, of equal weights and with the same variances of columns."""
    prior = problem.prior(form, form.target(variance), 0.0)
    covariances = form.expand(prior.target, *means.shape)
    parameters = with_factors(form.name, np.full(len(means), 1 / len(means)), means, covariances, prior)
    given = problem.options.degrees_of_freedom
    nu = _NU if given is None or isinstance(given, str) else given
    return replace(parameters, degrees_of_freedom=np.full(len(means), nu))


def weighted_moments(problem: Problem, parameters: Parameters, fill: Array | None) -> Statistics:
    """Return the statistics of the labelled rows, which weigh the less the farther they are from their class."""
    return problem.rows.labeled_moments(parameters, problem.scaling, fill, problem.options.threads)


def _positive(mass: Array) -> Array:
    return np.maximum(mass, np.finfo(np.float64).tiny)[:, None]


def _settled(variance: Array, before: Array) -> bool:
    return bool((np.abs(variance - before) <= _SETTLED * before).all())
