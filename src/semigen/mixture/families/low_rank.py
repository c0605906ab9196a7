"""The family 'low_rank': for every component loadings of a few latent factors, and a variance of each column."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.families.family import Array, Family, Moments

# More latent factors than this are never chosen unasked.
_MOST_AUTOMATIC = 16


class LowRank(Family):
    """Covariances Lambda Lambda^T + Psi, with loadings Lambda of shape (features, rank) and diagonal Psi.

    A covariance is an array of shape (1 + rank, features): the diagonal of Psi, then the columns of Lambda. Its factor
    is Psi^-1/2, then those of Psi^-1/2 Lambda. Rotations of the loadings are the same covariance.

    Parameters
    ----------
    rank : int, default=1
        Number of latent factors.
    """

    name: ClassVar[str] = "low_rank"
    shared: ClassVar[bool] = False
    correlated: ClassVar[bool] = True
    one_scale: ClassVar[bool] = False
    pools: ClassVar[str] = "diag"
    target_is_pooled: ClassVar[bool] = False
    pessimistic_is_safe: ClassVar[bool] = False
    weight_before_evidence: ClassVar[float] = 1.0

    def __init__(self, rank: int = 1) -> None:
        super().__init__()
        self.rank = rank

    def of_rank(self, rank: int) -> Family:
        return LowRank(rank)

    def like(self, covariances: Array) -> Family:
        return LowRank(covariances.shape[-2] - 1)

    def automatic_rank(self, n_features: int, n_rows: int) -> int:
        return min(_automatic(n_features), n_rows)

    def directions(self, n_features: int) -> int:
        return min(self.rank, n_features)

    def covariance_shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        return n_components, 1 + self.rank, n_features

    def n_free(self, n_features: int) -> int:
        # Less the rotations that leave the covariance as it is.
        return n_features * (1 + self.rank) - self.rank * (self.rank - 1) // 2

    def pseudo_count(self, n_features: int) -> float:
        # As for 'tied'. Loadings of many columns and few rows explain noise, and rows then stay with whatever component
        # they began in: of d + 1, multiples from 1/12 to 3 were tried on digits, USPS, Digit1 and made embeddings of
        # 768 columns. Small multiples were much worse on all of these; large ones only on Digit1.
        return n_features + 1.0

    def target(self, variance: Array) -> Array:
        return np.vstack([variance, np.zeros((self.rank, len(variance)))])

    def raise_to(self, target: Array, floor: Array) -> Array:
        return np.vstack([np.maximum(target[0], floor), target[1:]])

    def root(self, target: Array) -> Array:
        return np.zeros(0)

    def scaled(self, covariances: Array, scale: Array) -> Array:
        scaled = covariances * scale
        scaled[..., 0, :] *= scale
        return scaled

    def unscaled(self, covariances: Array, factors: Array, scale: Array) -> tuple[Array, Array]:
        unscaled, factors = covariances / scale, factors.copy()
        unscaled[..., 0, :] /= scale
        factors[..., 0, :] *= scale
        return unscaled, factors

    def check(self, covariances: Array, name: str) -> None:
        if (covariances[..., 0, :] <= 0).any():
            raise ValueError(f"{name} must have positive variances, in the first row of each covariance.")

    def variances(self, covariances: Array, n_components: int, n_features: int) -> Array:
        variances: Array = covariances[:, 0] + (covariances[:, 1:] ** 2).sum(axis=1)
        return variances

    def matrix(self, covariances: Array, component: int, n_features: int) -> Array:
        noise, loadings = covariances[component, 0], covariances[component, 1:]
        return np.diag(noise) + loadings.T @ loadings

    def regression(
        self, covariances: Array, component: int, seen: NDArray[np.int64], unseen: NDArray[np.int64]
    ) -> tuple[Array, Array]:
        noise, loadings = covariances[component, 0], covariances[component, 1:]
        whitened = loadings[:, seen] / np.sqrt(noise[seen])
        latent = np.linalg.inv(_inside(whitened[None])[0])
        coefficients = (loadings[:, seen] / noise[seen]).T @ (latent @ loadings[:, unseen])
        return coefficients, np.diag(noise[unseen]) + loadings[:, unseen].T @ latent @ loadings[:, unseen]

    def stacked(self, factors: Array, n_features: int) -> Array:
        return factors.reshape(-1, 1 + self.rank, n_features)

    def to_shape(self, factors: Array) -> Array:
        # Logarithms of the inverse deviations of the noise, and the loadings in the units of the columns.
        shape = factors / factors[:, :1]
        shape[:, 0] = np.log(factors[:, 0])
        return shape.reshape(len(factors), -1)

    def from_shape(self, shape: Array, n_features: int) -> Array:
        covariances = self.stacked(shape, n_features).copy()
        covariances[:, 0] = np.exp(-2 * covariances[:, 0])
        return covariances

    def values_per_row(self, n_features: int) -> int:
        return 1

    def slopes(self, factors: Array, moments: Moments) -> tuple[Array, Array]:
        precision, whitened = factors[:, :1] ** 2, factors[:, 1:]
        loadings = whitened / factors[:, :1]
        products, latent_scatter = self._latent_moments(factors, moments)
        explained = latent_scatter @ loadings
        second = self.stacked(moments.second, factors.shape[2])[:, 0]
        second = second + moments.pseudo_count * self.variances(moments.target[None], 1, factors.shape[2])
        residual = second + (loadings * (explained - 2 * products)).sum(axis=1)
        of_noise = moments.rows[:, None] - precision[:, 0] * residual
        of_means = moments.first * factors[:, 0]
        projected = np.linalg.solve(_inside(whitened), whitened @ of_means[:, :, None])
        of_means = factors[:, 0] * (of_means - (np.swapaxes(whitened, 1, 2) @ projected)[:, :, 0])
        of_shape = np.concatenate([of_noise[:, None], precision * (products - explained)], axis=1)
        return of_means, of_shape.reshape(len(factors), -1)

    def em_step(
        self, factors: Array, covariances: Array, of_means: Array, of_shape: Array, moments: Moments
    ) -> tuple[Array, Array]:
        noise, loadings = covariances[:, :1], covariances[:, 1:]
        plain = self.stacked(of_shape, factors.shape[2])
        latent = loadings @ of_means[:, :, None]
        means = noise[:, 0] * of_means + (np.swapaxes(loadings, 1, 2) @ latent)[:, :, 0]
        _, latent_scatter = self._latent_moments(factors, moments)
        step = np.empty_like(plain)
        step[:, 0] = plain[:, 0] / (2 * moments.rows[:, None])
        step[:, 1:] = np.linalg.solve(latent_scatter, noise * plain[:, 1:])
        return means / moments.mass[:, None], step.reshape(len(factors), -1)

    def _latent_moments(self, factors: Array, moments: Moments) -> tuple[Array, Array]:
        """Return sums of z (x - mean)^T and of z z^T, as the latent factors z are expected, the prior's rows included.

        See csrc/include/semigen/families/low_rank.hpp.
        """
        inside, pseudo_count = _inside(factors[:, 1:]), moments.pseudo_count
        regression = np.linalg.solve(inside, factors[:, 1:]) * factors[:, :1]
        noise, loadings = moments.target[0], moments.target[1:]
        products = self.stacked(moments.second, factors.shape[2])[:, 1:]
        products = products + pseudo_count * (regression * noise + (regression @ loadings.T) @ loadings)
        scatter = regression @ np.swapaxes(products, 1, 2)
        scatter += moments.rows[:, None, None] * np.linalg.inv(inside)
        return products, (scatter + np.swapaxes(scatter, 1, 2)) / 2

    def colour(self, noise: Array, factors: Array, component: NDArray[np.int64]) -> Array:
        coloured = np.empty_like(noise)
        for m in np.unique(component):
            chosen = component == m
            coloured[chosen] = _stretched(noise[chosen], factors[m, 1:], 0.5) / factors[m, 0]
        return coloured

    def whiten(self, rows: Array, factors: Array) -> Array:
        return _stretched(rows * factors[0, 0], factors[0, 1:], -0.5)


def _automatic(n_features: int) -> int:
    return min(_MOST_AUTOMATIC, int(np.ceil(np.sqrt(n_features))))


def _inside(whitened: Array) -> Array:
    """Return I + A A^T, for A^T of shape (covariances, rank, features)."""
    inside: Array = np.eye(whitened.shape[1]) + whitened @ np.swapaxes(whitened, 1, 2)
    return inside


def _stretched(rows: Array, loadings: Array, power: float) -> Array:
    """Return rows times (I + A A^T)^power, for A^T of shape (rank, features), without a matrix of all features."""
    _, strengths, directions = np.linalg.svd(loadings, full_matrices=False)
    stretch = (1 + strengths**2) ** power - 1
    stretched: Array = rows + ((rows @ directions.T) * stretch) @ directions
    return stretched
