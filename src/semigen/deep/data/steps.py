"""Interface of models and trainer: batches, players with their losses, and the base of all models."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

Terms = Mapping[str, Tensor]


class Batch(NamedTuple):
    """Rows of a step. Labelled or unlabelled rows may be empty.

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
    name : str
        Of one of several players: its loss is recorded under it.
    """

    parameters: Sequence[nn.Parameter]
    terms: Callable[[Batch, torch.Generator], Terms]
    betas: tuple[float, float] = (0.9, 0.999)
    name: str = ""

    @property
    def loss_term(self) -> str:
        """Name under which the loss is recorded."""
        return f"{self.name}_loss" if self.name else "loss"


class Model(nn.Module, ABC):
    """Base of all models that the trainer can train."""

    @property
    def warm_up(self) -> float:
        """Fraction of the training in which the objective need not gain."""
        return 0.0

    @property
    def fixed_shapes(self) -> bool:
        """Whether every step has the same shapes."""
        return True

    @abstractmethod
    def players(self) -> list[Player]:
        """Return the players; several of them take turns, and then no single loss measures how good the model is."""

    @abstractmethod
    def preview(self, n_rows: int, generator: torch.Generator) -> Tensor:
        """Return encoded values of rows drawn from the model, means where it has them; classes take turns."""

    def trouble(self, history: Mapping[str, Sequence[float]]) -> str | None:
        """Return what is wrong after epochs with these means, and what to change; None if nothing is."""
        return None
