"""Weights that a training keeps: the last ones, their average, or the best so far if it ends before its time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

# Early on, the decay is that of a mean over the last tenth of the steps, so that few steps are averaged evenly.
_SETTLING_STEPS = 10


class KeptWeights:
    """The weights of networks in training, their average if one is asked for, and the best so far.

    Parameters
    ----------
    own : sequence of tensors
        What the steps change, in place.
    averaging : float or None
        Decay per step of the average at most.
    """

    def __init__(self, own: Sequence[Tensor], averaging: float | None):
        self._own = list(own)
        self._averaging = averaging
        self._average = [weight.clone() for weight in own] if averaging else None
        # A tensor on the device, so that a recorded step counts too.
        self._averaged_steps = torch.zeros((), device=self._own[0].device)
        self._best = [weight.clone() for weight in own]
        self.best_objective = -math.inf

    def on_step_end(self) -> None:
        """Let the weights after a step join the average."""
        if self._average is None:
            return
        self._averaged_steps.add_(1)
        settling = self._averaged_steps / (self._averaged_steps + _SETTLING_STEPS)
        share = 1 - settling.clamp_max(float(self._averaging or 0))
        for average, weight in zip(self._average, self._own, strict=True):
            average.lerp_(weight, share.to(average.dtype))

    def begin_average(self) -> None:
        """Forget the steps so far: the average is of those to come, and of these weights until then."""
        if self._average is not None:
            torch._foreach_copy_(self._average, self._own)
            self._averaged_steps.zero_()

    def note(self, objective: float) -> None:
        """Keep the weights as they would predict if they are the best so far; -inf is good only if nothing else is."""
        if objective > self.best_objective or self.best_objective == -math.inf:
            # The objective is set last: if Ctrl-C comes in between, the weights are copied again.
            torch._foreach_copy_(self._best, self._average or self._own)
            self.best_objective = objective

    def put_in_place(self, *, best: bool) -> None:
        """Put the weights to keep into the networks."""
        torch._foreach_copy_(self._own, self._best if best else self._average or self._own)

    @contextmanager
    def as_kept(self) -> Iterator[None]:
        """Put the weights in place that would be kept if the training ended now, for a while."""
        before = [weight.clone() for weight in self._own]
        torch._foreach_copy_(self._own, self._average or self._own)
        try:
            yield
        finally:
            torch._foreach_copy_(self._own, before)

    def state(self) -> dict[str, Tensor]:
        """Return what a checkpoint keeps, besides `best_objective`."""
        state = {f"weights.{i}": weight for i, weight in enumerate(self._own)}
        state |= {f"best.{i}": weight for i, weight in enumerate(self._best)}
        state |= {f"average.{i}": weight for i, weight in enumerate(self._average or [])}
        return state | {"averaged.steps": self._averaged_steps}

    def restore(self, tensors: Mapping[str, Tensor], best_objective: float) -> None:
        """Go on from `state`.

        Raises
        ------
        ValueError
            If it has weights that are no finite numbers.
        """
        for name in self.state():
            if not tensors[name].isfinite().all() or tensors["averaged.steps"] < 0:
                raise ValueError(f"The checkpoint has {name} with elements that are no finite numbers.")
        for name, weights in (("weights", self._own), ("best", self._best), ("average", self._average or [])):
            for i, weight in enumerate(weights):
                weight.copy_(tensors[f"{name}.{i}"])
        self._averaged_steps.copy_(tensors["averaged.steps"])
        self.best_objective = best_objective
