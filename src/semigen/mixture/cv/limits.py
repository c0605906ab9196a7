"""Bounds on what a candidate may ask for, whichever fold is held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semigen.base import TrainingSet


@dataclass(frozen=True)
class Bounds:
    """Bounds on what can be learnt.

    Attributes
    ----------
    labeled_weight, unlabeled_weight : float
        Of the rows with some label, and of the others.
    components_by_labels : int
        Components of a class that the labelled rows alone can support: the labels that the rarest class keeps in every
        fold; 0 if some class, or some column, has none.
    components : int
        The same with the unlabelled rows.
    n_rows, n_columns : int
        Of the rows that a fit sees while others are held out.
    """

    labeled_weight: float
    unlabeled_weight: float
    components_by_labels: int
    components: int
    n_rows: int
    n_columns: int


def bounds_of(training: TrainingSet, weights: NDArray[np.float64], tested: Sequence[NDArray[np.int64]]) -> Bounds:
    """Return what rows with these weights, all positive, allow; `tested` are the rows that each fold holds out."""
    labels, n_classes = training.labels, len(training.labels.classes)
    told = ~labels.unlabeled
    measured = bool(told.any()) and not np.isnan(training.X[told]).all(axis=0).any()
    held_out = np.max([np.bincount(labels.codes[rows], minlength=n_classes) for rows in tested], axis=0, initial=0)
    kept = int(np.maximum(labels.counts - held_out, labels.possible(told)).min())
    smallest = len(training.X) - max(map(len, tested), default=0)
    return Bounds(
        float(weights[told].sum()),
        float(weights[~told].sum()),
        kept if measured else 0,
        min(smallest // n_classes, kept + int(labels.unlabeled.sum())),
        smallest,
        training.X.shape[1],
    )
