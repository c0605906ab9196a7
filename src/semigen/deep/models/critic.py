"""The critic of an adversarial game: perceptron or convolutions with noise between layers that keep their scale."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from semigen.deep.layers.distributions import full_precision
from semigen.deep.layers.networks import ACTIVATIONS, Disturbance, WeightNormalised

ImageShape = tuple[int, int, int]


class Critic(nn.Module):
    """Weight-normalised layers with noise between them, the last of K logits; the one before gives the features.

    Only the last layer learns its gains, so that no other can drown the noise by making its units larger.
    """

    def __init__(
        self,
        width: int,
        hidden_dims: Sequence[int],
        n_classes: int,
        generator: torch.Generator,
        activation: str,
        image_shape: ImageShape | None = None,
    ):
        super().__init__()
        self._image_shape = image_shape
        self._activation = ACTIVATIONS[activation]
        layers = []
        if image_shape is None:
            widths = [width, *hidden_dims]
            layers += [
                WeightNormalised((after, before), generator, learns_gain=False) for before, after in pairwise(widths)
            ]
        else:
            channels, height, width = image_shape
            for after in hidden_dims:
                layers.append(WeightNormalised((after, channels, 3, 3), generator, learns_gain=False, stride=2))
                channels, height, width = after, -(-height // 2), -(-width // 2)
            layers.append(WeightNormalised((hidden_dims[-1], channels * height * width), generator, learns_gain=False))
        self.layers = nn.ModuleList(layers)
        self.last = WeightNormalised((n_classes, hidden_dims[-1]), generator, learns_gain=True)

    def features(self, x: Tensor, disturbance: Disturbance | None = None) -> Tensor:
        """Return units of the last hidden layer."""
        units = x if disturbance is None else disturbance.inputs(x)
        if self._image_shape is not None:
            units = units.view(-1, *self._image_shape)
        for number, layer in enumerate(self.layers):
            if number and disturbance is not None:
                units = disturbance.hidden(units)
            units = self._activation(layer(units))
        return units

    def forward(self, x: Tensor, disturbance: Disturbance | None = None) -> Tensor:
        """Return logits of the K classes."""
        units = self.features(x, disturbance)
        logits: Tensor = self.last(units if disturbance is None else disturbance.hidden(units))
        return full_precision(logits)

    def start_from(self, x: Tensor) -> None:
        """Give every layer gains and biases that suit these rows."""
        units = x if self._image_shape is None else x.view(-1, *self._image_shape)
        for layer in self.layers:
            units = self._activation(layer.start_from(units))  # type: ignore[operator]
        self.last.start_from(units)
