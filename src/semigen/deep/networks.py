"""Building blocks of every deep model here: perceptrons whose first layer is split, and generators of their own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "softplus": nn.functional.softplus,
    "silu": nn.functional.silu,
    "tanh": torch.tanh,
}


@dataclass(frozen=True)
class Disturbance:
    """Noise that keeps a network from learning few rows by heart, drawn from a generator of one's own.

    Attributes
    ----------
    input_noise : float
        Standard deviation of normal noise on the inputs.
    dropout : float
        Share of the hidden units that are left out (Srivastava et al., JMLR 2014); the others are raised to make up.
    generator : torch.Generator
    """

    input_noise: float
    dropout: float
    generator: torch.Generator

    def inputs(self, x: Tensor) -> Tensor:
        """Inputs with noise."""
        if self.input_noise == 0:
            return x
        return x + self.input_noise * torch.randn(x.shape, generator=self.generator, device=x.device, dtype=x.dtype)

    def hidden(self, units: Tensor) -> Tensor:
        """Hidden units, some of them left out."""
        if self.dropout == 0:
            return units
        kept = torch.empty_like(units).bernoulli_(1 - self.dropout, generator=self.generator)
        return units * kept / (1 - self.dropout)


class Linear(nn.Linear):
    """A linear map that draws its start from the generator it is given, never from torch's global one."""

    def __init__(self, n_inputs: int, n_outputs: int, generator: torch.Generator, *, bias: bool = True):
        with torch.device("meta"):
            super().__init__(n_inputs, n_outputs, bias=bias, dtype=torch.float32)
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
        self.weight = nn.Parameter(torch.empty((n_classes, width), dtype=torch.float32))
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

    def forward(self, x: Tensor, disturbance: Disturbance | None = None) -> Tensor:
        """Outputs for rows of inputs."""
        return self.rest(self.first(x if disturbance is None else disturbance.inputs(x)), disturbance)

    def rest(self, summed: Tensor, disturbance: Disturbance | None = None) -> Tensor:
        """Outputs for what the first layer's linear part gave."""
        for layer in self.layers:
            units = self._activation(summed)
            summed = layer(units if disturbance is None else disturbance.hidden(units))
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
