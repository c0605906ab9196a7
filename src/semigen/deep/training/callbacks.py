"""What others may do while a training runs: a function per epoch, or an object with methods named after moments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

import torch
from numpy.typing import NDArray

# What an object may listen to: before the first step; after every epoch; after the last one, also when Ctrl-C, a stop
# or an error came before it. A plain function is taken for the second.
MOMENTS = ("training_began", "epoch_ended", "training_ended")


@dataclass
class Moment:
    """What a callback sees.

    Attributes
    ----------
    epoch : int
        Epochs that are done.
    means : mapping
        Mean of every term of the loss over the last epoch.
    module : torch.nn.Module
        The networks, to look at; what a callback changes in them is its own affair.
    sample : callable
        ``sample(n)`` gives n rows that the networks make up as they are now, in the columns and units of X. Each call
        uses the same noise, so that rows of different epochs can be compared, and takes none from the training.
    """

    epoch: int
    means: Mapping[str, float]
    module: torch.nn.Module
    sample: Callable[[int], NDArray[Any]]
    stop_asked: bool = field(default=False, init=False)

    def stop(self) -> None:
        """End the training after this epoch and keep what it reached."""
        self.stop_asked = True


def check(callbacks: Iterable[Any]) -> None:
    """Refuse callbacks that could never be called."""
    for callback in callbacks:
        if not callable(callback) and not any(hasattr(callback, moment) for moment in MOMENTS):
            raise TypeError(
                f"callbacks contains {callback!r}, which is neither a function nor has any of the methods {MOMENTS}."
            )


def tell(callbacks: Iterable[Any], what: str, moment: Moment) -> None:
    """Call everyone who listens to this moment."""
    for callback in callbacks:
        listener = getattr(callback, what, callback if what == "epoch_ended" and callable(callback) else None)
        if listener is not None:
            listener(moment)


class TensorBoard:
    """Writes every term of the loss for TensorBoard, an event file in `folder`.

    Parameters
    ----------
    folder : path

    Raises
    ------
    ImportError
        At the beginning of the training, if tensorboard is not installed.
    """

    def __init__(self, folder: str | PathLike[str]):
        self.folder = folder

    def training_began(self, moment: Moment) -> None:
        """Open the event file."""
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise ImportError("The TensorBoard callback needs tensorboard: pip install tensorboard") from error
        self._writer = SummaryWriter(str(self.folder))

    def epoch_ended(self, moment: Moment) -> None:
        """Write the means of the epoch."""
        for term, value in moment.means.items():
            self._writer.add_scalar(term, value, moment.epoch)

    def training_ended(self, moment: Moment) -> None:
        """Close the event file."""
        self._writer.close()
