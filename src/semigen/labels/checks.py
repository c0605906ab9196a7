"""Checks of labels and class priors before a fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from semigen._validation import numbers
from semigen.labels import Labels, as_objects

# Sums of weights, also times squares of standardised values, must be ordinary floating-point numbers.
_TOTALS = (1e-305, 1e280)


def check_labels(labels: Labels, weights: NDArray[np.float64], classes: Iterable[Any] | None) -> None:
    """Refuse training rows from which no classifier can be learnt."""
    counting = labels.codes[weights > 0]
    if not len(counting):
        raise ValueError("No row counts: sample_weight (or unlabeled_weight) is zero for every row.")
    total = float(weights.sum())
    if not _TOTALS[0] < total < _TOTALS[1]:
        raise ValueError(f"sample_weight adds up to {total:.0e}, beyond what can be computed with; rescale it.")
    _check_told_apart(labels, weights > 0)
    if classes is None:
        if labels.unlabeled.all():
            raise ValueError(
                "y has no labelled row. Label a few rows, or name all classes with classes=[...] to learn them from "
                "unlabelled rows alone."
            )
        if len(labels.classes) == 1:
            raise ValueError(
                f"y has one class only, {labels.names[0]!r}, and a classifier needs two. Label a row of another "
                "class, or name the other classes with classes=[...] to learn them from the unlabelled rows."
            )
        seen = labels.possible(weights > 0)
        if not seen.all():
            lost = as_objects(labels.classes[~seen])
            raise ValueError(
                f"No labelled row of the classes {lost} counts: their sample_weight, or probability, is zero. Leave "
                "the classes out, or name all with classes=[...] to learn these from unlabelled rows."
            )


def _check_told_apart(labels: Labels, counting: NDArray[np.bool_]) -> None:
    """Refuse two classes that are alike in everything that labels say: nothing could be learnt of their difference."""
    if labels.log_prior is None:
        return
    told = labels.all_log_priors()[counting & ~labels.unlabeled]
    named = np.isfinite(told).any(axis=0)
    _, kind = np.unique(told.T, axis=0, return_inverse=True)
    for k in np.flatnonzero(named):
        alike = np.flatnonzero((kind == kind[k]) & named)
        if len(alike) > 1:
            first, second = (labels.names[each] for each in alike[:2])
            raise ValueError(
                f"y never tells class {first!r} from class {second!r}: every row allows both alike, so nothing can be "
                "learnt of their difference. Label a row of either."
            )


def class_probabilities(
    class_prior: ArrayLike | Mapping[Any, float] | None, classes: NDArray[Any]
) -> NDArray[np.float64] | None:
    """Return the fixed class prior in the order of the classes; None if there is none."""
    if class_prior is None:
        return None
    if isinstance(class_prior, Mapping):
        listed = as_objects(classes)
        if set(class_prior) != set(listed):
            raise ValueError(f"class_prior names {list(class_prior)}; it must name just the classes {listed}.")
        class_prior = [class_prior[name] for name in listed]
    prior = numbers(class_prior, "class_prior")
    if prior.shape != (len(classes),):
        raise ValueError(f"class_prior has shape {prior.shape}; it needs one probability for each of {classes}.")
    if not (np.isfinite(prior).all() and (prior > 0).all() and np.isclose(prior.sum(), 1, rtol=0, atol=1e-6)):
        raise ValueError(f"class_prior={prior.tolist()} must be positive and sum to 1.")
    normalised: NDArray[np.float64] = prior / prior.sum()
    return normalised
