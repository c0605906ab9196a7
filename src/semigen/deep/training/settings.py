"""Settings of a training, which the estimators check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

from semigen._runtime.callers import called_by_a_library


@dataclass(frozen=True)
class Settings:
    """Settings of a training, described as parameters of the estimators.

    `auto_steps` is what `max_epochs="auto"` aims at, a property of the kind of model and no parameter.
    """

    max_epochs: int | str = "auto"
    batch_size: int = 200
    labeled_batch_size: int | None = None
    learning_rate: float = 1e-3
    schedule: str = "cosine"
    weight_decay: float = 0.0
    max_gradient_norm: float | None = None
    averaging: float | None = None
    early_stopping: bool = False
    n_iter_no_change: int = 10
    tol: float = 1e-4
    precision: str = "float32"
    cuda_graphs: bool = True
    auto_steps: int = 10_000
    checkpoint: str | PathLike[str] | None = None
    callbacks: Sequence[Callable[..., Any] | Any] = field(default=())
    on_interrupt: str = "auto"
    verbose: int = 0

    def keeps_interrupted(self) -> bool:
        """Return whether a training that Ctrl-C ends keeps what it reached, instead of raising KeyboardInterrupt."""
        return self.on_interrupt == "keep" or (self.on_interrupt == "auto" and not called_by_a_library())
