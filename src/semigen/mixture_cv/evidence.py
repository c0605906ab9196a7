"""What weight a candidate gets for what held-out labels say for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def evidence_weights(mean_log_loss: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    """Weights proportional to exp(-exponent * log-loss): near equal for little evidence, sharp for much."""
    relative = np.exp(-exponent * (mean_log_loss - mean_log_loss.min()))
    weights: NDArray[np.float64] = relative / relative.sum()
    return weights
