"""The number of components of each class, by the Bayesian information criterion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.gaussian.parameters import SingularCovarianceError
from semigen.mixture.gaussian.student_t import n_free
from semigen.mixture.learning.em import Fit
from semigen.mixture.learning.problem import Problem
from semigen.mixture.learning.starts import LabeledStart

# More than this in one class is a density estimate rather than a few subclasses.
_MOST = 8


def with_components_by_bic(problem: Problem, random_state: np.random.RandomState) -> Problem:
    """Return the problem with as many components in each class as the criterion asks for.

    From one component each, the class that gains most from one more gets it, as long as any class gains: Hastie and
    Tibshirani's mixture discriminant analysis ("Discriminant analysis by Gaussian mixtures", JRSS B 58, 1996) with a
    number of subclasses for every class. A component needs d + 1 rows of weight to be worth a try.
    """
    seed = int(random_state.randint(2**31 - 1))
    sizes = np.ones(problem.n_classes, dtype=np.int64)
    best, mass = criterion(problem, sizes, seed)
    while True:
        tried = {}
        for k in np.flatnonzero((sizes < _MOST) & (mass >= (sizes + 1) * (problem.rows.n_features + 1))):
            more = sizes.copy()
            more[k] += 1
            tried[k] = (*criterion(problem, more, seed), more)
        if not tried:
            break
        value, its_mass, more = min(tried.values(), key=lambda each: each[0])
        if not value < best:
            break
        best, mass, sizes = value, its_mass, more
    return problem.with_sizes(sizes)


def criterion(
    problem: Problem, sizes: NDArray[np.int64], seed: int, penalty: float | None = None
) -> tuple[float, NDArray[np.float64]]:
    """Return -2 log-likelihood + free parameters * penalty, log(weight of the rows) by default, and class masses."""
    sized = problem.with_sizes(sizes)
    passes = sized.passes()
    try:
        start = LabeledStart(sized, np.random.RandomState(seed))
        fit: Fit = sized.climb(passes, start.draw(), start.prior)
    except SingularCovarianceError:
        return np.inf, np.zeros(len(sizes))
    free_weights = sizes.sum() - (1 if problem.options.class_prior is None else problem.n_classes)
    n_parameters = problem.form.free_parameters(int(sizes.sum()), problem.rows.n_features) + free_weights
    n_parameters += n_free(int(sizes.sum()), problem.options.learnt_degrees)
    value = -2 * fit.log_likelihood + n_parameters * (np.log(passes.total_weight) if penalty is None else penalty)
    share = np.add.reduceat(np.exp(fit.parameters.log_weights), sized.class_first[:-1])
    return float(value), share * passes.total_weight
