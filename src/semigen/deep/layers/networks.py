"""Building blocks of the deep models: layers, perceptrons, and perceptrons of a row and its class."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import torch
from torch import Tensor, nn

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "softplus": nn.functional.softplus,
    "silu": nn.functional.silu,
    "tanh": torch.tanh,
}


@dataclass
class Disturbance:
    """Noise on inputs and hidden units in training, drawn from a given generator.

    A network calls `inputs` once, at the beginning of a pass, and then `hidden` layer by layer.

    Attributes
    ----------
    input_noise : float
        Standard deviation of normal noise on the inputs.
    dropout : float
        Share of the hidden units that are left out (Srivastava et al., JMLR 2014); the others are scaled up.
    generator : torch.Generator
    layer_noise : float
        Standard deviation of normal noise on hidden units.
    repeats : bool
        Whether every pass uses the noise of the first one, so that passes can be compared.
    """

    input_noise: float
    dropout: float
    generator: torch.Generator
    layer_noise: float = 0.0
    repeats: bool = False
    _drawn: list[Tensor] = field(default_factory=list)
    _place: int = 0

    def inputs(self, x: Tensor) -> Tensor:
        """Return inputs with noise."""
        self._place = 0
        return self._with_noise(x, self.input_noise)

    def hidden(self, units: Tensor) -> Tensor:
        """Return hidden units, some of them left out, with noise."""
        if self.dropout > 0:
            kept = self._draw(lambda: torch.empty_like(units).bernoulli_(1 - self.dropout, generator=self.generator))
            units = units * kept / (1 - self.dropout)
        return self._with_noise(units, self.layer_noise)

    def _with_noise(self, values: Tensor, deviation: float) -> Tensor:
        if deviation == 0:
            return values
        noise = self._draw(
            lambda: torch.randn(values.shape, generator=self.generator, device=values.device, dtype=values.dtype)
        )
        return torch.add(values, noise, alpha=deviation)

    def _draw(self, fresh: Callable[[], Tensor]) -> Tensor:
        if not self.repeats:
            return fresh()
        if self._place == len(self._drawn):
            self._drawn.append(fresh())
        self._place += 1
        return self._drawn[self._place - 1]


def _home() -> str:
    """Return the device on which layers are made: the host, or "meta" if only their shapes are wanted."""
    return "meta" if torch.get_default_device().type == "meta" else "cpu"


@torch.no_grad()
def _start(layer: nn.Linear | nn.Conv2d, n_inputs: int, generator: torch.Generator) -> None:
    """Draw starting weights with the variance 1 / (3 n_inputs) of torch's own layers."""
    bound = 1 / math.sqrt(n_inputs)
    layer.weight.uniform_(-bound, bound, generator=generator)
    if layer.bias is not None:
        layer.bias.uniform_(-bound, bound, generator=generator)


class Linear(nn.Linear):
    """A linear map whose starting weights are drawn from a given generator, not from torch's global one."""

    def __init__(self, n_inputs: int, n_outputs: int, generator: torch.Generator, *, bias: bool = True):
        home = _home()
        with torch.device("meta"):
            super().__init__(n_inputs, n_outputs, bias=bias, dtype=torch.float32)
        self.to_empty(device=home)
        _start(self, n_inputs, generator)


class Convolution(nn.Conv2d):
    """A convolution of windows of three by three that keeps the size; a given generator draws its starting weights."""

    def __init__(self, n_inputs: int, n_outputs: int, generator: torch.Generator):
        home = _home()
        with torch.device("meta"):
            super().__init__(n_inputs, n_outputs, 3, padding=1, dtype=torch.float32)
        self.to_empty(device=home)
        _start(self, 9 * n_inputs, generator)


class WeightNormalised(nn.Module):
    """A linear map or a convolution whose weights w = gain * v / |v| have direction and length apart, output by output.

    With gains that do not learn, outputs keep the scale they started with, so that a network cannot make the noise on
    them negligible by growing.

    Parameters
    ----------
    shape : tuple of int
        Of the weights: outputs, then inputs; for a convolution also height and width of its windows.
    generator : torch.Generator
    learns_gain : bool
    stride : int, default=1
        Of a convolution, which is padded by half the size of its windows.

    References
    ----------
    T. Salimans, D. Kingma, "Weight normalization", NeurIPS 2016.
    """

    gain: Tensor

    def __init__(self, shape: tuple[int, ...], generator: torch.Generator, *, learns_gain: bool, stride: int = 1):
        super().__init__()
        self.direction = nn.Parameter(torch.empty(shape, dtype=torch.float32))
        gain = torch.ones(shape[0], dtype=torch.float32)
        if learns_gain:
            self.gain = nn.Parameter(gain)
        else:
            self.register_buffer("gain", gain)
        self.bias = nn.Parameter(torch.zeros(shape[0], dtype=torch.float32))
        self._stride = stride
        with torch.no_grad():
            # Short vectors change direction quickly at first; they grow with every step, and then change more slowly.
            self.direction.normal_(0, 0.05, generator=generator)

    @property
    def weight(self) -> Tensor:
        """The weights of the map."""
        others = tuple(range(1, self.direction.ndim))
        lengths = torch.linalg.vector_norm(self.direction, dim=others, keepdim=True)
        scaled: Tensor = self.direction * (self.gain.view(lengths.shape) / lengths)
        return scaled

    def forward(self, x: Tensor) -> Tensor:
        """Return outputs for rows of inputs, or for images."""
        if self.direction.ndim == 2:
            return nn.functional.linear(x.flatten(1), self.weight, self.bias)
        return nn.functional.conv2d(
            x, self.weight, self.bias, stride=self._stride, padding=self.direction.shape[-1] // 2
        )

    @torch.no_grad()
    def start_from(self, x: Tensor) -> Tensor:
        """Set gain and bias so that these rows give outputs of mean 0 and variance 1; returns the outputs."""
        outputs = self(x)
        deviation, mean = torch.std_mean(outputs, dim=[0, *range(2, outputs.ndim)], correction=0)
        # An output that never moves stays as it is: there is nothing to scale.
        scale = torch.where(deviation > _STILL, 1 / deviation, 1.0)
        self.gain.mul_(scale)
        self.bias.copy_((self.bias - mean) * scale)
        result: Tensor = self(x)
        return result


_STILL = 1e-6


class Standardised(nn.Module):
    """Batch normalisation (Ioffe and Szegedy, 2015): units of mean 0 and variance 1 within a batch, then rescaled.

    All of its buffers are real numbers, which averaging of weights needs; predictions use running means.
    """

    running_mean: Tensor
    running_variance: Tensor

    def __init__(self, width: int):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width, dtype=torch.float32))
        self.bias = nn.Parameter(torch.zeros(width, dtype=torch.float32))
        self.register_buffer("running_mean", torch.zeros(width, dtype=torch.float32))
        self.register_buffer("running_variance", torch.ones(width, dtype=torch.float32))

    def forward(self, x: Tensor) -> Tensor:
        """Return units of rows, or of images, along the second axis."""
        own_statistics = self.training and x.numel() > x.shape[1]
        return nn.functional.batch_norm(
            x, self.running_mean, self.running_variance, self.gain, self.bias, training=own_statistics
        )


class ClassVectors(nn.Module):
    """A vector per class: the part of a split first layer that sees the class."""

    def __init__(self, n_classes: int, width: int, generator: torch.Generator):
        super().__init__()
        self.weight = nn.Parameter(torch.empty((n_classes, width), dtype=torch.float32))
        with torch.no_grad():
            self.weight.normal_(0, 0.1, generator=generator)

    def forward(self, classes: Tensor) -> Tensor:
        """Return the vectors of these classes."""
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
        """Return outputs for rows of inputs."""
        return self.rest(self.first(x if disturbance is None else disturbance.inputs(x)), disturbance)

    def rest(self, summed: Tensor, disturbance: Disturbance | None = None) -> Tensor:
        """Return outputs for what the first layer's linear part gave."""
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
        """Return outputs for rows with their classes; `spread` gives values of pairs from those of rows."""
        of_rows = self.perceptron.first(x)
        if spread is not None:
            of_rows = spread(of_rows)
        output: Tensor = self.perceptron.rest(of_rows + self.class_vectors(classes))
        return output
