"""Free coordinates of a mixture, the gradient of the objective in them, and EM's step to first order.

The coordinates are log weights, means, and factors P of the precisions (P^T P = covariance^-1; inverse standard
deviations where columns are uncorrelated; those of the noise beside plain loadings) with the logarithms of their
diagonals, and logarithms of degrees of freedom that are learnt: whatever is added to them, the result is a mixture.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.families import Moments
from semigen.mixture.gaussian import class_weights, student_t
from semigen.mixture.gaussian.m_step import with_factors
from semigen.mixture.gaussian.parameters import Parameters, Statistics
from semigen.mixture.gaussian.prior import MixturePrior

Vector = NDArray[np.float64]

# Components lighter than this part of all mass move as if they had it.
_LEAST_SHARE = 1e-10


def to_vector(parameters: Parameters, prior: MixturePrior) -> Vector:
    """Return the free coordinates of a mixture."""
    shape = parameters.form.to_shape(_stacked(parameters))
    degrees = student_t.to_vector(parameters.degrees_of_freedom, prior.learnt_degrees)
    return np.concatenate([parameters.log_weights, parameters.means.ravel(), shape.ravel(), degrees])


def from_vector(vector: Vector, like: Parameters, prior: MixturePrior, threads: int = 1) -> Parameters:
    """Return the mixture at free coordinates, of the same family and size as another; variances keep to the floor.

    Raises
    ------
    SingularCovarianceError
        If a covariance is singular in floating point and the floor is zero.
    OverflowError, numpy.linalg.LinAlgError
        If a covariance has entries beyond floating-point numbers.
    """
    free_weights, means, shape, logarithms = _split(vector, like)
    shares = class_weights.normalised(np.exp(free_weights - free_weights.max()), prior)
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        covariances = like.form.from_shape(shape, like.n_features)
    if not (np.isfinite(covariances).all() and np.isfinite(means).all()):
        raise OverflowError("The mixture lies beyond what floating-point numbers hold.")
    weights: Vector = np.exp(shares)
    found = with_factors(like.family, weights, means, covariances.reshape(like.covariances.shape), prior, threads)
    degrees = student_t.from_vector(logarithms, like.degrees_of_freedom, prior.learnt_degrees)
    return replace(found, degrees_of_freedom=degrees)


def gradient(parameters: Parameters, statistics: Statistics, prior: MixturePrior) -> Vector:
    """Return the gradient of log-likelihood plus log prior.

    By Fisher's identity it is that of the expected complete log-likelihood.
    """
    of_weights = class_weights.slope(parameters, statistics.mass, prior)
    of_means, of_shape = parameters.form.slopes(_stacked(parameters), _moments(parameters, statistics, prior))
    of_degrees, learnt = np.empty(0), prior.learnt_degrees
    if parameters.degrees_of_freedom is not None and learnt is not None:
        of_degrees = student_t.slope(parameters.degrees_of_freedom, statistics.mass, statistics.log_weight, learnt)
    return np.concatenate([of_weights, of_means.ravel(), of_shape.ravel(), of_degrees])


def precondition(slope: Vector, parameters: Parameters, statistics: Statistics, prior: MixturePrior) -> Vector:
    """Return the inverse of the complete-data information times a slope: of the gradient, EM's step to first order.

    In coordinates that are whitened component by component (dmu = P^-1 u, dP = T P) that information is diagonal: N for
    u and for T below its diagonal, 2 N on it.
    """
    of_weights, of_means, of_shape, of_degrees = _split(slope, parameters)
    mass = np.maximum(statistics.weight, _LEAST_SHARE * statistics.weight.sum())
    least = _LEAST_SHARE * mass.sum()
    weights = class_weights.em_step(of_weights, parameters, statistics.mass, prior, least)
    moments = _moments(parameters, statistics, prior)
    moments = moments._replace(mass=mass, rows=np.maximum(moments.rows, least))
    means, shape = parameters.form.em_step(_stacked(parameters), parameters.covariances, of_means, of_shape, moments)
    degrees, learnt = parameters.degrees_of_freedom, prior.learnt_degrees
    if degrees is not None and learnt is not None:
        of_degrees = student_t.em_step(of_degrees, degrees, statistics.mass, learnt, least)
    return np.concatenate([weights, means.ravel(), shape.ravel(), of_degrees])


def _stacked(parameters: Parameters) -> NDArray[np.float64]:
    return parameters.form.stacked(parameters.factors, parameters.n_features)


def _moments(parameters: Parameters, statistics: Statistics, prior: MixturePrior) -> Moments:
    form, mass, pseudo_count = parameters.form, statistics.mass, prior.pseudo_count
    rows = ((mass.sum(keepdims=True) if form.shared else mass) + pseudo_count) * form.values_per_row(
        parameters.n_features
    )
    return Moments(
        statistics.weight, parameters.means, statistics.first, statistics.second, pseudo_count, prior.target, rows
    )


def _split(vector: Vector, like: Parameters) -> tuple[Vector, NDArray[np.float64], NDArray[np.float64], Vector]:
    """Return the weights, means, shapes and degrees of freedom in a vector of coordinates or slopes."""
    n_components, d = like.means.shape
    means_end = n_components * (1 + d)
    means = vector[n_components:means_end].reshape(n_components, d)
    shape_end = means_end + like.form.to_shape(_stacked(like)).size
    shape = vector[means_end:shape_end].reshape(like.form.count(n_components), -1)
    return vector[:n_components], means, shape, vector[shape_end:]
