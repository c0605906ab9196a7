"""Where EM starts, and what its covariances lean on: both come from the labelled rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.gaussian.parameters import Parameters, Statistics
from semigen.mixture.gaussian.prior import (
    MixturePrior,
    automatic_pseudo_count,
    expand,
    target_from_variance,
    within_class_variance,
)
from semigen.mixture.learning.em import maximization, with_factors
from semigen.mixture.learning.placement import place_unlabeled_classes, split_classes
from semigen.mixture.learning.problem import Problem
from semigen.mixture.rows.arrays import TrainingRows
from semigen.mixture.rows.missing_patterns import filled_by_class, observed_weight


class LabeledStart:
    """The prior of a problem, and starts for it.

    Attributes
    ----------
    prior : MixturePrior
        For 'full' it leans on the pooled covariance of a 'tied' fit to all rows, for the other families on the
        variances within classes, without correlations.
    """

    def __init__(self, problem: Problem, random_state: np.random.RandomState):
        self._problem = problem
        self._single = problem.one_per_class()
        self._random_state = random_state
        self._variance, self._pooled = self._place_classes()
        self._start_prior = self._choose_prior()
        # The start may lean on the target even if the fit must not: without shrinkage it is just a place to begin.
        self.prior = replace(
            self._start_prior, pseudo_count=problem.pseudo_count(problem.family), class_first=problem.class_first
        )

    def draw(self, *, perturbed: bool = False) -> Parameters:
        """A start. A perturbed one draws the labelled means from their sampling distributions, and splits anew."""
        problem, random_state = self._problem, self._random_state
        moments = labeled_moments(self._single, problem.family)
        target = self._start_prior.target
        wide = expand(problem.family, target, problem.n_classes, problem.n_features)
        start = replace(uninformed(problem.family, problem.n_classes, problem.n_features), covariances=wide)
        per_class = maximization(moments, start, self._start_prior, problem.threads)

        means = self._pooled.means.copy()
        if perturbed:
            deviation = np.sqrt(self._variance / np.maximum(moments.mass, 1.0)[:, None])
            means += random_state.standard_normal(means.shape) * deviation
        means = split_classes(problem, replace(self._pooled, means=means), self._variance, random_state)
        sizes = problem.sizes
        weights = np.repeat(np.exp(self._pooled.log_weights) / sizes, sizes)
        covariances = per_class.covariances
        if problem.family != "tied":
            covariances = np.repeat(covariances, sizes, axis=0)
        return with_factors(problem.family, weights, means, covariances, self.prior)

    def _place_classes(self) -> tuple[NDArray[np.float64], Parameters]:
        """The variances within classes, and a component per class that share them: 'tied', or 'diag' if cheap."""
        problem = self._single
        family = "tied" if problem.family in ("full", "tied") else "diag"
        moments = labeled_moments(problem, family)
        variance = labeled_variance(moments, problem)
        target = target_from_variance(family, variance)
        prior = problem.prior(family, target, automatic_pseudo_count(family, problem.n_features))
        labeled = moments.mass > 0
        start = replace(
            uninformed(family, problem.n_classes, problem.n_features),
            covariances=expand(family, prior.target, problem.n_classes, problem.n_features),
        )
        fitted = maximization(moments, start, replace(prior, class_prior=None), problem.threads)
        covariances = fitted.covariances if family == "tied" else start.covariances

        weights = np.where(labeled, np.exp(fitted.log_weights), 0.0)
        if not labeled.all():
            # A class without labels is taken to be as large as the average class.
            weights = np.where(labeled, weights * labeled.mean(), 1 / problem.n_classes)
        if problem.class_prior is not None:
            weights = problem.class_prior
        pooled = with_factors(family, weights / weights.sum(), fitted.means, covariances, prior)
        if not labeled.all():
            means = place_unlabeled_classes(problem, pooled, labeled, self._random_state)
            pooled = replace(pooled, means=means)
        return variance, pooled

    def _choose_prior(self) -> MixturePrior:
        problem = self._single
        pseudo_count = problem.pseudo_count(problem.family) or automatic_pseudo_count(
            problem.family, problem.n_features
        )
        target = target_from_variance(problem.family, self._variance)
        if problem.family == "full":
            prior = problem.prior("tied", target, automatic_pseudo_count("tied", problem.n_features))
            start = self._pooled
            target = problem.shared.once(
                ("pooled covariance", problem.rows, problem.coordinates, start.means.tobytes()),
                lambda: problem.climb(problem.passes(), start, prior).parameters.covariances,
            )
        return problem.prior(problem.family, target, pseudo_count)


def uninformed(family: str, n_components: int, n_features: int) -> Parameters:
    """Standard normal components. A pass with these still gives the labelled rows' moments: their class is given."""
    unit = np.eye(n_features) if family in ("full", "tied") else np.ones(n_features if family == "diag" else 1)
    covariances = expand(family, unit, n_components, n_features)
    equal = np.full(n_components, -np.log(n_components))
    return Parameters(family, equal, np.zeros((n_components, n_features)), covariances, covariances.copy())


def labeled_moments(problem: Problem, family: str) -> Statistics:
    """The statistics of the labelled rows, a component per class, centred on the origin."""
    key = ("moments of labelled rows", family, problem.rows, problem.coordinates)
    return problem.shared.once(key, lambda: _labeled_moments(problem, family))


def _labeled_moments(problem: Problem, family: str) -> Statistics:
    rows = replace(problem.rows, unlabeled_weight=0.0)
    if rows.incomplete:
        # Moments of what was measured: filling a class with its own mean changes neither the mean nor the scatter.
        filled = filled_by_class(rows.X, rows.codes, rows.effective_weights(), problem.coordinates.centre)
        rows = replace(rows, X=filled, incomplete=False)
    labeled = replace(problem, rows=rows)
    return labeled.passes().expectation(uninformed(family, problem.n_classes, problem.n_features))


def labeled_variance(moments: Statistics, problem: Problem) -> NDArray[np.float64]:
    """Variance of each column within classes, from moments ('tied' or 'diag') centred on the origin."""
    mass = moments.mass
    means = moments.first / np.maximum(mass, np.finfo(np.float64).tiny)[:, None]
    if moments.family == "tied":
        diagonal = np.cumsum(np.arange(1, moments.n_features + 1)) - 1
        total = moments.second[0][diagonal]
    else:
        total = moments.second.sum(axis=0)
    scatter = np.maximum(total - mass @ means**2, 0.0)
    n_labeled, n_classes = mass.sum(), (mass > 0).sum()
    if problem.rows.incomplete:
        n_labeled, n_classes = measured_labels(problem.rows)
    return within_class_variance(scatter, n_labeled, n_classes, problem.coordinates.variance)


def measured_labels(rows: TrainingRows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For every column, the weight of the rows with a label in which it was measured, and their number of classes."""
    weights = replace(rows, unlabeled_weight=0.0).effective_weights()
    found = [
        observed_weight(rows.X[rows.codes == k], weights[rows.codes == k]) > 0
        for k in np.unique(rows.codes[rows.codes >= 0])
    ]
    return observed_weight(rows.X, weights), np.sum(found, axis=0, dtype=np.float64)
