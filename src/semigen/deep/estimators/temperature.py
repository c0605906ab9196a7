"""Temperature of the class probabilities, by cross-fitting on the labelled rows."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedKFold

from semigen._runtime.callers import outside
from semigen.deep.estimators.fitting import settings_of
from semigen.labels import UNLABELED_CODE
from semigen.model_selection.cross_fit import Fold, cross_fit

if TYPE_CHECKING:
    from semigen.base import TrainingSet
    from semigen.deep.estimators.deep_classifier import DeepClassifier
    from semigen.labels import Labels

_MOST_FOLDS = 5
_LOG_TEMPERATURES = (-3.0, 3.0)


def check_enough_to_calibrate(labels: Labels) -> None:
    """Refuse labels that leave a class out of the folds."""
    counts = labels.counts[labels.counts > 0]
    if not len(counts) or counts.min() < 2:
        raise ValueError("calibrate=True needs two labelled rows of every class; label more, or leave it out.")


def _unfitted_copy(estimator: DeepClassifier) -> DeepClassifier:
    """Return an unfitted copy for a fold, which knows the classes by number."""
    copy: DeepClassifier = clone(estimator)
    copy.set_params(
        calibrate=False,
        checkpoint=None,
        callbacks=(),
        verbose=0,
        unlabeled=-1,
        classes=np.arange(len(estimator.classes_)),
        **{name: getattr(estimator, f"{name}_") for name in estimator._kept_for_folds},
    )
    return copy


def cross_fitted_temperature(estimator: DeepClassifier, training: TrainingSet) -> float:
    """Return the temperature that makes held-out labels most probable.

    The model is fitted again for each fold of the labelled rows, which it then sees without their labels; one
    temperature divides the log-probabilities of all folds (Guo et al., "On calibration of modern neural networks",
    ICML 2017). If Ctrl-C interrupts it, the model is kept with temperature 1 and a
    warning, unless `on_interrupt` says otherwise.
    """
    labels = training.labels
    labeled = np.flatnonzero(labels.labeled)
    truth = labels.codes[labeled]
    n_folds = min(_MOST_FOLDS, int(labels.counts[labels.counts > 0].min()))
    again = _unfitted_copy(estimator)

    def fit(train: NDArray[np.int64]) -> DeepClassifier:
        codes = np.full_like(labels.codes, UNLABELED_CODE)
        codes[train] = labels.codes[train]
        again.fit(training.X[:], codes, training.weights)
        if again._interrupted:
            raise KeyboardInterrupt
        return again

    every = np.arange(len(labels.codes))
    splits = StratifiedKFold(n_folds, shuffle=True, random_state=0).split(labeled, truth)
    folds = [Fold(labeled[test], np.delete(every, labeled[test])) for _, test in splits]
    try:
        answers = cross_fit(fit, lambda model, test: model.predict_log_proba(training.X[test]), folds)
    except KeyboardInterrupt:
        if not settings_of(estimator).keeps_interrupted():
            raise
        kept = "Interrupted while calibrating: probabilities stay as the model gives them."
        warnings.warn(kept, ConvergenceWarning, stacklevel=outside())
        return 1.0
    scores = np.concatenate(answers)[np.argsort(np.concatenate([fold.test for fold in folds]))]
    weights = None if training.weights is None else training.weights[labeled]

    def log_loss(log_temperature: float) -> float:
        softened = scores * np.exp(-log_temperature)
        losses = logsumexp(softened, axis=1) - softened[np.arange(len(truth)), truth]
        return float(np.average(losses, weights=weights))

    found = minimize_scalar(log_loss, bounds=_LOG_TEMPERATURES, method="bounded")
    return float(np.exp(found.x))
