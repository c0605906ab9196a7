"""The family 'tied': one covariance matrix that all components share."""

from __future__ import annotations

from typing import ClassVar

from semigen.mixture.families.dense import Dense, packed_moments
from semigen.mixture.families.family import Array


class Tied(Dense):
    """A covariance matrix for all components."""

    name: ClassVar[str] = "tied"
    shared: ClassVar[bool] = True
    target_is_pooled: ClassVar[bool] = False
    weight_before_evidence: ClassVar[float] = 1.0

    def covariance_shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        return n_features, n_features

    def pseudo_count(self, n_features: int) -> float:
        return n_features + 1.0

    def second_moments(self, rows: Array, weights: Array, means: Array) -> Array:
        return packed_moments(rows, weights.sum(axis=1))

    def scatter(self, second: Array, first: Array, mass: Array, means: Array) -> Array:
        about_origin, weights = super().scatter(second, first, mass, means), mass[:, None]
        cross = (first + weights * means).T @ means
        moved: Array = about_origin - cross - cross.T + (weights * means).T @ means
        return moved
