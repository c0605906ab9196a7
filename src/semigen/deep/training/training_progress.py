"""The progress bar of a training, with the bound and the time left."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from tqdm.auto import tqdm

# Shown beside the bar, under these names, if the model reports them.
_SHOWN = {"bound": "bound", "labeled_error": "labelled error"}


class TrainingProgress:
    """A bar over all steps on standard error from `verbose` 1 on, and a line per epoch from 2 on."""

    def __init__(self, name: str, verbose: int, max_epochs: int, steps_per_epoch: int, first_epoch: int):
        self._verbose = verbose
        self._bar = tqdm(
            total=max_epochs * steps_per_epoch,
            initial=first_epoch * steps_per_epoch,
            desc=name,
            unit="step",
            disable=verbose < 1,
            dynamic_ncols=True,
            leave=True,
        )

    def on_step_end(self) -> None:
        """Advance the bar by a step."""
        self._bar.update()

    def on_epoch_end(self, epoch: int, means: Mapping[str, float]) -> None:
        """Show the means of an epoch."""
        if self._verbose < 1:
            return
        shown = {name: f"{means[term]:.4g}" for term, name in _SHOWN.items() if term in means}
        self._bar.set_postfix(shown, refresh=False)
        if self._verbose > 1:
            self._bar.write(f"epoch {epoch}: " + ", ".join(f"{term} {value:.6g}" for term, value in means.items()))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._bar.close()
