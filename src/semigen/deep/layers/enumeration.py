"""Pairs of rows and classes for which a bound is computed: the given class, every class, or those that matter."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Pairs:
    """Pairs (row, class): the labelled rows first, one pair each; then the unlabelled rows, their pairs together.

    Attributes
    ----------
    rows, classes : tensors of shape (pairs,)
        Row and class of every pair.
    n_given : int
        Labelled rows, which are the first.
    n_classes : int
    complete : bool
        Whether every unlabelled row has a pair for every class, in order; shapes are then known beforehand.
    """

    rows: Tensor
    classes: Tensor
    n_given: int
    n_classes: int
    complete: bool

    @classmethod
    def every(cls, given: Tensor, n_unlabeled: int, n_classes: int) -> Pairs:
        """Return the pairs of labelled rows with their class and of unlabelled rows with all classes."""
        device = given.device
        rows = torch.arange(len(given) + n_unlabeled, device=device)
        of_unlabeled = rows[len(given) :].repeat_interleave(n_classes, output_size=n_unlabeled * n_classes)
        classes = torch.arange(n_classes, device=device).repeat(n_unlabeled)
        return cls(
            torch.cat([rows[: len(given)], of_unlabeled]), torch.cat([given, classes]), len(given), n_classes, True
        )

    @classmethod
    def that_matter(cls, given: Tensor, log_posterior: Tensor, negligible: float) -> Pairs:
        """Return the pairs of labelled rows with their class, and of others with each class above `negligible`."""
        n_classes = log_posterior.shape[1]
        # The most probable class has at least 1 / K, and is never left out.
        kept = log_posterior.detach().exp() > min(negligible, 0.5 / n_classes)
        rows, classes = kept.nonzero(as_tuple=True)
        of_given = torch.arange(len(given), device=given.device)
        return cls(torch.cat([of_given, rows + len(given)]), torch.cat([given, classes]), len(given), n_classes, False)

    def spread(self, values: Tensor) -> Tensor:
        """Return a value per pair from a value per row."""
        if not self.complete:
            return values.index_select(0, self.rows)
        given, rest = values[: self.n_given], values[self.n_given :]
        repeated = rest.unsqueeze(1).expand(-1, self.n_classes, *rest.shape[1:]).flatten(0, 1)
        return torch.cat([given, repeated]) if self.n_given else repeated

    def of_unlabeled(self) -> tuple[Tensor, Tensor]:
        """Return row (counted among the unlabelled ones) and class of each pair of an unlabelled row."""
        return self.rows[self.n_given :] - self.n_given, self.classes[self.n_given :]
