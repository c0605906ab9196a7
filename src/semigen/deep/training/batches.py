"""Rows for the trainer: kept on the device or the host, shuffled, and taken in batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from semigen.deep.data.steps import Batch


class Rows(Protocol):
    """Encoded rows that can be asked for by number."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def take(self, index: Tensor) -> Tensor:
        """Return these rows, on the device of the model; `index` is on the device of `home`."""

    @property
    def home(self) -> torch.device:
        """Device on which the numbers of rows should be."""


@dataclass(frozen=True)
class DeviceRows:
    """All rows as one tensor on the device."""

    values: Tensor

    def __len__(self) -> int:
        return len(self.values)

    @property
    def home(self) -> torch.device:
        """The device of the rows."""
        return self.values.device

    def take(self, index: Tensor) -> Tensor:
        """Return these rows."""
        return self.values.index_select(0, index)


@dataclass(frozen=True)
class HostRows:
    """Rows of an array in memory or on disk, encoded and sent to the device a batch at a time."""

    X: NDArray[Any]
    numbers: NDArray[np.int64]
    encode: Callable[[NDArray[Any]], NDArray[Any]]
    device: torch.device

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def home(self) -> torch.device:
        """The host."""
        return torch.device("cpu")

    def take(self, index: Tensor) -> Tensor:
        """Return these rows, encoded, which are read in the order of the file."""
        wanted = self.numbers[index.numpy()]
        order = np.argsort(wanted, kind="stable")
        rows = np.empty((len(wanted), self.X.shape[1]), dtype=self.X.dtype)
        rows[order] = self.X[wanted[order]]
        values = torch.from_numpy(np.ascontiguousarray(self.encode(rows), dtype=np.float32))
        if self.device.type == "cuda":
            return values.pin_memory().to(self.device, non_blocking=True)
        return values.to(self.device)


@dataclass(frozen=True)
class BesideRows:
    """Rows with more values behind those of each, which lie on the device."""

    rows: Rows
    more: Tensor

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def home(self) -> torch.device:
        """Device on which the numbers of rows should be."""
        return self.rows.home

    def take(self, index: Tensor) -> Tensor:
        """Return these rows, with the values beside them."""
        return torch.cat([self.rows.take(index), self.more[index.to(self.more.device)]], dim=1)


class Stream:
    """An endless stream of batches of shuffled rows, in which each row comes once before any comes again.

    What a last batch would lack is left for another time: batches have one size, `batch_size` or all rows there are.
    """

    def __init__(self, n_rows: int, batch_size: int, generator: torch.Generator):
        self.n_rows = n_rows
        self.batch_size = min(batch_size, n_rows)
        self._generator = generator
        self._order = torch.arange(n_rows, device=generator.device)
        self._position = n_rows

    @property
    def batches_per_round(self) -> int:
        """Batches before the rows are shuffled again."""
        return self.n_rows // self.batch_size if self.n_rows else 0

    def next(self) -> Tensor:
        """Return numbers of the rows of the next batch."""
        if self.n_rows == self.batch_size:
            return self._order
        if self._position + self.batch_size > self.n_rows:
            self._order = torch.randperm(self.n_rows, generator=self._generator, device=self._generator.device)
            self._position = 0
        batch = self._order[self._position : self._position + self.batch_size]
        self._position += self.batch_size
        return batch

    def state(self) -> dict[str, Tensor]:
        """Return what a checkpoint keeps."""
        return {"order": self._order, "position": torch.tensor(self._position)}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from `state`.

        Raises
        ------
        ValueError
            If its order is none of these rows, or its position is beyond them.
        """
        order, position = state["order"], int(state["position"])
        if not torch.equal(order.sort().values, torch.arange(self.n_rows)) or not 0 <= position <= self.n_rows:
            raise ValueError(f"The checkpoint has no order of {self.n_rows} rows, or a position beyond them.")
        self._order = order.to(self._generator.device)
        self._position = position


@dataclass(frozen=True)
class TrainingRows:
    """Labelled and unlabelled rows with their weights.

    Attributes
    ----------
    labeled, unlabeled : Rows
    codes : tensor of shape (labelled rows,)
        On the device of the model.
    labeled_share : float
        Labelled rows among all rows, by weight.
    labeled_weights, unlabeled_weights : tensors or None
        What each row counts, with mean one; None where all count the same. On the device of the model.
    """

    labeled: Rows
    unlabeled: Rows
    codes: Tensor
    labeled_share: float
    labeled_weights: Tensor | None = None
    unlabeled_weights: Tensor | None = None

    @classmethod
    def unlabeled_only(cls, rows: Rows, weights: NDArray[np.float64], device: torch.device) -> TrainingRows:
        """Return the rows of a model that knows no labels."""
        nothing = DeviceRows(torch.empty((0, 0), device=device))
        codes = torch.empty(0, dtype=torch.long, device=device)
        return cls(nothing, rows, codes, 0.0, None, relative_weights(weights, device))

    def batch(self, labeled: Tensor, unlabeled: Tensor, done: float | Tensor) -> Batch:
        """Return the batch of the rows with these numbers, when the fraction `done` of the training is over."""
        device = self.codes.device
        of_labeled, of_unlabeled = labeled.to(device), unlabeled.to(device)
        return Batch(
            self.labeled.take(labeled),
            self.codes[of_labeled],
            self.unlabeled.take(unlabeled),
            self.labeled_share,
            None if self.labeled_weights is None else self.labeled_weights[of_labeled],
            None if self.unlabeled_weights is None else self.unlabeled_weights[of_unlabeled],
            done,
        )


def relative_weights(weights: NDArray[np.float64], device: torch.device) -> Tensor | None:
    """Return weights scaled to mean one, or None if all are equal."""
    if not len(weights) or np.ptp(weights) == 0:
        return None
    return torch.from_numpy(weights / weights.mean()).to(device=device, dtype=torch.float32)
