"""Columns of counts: Poisson around the decoder's mean."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from semigen.deep.layers.distributions import full_precision
from semigen.deep.likelihoods.counts import LOG_MEAN_RANGE, counts_of, log_factorial


@dataclass(frozen=True)
class Poisson:
    """Independent Poisson counts; an encoded value is log(1 + count)."""

    n_columns: int

    @property
    def width(self) -> int:
        """Encoded values a row."""
        return self.n_columns

    @property
    def n_parameters(self) -> int:
        """Decoder outputs a row: logarithms of means."""
        return self.n_columns

    def log_prob(self, parameters: Tensor, values: Tensor) -> Tensor:
        """Return log probability of each row: sum of x log m - m - log x! for counts x with mean m."""
        log_mean, counts = _log_mean(parameters), counts_of(full_precision(values))
        return (counts * log_mean - log_mean.exp() - log_factorial(counts)).sum(dim=-1)

    def expectation(self, parameters: Tensor) -> Tensor:
        """Return the mean count, encoded."""
        return _log_mean(parameters).exp().log1p()

    def sample(self, parameters: Tensor, generator: torch.Generator) -> Tensor:
        """Draw every count, encoded."""
        return torch.poisson(_log_mean(parameters).exp(), generator=generator).log1p()


def _log_mean(parameters: Tensor) -> Tensor:
    return full_precision(parameters).clamp(*LOG_MEAN_RANGE)
