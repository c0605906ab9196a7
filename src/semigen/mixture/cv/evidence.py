"""Evidence from held-out labels: the tempering of each candidate's probabilities, and its weight in the average."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semigen.model_selection.log_losses import log_losses

# No mixture is surer than this before its probabilities are tempered: hundreds of columns give odds beyond all reason.
LEAST_PROBABILITY = 1e-12

# Candidates that together weigh less than this are left out of predictions.
_NEGLIGIBLE = 0.01

# A candidate that can be expected to weigh less than this beside the best is held out no further.
_HOPELESS = 0.01

# Powers that a candidate's probabilities may be raised to, the first among equals.
_POWERS = (1.0, 0.5, 0.25, 0.125)


@dataclass(frozen=True)
class Evidence:
    """Evidence from held-out labels, an entry for each candidate.

    Attributes
    ----------
    log_loss : array
        Mean over the held-out rows, of tempered probabilities.
    error : array
        Share of them that were misclassified.
    power : array
        That probabilities are raised to, and then normalised.
    """

    log_loss: NDArray[np.float64]
    error: NDArray[np.float64]
    power: NDArray[np.float64]

    def replaced(self, where: NDArray[np.bool_], other: Evidence) -> Evidence:
        """Return the evidence with entries of another one in some places."""
        mine, theirs = (vars(each).values() for each in (self, other))
        return Evidence(*(np.where(where, new, old) for old, new in zip(mine, theirs, strict=True)))


def tempered(probability: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    """Return probabilities raised to a power and normalised; powers below one make them less sure."""
    logarithm = power * np.log(np.maximum(probability, LEAST_PROBABILITY))
    raised = np.exp(logarithm - logarithm.max(axis=-1, keepdims=True))
    normalised: NDArray[np.float64] = raised / raised.sum(axis=-1, keepdims=True)
    return normalised


def weigh_evidence(
    probability: NDArray[np.float64], codes: NDArray[np.int64], weights: NDArray[np.float64]
) -> Evidence:
    """Judge candidates by class probabilities of shape (candidates, held-out rows, classes).

    EM with many unlabelled rows is surer than it should be. Each candidate is judged with the power that makes its
    log-loss least, so that it is not dismissed for that alone, and cannot outvote others by that alone.
    """
    if not len(codes):
        unknown = np.full(len(probability), np.nan)
        return Evidence(unknown, unknown, np.ones(len(probability)))
    losses = np.array(
        [
            [np.average(log_losses(tempered(each, power), codes), weights=weights) for each in probability]
            for power in _POWERS
        ]
    )
    errors = np.array([np.average(each.argmax(axis=1) != codes, weights=weights) for each in probability])
    return Evidence(losses.min(axis=0), errors, np.array(_POWERS)[losses.argmin(axis=0)])


def may_still_count(
    probability: NDArray[np.float64],
    codes: NDArray[np.int64],
    weights: NDArray[np.float64],
    exponent: float,
    prior: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Return which candidates may weigh something beside the best after all rows are held out, judged by some.

    A candidate is given the benefit of two standard errors of its difference to the best.

    Parameters
    ----------
    probability : array of shape (candidates, rows held out so far, classes)
    codes, weights : arrays of shape (rows held out so far,)
    exponent : float
        Of the evidence of all rows, as in `evidence_weights`.
    prior : array of shape (candidates,)
    """
    evidence = weigh_evidence(probability, codes, weights)
    losses = np.array(
        [log_losses(tempered(each, power), codes) for each, power in zip(probability, evidence.power, strict=True)]
    )
    best = int(evidence_weights(evidence.log_loss, exponent, prior).argmax())
    behind = losses - losses[best]
    mean = np.average(behind, axis=1, weights=weights)
    spread = np.average((behind - mean[:, None]) ** 2, axis=1, weights=weights)
    least = mean - 2 * np.sqrt(spread / max(len(codes) - 1, 1))
    kept: NDArray[np.bool_] = np.log(prior / prior[best]) - exponent * least >= np.log(_HOPELESS)
    return kept


def evidence_weights(
    mean_log_loss: NDArray[np.float64], exponent: float, prior: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return weights proportional to prior * exp(-exponent * log-loss)."""
    if np.isnan(mean_log_loss).all():
        relative = prior
    else:
        # One without any prior weight must not set the scale of the others.
        counted = prior > 0
        behind = np.where(counted, mean_log_loss - mean_log_loss[counted].min(), 0.0)
        relative = prior * np.exp(-exponent * behind)
    weights: NDArray[np.float64] = relative / relative.sum()
    return weights


def used_candidates(weight: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the numbers of the candidates that make up almost all of the weight; they come heaviest first."""
    needed = int(np.searchsorted(np.cumsum(weight), 1 - _NEGLIGIBLE)) + 1
    return np.flatnonzero(weight[: min(needed, len(weight))] > 0)


def weighted_median(values: Sequence[int], weight: NDArray[np.float64]) -> int:
    """Return the largest value that candidates with half of the weight have or exceed."""
    order = np.argsort(values)[::-1]
    reached = int(np.searchsorted(np.cumsum(weight[order]), 0.5 * weight.sum()))
    return int(np.asarray(values)[order][min(reached, len(order) - 1)])


def averaged(
    probability: NDArray[np.float64], weight: NDArray[np.float64], power: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weighted average of tempered class probabilities of shape (candidates, rows, classes)."""
    average = np.zeros(probability.shape[1:])
    for each, its_weight, its_power in zip(probability, weight, power, strict=True):
        average += its_weight * tempered(each, its_power)
    return average
