"""One candidate fitted to all rows, or to those that a fold leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from semigen.base import TrainingSet
from semigen.labels import UNLABELED_CODE
from semigen.mixture import SemiSupervisedGMM
from semigen.mixture.missing import NothingMeasuredError
from semigen.mixture_cv.candidates import Candidate

# Looser than a mixture's own default: the average of many candidates does not change with the last digits of one.
_TOL = 1e-4


def fitted(candidate: Candidate, training: TrainingSet, options: Mapping[str, Any]) -> SemiSupervisedGMM:
    """The candidate's mixture, fitted to rows that were checked and transformed before."""
    n_features = training.X.shape[1]
    model = candidate.estimator(n_features, unlabeled=UNLABELED_CODE, tol=_TOL, n_jobs=1, **options)
    model.n_features_in_ = n_features
    return model._learn(training)


def probabilities(model: SemiSupervisedGMM, X: NDArray[Any]) -> NDArray[np.float64]:
    """Class probabilities of rows that were checked and transformed before."""
    posterior: NDArray[np.float64] = softmax(model._log_posterior(X), axis=1)
    return posterior


def answers(
    candidate: Candidate,
    training: TrainingSet,
    tested: NDArray[np.int64],
    apart: NDArray[np.int64],
    options: Mapping[str, Any],
) -> NDArray[np.float64]:
    """Class probabilities of the tested rows, given by numbers, from a fit to all but those that are kept apart.

    Equal ones where the candidate cannot be fitted to the others, as they lack a column altogether: it knows nothing.
    """
    others = np.setdiff1d(np.arange(len(training.X)), apart)
    try:
        model = fitted(candidate, training.part(others), options)
    except NothingMeasuredError:
        n_classes = len(training.labels.classes)
        return np.full((len(tested), n_classes), 1 / n_classes)
    return probabilities(model, training.X[tested])
