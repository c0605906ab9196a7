"""Likelihoods: log p(column | outputs of a decoder), by kind of column.

A new kind is one new module here, and how its columns are encoded in `semigen.deep.data.columns`.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from semigen.deep.likelihoods.bernoulli import Bernoulli
from semigen.deep.likelihoods.categorical import Categorical
from semigen.deep.likelihoods.gaussian import Gaussian
from semigen.deep.likelihoods.negative_binomial import NegativeBinomial
from semigen.deep.likelihoods.poisson import Poisson

__all__ = ["Bernoulli", "Categorical", "Gaussian", "Likelihood", "NegativeBinomial", "Poisson", "Product"]


class Likelihood(Protocol):
    """A density of encoded values given a decoder's outputs; both along the last axis."""

    @property
    def width(self) -> int:
        """Encoded values a row."""

    @property
    def n_parameters(self) -> int:
        """Decoder outputs a row."""

    def log_prob(self, parameters: Tensor, values: Tensor) -> Tensor:
        """Return log density of each row of values."""

    def expectation(self, parameters: Tensor) -> Tensor:
        """Return mean of every encoded value."""

    def sample(self, parameters: Tensor, generator: torch.Generator) -> Tensor:
        """Draw every encoded value."""


class Product:
    """Independent blocks of columns, each with a likelihood of its own."""

    def __init__(self, blocks: list[Likelihood]):
        self.blocks = blocks
        self._widths = [block.width for block in blocks]
        self._outputs = [block.n_parameters for block in blocks]

    @property
    def width(self) -> int:
        """Encoded values a row."""
        return sum(self._widths)

    @property
    def n_parameters(self) -> int:
        """Decoder outputs a row."""
        return sum(self._outputs)

    def log_prob(self, parameters: Tensor, values: Tensor) -> Tensor:
        """Return log density of each row of values."""
        if len(self.blocks) == 1:
            return self.blocks[0].log_prob(parameters, values)
        parts = zip(
            self.blocks,
            torch.split(parameters, self._outputs, dim=-1),
            torch.split(values, self._widths, dim=-1),
            strict=True,
        )
        return torch.stack([block.log_prob(given, some) for block, given, some in parts]).sum(dim=0)

    def expectation(self, parameters: Tensor) -> Tensor:
        """Return mean of every encoded value."""
        split = zip(self.blocks, torch.split(parameters, self._outputs, dim=-1), strict=True)
        return torch.cat([block.expectation(given) for block, given in split], dim=-1)

    def sample(self, parameters: Tensor, generator: torch.Generator) -> Tensor:
        """Draw every encoded value."""
        split = zip(self.blocks, torch.split(parameters, self._outputs, dim=-1), strict=True)
        return torch.cat([block.sample(given, generator) for block, given in split], dim=-1)
