"""The calibration of the chosen classifier on labelled rows held out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing

from semigen.labels import Labels
from semigen.model_selection.any_classifier import AnyFit, fit_any
from semigen.model_selection.cross_fit import cross_fit, hold_out
from semigen.model_selection.groups import copies, joined
from semigen.report.contents import Picture, Place
from semigen.report.pictures.drawing import draw_picture
from semigen.report.pictures.material import Material

_FOLDS = 5

_HOW_TO_READ = (
    "Is the classifier right as often as it says? Each dot is a group of labelled rows whose labels were hidden. "
    "On the dashed line it is: of the rows that it is 80 % sure of, 80 % are right. Below the line it is too sure "
    "of itself, above it too modest."
)


def picture(material: Material) -> Picture | None:
    """Draw the calibration of the chosen classifier, if it has probabilities."""
    from semigen.display import CalibrationDisplay

    found, fitted = material.found, material.fitted
    if fitted is None or material.seconds_of_round > material.seconds:
        return None
    if not hasattr(found.best_estimator_, "predict_proba"):
        return None
    chosen = found.candidates[found.chosen]
    X, labels, groups = fitted
    truth, probabilities = held_out_probabilities(chosen.estimator, X, labels, material.seed, groups)

    def draw(ax: Any) -> None:
        classes, n_bins = range(probabilities.shape[1]), 5 if len(truth) < 200 else 10
        CalibrationDisplay.from_predictions(
            truth, probabilities, classes=classes, n_bins=n_bins, name=chosen.name, ax=ax
        )

    return draw_picture(
        draw,
        5.0,
        Place.CLASSIFIERS,
        "How far to believe its probabilities",
        f"Chart of the share of right answers of {chosen.name} against its probabilities, on {len(truth):,} held-out "
        "rows.",
        _HOW_TO_READ,
    )


def held_out_probabilities(
    estimator: Any, X: Any, labels: Labels, seed: int, groups: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return classes and class probabilities of labelled rows, each by a fit that was not told its label."""
    codes, together = labels.codes, copies(X, labels.codes)
    if groups is not None:
        together = joined(together, groups[labels.labeled])
    folds = hold_out(codes, _FOLDS, np.random.default_rng(seed), together=together, groups=groups)

    def fit(train: NDArray[np.int64]) -> AnyFit:
        return fit_any(estimator, _safe_indexing(X, train), labels.classes, codes[train], seed)

    def predict(fit: AnyFit, test: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray(fit.model.predict_proba(_safe_indexing(X, test)), dtype=np.float64)

    answers = cross_fit(fit, predict, folds)
    return np.concatenate([codes[fold.test] for fold in folds]), np.concatenate(answers)
