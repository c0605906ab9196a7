"""The family 'diag': a variance for every component and column."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from semigen.mixture.families.family import Array
from semigen.mixture.families.uncorrelated import Uncorrelated


class Diag(Uncorrelated):
    """A variance for every component and column."""

    name: ClassVar[str] = "diag"
    shared: ClassVar[bool] = False
    one_scale: ClassVar[bool] = False

    def covariance_shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        return n_components, n_features

    def n_free(self, n_features: int) -> int:
        return n_features

    def target(self, variance: Array) -> Array:
        return variance

    def scaled(self, covariances: Array, scale: Array) -> Array:
        return covariances * scale**2

    def unscaled(self, covariances: Array, factors: Array, scale: Array) -> tuple[Array, Array]:
        return covariances / scale / scale, factors * scale

    def variances(self, covariances: Array, n_components: int, n_features: int) -> Array:
        return np.broadcast_to(covariances, (len(covariances), n_features))

    def second_moments(self, rows: Array, weights: Array, means: Array) -> Array:
        of_components = zip(means, weights.T, strict=True)
        return np.concatenate([counts @ (rows - mean) ** 2 for mean, counts in of_components])

    def values_per_row(self, n_features: int) -> int:
        return 1
