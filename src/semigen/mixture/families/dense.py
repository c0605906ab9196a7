"""Mathematics of covariances that are whole matrices, for the families 'full' and 'tied'."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from semigen.mixture.families.family import Array, ClosedForm, Moments


class Dense(ClosedForm):
    """Covariances of shape (features, features); their factors P, with P^T P the inverse, are lower triangular."""

    correlated: ClassVar[bool] = True
    pools: ClassVar[str] = "tied"
    one_scale: ClassVar[bool] = False
    pessimistic_is_safe: ClassVar[bool] = True

    def n_free(self, n_features: int) -> int:
        return n_features * (n_features + 1) // 2

    def target(self, variance: Array) -> Array:
        return np.diag(variance)

    def raise_to(self, target: Array, floor: Array) -> Array:
        return raised(target, floor)

    def root(self, target: Array) -> Array:
        return lower_root(target)

    def scaled(self, covariances: Array, scale: Array) -> Array:
        return covariances * np.outer(scale, scale)

    def unscaled(self, covariances: Array, factors: Array, scale: Array) -> tuple[Array, Array]:
        unscaled = covariances / scale[:, None]
        unscaled /= scale
        return unscaled, np.multiply(np.swapaxes(factors, -1, -2), scale[:, None], order="C")

    def check(self, covariances: Array, name: str) -> None:
        if not np.allclose(covariances, np.swapaxes(covariances, -1, -2), rtol=1e-8, atol=0):
            raise ValueError(f"{name} must be symmetric.")
        if (np.diagonal(covariances, axis1=-2, axis2=-1) <= 0).any():
            raise ValueError(f"{name} must have positive variances.")

    def variances(self, covariances: Array, n_components: int, n_features: int) -> Array:
        diagonals = np.diagonal(covariances, axis1=-2, axis2=-1)
        return np.broadcast_to(diagonals, (n_components, n_features))

    def matrix(self, covariances: Array, component: int, n_features: int) -> Array:
        stacked = self.stacked(covariances, n_features)
        chosen: Array = stacked[0 if self.shared else component]
        return chosen

    def stacked(self, factors: Array, n_features: int) -> Array:
        return factors.reshape(-1, n_features, n_features)

    def to_shape(self, factors: Array) -> Array:
        logged = factors.copy()
        np.log(_diagonal(factors), out=_diagonal(logged))
        return _lower(logged)

    def from_shape(self, shape: Array, n_features: int) -> Array:
        factors = from_lower(shape, n_features)
        np.exp(_diagonal(factors), out=_diagonal(factors))
        inverse = np.linalg.inv(factors)
        return np.asarray(inverse @ np.swapaxes(inverse, -1, -2), dtype=np.float64)

    def scatter(self, second: Array, first: Array, mass: Array, means: Array) -> Array:
        lower = from_lower(second, means.shape[1])
        return lower + np.swapaxes(np.tril(lower, -1), -1, -2)

    def values_per_row(self, n_features: int) -> int:
        return 1

    def slopes(self, factors: Array, moments: Moments) -> tuple[Array, Array]:
        precisions = np.swapaxes(factors, -1, -2) @ factors
        of_means = (precisions @ moments.first[:, :, None])[:, :, 0]
        slope = -(factors @ self.scatter_with_prior(moments))
        _diagonal(slope)[:] = moments.rows[:, None] + _diagonal(slope) * _diagonal(factors)
        return of_means, _lower(slope)

    def em_step(
        self, factors: Array, covariances: Array, of_means: Array, of_shape: Array, moments: Moments
    ) -> tuple[Array, Array]:
        stacked = covariances.reshape(factors.shape)
        means = (stacked @ of_means[:, :, None])[:, :, 0] / moments.mass[:, None]
        plain = from_lower(of_shape, factors.shape[-1])
        _diagonal(plain)[:] /= _diagonal(factors)
        turn = np.tril(plain @ np.swapaxes(factors, -1, -2)) / moments.rows[:, None, None]
        _diagonal(turn)[:] /= 2
        moved = turn @ factors
        _diagonal(moved)[:] = _diagonal(turn)
        return means, _lower(moved)

    def colour(self, noise: Array, factors: Array, component: NDArray[np.int64]) -> Array:
        stacked, coloured = self.stacked(factors, noise.shape[1]), np.empty_like(noise)
        if self.shared:
            component = np.zeros_like(component)
        for m in np.unique(component):
            chosen = component == m
            coloured[chosen] = solve_triangular(stacked[m], noise[chosen].T, lower=True).T
        return coloured

    def whiten(self, rows: Array, factors: Array) -> Array:
        whitened: Array = rows @ self.stacked(factors, rows.shape[1])[0].T
        return whitened


def packed_moments(rows: Array, weights: Array) -> Array:
    """Return the lower triangle of the weighted sum of x x^T, row by row."""
    return np.asarray(((rows.T * weights) @ rows)[np.tril_indices(rows.shape[1])])


def lower_root(matrix: Array) -> Array:
    """Return L, lower triangular, with L L^T = matrix, whose eigenvalues are zero or more up to rounding."""
    try:
        return np.asarray(np.linalg.cholesky(matrix), dtype=np.float64)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(matrix)
        triangle: Any = np.linalg.qr(np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T, mode="r")
        return np.ascontiguousarray(triangle.T)


def raised(target: Array, floor: Array) -> Array:
    """Return a (d, d) target whose every direction has at least the floor's variance, so that it is positive definite.

    A target that has it already is returned as it is. Cholesky's factorisation finds that out; the eigenvalues, which
    take ten times as long and cannot be interrupted, are computed for the others only.
    """
    safe = np.where(floor > 0, floor, np.finfo(np.float64).eps * np.maximum(np.diag(target), 1.0))
    root = np.sqrt(safe)
    scaled = target / np.outer(root, root)
    if _exceeds_identity(scaled):
        return target
    values, vectors = np.linalg.eigh(scaled)
    if values[0] >= 1:
        return target
    lifted: Array = (vectors * np.maximum(values, 1.0)) @ vectors.T * np.outer(root, root)
    symmetric: Array = (lifted + lifted.T) / 2
    return symmetric


def _exceeds_identity(matrix: Array) -> bool:
    """Return whether every eigenvalue of a symmetric matrix is above one."""
    diagonal = np.diag(matrix)
    if not (diagonal > 1).all():
        return False
    if np.count_nonzero(matrix) == len(diagonal):
        return True
    try:
        np.linalg.cholesky(matrix - np.eye(len(matrix)))
    except np.linalg.LinAlgError:
        return False
    return True


def _diagonal(matrices: Array) -> Array:
    """Return a view of the diagonals of C-contiguous matrices."""
    d = matrices.shape[-1]
    return matrices.reshape(-1, d * d)[:, :: d + 1]


@lru_cache(maxsize=4)
def _lower_indices(d: int) -> NDArray[np.intp]:
    """Return where the entries of a lower triangle, row after row, lie in a flat matrix."""
    rows, columns = np.tril_indices(d)
    return rows * d + columns


def _lower(matrices: Array) -> Array:
    d = matrices.shape[-1]
    return matrices.reshape(-1, d * d)[:, _lower_indices(d)]


def from_lower(entries: Array, d: int) -> Array:
    """Return lower triangular matrices from their entries, row after row."""
    matrices = np.zeros((len(entries), d * d))
    matrices[:, _lower_indices(d)] = entries
    return matrices.reshape(-1, d, d)
