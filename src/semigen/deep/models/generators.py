"""Generators of an adversarial game: from noise to a decoder's outputs, for rows of a table or for images."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from semigen.deep.layers.networks import ACTIVATIONS, Convolution, Linear, Standardised
from semigen.deep.models.critic import ImageShape


class RowGenerator(nn.Module):
    """Batch-normalised hidden layers from noise to a decoder's outputs."""

    def __init__(
        self, latent_dim: int, hidden_dims: Sequence[int], n_outputs: int, generator: torch.Generator, activation: str
    ):
        super().__init__()
        self._activation = ACTIVATIONS[activation]
        self.layers = nn.ModuleList(
            Linear(before, after, generator, bias=False) for before, after in pairwise([latent_dim, *hidden_dims])
        )
        self.norms = nn.ModuleList(Standardised(width) for width in hidden_dims)
        self.last = Linear(hidden_dims[-1], n_outputs, generator)

    def forward(self, z: Tensor) -> Tensor:
        """Return outputs for rows of noise."""
        for layer, norm in zip(self.layers, self.norms, strict=True):
            z = self._activation(norm(layer(z)))
        outputs: Tensor = self.last(z)
        return outputs


class ImageGenerator(nn.Module):
    """From noise to a small image of many channels, which doubles its size and halves its channels to the last."""

    def __init__(
        self,
        latent_dim: int,
        channels: Sequence[int],
        n_outputs: int,
        image_shape: ImageShape,
        generator: torch.Generator,
        activation: str,
    ):
        super().__init__()
        _, height, width = image_shape
        self._activation = ACTIVATIONS[activation]
        self._sizes = [(-(-height // 2**i), -(-width // 2**i)) for i in range(len(channels), -1, -1)]
        smallest = self._sizes[0][0] * self._sizes[0][1]
        self.first = Linear(latent_dim, channels[0] * smallest, generator, bias=False)
        self.norms = nn.ModuleList(Standardised(n) for n in channels)
        following = [*channels[1:], n_outputs // (height * width)]
        self.layers = nn.ModuleList(
            Convolution(before, after, generator) for before, after in zip(channels, following, strict=True)
        )

    def forward(self, z: Tensor) -> Tensor:
        """Return outputs for rows of noise, flat."""
        maps = self.first(z).unflatten(1, (-1, *self._sizes[0]))
        for norm, layer, size in zip(self.norms, self.layers, self._sizes[1:], strict=True):
            maps = layer(interpolate(self._activation(norm(maps)), size=size))
        outputs: Tensor = maps.flatten(1)
        return outputs
