"""Mathematics of covariances that are variances, of each column or of all alike: 'diag', 'spherical' and their kin."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.families.family import Array, ClosedForm, Moments


class Uncorrelated(ClosedForm):
    """Variances; their factors are inverse standard deviations."""

    correlated: ClassVar[bool] = False
    pools: ClassVar[str] = "diag"
    target_is_pooled: ClassVar[bool] = False
    pessimistic_is_safe: ClassVar[bool] = False
    weight_before_evidence: ClassVar[float] = 1.0

    def pseudo_count(self, n_features: int) -> float:
        # A single variance is determined by two rows.
        return 2.0

    def raise_to(self, target: Array, floor: Array) -> Array:
        raised: Array = np.maximum(target, floor)
        return raised

    def root(self, target: Array) -> Array:
        return np.zeros(0)

    def check(self, covariances: Array, name: str) -> None:
        if (covariances <= 0).any():
            raise ValueError(f"{name} must have positive variances.")

    def matrix(self, covariances: Array, component: int, n_features: int) -> Array:
        stacked = self.stacked(covariances, n_features)
        return np.diag(np.broadcast_to(stacked[0 if self.shared else component], n_features))

    def stacked(self, factors: Array, n_features: int) -> Array:
        return factors.reshape(-1, self.n_free(n_features))

    def to_shape(self, factors: Array) -> Array:
        logged: Array = np.log(factors)
        return logged

    def from_shape(self, shape: Array, n_features: int) -> Array:
        covariances: Array = np.exp(-2 * shape)
        return covariances

    def scatter(self, second: Array, first: Array, mass: Array, means: Array) -> Array:
        return second

    def slopes(self, factors: Array, moments: Moments) -> tuple[Array, Array]:
        return factors**2 * moments.first, moments.rows[:, None] - factors**2 * self.scatter_with_prior(moments)

    def em_step(
        self, factors: Array, covariances: Array, of_means: Array, of_shape: Array, moments: Moments
    ) -> tuple[Array, Array]:
        return of_means / factors**2 / moments.mass[:, None], of_shape / (2 * moments.rows[:, None])

    def colour(self, noise: Array, factors: Array, component: NDArray[np.int64]) -> Array:
        deviations = self.stacked(factors, noise.shape[1])
        coloured: Array = noise / (deviations[0] if self.shared else deviations[component])
        return coloured

    def whiten(self, rows: Array, factors: Array) -> Array:
        whitened: Array = rows * self.stacked(factors, rows.shape[1])[0]
        return whitened


class Isotropic(Uncorrelated):
    """One variance for all columns."""

    one_scale: ClassVar[bool] = True

    def n_free(self, n_features: int) -> int:
        return 1

    def target(self, variance: Array) -> Array:
        return np.array([variance.mean()])

    def floor(self, variance: Array, part: float) -> Array:
        least: Array = super().floor(variance.mean(keepdims=True), part)
        return least

    def scaled(self, covariances: Array, scale: Array) -> Array:
        scaled: Array = covariances * scale[0] ** 2
        return scaled

    def unscaled(self, covariances: Array, factors: Array, scale: Array) -> tuple[Array, Array]:
        return covariances / scale[0] / scale[0], factors * scale[0]

    def variances(self, covariances: Array, n_components: int, n_features: int) -> Array:
        return np.broadcast_to(covariances[:, None], (n_components, n_features))

    def values_per_row(self, n_features: int) -> int:
        return n_features
