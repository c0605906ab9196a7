"""fit_mixture: from rows and options to a fitted mixture, with no estimator involved."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from semigen._version import __version__
from semigen.mixture.blocks.product import BlockCells
from semigen.mixture.families import Family
from semigen.mixture.gaussian import scaling as units
from semigen.mixture.gaussian.label_noise import of_given_labels
from semigen.mixture.gaussian.m_step import m_step
from semigen.mixture.gaussian.no_class import NoClass, prior_of_known, set_apart
from semigen.mixture.gaussian.parameters import Parameters, SingularCovarianceError, Statistics
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.gaussian.student_t import n_free
from semigen.mixture.label_mechanism import LabelMechanism
from semigen.mixture.learning.em import Fit
from semigen.mixture.learning.number_of_components import with_components_by_bic
from semigen.mixture.learning.number_of_novel import with_novel_by_criterion
from semigen.mixture.learning.problem import MixtureOptions, Problem
from semigen.mixture.learning.progress import Progress
from semigen.mixture.learning.shared_work import SharedWork
from semigen.mixture.learning.starts import LabeledStart
from semigen.mixture.rows.arrays import ArrayRows
from semigen.mixture.rows.noisy_labels import NoisyRows
from semigen.mixture.rows.scoring import Scoring
from semigen.mixture.rows.source import Rows, scale_columns
from semigen.persistence.pickled import VersionedPart

Start = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""Weights, means and covariances of all components, in the units of the data."""


@dataclass(frozen=True, eq=False)
class MixtureFit(VersionedPart):
    """A fitted mixture.

    Attributes
    ----------
    parameters : Parameters
        Of scaled columns.
    prior : MixturePrior
    scaling : Scaling
    options : MixtureOptions
        With the numbers of components that were chosen.
    history : array
        The penalised objective per unit weight, in the units of the data, at the start and after every step.
    log_likelihood : float
        Weighted log-likelihood of the rows, in the units of the data.
    total_weight : float
        What all rows count together.
    converged : bool
    ran_out : bool
        Whether the fit ended because there were no iterations left.
    dtype : dtype
        Of the rows.
    label_mechanism : LabelMechanism or None
        Which rows have a label, where that was estimated.
    no_class : NoClass or None
        Novel components and noise, of which `parameters` and `prior` have nothing; None if there are none.
    """

    parameters: Parameters
    prior: MixturePrior
    scaling: Scaling
    options: MixtureOptions
    history: NDArray[np.float64]
    log_likelihood: float
    total_weight: float
    converged: bool
    ran_out: bool
    dtype: Any
    label_mechanism: LabelMechanism | None = None
    no_class: NoClass | None = None

    @property
    def n_iter(self) -> int:
        """Steps taken and kept."""
        return len(self.history) - 1

    @property
    def weight_of_classes(self) -> float:
        """What the rows of known classes count together, noise included."""
        return self.total_weight * (1.0 if self.no_class is None else 1 - self.no_class.novel_weight)

    @property
    def class_first(self) -> NDArray[np.int64]:
        """First component of each class, and the number of components."""
        return self.prior.class_first

    @property
    def confusion(self) -> NDArray[np.float64] | None:
        """Probabilities of given labels (last axis) by annotator and class; None if all labels are right."""
        if self.options.label_noise is None:
            return None
        found = self.parameters.confusion
        return self.options.label_noise.start if found is None else found

    @property
    def n_parameters(self) -> int:
        """Numbers that were free to be fitted."""
        n_components, n_features = self.parameters.means.shape
        n_novel = 0 if self.no_class is None else self.no_class.n_novel
        options, form = self.options, self.parameters.form
        found: int = form.free_parameters(n_components + n_novel, n_features)
        found += n_free(n_components, options.learnt_degrees)
        found += n_components - (1 if options.class_prior is None else len(options.sizes)) + n_novel
        found += self.no_class is not None and self.no_class.noise is not None
        return found + (0 if options.label_noise is None else options.label_noise.free_parameters)

    def has_shape(self, form: Family, n_features: int, class_first: NDArray[np.int64]) -> bool:
        """Return whether the mixture is of this family and rank, with so many columns and components."""
        mine = (self.parameters.family, self.parameters.form.rank, self.parameters.n_features)
        return mine == (form.name, form.rank, n_features) and np.array_equal(self.class_first, class_first)

    def scoring(
        self, X: NDArray[Any], first_component: NDArray[np.int64], threads: int, cells: BlockCells | None = None
    ) -> Scoring:
        """Return what scores checked rows by groups of consecutive components."""
        incomplete = _has_gaps(X)
        return Scoring(self.scaling, self.parameters, first_component, threads, incomplete=incomplete, cells=cells)

    def in_dtype(self, X: NDArray[Any]) -> NDArray[Any]:
        """Return rows as float64 if the fit was: scaled columns may lie outside what float32 can hold."""
        return X.astype(np.float64, copy=False) if self.dtype == np.float64 else X

    def log_joint(
        self, X: NDArray[Any], first_component: NDArray[np.int64], threads: int, cells: BlockCells | None = None
    ) -> NDArray[np.float64]:
        """Return log p(x, group) of checked rows, for groups of consecutive components."""
        rows = self.in_dtype(X)
        return self.scoring(rows, first_component, threads, cells).class_scores(rows)

    def likeliest_classes(self, X: NDArray[Any], chosen: NDArray[np.int64], threads: int) -> NDArray[np.int64]:
        """Return the codes of the most probable classes of some checked rows, without holding the scores of all."""
        rows = self.in_dtype(X)
        return self.scoring(rows, self.class_first, threads).likeliest_classes(rows, chosen)

    def digest(self, classes: Sequence[Any]) -> str:
        """Return a digest of all that statistics are relative to, for these classes and this version."""
        named = [(type(name).__name__, name if isinstance(name, str | int | float | bytes) else "") for name in classes]
        found = hashlib.sha256(repr((__version__, self.parameters.family, named)).encode())
        prior = self.prior
        of_prior = (prior.target, prior.floor, np.array(prior.pseudo_count), prior.class_prior)
        of_parameters = [self.parameters.log_weights, self.parameters.means, self.parameters.covariances]
        if self.confusion is not None:
            of_parameters.append(self.confusion)
        for array in (*of_parameters, self.scaling.centre, self.scaling.scale, prior.class_first, *of_prior):
            found.update(b"-" if array is None else np.ascontiguousarray(array, dtype="<f8").tobytes())
        if self.parameters.degrees_of_freedom is not None:
            found.update(self.parameters.degrees_of_freedom.astype("<f8").tobytes())
        return found.hexdigest()

    def statistics(self, rows: ArrayRows | NoisyRows, classes: Sequence[Any], threads: int) -> Statistics:
        """Return the statistics of checked rows at these parameters, with densities in the units of the data.

        Raises
        ------
        ValueError
            If labels do not say how frequent classes are: statistics do not keep them apart from the other rows.
        """
        if self.options.drawn_by_class:
            raise ValueError(
                "With class_prior='unlabeled' labelled rows do not count in the class probabilities, and statistics do "
                "not keep them apart. Fit with class_prior=None, or with known probabilities, to go on by statistics "
                "or partial_fit."
            )
        if self.label_mechanism is not None:
            raise ValueError(
                "With label_mechanism a fit is also about which rows have a label, and statistics do not tell: fit "
                "with label_mechanism=None to go on by statistics or partial_fit."
            )
        passes = rows.passes(self.scaling, self.class_first, threads, prune=self.options.prune)
        found = passes.expectation(self.parameters)
        flat = found.flat
        flat[0] = units.log_likelihood_in_original_units(float(flat[0]), self.scaling, rows.measured_weight())
        return replace(found, made_with=self.digest(classes))

    def updated(self, statistics: Statistics, classes: Sequence[Any], threads: int) -> MixtureFit:
        """Return the mixture after an M step with statistics that `statistics` made.

        Raises
        ------
        ValueError
            If they were made with other parameters, or are of no rows.
        """
        if not isinstance(statistics, Statistics):
            raise TypeError(
                f"update takes what `statistics` returns, or sums of it, and got a {type(statistics).__name__}."
            )
        if statistics.made_with != self.digest(classes):
            raise ValueError(
                "These statistics were made with other parameters than the mixture has now (or by another mixture or "
                "version), and are about other means; make them again after each update."
            )
        total = float(statistics.mass.sum())
        if not total > 0:
            raise ValueError("These statistics are of no rows that count, so there is nothing to learn from them.")
        n_covariances = self.parameters.form.count(self.parameters.n_components)
        of_prior = self.parameters.log_prior + self.prior.pseudo_count * n_covariances * self.scaling.log_volume
        try:
            parameters = m_step(statistics, self.parameters, self.prior, threads)
        except SingularCovarianceError as error:
            raise error.of_class(self.class_first, shared=self.parameters.form.shared) from None
        return replace(
            self,
            parameters=parameters,
            history=np.append(self.history, (statistics.log_likelihood + of_prior) / total),
            log_likelihood=statistics.log_likelihood,
            total_weight=total,
        )

    def probabilities(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Return the class probabilities of checked rows, among rows that come as the labelled ones do.

        Where labels may be wrong, those of the labels that would be given.
        """
        joint = self.log_joint(X, self.class_first, self.options.threads) + self.shift_to_labels()
        posterior: NDArray[np.float64] = softmax(joint, axis=1)
        return posterior if self.confusion is None else of_given_labels(posterior, self.confusion)

    def among_unlabeled(self) -> MixtureFit:
        """Return the mixture whose classes are as frequent as among the training rows without a label."""
        apart = None if self.label_mechanism is None else self.label_mechanism.log_odds_of_classes()
        if apart is None:
            return self
        moved = self.parameters.log_weights + np.repeat(apart[1], self.options.sizes)
        return replace(self, parameters=replace(self.parameters, log_weights=moved - np.logaddexp.reduce(moved)))

    def shift_to_labels(self) -> NDArray[np.float64] | float:
        """Return what to add to log p(x, class) so that classes are as frequent as among the labels.

        Nothing, where labels say how frequent classes are.
        """
        apart = None if self.label_mechanism is None else self.label_mechanism.log_odds_of_classes()
        if apart is not None:
            return apart[0]
        if self.prior.drawn_by_class is None:
            return 0.0
        of_classes = np.logaddexp.reduceat(self.parameters.log_weights, self.class_first[:-1])
        return np.asarray(np.log(self.prior.drawn_by_class + 1.0) - of_classes)


def fit_mixture(
    rows: Rows,
    options: MixtureOptions,
    random_state: np.random.RandomState,
    *,
    choose_start: Callable[[Family, NDArray[np.int64]], Start | None] | None = None,
    progress: Progress | None = None,
    shared: SharedWork | None = None,
) -> MixtureFit:
    """Fit a mixture to rows, from one start or several, and return the best fit.

    BLAS must be kept to one thread meanwhile (`single_threaded_blas`): sums of several threads differ with their
    number.

    Parameters
    ----------
    rows : Rows
        Any source of rows.
    options : MixtureOptions
    random_state : RandomState
        Of starts and of the number of components.
    choose_start : callable, optional
        From the family and the first component of each class to a start for the first fit, or None for one from the
        labelled rows.
    progress : Progress, optional
        Told of iterations and fits.
    shared : SharedWork, optional
        Results of other fits to the same rows.

    Raises
    ------
    SingularCovarianceError
        If a covariance is singular and neither prior nor floor forbids it; its `class_code` says of which class.
    """
    shared = shared or SharedWork()
    one_scale = Problem(rows, Scaling.none(1), options).form.one_scale
    scaling = shared.once(("scaling", rows, one_scale), lambda: scale_columns(rows, one_scale=one_scale))
    problem = Problem(rows, scaling, options, shared)
    try:
        if options.novel_by is not None:
            problem = with_novel_by_criterion(problem, random_state)
        if options.by_bic:
            problem = with_components_by_bic(problem, random_state)
        labeled_start = LabeledStart(problem, random_state)
        prior, passes = labeled_start.prior, problem.passes()
        fits = []
        for number in range(options.n_init):
            start = labeled_start.draw(perturbed=number > 0)
            given = None
            if choose_start is not None and number == 0:
                given = choose_start(problem.form, problem.class_first)
            if given is not None:
                start = labeled_start.completed(units.from_original_units(*given, problem.scaling, prior))
            on_iteration = None if progress is None else progress.iterations(number)
            fit = problem.climb(passes, start, prior, on_iteration)
            if progress is not None:
                progress.fitted(number, fit)
            fits.append(fit)
    except SingularCovarianceError as error:
        raise error.of_class(problem.class_first, shared=problem.form.shared) from None
    return mixture_fit(max(fits, key=lambda fit: fit.objective), prior, problem)


def mixture_fit(fit: Fit, prior: MixturePrior, problem: Problem) -> MixtureFit:
    """Return a fit of EM as one of a mixture in the units of the data."""
    measured, total = problem.rows.measured_weight(), problem.rows.total_weight()
    offset = units.objective_offset(fit.parameters, prior, problem.scaling, measured, total)
    options, n_known = problem.options, problem.n_classes - problem.options.n_novel
    known, no_class = set_apart(fit.parameters, options.n_novel)
    if options.n_novel:
        prior, options = prior_of_known(prior, n_known), replace(options, sizes=options.sizes[:n_known])
    return MixtureFit(
        known,
        prior,
        problem.scaling,
        options,
        fit.history + offset,
        units.log_likelihood_in_original_units(fit.log_likelihood, problem.scaling, measured),
        total,
        fit.converged,
        ran_out=fit.n_passes > problem.options.max_iter,
        dtype=problem.rows.dtype,
        no_class=no_class,
    )


def _has_gaps(X: NDArray[Any]) -> bool:
    """Return whether a value of some checked rows is missing; a sum tells in a fifth of the time that none is."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isnan(X.sum()) and np.isnan(X).any())
