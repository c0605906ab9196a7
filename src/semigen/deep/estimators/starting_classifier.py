"""Class probabilities by a simpler classifier, from which the classes of a flow start."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator

from semigen.base import TrainingSet
from semigen.deep.models.latent_start import spread
from semigen.labels import as_objects
from semigen.model_selection.any_classifier import fit_part, takes_names, told_to_classifier

_ROWS_AT_ONCE = 20_000

# Tolerance for the sum of a row's probabilities, which may be rounded.
_TOLERANCE = 1e-3


class StartingClassifier:
    """A classifier fitted to the rows it can learn from, with answers in the order of the training's classes.

    Parameters
    ----------
    classifier : classifier
        Is fitted, unless it is frozen.
    training : TrainingSet
    weights : array of shape (n,)
        What each row counts, told to a classifier that takes weights.

    Attributes
    ----------
    fitted : classifier
        Knows classes by name, or one of scikit-learn's by number.

    Raises
    ------
    ValueError
        If it learns classes from labelled rows alone and a class has none, or if it is frozen and knows other classes.
    """

    def __init__(self, classifier: Any, training: TrainingSet, weights: NDArray[np.float64]):
        names = training.labels.names
        if isinstance(classifier, FrozenEstimator):
            self.fitted, in_codes = classifier, False
        else:
            self.fitted, in_codes = _fitted(classifier, training, weights)
        known = as_objects(np.asarray(self.fitted.classes_))
        wanted = list(range(len(names))) if in_codes else names
        if sorted(map(repr, known)) != sorted(map(repr, wanted)):
            raise ValueError(f"start was fitted to the classes {known}, and y has {names}: they must be the same ones.")
        self._order = [known.index(name) for name in wanted]

    def answers(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Return class probabilities of rows, of shape (n, classes).

        Raises
        ------
        ValueError
            If they are none.
        """
        slices = [slice(first, first + _ROWS_AT_ONCE) for first in range(0, len(X), _ROWS_AT_ONCE)]
        given = [np.asarray(self.fitted.predict_proba(X[some]), dtype=np.float32) for some in slices]
        name = type(self.fitted).__name__
        if any(each.ndim != 2 or each.shape[1] != len(self._order) for each in given):
            raise ValueError(
                f"start: predict_proba of {name} gave an array of shape {given[0].shape} for {len(given[0])} rows and "
                f"{len(self._order)} classes."
            )
        probability = np.concatenate(given)
        wrong = ~((probability >= 0).all(axis=1) & (np.abs(probability.sum(axis=1) - 1) < _TOLERANCE))
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise ValueError(
                f"start: predict_proba of {name} gave {probability[row].tolist()} for row {row}, which are no "
                "probabilities. Choose another classifier, or give start=None."
            )
        return probability[:, self._order]


def _fitted(classifier: Any, training: TrainingSet, weights: NDArray[np.float64]) -> tuple[Any, bool]:
    """Return the fitted classifier, and whether it knows classes by number."""
    labels = training.labels
    counting = weights > 0
    labeled, unlabeled = (np.flatnonzero(mask & counting) for mask in (labels.labeled, ~labels.labeled))
    numbers = np.sort(np.concatenate([labeled, spread(unlabeled)]))
    some = training.part(numbers)
    unseen = some.labels.counts == 0
    if not takes_names(classifier) and unseen.any():
        raise ValueError(
            f"start={classifier!r} learns classes from labelled rows alone, and no row is labelled "
            f"{labels.classes[unseen].tolist()}: label one of each, or give start=None or a classifier of semigen."
        )
    rows, y, in_codes = told_to_classifier(classifier, some.labels)
    # Only ratios of weights matter, as in the flow's training.
    counts = weights[numbers][rows]
    relative = None if (counts == counts[0]).all() else counts / counts.mean()
    return fit_part(classifier, some.X[rows], y, relative), in_codes
