"""What passes between a model and the trainer: the rows of a step, and the losses that players descend."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

Terms = Mapping[str, Tensor]


class Batch(NamedTuple):
    """What a step sees. Either sort of rows may be empty.

    Attributes
    ----------
    labeled, unlabeled : tensors of shape (rows, encoded values)
    codes : tensor of shape (labelled rows,)
    labeled_share : float
        Labelled rows among all rows of the training set, by weight.
    labeled_weights, unlabeled_weights : tensors of shape (rows,) or None
        What each row counts, with mean one over the training set.
    done : float or tensor
        Fraction of the training that lies behind.
    """

    labeled: Tensor
    codes: Tensor
    unlabeled: Tensor
    labeled_share: float
    labeled_weights: Tensor | None = None
    unlabeled_weights: Tensor | None = None
    done: float | Tensor = 1.0

    @property
    def rows(self) -> Tensor:
        """All rows, the labelled ones first."""
        return torch.cat([self.labeled, self.unlabeled])


@dataclass(frozen=True)
class Player:
    """Parameters that descend one loss; a model has one, an adversarial pair two, which take turns.

    Attributes
    ----------
    parameters : list of tensors
    terms : callable
        From a batch and a generator to "loss", which is minimised, and whatever else is worth a look.
    betas : pair of float
        Adam's decay rates.
    """

    parameters: Sequence[torch.nn.Parameter]
    terms: Callable[[Batch, torch.Generator], Terms]
    betas: tuple[float, float] = (0.9, 0.999)
