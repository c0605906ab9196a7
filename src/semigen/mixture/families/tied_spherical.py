"""The family 'tied_spherical': a single variance for all components and columns, as k-means takes for granted."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from semigen.mixture.families.family import Array
from semigen.mixture.families.uncorrelated import Isotropic


class TiedSpherical(Isotropic):
    """A variance for all components and columns."""

    name: ClassVar[str] = "tied_spherical"
    shared: ClassVar[bool] = True

    def covariance_shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        return (1,)

    def second_moments(self, rows: Array, weights: Array, means: Array) -> Array:
        return np.array([(weights.sum(axis=1) @ rows**2).sum()])

    def scatter(self, second: Array, first: Array, mass: Array, means: Array) -> Array:
        about_means: Array = second - (means * (2 * first + mass[:, None] * means)).sum()
        return about_means
