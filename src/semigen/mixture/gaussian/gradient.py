"""Coordinates in which a mixture may move freely, the slope of the objective in them, and EM's idea of curvature.

The coordinates are log weights, means, and factors P of the precisions (P^T P = covariance^-1; inverse standard
deviations for 'diag' and 'spherical') with the logarithms of their diagonals: whatever is added to them, the result is
a mixture.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.gaussian.parameters import Parameters, Statistics
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.learning.em import log_weights, with_factors

Vector = NDArray[np.float64]

# Components lighter than this part of all mass move as if they had it.
_LEAST_SHARE = 1e-10


def to_vector(parameters: Parameters) -> Vector:
    """The coordinates of a mixture."""
    factors = _stacked(parameters)
    if _triangular(parameters):
        logged = factors.copy()
        np.log(_diagonal(factors), out=_diagonal(logged))
        shape = _lower(logged)
    else:
        shape = np.log(factors)
    return np.concatenate([parameters.log_weights, parameters.means.ravel(), shape.ravel()])


def from_vector(vector: Vector, like: Parameters, prior: MixturePrior, threads: int = 1) -> Parameters:
    """The mixture at these coordinates, of the same family and size as another; its variances keep to the floor.

    Raises
    ------
    SingularCovarianceError
        If a covariance is singular in floating point and the floor is zero.
    OverflowError, numpy.linalg.LinAlgError
        If a covariance has entries beyond floating-point numbers.
    """
    free_weights, means, shape = _split(vector, like)
    shares = log_weights(np.exp(free_weights - free_weights.max()), prior)
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        if _triangular(like):
            factors = _from_lower(shape, like.n_features)
            np.exp(_diagonal(factors), out=_diagonal(factors))
            inverse = np.linalg.inv(factors)
            covariances = np.asarray(inverse @ np.swapaxes(inverse, -1, -2), dtype=np.float64)
        else:
            covariances = np.exp(-2 * shape)
    if not (np.isfinite(covariances).all() and np.isfinite(means).all()):
        raise OverflowError("The coordinates lie beyond what floating-point numbers hold.")
    weights: Vector = np.exp(shares)
    return with_factors(like.family, weights, means, covariances.reshape(like.covariances.shape), prior, threads)


def gradient(parameters: Parameters, statistics: Statistics, prior: MixturePrior) -> Vector:
    """Slope of log-likelihood plus log prior, by Fisher's identity: that of the expected complete log-likelihood."""
    of_weights = statistics.mass - _expected_mass(parameters, statistics, prior)
    factors = _stacked(parameters)
    if _triangular(parameters):
        precisions = np.swapaxes(factors, -1, -2) @ factors
        of_means = (precisions @ statistics.first[:, :, None])[:, :, 0]
        slope = -(factors @ _scatter(parameters, statistics, prior))
        _diagonal(slope)[:] = _rows(parameters, statistics, prior)[:, None] + _diagonal(slope) * _diagonal(factors)
        return np.concatenate([of_weights, of_means.ravel(), _lower(slope).ravel()])
    of_means = factors**2 * statistics.first
    of_shape = _rows(parameters, statistics, prior)[:, None] - factors**2 * _scatter(parameters, statistics, prior)
    return np.concatenate([of_weights, of_means.ravel(), of_shape.ravel()])


def precondition(slope: Vector, parameters: Parameters, statistics: Statistics, prior: MixturePrior) -> Vector:
    """The inverse of the complete-data information times a slope: of the gradient, EM's step to first order.

    In coordinates that are whitened component by component (dmu = P^-1 u, dP = T P) that information is diagonal: N for
    u and for T below its diagonal, 2 N on it.
    """
    of_weights, of_means, of_shape = _split(slope, parameters)
    mass = np.maximum(statistics.mass, _LEAST_SHARE * statistics.mass.sum())
    weights = of_weights / np.maximum(_expected_mass(parameters, statistics, prior), _LEAST_SHARE * mass.sum())
    rows = np.maximum(_rows(parameters, statistics, prior), _LEAST_SHARE * mass.sum())
    factors = _stacked(parameters)
    if _triangular(parameters):
        covariances = parameters.covariances.reshape(factors.shape)
        means = (covariances @ of_means[:, :, None])[:, :, 0] / mass[:, None]
        plain = _from_lower(of_shape, parameters.n_features)
        _diagonal(plain)[:] /= _diagonal(factors)
        turn = np.tril(plain @ np.swapaxes(factors, -1, -2)) / rows[:, None, None]
        _diagonal(turn)[:] /= 2
        moved = turn @ factors
        _diagonal(moved)[:] = _diagonal(turn)
        return np.concatenate([weights, means.ravel(), _lower(moved).ravel()])
    means = of_means / factors**2 / mass[:, None]
    return np.concatenate([weights, means.ravel(), (of_shape / (2 * rows[:, None])).ravel()])


def _triangular(parameters: Parameters) -> bool:
    return parameters.family in ("full", "tied")


def _stacked(parameters: Parameters) -> NDArray[np.float64]:
    """Factors with a leading axis of covariances: matrices, or rows of one or d inverse standard deviations."""
    d = parameters.n_features
    return parameters.factors.reshape((-1, d, d) if _triangular(parameters) else (parameters.n_components, -1))


def _expected_mass(parameters: Parameters, statistics: Statistics, prior: MixturePrior) -> Vector:
    """Mass that the weights promise to each component, of all or, with a fixed class prior, of its class's."""
    weights = np.exp(parameters.log_weights)
    total = statistics.mass.sum()
    if prior.class_prior is not None:
        class_mass = np.add.reduceat(statistics.mass, prior.class_first[:-1])
        total = np.repeat(class_mass / prior.class_prior, np.diff(prior.class_first))
    expected: Vector = total * weights
    return expected


def _rows(parameters: Parameters, statistics: Statistics, prior: MixturePrior) -> Vector:
    """Values behind every covariance's diagonal, or its single variance, the prior's included."""
    mass = statistics.mass.sum(keepdims=True) if parameters.family == "tied" else statistics.mass
    per_row = parameters.n_features if parameters.family == "spherical" else 1
    return (mass + prior.pseudo_count) * per_row


def _scatter(parameters: Parameters, statistics: Statistics, prior: MixturePrior) -> NDArray[np.float64]:
    """Second moments about the current means, the prior's included, with a leading axis of covariances."""
    second, d = statistics.second, parameters.n_features
    if not _triangular(parameters):
        per_row = d if parameters.family == "spherical" else 1
        return second + prior.pseudo_count * per_row * prior.target
    lower = _from_lower(second, d)
    scatter = lower + np.swapaxes(np.tril(lower, -1), -1, -2)
    if parameters.family == "tied":
        # The kernel leaves this one about the origin.
        means, mass = parameters.means, statistics.mass[:, None]
        cross = (statistics.first + mass * means).T @ means
        scatter = scatter - cross - cross.T + (mass * means).T @ means
    return scatter + prior.pseudo_count * prior.target


def _split(vector: Vector, like: Parameters) -> tuple[Vector, NDArray[np.float64], NDArray[np.float64]]:
    """Weights, means and shapes of a vector of coordinates or slopes."""
    n_components, d = like.means.shape
    means_end = n_components * (1 + d)
    means = vector[n_components:means_end].reshape(n_components, d)
    count = 1 if like.family == "tied" else n_components
    return vector[:n_components], means, vector[means_end:].reshape(count, -1)


def _diagonal(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """A view of the diagonals of C-contiguous matrices."""
    d = matrices.shape[-1]
    return matrices.reshape(-1, d * d)[:, :: d + 1]


@lru_cache(maxsize=4)
def _lower_indices(d: int) -> NDArray[np.intp]:
    """Where the entries of a lower triangle, row after row, lie in a flat matrix."""
    rows, columns = np.tril_indices(d)
    return rows * d + columns


def _lower(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    d = matrices.shape[-1]
    return matrices.reshape(-1, d * d)[:, _lower_indices(d)]


def _from_lower(entries: NDArray[np.float64], d: int) -> NDArray[np.float64]:
    matrices = np.zeros((len(entries), d * d))
    matrices[:, _lower_indices(d)] = entries
    return matrices.reshape(-1, d, d)
