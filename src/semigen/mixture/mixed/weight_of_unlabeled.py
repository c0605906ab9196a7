"""What an unlabelled row counts, chosen by labels held out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semigen.base import TrainingSet
from semigen.model_selection.cross_fit import cross_fit, hold_out
from semigen.model_selection.log_losses import log_losses
from semigen.persistence.pickled import VersionedPart

# Weights that are tried; those between are as good as their neighbours on texts (Nigam et al. 2000, figure 5).
WEIGHTS = (0.0, 0.01, 0.1, 0.3, 1.0)
_FOLDS = 5


@dataclass(frozen=True)
class WeightChoice(VersionedPart):
    """What was found on labels held out.

    Attributes
    ----------
    weight : float
        The weight that was chosen.
    losses : tuple of float
        Mean log-loss of the labels held out with each of `WEIGHTS`; empty if no label could be held out.
    errors : tuple of float
        The same of errors.
    """

    weight: float
    losses: tuple[float, ...] = ()
    errors: tuple[float, ...] = ()

    def __str__(self) -> str:
        if not self.losses:
            return f"An unlabelled row counts {self.weight:g}: no label could be held out to choose by."
        tried = (f"{w:g}: {e:.1%}" for w, e in zip(WEIGHTS, self.errors, strict=True))
        return (
            f"An unlabelled row counts {self.weight:g} times a labelled one, by the log-loss of labels held out "
            f"(errors there, by weight: {', '.join(tried)})."
        )


def chosen_weight(
    training: TrainingSet,
    probabilities: Callable[[TrainingSet, float, TrainingSet], NDArray[np.float64]],
    rng: np.random.Generator,
) -> WeightChoice:
    """Return the weight with the smallest log-loss of labels held out; 1 if none can be held out.

    Parameters
    ----------
    training : TrainingSet
    probabilities : callable
        From training rows, a weight and other rows to the class probabilities of the latter.
    rng : Generator
        Of the folds.
    """
    counting = training.counting()
    codes = counting.labels.codes
    folds = hold_out(codes, _FOLDS, rng)
    if not folds:
        return WeightChoice(1.0)
    held_out = np.concatenate([fold.test for fold in folds])
    of_rows = np.ones(len(codes)) if counting.weights is None else counting.weights
    losses, errors = [], []
    for weight in WEIGHTS:
        answers = cross_fit(
            counting.part,
            lambda train, test, weight=weight: probabilities(train, weight, counting.part(test)),
            folds,
        )
        found = np.concatenate(answers)
        truth = codes[held_out]
        losses.append(float(np.average(log_losses(found, truth), weights=of_rows[held_out])))
        errors.append(float(np.average(found.argmax(axis=1) != truth, weights=of_rows[held_out])))
    return WeightChoice(WEIGHTS[int(np.argmin(losses))], tuple(losses), tuple(errors))
