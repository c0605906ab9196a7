"""The diagonal normal distribution, of encoders and latent priors."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

# Variances between 1e-5 and 1e4 times that of a standardised column: outside, exp() and gradients lose their meaning.
LOG_VARIANCE_RANGE = (-11.5, 9.2)


def full_precision(values: Tensor) -> Tensor:
    """Return values in half precision as float32: sums, logarithms and exponentials need the digits."""
    return values.float() if values.dtype in (torch.bfloat16, torch.float16) else values


class DiagonalNormal(NamedTuple):
    """Independent normal variables, the last axis counting them."""

    mean: Tensor
    log_variance: Tensor

    @classmethod
    def from_parameters(cls, parameters: Tensor) -> DiagonalNormal:
        """Return the distribution of a network's output: means, then log-variances along the last axis."""
        mean, log_variance = full_precision(parameters).chunk(2, dim=-1)
        return cls(mean, log_variance.clamp(*LOG_VARIANCE_RANGE))

    def sample(self, noise: Tensor) -> Tensor:
        """Return the draw for standard normal `noise`; gradients flow to mean and variance."""
        return self.mean + noise * torch.exp(0.5 * self.log_variance)

    def log_prob(self, values: Tensor) -> Tensor:
        """Return log density, summed over the last axis."""
        squared = (values - self.mean).square() * torch.exp(-self.log_variance)
        return -0.5 * (squared + self.log_variance + math.log(2 * math.pi)).sum(dim=-1)

    def divergence(self) -> Tensor:
        """Return the Kullback-Leibler divergence from this to the standard normal, summed over the last axis."""
        return 0.5 * (self.mean.square() + self.log_variance.exp() - 1 - self.log_variance).sum(dim=-1)


def standard_normal_log_prob(values: Tensor) -> Tensor:
    """Return log density under the standard normal, summed over the last axis."""
    return -0.5 * (values.square() + math.log(2 * math.pi)).sum(dim=-1)


def log_mean_exp(log_values: Tensor) -> Tensor:
    """Return log(mean(exp(values))) over the first axis."""
    return torch.logsumexp(log_values, dim=0) - math.log(len(log_values))
