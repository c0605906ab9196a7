"""Fits of mixtures to checked training rows: what the estimator, the guard and the cross-validated mixture call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state

from semigen._runtime.threads import effective_threads
from semigen.base import TrainingSet
from semigen.labels.checks import check_labels, class_probabilities
from semigen.mixture.families import FAMILIES, Family
from semigen.mixture.gaussian.parameters import SingularCovarianceError
from semigen.mixture.guard import EM, PESSIMISTIC, Fitter, can_be_pessimistic
from semigen.mixture.labels_not_at_random import check_label_mechanism, with_label_mechanism
from semigen.mixture.learning.em import Fit
from semigen.mixture.learning.fit import MixtureFit, Start, fit_mixture, mixture_fit
from semigen.mixture.learning.pessimistic import contrastive_pessimistic
from semigen.mixture.learning.problem import MixtureOptions, Problem
from semigen.mixture.learning.progress import Progress
from semigen.mixture.learning.shared_work import SharedWork
from semigen.mixture.learning.unlabeled_class_prior import with_class_prior_of
from semigen.mixture.no_class_options import checked_no_class
from semigen.mixture.options import (
    NORMAL,
    check_enough_rows,
    check_memory,
    checked_degrees,
    checked_label_noise,
    checked_rank,
    component_counts,
    singular_error,
)
from semigen.mixture.partitions.surveyed import Surveyed
from semigen.mixture.rows.arrays import ArrayRows
from semigen.mixture.rows.missing_patterns import check_measured
from semigen.mixture.rows.noisy_labels import with_noise
from semigen.mixture.rows.source import Rows
from semigen.model_selection.paired_test import SUPERVISED


class Asked(Protocol):
    """The parameters of `SemiSupervisedGMM` that a fit depends on."""

    covariance_type: str
    distribution: str
    degrees_of_freedom: float | str
    rank: int | str
    n_components: int | Mapping[Any, int] | str
    classes: Iterable[Any] | None
    shrinkage: str | float
    reg_covar: float
    missing: str
    class_prior: ArrayLike | Mapping[Any, float] | str | None
    label_noise: ArrayLike | str | None
    label_mechanism: str | None
    noise: str | None
    novelty: int | str | None
    unknown_label: Any
    init: str | Mapping[str, ArrayLike]
    warm_start: bool
    unlabeled: object
    unlabeled_weight: float
    max_iter: int
    tol: float
    n_init: int
    accelerate: str | None
    prune: bool
    n_jobs: int | None
    random_state: Any


def learn(
    asked: Asked,
    training: TrainingSet | Surveyed,
    random_state: np.random.RandomState,
    choose_start: Callable[[Family, NDArray[np.int64]], Start | None] | None = None,
    *,
    unlabeled_weight: float | None = None,
    progress: Progress | None = None,
    shared: SharedWork | None = None,
) -> MixtureFit:
    """Fit a mixture to checked rows.

    Whoever calls keeps BLAS to one thread: sums of several threads differ with their number.

    Parameters
    ----------
    asked : object
        With the parameters of `SemiSupervisedGMM`.
    training : TrainingSet or Surveyed
        Rows in memory, or in parts.
    random_state : RandomState
    choose_start, progress, shared
        As in `fit_mixture`.
    unlabeled_weight : float, optional
        In place of that of `asked`.
    """
    weight = float(asked.unlabeled_weight if unlabeled_weight is None else unlabeled_weight)
    shared = shared or SharedWork()
    known = training.known_rows() if isinstance(training, Surveyed) else training
    marginal = asked.missing == "marginal"
    in_memory = shared.once(("rows", weight), lambda: rows_of(known, weight, missing_allowed=marginal))
    labels, effective = known.labels, in_memory.effective_weights()
    check_labels(labels, effective, asked.classes)
    # Without the unlabelled rows the guard's supervised fit is the same whatever says which rows they are.
    mechanism = None if weight == 0 < asked.unlabeled_weight else asked.label_mechanism
    if mechanism is not None:
        check_label_mechanism(asked, labels, effective, in_parts=isinstance(training, Surveyed))
    noise = checked_label_noise(asked.label_noise, labels)
    of_rows = training.labels if isinstance(training, Surveyed) else labels
    rows: Rows = with_noise(training.rows(weight) if isinstance(training, Surveyed) else in_memory, of_rows, noise)
    if rows.incomplete:
        check_measured(rows.measured_weight())
    beside = checked_no_class(asked, labels, effective, weight)
    known_sizes = component_counts(asked.n_components, labels.classes)
    sizes = np.concatenate([known_sizes, np.ones(beside.n_novel, dtype=np.int64)])
    check_enough_rows(sizes, labels, effective)
    n_counting = int((effective > 0).sum())
    rank = checked_rank(asked.rank, FAMILIES[asked.covariance_type], rows.n_features, n_counting)
    check_memory(FAMILIES[asked.covariance_type].of_rank(rank), int(sizes.sum()), rows.n_features)
    by_unlabeled = isinstance(asked.class_prior, str)  # "unlabeled"
    if by_unlabeled and noise is not None:
        raise ValueError(
            "class_prior='unlabeled' takes labels to be drawn class by class, and label_noise does not know of which "
            "class a label is: use one of the two, with class_prior=None or known probabilities."
        )
    if noise is not None and asked.distribution != NORMAL:
        raise ValueError(
            f"label_noise is estimated with Gaussian components only, and distribution={asked.distribution!r} is "
            "asked for: take distribution='normal', or label_noise=None."
        )
    options = MixtureOptions(
        family=asked.covariance_type,
        sizes=sizes,
        by_bic=isinstance(asked.n_components, str),
        class_prior=None if by_unlabeled else class_probabilities(asked.class_prior, labels.classes),
        drawn_by_class=by_unlabeled and weight > 0,
        shrinkage=None if isinstance(asked.shrinkage, str) else float(asked.shrinkage),
        reg_covar=float(asked.reg_covar),
        max_iter=int(asked.max_iter),
        tol=float(asked.tol),
        n_init=int(asked.n_init),
        accelerate=asked.accelerate,
        prune=bool(asked.prune),
        threads=effective_threads(asked.n_jobs),
        missing_allowed=marginal,
        degrees_of_freedom=checked_degrees(asked.distribution, asked.degrees_of_freedom),
        rank=rank,
        label_noise=noise,
        noise=beside.noise,
        n_novel=beside.n_novel,
        novel_by=beside.by,
    )
    try:
        fit = fit_mixture(rows, options, random_state, choose_start=choose_start, progress=progress, shared=shared)
        if mechanism is not None:
            fit = with_label_mechanism(mechanism, rows, fit, labels.classes)
    except SingularCovarianceError as error:
        raise singular_error(error, labels.names, asked.shrinkage, asked.reg_covar) from None
    if by_unlabeled and weight == 0:
        if isinstance(training, Surveyed):
            return with_class_prior_of(training.rows(1.0), fit)
        return with_class_prior_of(rows_of(known, 1.0, missing_allowed=rows.incomplete), fit)
    return fit


def variants(asked: Asked, training: TrainingSet, *, pessimistic: bool) -> dict[str, Fitter]:
    """Return what fits a mixture to rows in the ways that the guard compares, each afresh.

    Parameters
    ----------
    asked : object
        With the parameters of `SemiSupervisedGMM`.
    training : TrainingSet
        Rows that count.
    pessimistic : bool
        Whether the pessimistic fit competes, where it can.
    """
    weight = float(asked.unlabeled_weight)

    def fit(unlabeled_weight: float, rows: TrainingSet) -> MixtureFit:
        random_state = check_random_state(deepcopy(asked.random_state))
        return learn(asked, rows, random_state, unlabeled_weight=unlabeled_weight)

    fitters: dict[str, Fitter] = {SUPERVISED: partial(fit, 0.0)}
    if weight > 0 and training.labels.unlabeled.any():
        fitters[EM] = partial(fit, weight)
        of_no_class = (asked.noise, asked.novelty, asked.unknown_label)
        plain = all(each is None for each in (asked.label_noise, asked.label_mechanism, *of_no_class))
        sure = pessimistic and plain and asked.distribution == NORMAL
        if sure and can_be_pessimistic(training, asked.n_components, asked.class_prior, asked.covariance_type):
            fitters[PESSIMISTIC] = lambda rows: turn_pessimistic(fit(0.0, rows), rows, weight)
    return fitters


def rows_of(training: TrainingSet, unlabeled_weight: float, *, missing_allowed: bool) -> ArrayRows:
    """Return checked rows as a source of rows."""
    return ArrayRows(
        training.X,
        training.labels.codes,
        training.weights,
        unlabeled_weight,
        training.labels.log_prior,
        incomplete=missing_allowed and bool(np.isnan(training.X).any()),
    )


def turn_pessimistic(supervised: MixtureFit, training: TrainingSet, unlabeled_weight: float) -> MixtureFit:
    """Return the fit that no labels of the unlabelled rows can make less likely than the supervised one."""
    X = training.X.astype(np.float64, copy=False)
    rows = ArrayRows(X, training.labels.codes, training.weights, unlabeled_weight)
    problem = Problem(rows, supervised.scaling, supervised.options)
    start, prior, threads = supervised.parameters, supervised.prior, supervised.options.threads
    weights = rows.effective_weights()
    found = contrastive_pessimistic(
        supervised.scaling.apply(X), training.labels.codes, weights, start, prior, threads=threads
    )
    passes = problem.passes()
    log_likelihood = [passes.expectation(each).log_likelihood for each in (start, found.parameters)]
    history = (log_likelihood + np.array([start.log_prior, found.parameters.log_prior])) / passes.total_weight
    # What it guarantees holds after any number of steps: there is nothing that might not have settled.
    fit = Fit(found.parameters, history, log_likelihood[1], converged=True, n_passes=2)
    return mixture_fit(fit, prior, problem)
