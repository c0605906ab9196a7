"""The guard of SemiSupervisedGMMCV: a test of the average with unlabelled rows against the one without."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.cv.evidence import tempered
from semigen.model_selection.log_losses import log_losses
from semigen.model_selection.paired_test import Choice, HeldOut, choose, compare


def guarded_weights(
    weight: NDArray[np.float64],
    supervised: NDArray[np.bool_],
    probability: NDArray[np.float64],
    power: NDArray[np.float64],
    codes: NDArray[np.int64],
    row_weights: NDArray[np.float64],
) -> tuple[NDArray[np.float64], Choice]:
    """Return all weights, or those of the supervised candidates alone, and why.

    Parameters
    ----------
    weight : array of shape (candidates,)
        By the evidence.
    supervised : array of shape (candidates,)
        Mask of those with lambda 0.
    probability : array of shape (candidates, held-out rows, classes)
    power : array of shape (candidates,)
        That probabilities are raised to.
    codes, row_weights : arrays of shape (held-out rows,)
    """
    alone = np.where(supervised, weight, 0.0)
    total = alone.sum()
    alone = alone / total if total > 0 else supervised / supervised.sum()
    raised = [tempered(each, its_power) for each, its_power in zip(probability, power, strict=True)]
    of_all, of_alone = (_losses(np.tensordot(each, raised, axes=1), codes) for each in (weight, alone))
    choice = choose({"semi-supervised": compare(of_alone, of_all, row_weights)})
    return (alone if choice.kept == "supervised" else weight), choice


def _losses(probability: NDArray[np.float64], codes: NDArray[np.int64]) -> HeldOut:
    doubt = 1 - probability[np.arange(len(codes)), codes]
    return HeldOut(log_losses(probability, codes)[None], doubt[None])
