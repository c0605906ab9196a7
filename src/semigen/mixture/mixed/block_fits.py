"""Fits of mixtures over blocks to checked rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from semigen._runtime.threads import effective_threads
from semigen.base import TrainingSet
from semigen.labels.checks import check_labels, class_probabilities
from semigen.mixture.blocks.product import prior_of
from semigen.mixture.families import FAMILIES
from semigen.mixture.gaussian.parameters import SingularCovarianceError
from semigen.mixture.learning.fit import MixtureFit, fit_mixture
from semigen.mixture.learning.problem import MixtureOptions
from semigen.mixture.learning.progress import Progress
from semigen.mixture.mixed.held_out_choice import Setting
from semigen.mixture.options import (
    check_enough_rows,
    check_memory,
    checked_rank,
    component_counts,
    singular_error,
)
from semigen.mixture.rows.arrays import ArrayRows


class Asked(Protocol):
    """The parameters of `SemiSupervisedMixture` that a fit depends on."""

    covariance_type: str
    rank: int | str
    classes: Iterable[Any] | None
    shrinkage: str | float
    reg_covar: float
    class_prior: ArrayLike | Mapping[Any, float] | None
    max_iter: int
    tol: float
    n_init: int
    n_jobs: int | None


def learn(
    asked: Asked,
    training: TrainingSet,
    setting: Setting,
    random_state: np.random.RandomState,
    progress: Progress | None = None,
) -> MixtureFit:
    """Fit a mixture to rows that are encoded.

    Parameters
    ----------
    asked : object
        With the parameters of `SemiSupervisedMixture`.
    training : TrainingSet
        Whose `X` are `EncodedRows`.
    setting : Setting
        What unlabelled rows count, and the components of each class.
    random_state : RandomState
    progress : Progress, optional
    """
    encoded: Any = training.X
    X: NDArray[Any] = encoded.numbers
    cells, labels, form = encoded.cells(), training.labels, FAMILIES[asked.covariance_type]
    incomplete = bool(np.isnan(X).any())
    rows = ArrayRows(
        X, labels.codes, training.weights, setting.weight, labels.log_prior, incomplete=incomplete, cells=cells
    )
    effective = rows.effective_weights()
    check_labels(labels, effective, asked.classes)
    sizes = component_counts(setting.n_components, labels.classes)
    check_enough_rows(sizes, labels, effective)
    rank = checked_rank(asked.rank, form, rows.n_features, int((effective > 0).sum()))
    check_memory(form.of_rank(rank), int(sizes.sum()), rows.n_features)
    # Of no numbers a single variance, without a prior, is at rest from the start.
    nothing = bool(np.isnan(X).all())
    options = MixtureOptions(
        family="tied_spherical" if nothing else asked.covariance_type,
        sizes=sizes,
        class_prior=class_probabilities(asked.class_prior, labels.classes),
        shrinkage=0.0 if nothing else None if isinstance(asked.shrinkage, str) else float(asked.shrinkage),
        reg_covar=float(asked.reg_covar),
        max_iter=int(asked.max_iter),
        tol=float(asked.tol),
        n_init=int(asked.n_init),
        threads=effective_threads(asked.n_jobs),
        missing_allowed=True,
        rank=0 if nothing else rank,
        blocks=None if cells is None else prior_of(cells.blocks, cells.cells.sums(effective[:, None])[:, 0]),
    )
    try:
        return fit_mixture(rows, options, random_state, progress=progress)
    except SingularCovarianceError as error:
        raise singular_error(error, labels.names, asked.shrinkage, asked.reg_covar) from None
