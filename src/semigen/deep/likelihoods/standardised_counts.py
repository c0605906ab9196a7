"""Counts as networks see them: log(1 + count), standardised, and back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from semigen.deep.layers.distributions import full_precision

# Logarithms of means lie within; a mean beyond is no count that float32 could tell from the next.
_LOG_MEAN_RANGE = (-12.0, 12.0)


@dataclass(frozen=True)
class StandardisedCounts:
    """Mean and standard deviation of log(1 + count) in each column of the training rows."""

    centre: tuple[float, ...]
    scale: tuple[float, ...]

    def counts(self, values: Tensor) -> Tensor:
        """Return the counts that encoded values stand for."""
        centre, scale = _tensors(self, values.device)
        return (full_precision(values).double() * scale + centre).expm1().round()

    def encoded(self, counts: Tensor) -> Tensor:
        """Return counts, or means of counts, as networks see them."""
        centre, scale = _tensors(self, counts.device)
        return (counts.log1p() - centre) / scale

    def log_mean(self, outputs: Tensor) -> Tensor:
        """Return the logarithm of the mean for outputs of a decoder, which begin at zero: near those of the column."""
        centre, scale = _tensors(self, outputs.device)
        return (full_precision(outputs).double() * scale + centre).clamp(*_LOG_MEAN_RANGE)


@lru_cache(maxsize=64)
def _tensors(of: StandardisedCounts, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return both as tensors, made once: what a step copies to a GPU could be in no graph of it."""
    centre, scale = (torch.tensor(each, dtype=torch.float64, device=device) for each in (of.centre, of.scale))
    return centre, scale


def log_factorial(counts: Tensor) -> Tensor:
    """Return log(count!)."""
    return (counts + 1).lgamma()
