"""Temperature of the class probabilities, by cross-fitting on the labelled rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold

if TYPE_CHECKING:
    from semigen.base import TrainingSet
    from semigen.deep.classifier import DeepClassifier

_MOST_FOLDS = 5
_LOG_TEMPERATURES = (-3.0, 3.0)


def cross_fitted_temperature(estimator: DeepClassifier, training: TrainingSet) -> float:
    """Temperature that makes held-out labels most probable.

    The model is fitted again for each fold of the labelled rows, which it then sees without their labels; one
    temperature divides the log-probabilities of all folds (Guo et al., "On calibration of modern neural networks",
    ICML 2017).

    Raises
    ------
    ValueError
        If a class has fewer than two labelled rows.
    """
    labels = training.labels
    labeled = np.flatnonzero(labels.labeled)
    counts = labels.counts[labels.counts > 0]
    if not len(counts) or counts.min() < 2:
        raise ValueError("calibrate=True needs two labelled rows of every class; label more, or leave it out.")
    again = clone(estimator).set_params(
        calibrate=False,
        checkpoint=None,
        callbacks=(),
        verbose=0,
        unlabeled=-1,
        classes=np.arange(len(labels.classes)),
        class_prior=estimator.class_prior_,
    )
    folds = StratifiedKFold(min(_MOST_FOLDS, int(counts.min())), shuffle=True, random_state=0)
    truth = labels.codes[labeled]
    scores = np.empty((len(labeled), len(labels.classes)))
    for _, test in folds.split(labeled, truth):
        codes = labels.codes.copy()
        codes[labeled[test]] = -1
        again.fit(training.X[:], codes, training.weights)
        scores[test] = again.predict_log_proba(training.X[labeled[test]])

    def log_loss(log_temperature: float) -> float:
        softened = scores * np.exp(-log_temperature)
        return float(np.mean(logsumexp(softened, axis=1) - softened[np.arange(len(truth)), truth]))

    found = minimize_scalar(log_loss, bounds=_LOG_TEMPERATURES, method="bounded")
    return float(np.exp(found.x))
