"""Parameters that deep estimators share: their defaults, their constraints, and signatures that list them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from numbers import Integral, Real
from os import PathLike
from typing import Any

from sklearn.utils._param_validation import Interval, StrOptions

from semigen.deep.data.columns import KINDS
from semigen.deep.layers.networks import ACTIVATIONS
from semigen.deep.training.schedule import SCHEDULES

TRAINING_CONSTRAINTS: dict[str, Any] = {
    "latent_dim": [Interval(Integral, 1, None, closed="left")],
    "hidden_dims": ["array-like"],
    "activation": [StrOptions(set(ACTIVATIONS))],
    "likelihood": [StrOptions({"auto", *KINDS}), "array-like"],
    "max_epochs": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "batch_size": [Interval(Integral, 1, None, closed="left")],
    "learning_rate": [Interval(Real, 0, None, closed="neither")],
    "schedule": [StrOptions(set(SCHEDULES))],
    "weight_decay": [Interval(Real, 0, None, closed="left")],
    "max_gradient_norm": [Interval(Real, 0, None, closed="neither"), None],
    "averaging": [Interval(Real, 0, 1, closed="left"), None],
    "early_stopping": ["boolean"],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
    "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
    "tol": [Interval(Real, 0, None, closed="left")],
    "n_fits": [Interval(Integral, 1, None, closed="left")],
    "device": [str],
    "precision": [StrOptions({"float32", "bfloat16"})],
    "cuda_graphs": ["boolean"],
    "random_state": ["random_state"],
    "checkpoint": [str, PathLike, None],
    "callbacks": [list, tuple],
    "on_interrupt": [StrOptions({"auto", "keep", "raise"})],
    "verbose": ["verbose"],
}

CLASSIFIER_CONSTRAINTS: dict[str, Any] = {
    **TRAINING_CONSTRAINTS,
    "classes": ["array-like", None],
    "unlabeled": "no_validation",
    "labeled_batch_size": [Interval(Integral, 1, None, closed="left"), None],
    "input_noise": [Interval(Real, 0, None, closed="left")],
    "dropout": [Interval(Real, 0, 1, closed="left")],
    "adversarial_weight": [Interval(Real, 0, None, closed="left")],
    "adversarial_radius": [Interval(Real, 0, None, closed="neither")],
    "calibrate": ["boolean"],
}


def set_training_parameters(
    self: Any,
    hidden_dims: Sequence[int] = (500,),
    *,
    activation: str = "relu",
    max_epochs: int | str = "auto",
    batch_size: int = 200,
    learning_rate: float = 1e-3,
    schedule: str = "cosine",
    weight_decay: float = 0.0,
    max_gradient_norm: float | None = None,
    averaging: float | None = None,
    early_stopping: bool = False,
    validation_fraction: float = 0.1,
    n_iter_no_change: int = 10,
    tol: float = 1e-4,
    n_fits: int = 1,
    device: str = "auto",
    precision: str = "float32",
    cuda_graphs: bool = True,
    random_state: Any = None,
    checkpoint: str | PathLike[str] | None = None,
    callbacks: Sequence[Any] = (),
    on_interrupt: str = "auto",
    verbose: int = 0,
) -> None:
    """Set the parameters that every deep estimator has, whether it learns from labels or not."""
    self.hidden_dims = hidden_dims
    self.activation = activation
    self.max_epochs = max_epochs
    self.batch_size = batch_size
    self.learning_rate = learning_rate
    self.schedule = schedule
    self.weight_decay = weight_decay
    self.max_gradient_norm = max_gradient_norm
    self.averaging = averaging
    self.early_stopping = early_stopping
    self.validation_fraction = validation_fraction
    self.n_iter_no_change = n_iter_no_change
    self.tol = tol
    self.n_fits = n_fits
    self.device = device
    self.precision = precision
    self.cuda_graphs = cuda_graphs
    self.random_state = random_state
    self.checkpoint = checkpoint
    self.callbacks = callbacks
    self.on_interrupt = on_interrupt
    self.verbose = verbose


def inherits_parameters(
    base: Callable[..., None], *, without: Sequence[str] = (), **defaults: Any
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that replaces `**others` of a constructor by the keyword parameters of another function.

    scikit-learn reads an estimator's parameters from the signature of `__init__`. The decorator merges them into it, so
    that parameters which many estimators share are written once.

    Parameters
    ----------
    base : callable
        Constructor, or `set_training_parameters`, to which the decorated constructor passes `**others`.
    without : sequence of str
        Parameters that are not merged: they keep the defaults of `base` and cannot be given.
    **defaults
        Defaults that differ from those of `base`.
    """

    def decorate(init: Callable[..., None]) -> Callable[..., None]:
        own = [p for p in inspect.signature(init).parameters.values() if p.kind is not p.VAR_KEYWORD]
        names = {p.name for p in own}
        inherited = []
        for parameter in inspect.signature(base).parameters.values():
            if parameter.name in names or parameter.name in without:
                continue
            default = defaults.get(parameter.name, parameter.default)
            inherited.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, default=default))

        @wraps(init)
        def construct(self: Any, *positional: Any, **given: Any) -> None:
            unknown = given.keys() - names - {parameter.name for parameter in inherited}
            if unknown:
                raise TypeError(f"{type(self).__name__} has no parameters {sorted(unknown)}; see its documentation.")
            init(self, *positional, **{**defaults, **given})

        construct.__signature__ = inspect.Signature([*own, *inherited])  # type: ignore[attr-defined]
        return construct

    return decorate
