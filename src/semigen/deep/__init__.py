"""Deep generative models; needs torch, which `pip install "semigen[deep]"` brings."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

try:
    import torch as _torch  # noqa: F401
except ImportError as error:
    raise ImportError('semigen.deep needs torch: pip install "semigen[deep]"') from error

from semigen import _PUBLIC
from semigen.deep.estimators import saving
from semigen.deep.training.callbacks import Moment, SamplePictures, TensorBoard
from semigen.persistence.archive import Saved
from semigen.persistence.save_and_load import load

if TYPE_CHECKING:
    from semigen.deep.estimators.deep_classifier import DeepClassifier
    from semigen.deep.estimators.deep_transformer import DeepTransformer

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


def restored(saved: Saved, name: str, device: str) -> DeepClassifier | DeepTransformer:
    """Return the deep model of a file of this name, for `semigen.load`."""
    model: DeepClassifier | DeepTransformer = saving.restored(saved, name, _CLASSES, device)
    return model
