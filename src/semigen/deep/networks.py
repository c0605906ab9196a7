"""Building blocks of every deep model here: perceptrons whose first layer is split, and generators of their own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "softplus": nn.functional.softplus,
    "silu": nn.functional.silu,
    "tanh": torch.tanh,
}


class Linear(nn.Linear):
    """A linear map that draws its start from the generator it is given, never from torch's global one."""

    def __init__(self, n_inputs: int, n_outputs: int, generator: torch.Generator, *, bias: bool = True):
        with torch.device("meta"):
            super().__init__(n_inputs, n_outputs, bias=bias)
        self.to_empty(device="cpu")
        # The variance of torch's own linear layers, 1 / (3 n_inputs), which keeps activations of ReLU-like layers tame.
        reach = 1 / math.sqrt(n_inputs)
        with torch.no_grad():
            self.weight.uniform_(-reach, reach, generator=generator)
            if self.bias is not None:
                self.bias.uniform_(-reach, reach, generator=generator)


class ClassVectors(nn.Module):
    """A vector per class: the part of a split first layer that sees the class."""

    def __init__(self, n_classes: int, width: int, generator: torch.Generator):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_classes, width))
        with torch.no_grad():
            self.weight.normal_(0, 0.1, generator=generator)

    def forward(self, classes: Tensor) -> Tensor:
        """The vectors of these classes."""
        return self.weight.index_select(0, classes)


class Perceptron(nn.Module):
    """Hidden layers of one activation, then a linear map.

    `first` is the linear part of the first layer and `rest` all that follows, so that a caller can compute `first`
    once per row, add what depends on the class, and go on.
    """

    def __init__(
        self,
        n_inputs: int,
        hidden_dims: Sequence[int],
        n_outputs: int,
        generator: torch.Generator,
        activation: str = "relu",
    ):
        super().__init__()
        widths = [n_inputs, *hidden_dims, n_outputs]
        self.first = Linear(widths[0], widths[1], generator)
        self.layers = nn.ModuleList(Linear(before, after, generator) for before, after in pairwise(widths[1:]))
        self._activation = ACTIVATIONS[activation]

    def forward(self, x: Tensor) -> Tensor:
        """Outputs for rows of inputs."""
        return self.rest(self.first(x))

    def rest(self, summed: Tensor) -> Tensor:
        """Outputs for what the first layer's linear part gave."""
        for layer in self.layers:
            summed = layer(self._activation(summed))
        return summed


class ClassPerceptron(nn.Module):
    """A perceptron of a row and its class, the first layer split: W_x x once a row, plus a vector per class."""

    def __init__(
        self,
        n_inputs: int,
        n_classes: int,
        hidden_dims: Sequence[int],
        n_outputs: int,
        generator: torch.Generator,
        activation: str = "relu",
    ):
        super().__init__()
        self.perceptron = Perceptron(n_inputs, hidden_dims, n_outputs, generator, activation)
        self.class_vectors = ClassVectors(n_classes, hidden_dims[0], generator)

    def forward(self, x: Tensor, classes: Tensor, spread: Callable[[Tensor], Tensor] | None = None) -> Tensor:
        """Outputs for rows with their classes; `spread` takes a value per row to one per pair, if they differ."""
        of_rows = self.perceptron.first(x)
        if spread is not None:
            of_rows = spread(of_rows)
        output: Tensor = self.perceptron.rest(of_rows + self.class_vectors(classes))
        return output
