"""Callbacks: functions, or objects with methods such as `on_epoch_end`, that are called while a model trains."""

from __future__ import annotations

import math
import warnings
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
from semigen._runtime.callers import outside
from semigen.deep.training.sample_sheets import sheet_of_images

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Methods that a callback may have, in the order of their calls: before the first step; after every epoch; at the end,
# also if Ctrl-C, a stop or an error came before the last epoch. A plain function is called after every epoch.
HOOKS = ("on_train_begin", "on_epoch_end", "on_train_end")

# The former names of these methods, which work for one more release.
_FORMER = {"on_train_begin": "training_began", "on_epoch_end": "epoch_ended", "on_train_end": "training_ended"}


@dataclass
class Moment:
    """State of a training, as callbacks get it.

    Attributes
    ----------
    epoch : int
        Number of epochs done.
    max_epochs : int
        Number of epochs planned; early stopping, `stop` or Ctrl-C may end the training before.
    means : mapping
        Mean of every term of the loss over the last epoch.
    module : torch.nn.Module
        The networks. They are for reading: a callback that changes them changes the fit.
    sample : callable
        ``sample(n)`` returns n rows drawn from the model as it is now, in the columns and units of X. Every call uses
        the same noise, so that rows of different epochs can be compared; the training's own noise is not used up.
    """

    epoch: int
    max_epochs: int
    means: Mapping[str, float]
    module: torch.nn.Module
    sample: Callable[[int], NDArray[Any]]
    stop_asked: bool = field(default=False, init=False)

    def stop(self) -> None:
        """End the training after this epoch; the weights so far are kept."""
        self.stop_asked = True


def check(callbacks: Iterable[Any]) -> None:
    """Refuse callbacks that could never be called.

    Warns
    -----
    DeprecationWarning
        If a callback has a method under its former name only.
    """
    for callback in callbacks:
        if isinstance(callback, type):
            raise TypeError(
                f"callbacks contains the class {callback.__name__}; give an object, {callback.__name__}(...)."
            )
        former = {hook: old for hook, old in _FORMER.items() if hasattr(callback, old) and not hasattr(callback, hook)}
        if not callable(callback) and not former and not any(hasattr(callback, hook) for hook in HOOKS):
            raise TypeError(
                f"callbacks contains {callback!r}, which is neither a function nor has any of the methods {HOOKS}."
            )
        for hook, old in former.items():
            warnings.warn(
                f"The method {old} of {type(callback).__name__} is now called {hook}; the former name will not be "
                "called in the next release.",
                DeprecationWarning,
                stacklevel=outside(),
            )


def call(callbacks: Iterable[Any], hook: str, moment: Moment) -> None:
    """Call this method of every callback that has it; after an epoch, also the callbacks that are functions."""
    for callback in callbacks:
        method = getattr(callback, hook, None) or getattr(callback, _FORMER[hook], None)
        if method is not None:
            method(moment)
        elif hook == "on_epoch_end" and callable(callback):
            callback(moment)


class SamplePictures:
    """Write pictures of rows drawn from the model as it learns: ``epoch-0010.png``, ``epoch-0020.png``, ...

    All pictures are drawn from the same noise, so that epochs can be compared.

    Parameters
    ----------
    folder : path
        Is made if it does not exist.
    every : int, default=10
        Epochs between two pictures.
    n_samples : int, default=100
        Images in a picture.
    image_shape : (height, width) or (channels, height, width), optional
        Of an image; default: square.

    Raises
    ------
    ValueError
        If `every` or `n_samples` is not a positive integer; at the beginning of the training, if rows are no images of
        that shape.
    ImportError
        At the beginning of the training, if matplotlib is not installed.

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

    def on_train_begin(self, moment: Moment) -> None:
        """Make the folder, and draw one picture, so that an error comes before the first epoch."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._sheet(moment)

    def on_epoch_end(self, moment: Moment) -> None:
        """Write a picture, every `every` epochs."""
        if moment.epoch % self.every == 0:
            with replacing(self.folder / f"epoch-{moment.epoch:04d}.png") as file:
                self._sheet(moment).savefig(file, format="png")

    def _sheet(self, moment: Moment) -> Figure:
        in_a_line = math.ceil(math.sqrt(self.n_samples))
        rows = moment.sample(self.n_samples)
        lines = [rows[first : first + in_a_line] for first in range(0, len(rows), in_a_line)]
        return sheet_of_images(lines, [""] * len(lines), self.image_shape, f"After {moment.epoch} epochs")


class TensorBoard:
    """Write every term of the loss to an event file of TensorBoard in `folder`.

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

    def on_train_begin(self, moment: Moment) -> None:
        """Open the event file."""
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise ImportError("The TensorBoard callback needs tensorboard: pip install tensorboard") from error
        self._writer = SummaryWriter(str(self.folder))

    def on_epoch_end(self, moment: Moment) -> None:
        """Write the mean of every term over the epoch."""
        for term, value in moment.means.items():
            self._writer.add_scalar(term, value, moment.epoch)

    def on_train_end(self, moment: Moment) -> None:
        """Close the event file."""
        self._writer.close()
