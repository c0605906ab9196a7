"""The answer for rows that look like no class: its threshold, by labels held out, and where it is given."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils import check_random_state

from semigen.base import TrainingSet
from semigen.mixture.learning.fit import MixtureFit
from semigen.mixture.outlier_scores import held_out_scores, labels_needed, threshold
from semigen.mixture.training import learn


def calibrated_threshold(asked: Any, training: TrainingSet, n_novel: int, unlabeled_weight: float) -> tuple[float, int]:
    """Return the score from which on rows are answered as unknown, and how many labels held out say so.

    Parameters
    ----------
    asked : SemiSupervisedGMM
        With its parameters.
    training : TrainingSet
    n_novel : int
        Novel components that the fit has.
    unlabeled_weight : float
        What an unlabelled row counted in the fit.

    Raises
    ------
    ValueError
        If there are too few labels for the rate of false alarms that is asked for.
    """
    counting = training.counting()
    labeled = counting.labels.labeled
    weights = np.ones(int(labeled.sum())) if counting.weights is None else counting.weights[labeled]
    # Before the fits to folds, which take their time: those that are held out are no more than these.
    total = float(weights.sum())
    if total < labels_needed(asked.false_alarm):
        threshold(np.zeros(1), np.array([total]), asked.false_alarm)
    known = clone(asked).set_params(novelty=n_novel or None)

    def fit(rows: TrainingSet) -> MixtureFit:
        return learn(known, rows, check_random_state(deepcopy(asked.random_state)), unlabeled_weight=unlabeled_weight)

    scores, of_rows = held_out_scores(fit, counting, check_random_state(deepcopy(asked.random_state)))
    return threshold(scores, of_rows, asked.false_alarm), len(scores)


def with_unknown(predicted: NDArray[Any], unknown_label: Any, where: NDArray[np.bool_]) -> NDArray[Any]:
    """Return predictions of which some are replaced by the unknown label."""
    kind = np.asarray(unknown_label).dtype.kind
    same = kind == predicted.dtype.kind or {kind, predicted.dtype.kind} <= set("iuf")
    answers = predicted.astype(np.result_type(predicted, np.asarray(unknown_label)) if same else object)
    answers[where] = unknown_label
    return answers
