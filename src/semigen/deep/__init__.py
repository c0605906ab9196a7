"""Deep generative models; needs torch, which `pip install "semigen[deep]"` brings."""

from __future__ import annotations

from importlib import import_module
from os import PathLike
from typing import TYPE_CHECKING, Any

try:
    import torch as _torch  # noqa: F401
except ImportError as error:
    raise ImportError('semigen.deep needs torch: pip install "semigen[deep]"') from error

from semigen import _PUBLIC
from semigen.deep.estimators.saving import read
from semigen.deep.training.callbacks import Moment, SamplePictures, TensorBoard

if TYPE_CHECKING:
    from semigen.deep.estimators.classifier import DeepClassifier
    from semigen.deep.estimators.transformer import DeepTransformer

# The deep estimators: those of the table in semigen/__init__.py. A saved file may ask for these and no other class.
_CLASSES: dict[str, type[Any]] = {
    name: getattr(import_module(module), name)
    for name, module in _PUBLIC.items()
    if module.startswith("semigen.deep.estimators.")
}
globals().update(_CLASSES)

__all__ = ["Moment", "SamplePictures", "TensorBoard", "load", *_CLASSES]


def __getattr__(name: str) -> Any:
    """Raise the error of a name that is not there; type checkers take it that other names may be."""
    raise AttributeError(f"module 'semigen.deep' has no attribute {name!r}")


def load(path: str | PathLike[str], *, device: str = "auto") -> DeepClassifier | DeepTransformer:
    """Read a fitted deep model that its `save` wrote; nothing in the file can execute.

    A file sets the parameters, fitted attributes and weights that its class declares, and nothing else. It names no
    path, and is refused if it is damaged.

    Parameters
    ----------
    path : path
    device : str, default="auto"
        Where it is to predict.

    Returns
    -------
    estimator

    Raises
    ------
    ValueError
        If the file is damaged, or no saved model; the message says what is wrong with it.
    OSError
        If there is no such file, or it cannot be read.

    Examples
    --------
    >>> import semigen
    >>> model = semigen.load("digits.safetensors")  # doctest: +SKIP
    """
    model: DeepClassifier | DeepTransformer = read(path, _CLASSES, device)
    return model
