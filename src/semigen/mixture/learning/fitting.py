"""How a mixture is fitted to checked rows, once or from several starts."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from semigen._runtime.callers import outside
from semigen._runtime.threads import effective_threads
from semigen.base import TrainingSet
from semigen.labels import UNSURE_CODE
from semigen.labels.checks import check_labels, class_probabilities
from semigen.mixture import options
from semigen.mixture.fitted import FittedMixture
from semigen.mixture.gaussian import original_units as units
from semigen.mixture.gaussian.parameters import Parameters, SingularCovarianceError
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.gaussian.scaling import coordinates_of
from semigen.mixture.learning.em import Fit
from semigen.mixture.learning.number_of_components import with_components_by_bic
from semigen.mixture.learning.pessimistic import contrastive_pessimistic
from semigen.mixture.learning.problem import Problem
from semigen.mixture.learning.progress import Progress
from semigen.mixture.learning.shared_work import SharedWork
from semigen.mixture.learning.starts import LabeledStart
from semigen.mixture.rows.arrays import TrainingRows
from semigen.mixture.rows.missing_patterns import check_measured


class LearntMixture(FittedMixture):
    """Base of `SemiSupervisedGMM`: from its options and checked rows to the attributes of a fit.

    Whoever calls `_learn` keeps BLAS to one thread: sums of several threads differ with their number.
    """

    covariance_type: str
    n_components: int | Mapping[Any, int] | str
    classes: Iterable[Any] | None
    unlabeled_weight: float
    shrinkage: str | float
    reg_covar: float
    class_prior: ArrayLike | Mapping[Any, float] | None
    max_iter: int
    tol: float
    n_init: int
    init: str | Mapping[str, ArrayLike]
    warm_start: bool
    accelerate: str | None
    prune: bool
    verbose: int
    _prior: MixturePrior
    _ran_out: bool

    def _learn(self, training: TrainingSet, shared: SharedWork | None = None, *, transduces: bool = True) -> Self:
        """Fit to checked rows; whether it settled is for the caller to tell.

        Without transduction there is no `transduction_`, for fits of which nobody sees it.
        """
        fits, prior, problem = self._climb(self._problem(training, shared or SharedWork()), training)
        best = max(fits, key=lambda fit: fit.objective)
        self._ran_out = best.n_passes > self.max_iter
        self._keep(best, prior, problem, training)
        if transduces:
            self.transduction_ = self.classes_[self._transduced(training)]
        return self

    def _warn_unless_converged(self) -> None:
        """Tell the caller of `fit` that it has not settled."""
        if self.converged_:
            return
        remedy = "Raise max_iter, or loosen tol."
        if not self._ran_out:
            remedy = "Rounding keeps it from rising further: raise reg_covar or shrinkage, or pass X as float64."
        warnings.warn(
            f"EM stopped after {self.n_iter_} iterations (max_iter={self.max_iter}) before the objective settled to "
            f"tol={self.tol}. {remedy}",
            ConvergenceWarning,
            stacklevel=outside(),
        )

    def _turn_pessimistic(self, training: TrainingSet, unlabeled_weight: float) -> Self:
        """From the supervised fit to the one that no labels of the unlabelled rows can make less likely than it."""
        exact = TrainingSet(training.X.astype(np.float64, copy=False), training.labels, training.weights)
        problem = replace(
            self._problem(exact, SharedWork()),
            rows=TrainingRows(exact.X, exact.labels.codes, exact.weights, unlabeled_weight),
            coordinates=self._coordinates,
        )
        supervised, prior = self._parameters, self._prior
        found = contrastive_pessimistic(
            problem.coordinates.apply(exact.X),
            exact.labels.codes,
            problem.rows.effective_weights(),
            supervised,
            prior,
            threads=problem.threads,
        )
        passes = problem.passes()
        log_likelihood = [passes.expectation(each).log_likelihood for each in (supervised, found.parameters)]
        log_prior = np.array([supervised.log_prior, found.parameters.log_prior])
        history = (log_likelihood + log_prior) / passes.total_weight
        # What it guarantees holds after any number of steps: there is nothing that might not have settled.
        fit = Fit(found.parameters, history, log_likelihood[1], converged=True, n_passes=2)
        self._keep(fit, prior, problem, exact)
        self.transduction_ = self.classes_[self._transduced(exact)]
        return self

    def _problem(self, training: TrainingSet, shared: SharedWork) -> Problem:
        labels, unlabeled_weight = training.labels, float(self.unlabeled_weight)
        rows = shared.once(
            ("rows", unlabeled_weight),
            lambda: TrainingRows(
                training.X,
                labels.codes,
                training.weights,
                unlabeled_weight,
                labels.log_prior,
                incomplete=self._missing_allowed and bool(np.isnan(training.X).any()),
            ),
        )
        effective = rows.effective_weights()
        check_labels(labels, effective, self.classes)
        if rows.incomplete:
            check_measured(rows.X, effective)
        sizes = options.component_counts(self.n_components, labels.classes)
        options.check_enough_rows(sizes, labels, effective)
        common_scale = self.covariance_type == "spherical"
        return Problem(
            rows=rows,
            coordinates=shared.once(
                ("coordinates", rows, common_scale),
                lambda: coordinates_of(rows.X, effective, common_scale=common_scale, incomplete=rows.incomplete),
            ),
            family=self.covariance_type,
            class_first=np.concatenate(([0], np.cumsum(sizes))),
            class_prior=class_probabilities(self.class_prior, labels.classes),
            shrinkage=None if isinstance(self.shrinkage, str) else float(self.shrinkage),
            reg_covar=float(self.reg_covar),
            max_iter=int(self.max_iter),
            tol=float(self.tol),
            accelerate=self.accelerate,
            prune=bool(self.prune),
            threads=effective_threads(self.n_jobs),
            shared=shared,
        )

    def _climb(self, problem: Problem, training: TrainingSet) -> tuple[list[Fit], MixturePrior, Problem]:
        """A fit from every start, the prior that they share, and the problem with all that was chosen."""
        random_state = check_random_state(self.random_state)
        progress = Progress(int(self.verbose), training.labels)
        try:
            if isinstance(self.n_components, str):
                problem = with_components_by_bic(problem, random_state)
            labeled_start = LabeledStart(problem, random_state)
            passes = problem.passes()
            fits = []
            for number in range(self.n_init):
                start = labeled_start.draw(perturbed=number > 0)
                if number == 0:
                    start = self._chosen_start(problem, labeled_start, training) or start
                fit = problem.climb(passes, start, labeled_start.prior, progress.iterations(number))
                progress.fitted(number, fit)
                fits.append(fit)
        except SingularCovarianceError as error:
            raise options.singular_error(error.component, problem, training.labels, self) from None
        return fits, labeled_start.prior, problem

    def _chosen_start(self, problem: Problem, labeled_start: LabeledStart, training: TrainingSet) -> Parameters | None:
        """The start that `init` or `warm_start` asks for, if any."""
        prior = labeled_start.prior
        if self.warm_start and self._fits_like(problem, training):
            return units.start_from(
                self.weights_, self.means_, self.covariances_, self.covariance_type, problem.coordinates, prior
            )
        if isinstance(self.init, str):
            return None
        weights, means, covariances = options.given_start(self.init, problem)
        return units.start_from(weights, means, covariances, problem.family, problem.coordinates, prior)

    def _fits_like(self, problem: Problem, training: TrainingSet) -> bool:
        """Whether the previous fit has the shape of this problem."""
        return (
            hasattr(self, "_parameters")
            and self._parameters.family == problem.family
            and self._parameters.means.shape[1] == problem.n_features
            and np.array_equal(self.classes_, training.labels.classes)
            and np.array_equal(self._class_first, problem.class_first)
        )

    def _keep(self, fit: Fit, prior: MixturePrior, problem: Problem, training: TrainingSet) -> None:
        """Set the attributes that a fit leaves."""
        labels = training.labels
        self._parameters, self._coordinates, self._prior = fit.parameters, problem.coordinates, prior
        self._class_first = problem.class_first
        self._class_prior_was_fixed = problem.class_prior is not None
        self._dtype = training.X.dtype
        self.classes_ = labels.classes
        self.n_components_ = problem.sizes
        self.component_class_ = np.repeat(np.arange(problem.n_classes), problem.sizes)
        self.weights_ = np.exp(fit.parameters.log_weights)
        self.weights_ /= self.weights_.sum()
        self.class_prior_ = np.add.reduceat(self.weights_, problem.class_first[:-1])
        self.means_, self.covariances_, self.precisions_cholesky_ = units.in_units(fit.parameters, problem.coordinates)
        self.n_iter_ = fit.n_iter
        self.converged_ = fit.converged
        measured = problem.rows.measured_weight()
        effective = problem.rows.effective_weights()
        self._total_weight = float(effective.sum())
        self._uses_unlabeled = bool(effective[labels.unlabeled].any())
        offset = units.objective_offset(fit.parameters, prior, problem.coordinates, measured, self._total_weight)
        self.history_ = fit.history + offset
        self.log_likelihood_ = units.log_likelihood_in_units(fit, problem.coordinates, measured)
        self.n_labeled_ = labels.counts
        self.n_unsure_ = int((labels.codes == UNSURE_CODE).sum())
        self.n_unlabeled_ = int(labels.unlabeled.sum())
        self._check_finite()

    def _check_finite(self) -> None:
        """Refuse a fit that left the range of floating-point numbers, whatever took it there."""
        for name in ("weights_", "means_", "covariances_", "precisions_cholesky_", "history_", "log_likelihood_"):
            if not np.isfinite(getattr(self, name)).all():
                raise ValueError(
                    f"The fit ended with values in {name} that are no finite numbers: values in X, sample_weight or "
                    "init are beyond what can be computed with. Rescale them, or pass X as float64."
                )
