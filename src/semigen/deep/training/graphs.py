"""A training step as a CUDA graph, recorded once and then replayed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

# Steps before the recording, in which libraries initialise and optimizers make their state.
_STEPS_BEFORE = 3


Step = Callable[[Tensor, Tensor, Tensor, Tensor], Mapping[str, Tensor]]


class GraphedStep:
    """Calls `step` for the first few times, records the next call, and replays it from then on.

    Shapes must be the same in every call, the step must not wait for the device, and its noise must come from
    `generator`. Rows and rates are copied into tensors of the graph's own before each replay.

    Parameters
    ----------
    step : callable
        From numbers of labelled rows, numbers of unlabelled rows, the fraction of the training that is done, and the
        learning rate, all tensors, to terms.
    generator : torch.Generator
    """

    def __init__(self, step: Step, generator: torch.Generator):
        self._step = step
        self._generator = generator
        self._calls = 0
        self._side = torch.cuda.Stream(generator.device)  # type: ignore[no-untyped-call]
        self._graph: torch.cuda.CUDAGraph | None = None
        self._inputs: tuple[Tensor, ...] = ()
        self._terms: Mapping[str, Tensor] = {}

    def __call__(self, labeled: Tensor, unlabeled: Tensor, done: Tensor, rate: Tensor) -> Mapping[str, Tensor]:
        """Take a step; the returned terms are valid until the next call."""
        self._calls += 1
        if self._calls <= _STEPS_BEFORE:
            return self._beside(labeled, unlabeled, done, rate)
        if self._graph is None:
            self._record(labeled, unlabeled, done, rate)
        assert self._graph is not None
        for own, given in zip(self._inputs, (labeled, unlabeled, done, rate), strict=True):
            own.copy_(given)
        self._graph.replay()
        return self._terms

    def _beside(self, *given: Tensor) -> Mapping[str, Tensor]:
        """Take a step on the stream that will record later ones, as recording demands."""
        current = torch.cuda.current_stream(self._generator.device)
        self._side.wait_stream(current)
        with torch.cuda.stream(self._side):
            terms = self._step(*given)
        current.wait_stream(self._side)
        return terms

    def _record(self, *given: Tensor) -> None:
        self._inputs = tuple(tensor.clone() for tensor in given)
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(self._generator)
        with torch.cuda.graph(graph, stream=self._side):
            self._terms = self._step(*self._inputs)
        self._graph = graph
