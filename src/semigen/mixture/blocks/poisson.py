"""Counts by Poisson's distribution, whose variance is its mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from semigen.mixture.blocks.counts import Counts


@dataclass(frozen=True, eq=False)
class Poisson(Counts):
    """Counts with log p(v) = v log mu - mu - log v!; the parameters are the means, of shape (columns, components)."""

    kind: ClassVar[str] = "poisson"

    def estimate(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean of each column under each component."""
        return self.means(sums)

    def table(self, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the log probability of every cell under every component."""
        mean, v = parameters[self.column], self.count[:, None]
        return np.asarray(v * np.log(mean) - mean - gammaln(v + 1))
