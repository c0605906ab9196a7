"""Columns of real numbers: normal around the decoder's mean, with a variance that the decoder also gives."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from semigen.deep.layers.distributions import DiagonalNormal, full_precision

# Range of the log-variance, for standardised columns. The least standard deviation is 1/30 of the column's, so that the
# likelihood of constant or discrete columns is bounded.
_LOG_VARIANCE_RANGE = (-6.8, 4.0)


@dataclass(frozen=True)
class Gaussian:
    """Independent normals of learned mean and variance."""

    width: int

    @property
    def n_parameters(self) -> int:
        """Decoder outputs a row: means, then log-variances."""
        return 2 * self.width

    def log_prob(self, parameters: Tensor, values: Tensor) -> Tensor:
        """Return log density of each row of `values`."""
        return self._normal(parameters).log_prob(values)

    def expectation(self, parameters: Tensor) -> Tensor:
        """Return mean of every encoded value."""
        return self._normal(parameters).mean

    def sample(self, parameters: Tensor, generator: torch.Generator) -> Tensor:
        """Draw every encoded value."""
        normal = self._normal(parameters)
        noise = torch.randn(normal.mean.shape, generator=generator, device=parameters.device, dtype=normal.mean.dtype)
        return normal.sample(noise)

    @staticmethod
    def _normal(parameters: Tensor) -> DiagonalNormal:
        mean, log_variance = full_precision(parameters).chunk(2, dim=-1)
        return DiagonalNormal(mean, log_variance.clamp(*_LOG_VARIANCE_RANGE))
