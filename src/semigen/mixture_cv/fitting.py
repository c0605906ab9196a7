"""One candidate fitted to all rows, or to those that a fold leaves."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from semigen.labels import UNLABELED_CODE
from semigen.mixture import SemiSupervisedGMM
from semigen.mixture.missing import NothingMeasuredError
from semigen.mixture_cv.candidates import Candidate

# Looser than a mixture's own default: the average of many candidates does not change with the last digits of one.
_TOL = 1e-4


def fitted(
    candidate: Candidate,
    X: NDArray[Any],
    targets: NDArray[Any],
    weights: NDArray[np.float64],
    options: Mapping[str, Any],
) -> SemiSupervisedGMM:
    """The candidate's mixture, fitted to rows with codes or probabilities for labels."""
    model = candidate.estimator(X.shape[1], unlabeled=UNLABELED_CODE, tol=_TOL, n_jobs=1, **options)
    with warnings.catch_warnings():
        # One candidate of many that has not quite settled is no news.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, targets, sample_weight=weights)


def answers(
    candidate: Candidate,
    X: NDArray[Any],
    targets: NDArray[Any],
    weights: NDArray[np.float64],
    tested: NDArray[np.int64],
    options: Mapping[str, Any],
) -> NDArray[np.float64]:
    """Class probabilities of the tested rows, given by numbers, from a fit to all the others.

    Equal ones where the candidate cannot be fitted to the others, as they lack a column altogether: it knows nothing.
    """
    kept = np.ones(len(X), dtype=bool)
    kept[tested] = False
    try:
        model = fitted(candidate, X[kept], targets[kept], weights[kept], options)
    except NothingMeasuredError:
        n_classes = len(options["classes"])
        return np.full((len(tested), n_classes), 1 / n_classes)
    return model.predict_proba(X[tested])
