"""Columns of categories: one-hot among the encoded values, a softmax of their own each."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from semigen.deep.layers.distributions import full_precision


@dataclass(frozen=True)
class Categorical:
    """One softmax per column; `sizes` counts the categories of each."""

    sizes: tuple[int, ...]

    @property
    def width(self) -> int:
        """Encoded values a row."""
        return sum(self.sizes)

    @property
    def n_parameters(self) -> int:
        """Decoder outputs a row: a logit per category."""
        return sum(self.sizes)

    def log_prob(self, parameters: Tensor, values: Tensor) -> Tensor:
        """Return log probability of each row of one-hot `values`."""
        logits = full_precision(parameters)
        normalisers = [column.logsumexp(dim=-1) for column in torch.split(logits, list(self.sizes), dim=-1)]
        # A sum of products, not a matrix product, which autocast would round to half precision.
        return (logits * values).sum(dim=-1) - torch.stack(normalisers, dim=-1).sum(dim=-1)

    def expectation(self, parameters: Tensor) -> Tensor:
        """Return probability of every category."""
        columns = torch.split(full_precision(parameters), list(self.sizes), dim=-1)
        return torch.cat([column.softmax(dim=-1) for column in columns], dim=-1)

    def sample(self, parameters: Tensor, generator: torch.Generator) -> Tensor:
        """Draw a category of every column, one-hot."""
        drawn = []
        for column in torch.split(self.expectation(parameters), list(self.sizes), dim=-1):
            flat = column.reshape(-1, column.shape[-1])
            chosen = torch.multinomial(flat, 1, generator=generator)
            drawn.append(torch.zeros_like(flat).scatter_(1, chosen, 1.0).reshape(column.shape))
        return torch.cat(drawn, dim=-1)
