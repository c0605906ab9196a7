"""What others may do while a training runs: a function per epoch, or an object with methods named after moments."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from numpy.typing import NDArray
from sklearn.utils import check_scalar

from semigen._files import replacing
from semigen.deep.training.sample_sheets import sheet_of_images

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
    max_epochs : int
        How many it will be, unless something ends the training before.
    means : mapping
        Mean of every term of the loss over the last epoch.
    module : torch.nn.Module
        The networks, to look at; what a callback changes in them is its own affair.
    sample : callable
        ``sample(n)`` gives n rows that the networks make up as they are now, in the columns and units of X. Each call
        uses the same noise, so that rows of different epochs can be compared, and takes none from the training.
    """

    epoch: int
    max_epochs: int
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
        if isinstance(callback, type):
            raise TypeError(
                f"callbacks contains the class {callback.__name__}; give an object, {callback.__name__}(...)."
            )
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


class SamplePictures:
    """Writes a picture of rows that the model makes up as it learns: ``epoch-0010.png``, ``epoch-0020.png``, ...

    Every picture shows the same noise, so one sees how a digit takes shape, or that all digits become one.

    Parameters
    ----------
    folder : path
        Made if it is not there.
    every : int, default=10
        Epochs between two pictures.
    n_samples : int, default=100
        Images in a picture.
    image_shape : (height, width) or (channels, height, width), optional
        Of an image; default: square.

    Raises
    ------
    ValueError
        If `every` or `n_samples` is no whole number from 1 on; at the beginning of the training, if rows are no images
        of that shape.
    ImportError
        Then, if matplotlib is not installed.

    Examples
    --------
    >>> from semigen import SemiSupervisedGAN
    >>> from semigen.deep import SamplePictures
    >>> model = SemiSupervisedGAN(callbacks=[SamplePictures("pictures", every=5)])
    """

    def __init__(
        self,
        folder: str | PathLike[str],
        *,
        every: int = 10,
        n_samples: int = 100,
        image_shape: Sequence[int] | None = None,
    ):
        check_scalar(every, "every", Integral, min_val=1)
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        self.folder = Path(folder)
        self.every = every
        self.n_samples = n_samples
        self.image_shape = image_shape

    def training_began(self, moment: Moment) -> None:
        """Make the folder, and draw once: better a complaint now than after ten epochs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._sheet(moment)

    def epoch_ended(self, moment: Moment) -> None:
        """Write a picture, if it is time."""
        if moment.epoch % self.every == 0:
            with replacing(self.folder / f"epoch-{moment.epoch:04d}.png") as file:
                self._sheet(moment).savefig(file, format="png")

    def _sheet(self, moment: Moment) -> Figure:
        in_a_line = math.ceil(math.sqrt(self.n_samples))
        rows = moment.sample(self.n_samples)
        lines = [rows[first : first + in_a_line] for first in range(0, len(rows), in_a_line)]
        return sheet_of_images(lines, [""] * len(lines), self.image_shape, f"After {moment.epoch} epochs")


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
