"""Columns of counts that vary more than Poisson's: negative binomial around the decoder's mean."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from semigen.deep.layers.distributions import full_precision
from semigen.deep.likelihoods.standardised_counts import StandardisedCounts, log_factorial

# Of the logarithm of r, where the variance is m + m² / r. With the largest r, counts of 1,000 vary 1 % more than
# Poisson's.
_LOG_SIZE_RANGE = (-5.0, 11.5)


@dataclass(frozen=True)
class NegativeBinomial:
    """Independent counts of mean m and variance m + m² / r. Sums are of float64, as r and counts may be large."""

    columns: StandardisedCounts

    @property
    def width(self) -> int:
        """Encoded values a row."""
        return len(self.columns.centre)

    @property
    def n_parameters(self) -> int:
        """Decoder outputs a row: logarithms of means, relative to those of the columns, then of r."""
        return 2 * self.width

    def log_prob(self, parameters: Tensor, values: Tensor) -> Tensor:
        """Return log probability of each row.

        It is the sum of log Γ(x + r) - log Γ(r) - log x! + r log(r / (r + m)) + x log(m / (r + m)) for counts x.
        """
        log_mean, log_size = self._split(parameters)
        counts, size = self.columns.counts(values), log_size.exp()
        log_total = torch.logaddexp(log_mean, log_size)
        ways = (counts + size).lgamma() - size.lgamma() - log_factorial(counts)
        of_each = ways + size * (log_size - log_total) + counts * (log_mean - log_total)
        return of_each.sum(dim=-1).to(values.dtype)

    def expectation(self, parameters: Tensor) -> Tensor:
        """Return the mean count, encoded."""
        return self.columns.encoded(self._split(parameters)[0].exp()).to(parameters.dtype)

    def sample(self, parameters: Tensor, generator: torch.Generator) -> Tensor:
        """Draw every count, encoded: Poisson counts whose means are drawn from a gamma distribution."""
        log_mean, log_size = self._split(parameters)
        mean = torch._standard_gamma(log_size.exp(), generator=generator) * (log_mean - log_size).exp()
        return self.columns.encoded(torch.poisson(mean, generator=generator)).to(parameters.dtype)

    def _split(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        of_mean, of_size = parameters.chunk(2, dim=-1)
        return self.columns.log_mean(of_mean), full_precision(of_size).double().clamp(*_LOG_SIZE_RANGE)
