"""Columns of counts that vary more than Poisson's: negative binomial around the decoder's mean."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from semigen.deep.layers.distributions import full_precision
from semigen.deep.likelihoods.counts import LOG_MEAN_RANGE, counts_of, log_factorial

# Of the logarithm of r, where the variance is m + m² / r: beyond, it is Poisson's but for what float32 cannot tell.
_LOG_SIZE_RANGE = (-5.0, 6.0)


@dataclass(frozen=True)
class NegativeBinomial:
    """Independent counts of mean m and variance m + m² / r; an encoded value is log(1 + count)."""

    n_columns: int

    @property
    def width(self) -> int:
        """Encoded values a row."""
        return self.n_columns

    @property
    def n_parameters(self) -> int:
        """Decoder outputs a row: logarithms of means, then of r."""
        return 2 * self.n_columns

    def log_prob(self, parameters: Tensor, values: Tensor) -> Tensor:
        """Return log probability of each row.

        It is the sum of log Γ(x + r) - log Γ(r) - log x! + r log(r / (r + m)) + x log(m / (r + m)) for counts x.
        """
        log_mean, log_size = _split(parameters)
        counts, size = counts_of(full_precision(values)), log_size.exp()
        log_total = torch.logaddexp(log_mean, log_size)
        ways = (counts + size).lgamma() - size.lgamma() - log_factorial(counts)
        return (ways + size * (log_size - log_total) + counts * (log_mean - log_total)).sum(dim=-1)

    def expectation(self, parameters: Tensor) -> Tensor:
        """Return the mean count, encoded."""
        return _split(parameters)[0].exp().log1p()

    def sample(self, parameters: Tensor, generator: torch.Generator) -> Tensor:
        """Draw every count, encoded: Poisson counts whose means are drawn from a gamma distribution."""
        log_mean, log_size = _split(parameters)
        mean = torch._standard_gamma(log_size.exp(), generator=generator) * (log_mean - log_size).exp()
        return torch.poisson(mean, generator=generator).log1p()


def _split(parameters: Tensor) -> tuple[Tensor, Tensor]:
    log_mean, log_size = full_precision(parameters).chunk(2, dim=-1)
    return log_mean.clamp(*LOG_MEAN_RANGE), log_size.clamp(*_LOG_SIZE_RANGE)
