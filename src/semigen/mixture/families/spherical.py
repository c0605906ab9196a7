"""The family 'spherical': one variance for every component, the same in all columns."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from semigen.mixture.families.family import Array
from semigen.mixture.families.uncorrelated import Isotropic


class Spherical(Isotropic):
    """A variance for every component."""

    name: ClassVar[str] = "spherical"
    shared: ClassVar[bool] = False

    def covariance_shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        return (n_components,)

    def second_moments(self, rows: Array, weights: Array, means: Array) -> Array:
        of_components = zip(means, weights.T, strict=True)
        return np.array([(counts @ (rows - mean) ** 2).sum() for mean, counts in of_components])
