"""Counts by the negative binomial distribution, whose variance mu + mu^2 / r is larger than its mean mu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, gammaln

from semigen.mixture.blocks.block import of_each_column
from semigen.mixture.blocks.counts import Counts

# Sizes r between which an estimate is looked for: beyond the larger the distribution is Poisson's.
_SMALLEST, _LARGEST = 1e-4, 1e7
# Halvings of that interval of log r. An error of 4e-7 in it costs 1e-13 of the objective, which is flat there.
_HALVINGS = 26


@dataclass(frozen=True, eq=False)
class NegativeBinomial(Counts):
    """Counts with log p(v) = log Gamma(v + r) / (Gamma(r) v!) + r log r / (r + mu) + v log mu / (r + mu).

    The parameters are means mu and sizes r, of shape (2, columns, components).
    """

    kind: ClassVar[str] = "negative_binomial"

    def estimate(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return means and sizes: whatever the size, the likeliest mean is that of the counts.

        The likelihood at that mean rises in log r up to its only maximum, if there is one (B. Levin, J. Reeds,
        "Compound multinomial likelihood functions are unimodal", Annals of Statistics 5, 1977).
        """
        mean, total, v = self.means(sums), of_each_column(sums, self.offsets), self.count[:, None]
        low, high = np.full(mean.shape, np.log(_SMALLEST)), np.full(mean.shape, np.log(_LARGEST))
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            r = np.exp(middle)
            of_cells = digamma(v + r[self.column]) - digamma(r)[self.column]
            rises = of_each_column(sums * of_cells, self.offsets) > total * np.log1p(mean / r)
            low, high = np.where(rises, middle, low), np.where(rises, high, middle)
        return np.stack([mean, np.exp((low + high) / 2)])

    def table(self, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the log probability of every cell under every component."""
        mean, r, v = parameters[0][self.column], parameters[1][self.column], self.count[:, None]
        ways = log_gamma_ratio(r, v) - gammaln(v + 1)
        return np.asarray(ways - r * np.log1p(mean / r) + v * (np.log(mean) - np.log(r + mean)))

    def shape(self, n_columns: int) -> tuple[int, ...]:
        """Return the shape of a component's parameters in so many columns."""
        return (2, n_columns)


def log_gamma_ratio(r: NDArray[np.float64], v: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log Gamma(r + v) / Gamma(r).

    Logarithms of both lose all digits of their difference where r is large; Stirling's series of the difference does
    not: its first term left out is below 1e-12 from r = 20 on.
    """
    large = np.maximum(r, 20.0)
    series = (large - 0.5) * np.log1p(v / large) - v + v * np.log(large + v)
    for power, coefficient in ((1, 1 / 12), (3, -1 / 360), (5, 1 / 1260)):
        series += coefficient * ((large + v) ** -power - large**-power)
    return np.asarray(np.where(r < 20, gammaln(r + v) - gammaln(r), series))
