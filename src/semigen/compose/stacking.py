"""Stacking: weights of several classifiers' class probabilities, from what they said of labels held out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_MOST_STEPS = 1000
_TOLERANCE = 1e-8


def stacking_weights(
    likelihood: NDArray[np.float64],
    of_labels: NDArray[np.float64],
    prior: NDArray[np.float64],
    pseudo_labels: float,
) -> NDArray[np.float64]:
    """Return the weights under which the average gives held-out labels the highest probability, beside a prior.

    They maximise sum_i v_i log sum_m w_m p_m(y_i | x_i) + pseudo_labels * sum_m prior_m log w_m, by EM for a mixture
    with known components; the objective is concave, so that the start does not matter.

    Parameters
    ----------
    likelihood : array of shape (classifiers, labels)
        Probability that each gave to each label, by a fit that had not seen it.
    of_labels : array of shape (labels,)
        v, what each label counts.
    prior : array of shape (classifiers,)
        Weights without any evidence; they sum to one.
    pseudo_labels : float
        Labels that the prior is worth.

    Returns
    -------
    array of shape (classifiers,)

    References
    ----------
    D. Wolpert, "Stacked generalization", Neural Networks 5, 1992. M. Stone, "The opinion pool", Annals of Mathematical
    Statistics 32, 1961.
    """
    weights = prior.copy()
    safe = np.maximum(likelihood, np.finfo(np.float64).tiny)
    for _ in range(_MOST_STEPS):
        share = weights[:, None] * safe
        share *= of_labels / share.sum(axis=0)
        updated = (share.sum(axis=1) + pseudo_labels * prior) / (of_labels.sum() + pseudo_labels)
        settled = np.abs(updated - weights).max() < _TOLERANCE
        weights = updated
        if settled:
            break
    return weights
