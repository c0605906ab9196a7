"""Columns of counts: Poisson around the decoder's mean."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from semigen.deep.likelihoods.standardised_counts import StandardisedCounts, log_factorial


@dataclass(frozen=True)
class Poisson:
    """Independent Poisson counts. Sums are of float64, as those of large counts leave float32 few digits."""

    columns: StandardisedCounts

    @property
    def width(self) -> int:
        """Encoded values a row."""
        return len(self.columns.centre)

    @property
    def n_parameters(self) -> int:
        """Decoder outputs a row: logarithms of means, relative to those of the columns."""
        return self.width

    def log_prob(self, parameters: Tensor, values: Tensor) -> Tensor:
        """Return log probability of each row: sum of x log m - m - log x! for counts x with mean m."""
        log_mean, counts = self.columns.log_mean(parameters), self.columns.counts(values)
        return (counts * log_mean - log_mean.exp() - log_factorial(counts)).sum(dim=-1).to(values.dtype)

    def expectation(self, parameters: Tensor) -> Tensor:
        """Return the mean count, encoded."""
        return self.columns.encoded(self.columns.log_mean(parameters).exp()).to(parameters.dtype)

    def sample(self, parameters: Tensor, generator: torch.Generator) -> Tensor:
        """Draw every count, encoded."""
        drawn = torch.poisson(self.columns.log_mean(parameters).exp(), generator=generator)
        return self.columns.encoded(drawn).to(parameters.dtype)
