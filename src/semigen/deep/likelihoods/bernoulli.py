"""Columns between 0 and 1: bits, or greyscale pixels read as the mean of a bit."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from semigen.deep.layers.distributions import full_precision


@dataclass(frozen=True)
class Bernoulli:
    """log p(x | logit) = x · logit + log σ(−logit), stable for logits of any size."""

    width: int

    @property
    def n_parameters(self) -> int:
        """Decoder outputs a row."""
        return self.width

    def log_prob(self, parameters: Tensor, values: Tensor) -> Tensor:
        """Return log probability of each row of `values`."""
        logits = full_precision(parameters)
        # A sum of products, not a matrix product, which autocast would round to half precision.
        return (logits * values).sum(dim=-1) + logsigmoid(-logits).sum(dim=-1)

    def expectation(self, parameters: Tensor) -> Tensor:
        """Return mean of every encoded value."""
        return torch.sigmoid(full_precision(parameters))

    def sample(self, parameters: Tensor, generator: torch.Generator) -> Tensor:
        """Draw every encoded value."""
        return torch.bernoulli(self.expectation(parameters), generator=generator)
