"""Counts as networks see them: log(1 + count), which keeps large ones in reach, and back."""

from __future__ import annotations

from torch import Tensor

# Logarithms of means lie within; a mean beyond is no count that float32 could tell from the next.
LOG_MEAN_RANGE = (-12.0, 12.0)


def counts_of(values: Tensor) -> Tensor:
    """Return the counts that encoded values stand for."""
    return values.expm1().round()


def log_factorial(counts: Tensor) -> Tensor:
    """Return log(count!)."""
    return (counts + 1).lgamma()
