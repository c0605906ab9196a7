"""Invertible maps with known log-determinants, of which normalising flows are made."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from semigen.deep.layers.networks import Perceptron

# A coupling's log-scales lie between minus this and this, so that densities stay bounded.
_LARGEST_LOG_SCALE = 2.0

# Inputs of a coupling's network are clipped to this (they start standardised). Beyond it the flow is affine, so that
# rows far from the training rows keep finite images and densities.
_LARGEST_INPUT = 10.0


class Invertible(nn.Module, ABC):
    """A smooth map of rows that can be undone."""

    @abstractmethod
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return images of rows, of the same shape, and log |det Jacobian| of each."""

    @abstractmethod
    def inverse(self, z: Tensor) -> Tensor:
        """Return the rows that have these images."""


class Whitening(Invertible):
    """z = inverse(L) (x - centre) with L lower triangular: uncorrelated columns of variance one, if L L' says so.

    It does not learn: it is where a flow starts.
    """

    centre: Tensor
    factor: Tensor

    def __init__(self, width: int):
        super().__init__()
        self.register_buffer("centre", torch.zeros(width, dtype=torch.float32))
        self.register_buffer("factor", torch.eye(width, dtype=torch.float32))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return whitened rows."""
        white = torch.linalg.solve_triangular(self.factor, (x - self.centre).T, upper=False).T
        return white, -self.factor.diagonal().log().sum().expand(len(x))

    def inverse(self, z: Tensor) -> Tensor:
        """Return the rows that were whitened."""
        return z @ self.factor.T + self.centre


class Rotation(Invertible):
    """A fixed rotation, drawn at random, so that every coupling splits the columns in another way.

    Under an isotropic mixture rotations cost nothing: densities are the same before and after.
    """

    matrix: Tensor

    def __init__(self, width: int, generator: torch.Generator):
        super().__init__()
        drawn = torch.randn((width, width), generator=generator, dtype=torch.float64)
        self.register_buffer("matrix", torch.linalg.qr(drawn).Q.to(torch.float32))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return rotated rows."""
        # In bfloat16 a rotation would not keep distances, on which densities rest.
        with torch.autocast(x.device.type, enabled=False):
            return x @ self._orthonormal(), x.new_zeros(len(x))

    def inverse(self, z: Tensor) -> Tensor:
        """Return the rows before the rotation."""
        return z @ self._orthonormal().T

    def _orthonormal(self) -> Tensor:
        """Return the matrix; in float64, undo the rounding to float32 by a step of Newton's method."""
        if self.matrix.dtype != torch.float64:
            return self.matrix
        return 1.5 * self.matrix - 0.5 * self.matrix @ (self.matrix.T @ self.matrix)


class AffineCoupling(Invertible):
    """Affine coupling (RealNVP): a network of one half of the columns gives scale and shift of the other half.

    It starts as the identity.

    References
    ----------
    L. Dinh, J. Sohl-Dickstein, S. Bengio, "Density estimation using Real NVP", ICLR 2017.
    """

    def __init__(self, width: int, hidden_dims: Sequence[int], activation: str, generator: torch.Generator):
        super().__init__()
        self._n_passive = width // 2
        self._n_active = width - self._n_passive
        self.network = Perceptron(self._n_passive, hidden_dims, 2 * self._n_active, generator, activation)
        last: Any = self.network.layers[-1]
        with torch.no_grad():
            last.weight.zero_()
            last.bias.zero_()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return images with their halves exchanged: the transformed half is the next coupling's input."""
        passive, active = x[:, : self._n_passive], x[:, self._n_passive :]
        log_scale, shift = self._scale_and_shift(passive)
        return torch.cat([torch.addcmul(shift, active, log_scale.exp()), passive], dim=1), log_scale.sum(dim=1)

    def inverse(self, z: Tensor) -> Tensor:
        """Return the rows that have these images."""
        moved, passive = z[:, : self._n_active], z[:, self._n_active :]
        log_scale, shift = self._scale_and_shift(passive)
        return torch.cat([passive, (moved - shift) * torch.exp(-log_scale)], dim=1)

    def _scale_and_shift(self, passive: Tensor) -> tuple[Tensor, Tensor]:
        raw, shift = self.network(passive.clamp(-_LARGEST_INPUT, _LARGEST_INPUT)).chunk(2, dim=1)
        return _LARGEST_LOG_SCALE * torch.tanh(raw / _LARGEST_LOG_SCALE), shift


class Chain(Invertible):
    """Maps one after the other."""

    def __init__(self, maps: Sequence[Invertible]):
        super().__init__()
        self.maps = nn.ModuleList(maps)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return images under all maps, and the sum of their log-determinants."""
        log_volume = x.new_zeros(len(x))
        for each in self.maps:
            x, change = each(x)
            log_volume = log_volume + change
        return x, log_volume

    def inverse(self, z: Tensor) -> Tensor:
        """Return the rows that have these images."""
        each: Any
        for each in reversed(self.maps):
            z = each.inverse(z)
        return z
