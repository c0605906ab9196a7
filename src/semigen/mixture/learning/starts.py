"""Starts of EM, and the prior of the covariances: both come from the labelled rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.families import FAMILIES, ClosedForm, Family
from semigen.mixture.gaussian.doubtful_labels import weigh_labels
from semigen.mixture.gaussian.m_step import m_step, with_factors
from semigen.mixture.gaussian.parameters import Parameters, Statistics
from semigen.mixture.gaussian.prior import MixturePrior, within_class_variance
from semigen.mixture.learning.block_starts import starting_blocks
from semigen.mixture.learning.noise_box import uniform_noise
from semigen.mixture.learning.placement import place_unlabeled_classes, split_classes
from semigen.mixture.learning.pooled_loadings import pooled_covariance
from semigen.mixture.learning.problem import Problem
from semigen.mixture.learning.robust_moments import at_means, moments_of_classes, weighted_moments
from semigen.mixture.rows.noisy_labels import NoisyRows

# Components start with covariances that are mostly the target, however little it weighs later: with 0.01 the errors of
# 16 splits of five tables, at ten and thirty labels a class, went up as often as down; at 1000 times the tolerance
# of the fit, whatever the number of rows, they went up.
_COARSEST_POOLING = 0.01
# Labelled rows up to which labels that may be wrong are weighed: of more, none weighs much in its class.
_MOST_WEIGHED = 20_000
# Times as many rows as usual that the pooled covariance may be worth to them.
_WIDER = 9.0


class LabeledStart:
    """The prior of a problem, and starts for it.

    Attributes
    ----------
    prior : MixturePrior
        For 'full' it leans on the pooled covariance of a 'tied' fit to all rows, for 'low_rank' on one with loadings
        that all classes share, for the other families on the variances within classes, without correlations. It takes
        labels to be right; where they may be wrong, starts weigh them (`gaussian/doubtful_labels.py`).
    """

    def __init__(self, problem: Problem, random_state: np.random.RandomState):
        self._problem = problem
        self._single = problem.one_per_class().with_right_labels()
        self._random_state = random_state
        self._variance, self._pooled = self._place_classes()
        self._start_prior = self._choose_prior()
        # The start may lean on the target even if the fit must not: without shrinkage it is just a place to begin.
        self.prior = replace(
            self._start_prior,
            pseudo_count=problem.pseudo_count(),
            class_first=problem.class_first,
            label_noise=problem.options.label_noise,
            blocks=problem.options.blocks,
        )
        self._weigh_labels()

    def draw(self, *, perturbed: bool = False) -> Parameters:
        """Return a start. A perturbed one draws labelled means from their sampling distributions and splits anew."""
        problem, form, random_state = self._problem, self._problem.form, self._random_state
        target = self._start_prior.target
        moments = labeled_moments(self._labeled, _pools(form))
        covariances = form.expand(target, problem.n_classes, problem.rows.n_features)
        if isinstance(form, ClosedForm) and np.isfinite(self._start_prior.pseudo_count):
            moments = labeled_moments(self._labeled, form)
            start = uninformed(form, problem.n_classes, problem.rows.n_features, target)
            if problem.options.degrees_of_freedom is not None:
                start = at_means(self._single, form, self._pooled.means, self._variance)
                moments = weighted_moments(self._single, start, _fill(problem))
            covariances = m_step(moments, start, self._start_prior, problem.options.threads).covariances

        means = self._pooled.means.copy()
        if self._labeled is not self._single:
            found = moments.mass >= 1
            means[found] = moments.first[found] / moments.mass[found, None]
        if perturbed:
            deviation = np.sqrt(self._variance / np.maximum(moments.mass, 1.0)[:, None])
            means += random_state.standard_normal(means.shape) * deviation
        means = split_classes(problem, replace(self._pooled, means=means), self._variance, random_state)
        sizes = problem.sizes
        weights = np.repeat(np.exp(self._pooled.log_weights) / sizes, sizes)
        start = with_factors(form.name, weights, means, form.repeat(covariances, sizes), self.prior)
        return starting_blocks(problem, self.completed(start), random_state, perturbed=perturbed)

    def completed(self, start: Parameters) -> Parameters:
        """Return a start with the degrees of freedom and the noise that the options ask for."""
        start, single = self._problem.with_tails(start), self._single
        if not self._problem.options.noise:
            return start
        key = ("noise", single.rows, single.scaling)
        return replace(start, noise=single.shared.once(key, lambda: uniform_noise(single)))

    def _weigh_labels(self) -> None:
        """Weigh the labelled rows that starts are read off, and covariances by them, where labels may be wrong."""
        self._labeled, rows, noise = self._single, self._problem.rows, self._problem.options.label_noise
        if noise is None or not isinstance(rows, NoisyRows) or not 0 < len(rows.labelled()) <= _MOST_WEIGHED:
            return
        form, fill = self._single.form, _fill(self._single)
        covariance = self._variance
        if _pools(form).correlated:
            covariance = self._start_prior.target if form.target_is_pooled else self._pooled.covariances
        own = self._start_prior.pseudo_count
        counts = [np.inf] if form.shared or form.rank else [own, _WIDER * own, np.inf]
        with np.errstate(all="ignore"):
            found = weigh_labels(rows.left_out(self._single.scaling, fill), noise, covariance, counts)
        if found is None:
            return
        responsibilities, pseudo_count = found
        self._labeled = replace(self._single, rows=rows.with_responsibilities(responsibilities, fill))
        if len(counts) > 1:
            self._start_prior = replace(self._start_prior, pseudo_count=pseudo_count)

    def _place_classes(self) -> tuple[NDArray[np.float64], Parameters]:
        """Return the variances within classes, and a component for each class, with a covariance that they share."""
        problem = self._single
        form, d, threads = _pools(problem.form), problem.rows.n_features, problem.options.threads
        moments = labeled_moments(problem, form)
        variance = labeled_variance(moments, problem)
        start = None
        if problem.options.degrees_of_freedom is not None:
            means, variance = moments_of_classes(problem, moments, _fill(problem))
            start = at_means(problem, form, means, variance)
            moments = weighted_moments(problem, start, _fill(problem))
        prior = problem.prior(form, form.target(variance), form.pseudo_count(d))
        labeled = moments.mass > 0
        start = start or uninformed(form, problem.n_classes, d, prior.target)
        fitted = m_step(moments, start, replace(prior, class_prior=None), threads)
        covariances = fitted.covariances if form.shared else start.covariances

        weights = np.where(labeled, np.exp(fitted.log_weights), 0.0)
        if not labeled.all():
            # A class without labels is taken to be as large as the average class.
            weights = np.where(labeled, weights * labeled.mean(), 1 / problem.n_classes)
        if problem.options.class_prior is not None:
            weights = problem.options.class_prior
        pooled = with_factors(form.name, weights / weights.sum(), fitted.means, covariances, prior)
        if not labeled.all():
            means = place_unlabeled_classes(problem, pooled, labeled, self._random_state)
            pooled = replace(pooled, means=means)
        return variance, pooled

    def _pooled_tolerance(self) -> float:
        """Return the least gain per unit weight that is worth another iteration of the fit that pools covariances.

        Targets of K covariances are worth nu K rows of the N that the fit counts, so that a gain in the objective of
        the pooled fit moves that of the fit by about nu K / N of it. It may stop N / (nu K) times as early as the fit,
        within `_COARSEST_POOLING`. nu is that of "auto": fits that differ in shrinkage share the target.
        """
        problem, options = self._single, self._single.options
        worth = problem.form.pseudo_count(problem.rows.n_features) * problem.n_classes
        return max(options.tol, min(_COARSEST_POOLING, options.tol * problem.rows.total_weight() / worth))

    def _choose_prior(self) -> MixturePrior:
        problem, form = self._single, self._single.form
        pseudo_count = problem.pseudo_count() or form.pseudo_count(problem.rows.n_features)
        target = form.target(self._variance)
        if form.target_is_pooled:
            pooling, start = _pools(form), self.completed(self._pooled)
            prior = problem.prior(pooling, target, pooling.pseudo_count(problem.rows.n_features))
            # However the fit is accelerated, its objective is the same.
            options = replace(problem.options, tol=self._pooled_tolerance(), accelerate="auto")
            pooled = replace(problem, options=options)
            target = problem.shared.once(
                ("pooled covariance", problem.rows, problem.scaling, start.means.tobytes()),
                lambda: pooled.climb(pooled.passes(), start, prior).parameters.covariances,
            )
        elif form.rank:
            start = self._pooled
            prior = problem.prior(form, target, form.pseudo_count(problem.rows.n_features))
            target = problem.shared.once(
                ("pooled loadings", form.rank, problem.rows, problem.scaling, start.means.tobytes()),
                lambda: pooled_covariance(problem, np.exp(start.log_weights), start.means, prior, _fill(problem)),
            )
        return problem.prior(form, target, pseudo_count)


def _pools(form: Family) -> ClosedForm:
    """Return the family, with a covariance that all classes share, by which starts measure distances."""
    pooling = FAMILIES[form.pools]
    assert isinstance(pooling, ClosedForm)
    return pooling


def uninformed(
    form: Family, n_components: int, n_features: int, covariance: NDArray[np.float64] | None = None
) -> Parameters:
    """Return components at the origin that weigh the same, with factors of standard normal ones.

    A pass with these still gives the labelled rows' moments: their class is given.
    """
    unit = form.expand(form.target(np.ones(n_features)), n_components, n_features)
    covariances = unit if covariance is None else form.expand(covariance, n_components, n_features)
    equal = np.full(n_components, -np.log(n_components))
    return Parameters(form.name, equal, np.zeros((n_components, n_features)), covariances, unit.copy())


def labeled_moments(problem: Problem, form: Family) -> Statistics:
    """Return the statistics of the labelled rows, a component per class, centred on the origin."""
    key = ("moments of labelled rows", form.name, problem.rows, problem.scaling)
    return problem.shared.once(key, lambda: _labeled_moments(problem, form))


def _labeled_moments(problem: Problem, form: Family) -> Statistics:
    start = uninformed(form, problem.n_classes, problem.rows.n_features)
    return problem.rows.labeled_moments(start, problem.scaling, _fill(problem), problem.options.threads)


def _fill(problem: Problem) -> NDArray[np.float64] | None:
    """Return what missing values of labelled rows count as.

    Moments are then of what was measured: filling a class with its own mean changes neither the mean nor the scatter.
    """
    if not problem.rows.incomplete:
        return None
    centre = problem.scaling.centre
    measured, total = problem.rows.class_sums(problem.n_classes, centre)
    return np.asarray(centre + np.where(measured > 0, total / np.where(measured > 0, measured, 1.0), 0.0))


def labeled_variance(moments: Statistics, problem: Problem) -> NDArray[np.float64]:
    """Return the variance of each column within classes, from moments centred on the origin."""
    form, mass, d = _pools(problem.form), moments.mass, moments.n_features
    means = moments.first / np.maximum(mass, np.finfo(np.float64).tiny)[:, None]
    about_origin = form.scatter(moments.second, np.zeros_like(means), mass, np.zeros_like(means))
    total = form.variances(about_origin, form.count(moments.n_components), d).sum(axis=0)
    scatter = np.maximum(total - mass @ means**2, 0.0)
    n_labeled: float | NDArray[np.float64] = mass.sum()
    n_classes: float | NDArray[np.float64] = (mass > 0).sum()
    if problem.rows.incomplete:
        measured, _ = problem.rows.class_sums(problem.n_classes, problem.scaling.centre)
        n_labeled = problem.rows.measured_weight(labeled=True)
        n_classes = (measured > 0).sum(axis=0).astype(np.float64)
    return within_class_variance(scatter, n_labeled, n_classes, problem.scaling.variance)
