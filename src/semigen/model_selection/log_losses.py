"""Log-losses of labels held out, with a share of doubt that bounds them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Probabilities are mixed with this share of the uniform ones before their logarithm is taken, so that one label that
# a model calls impossible does not outweigh all others.
_DOUBT = 0.01
# Shares of wrong labels that are tried.
_DOUBTS = (_DOUBT, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7)


def forgiving_log_losses(
    of_label: NDArray[np.float64], n_classes: int, weights: NDArray[np.float64] | None = None
) -> tuple[NDArray[np.float64], float]:
    """Return -log of probabilities of labels of which a share may be wrong, and the share, which makes the mean least.

    A wrong label costs a fit that is sure of the right class log(100 K), and one that is unsure much less: where some
    are wrong, fixed doubt would call the better fit the worse. NaN stays NaN.

    Parameters
    ----------
    of_label : array of shape (repetitions, rows)
        Probabilities of the labels of rows held out.
    n_classes : int
    weights : array of shape (rows,), optional
    """
    counts = np.where(np.isnan(of_label), 0.0, 1.0 if weights is None else weights)
    tried = [(-np.log((1 - doubt) * of_label + doubt / n_classes), doubt) for doubt in _DOUBTS]
    return min(tried, key=lambda each: float((counts * np.nan_to_num(each[0])).sum()))


def log_losses(probability: NDArray[np.float64], codes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return -log of the probability of each row's label, with a little doubt, so that it stays below log(100 K)."""
    of_label = probability[np.arange(len(codes)), codes]
    losses: NDArray[np.float64] = -np.log((1 - _DOUBT) * of_label + _DOUBT / probability.shape[1])
    return losses
