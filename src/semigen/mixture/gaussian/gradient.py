"""Free coordinates of a mixture, the gradient of the objective in them, and EM's step to first order.

The coordinates are log weights, means, and factors P of the precisions (P^T P = covariance^-1; inverse standard
deviations where columns are uncorrelated; those of the noise beside plain loadings) with the logarithms of their
diagonals, and the logarithms of degrees of freedom that are learnt, or of the probabilities of given labels, and the
log odds of noise: whatever is added to them, the result is a mixture.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.families import Moments
from semigen.mixture.gaussian import class_weights, student_t
from semigen.mixture.gaussian.label_noise import from_logarithms
from semigen.mixture.gaussian.m_step import with_confusion, with_factors
from semigen.mixture.gaussian.parameters import Parameters, Statistics
from semigen.mixture.gaussian.prior import MixturePrior

Vector = NDArray[np.float64]

# Components lighter than this part of all mass move as if they had it.
_LEAST_SHARE = 1e-10


def to_vector(parameters: Parameters, prior: MixturePrior) -> Vector:
    """Return the free coordinates of a mixture."""
    shape = parameters.form.to_shape(_stacked(parameters))
    degrees = student_t.to_vector(parameters.degrees_of_freedom, prior.learnt_degrees)
    labels = [] if parameters.confusion is None else [np.log(parameters.confusion).ravel()]
    noise = [] if parameters.noise is None else [[parameters.noise.log_odds]]
    return np.concatenate([parameters.log_weights, parameters.means.ravel(), shape.ravel(), degrees, *labels, *noise])


def from_vector(vector: Vector, like: Parameters, prior: MixturePrior, threads: int = 1) -> Parameters:
    """Return the mixture at free coordinates, of the same family and size as another; variances keep to the floor.

    Raises
    ------
    SingularCovarianceError
        If a covariance is singular in floating point and the floor is zero.
    OverflowError, numpy.linalg.LinAlgError
        If a covariance has entries beyond floating-point numbers.
    """
    free_weights, means, shape, logarithms, labels, log_odds = _split(vector, like)
    shares = class_weights.normalised(np.exp(free_weights - free_weights.max()), prior)
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        covariances = like.form.from_shape(shape, like.n_features)
    if not (np.isfinite(covariances).all() and np.isfinite(means).all()):
        raise OverflowError("The mixture lies beyond what floating-point numbers hold.")
    weights: Vector = np.exp(shares)
    noise, covariances = prior.label_noise, covariances.reshape(like.covariances.shape)
    found = with_factors(like.family, weights, means, covariances, replace(prior, label_noise=None), threads)
    degrees = student_t.from_vector(logarithms, like.degrees_of_freedom, prior.learnt_degrees)
    found = replace(found, degrees_of_freedom=degrees, noise=like.noise and like.noise.at(float(log_odds[0])))
    if like.confusion is None or noise is None:
        return found
    return with_confusion(found, from_logarithms(labels.reshape(like.confusion.shape)), noise)


def gradient(parameters: Parameters, statistics: Statistics, prior: MixturePrior) -> Vector:
    """Return the gradient of log-likelihood plus log prior.

    By Fisher's identity it is that of the expected complete log-likelihood.
    """
    of_weights = class_weights.slope(parameters, statistics.mass, prior)
    of_means, of_shape = parameters.form.slopes(_stacked(parameters), _moments(parameters, statistics, prior))
    of_degrees, learnt = np.empty(0), prior.learnt_degrees
    if parameters.degrees_of_freedom is not None and learnt is not None:
        of_degrees = student_t.slope(parameters.degrees_of_freedom, statistics.mass, statistics.log_weight, learnt)
    noise, confusion, counts = prior.label_noise, parameters.confusion, statistics.label_counts
    of_labels = np.empty(0)
    if noise is not None and confusion is not None and counts is not None:
        of_labels = noise.slope(confusion, counts).ravel()
    of_noise = []
    if parameters.noise is not None:
        of_noise = [parameters.noise.slope(statistics.noise_mass, statistics.noise_total)]
    return np.concatenate([of_weights, of_means.ravel(), of_shape.ravel(), of_degrees, of_labels, of_noise])


def precondition(slope: Vector, parameters: Parameters, statistics: Statistics, prior: MixturePrior) -> Vector:
    """Return the inverse of the complete-data information times a slope: of the gradient, EM's step to first order.

    In coordinates that are whitened component by component (dmu = P^-1 u, dP = T P) that information is diagonal: N for
    u and for T below its diagonal, 2 N on it.
    """
    of_weights, of_means, of_shape, of_degrees, of_labels, of_noise = _split(slope, parameters)
    mass = np.maximum(statistics.weight, _LEAST_SHARE * statistics.weight.sum())
    least = _LEAST_SHARE * mass.sum()
    weights = class_weights.em_step(of_weights, parameters, statistics.mass, prior, least)
    moments = _moments(parameters, statistics, prior)
    moments = moments._replace(mass=mass, rows=np.maximum(moments.rows, least))
    means, shape = parameters.form.em_step(_stacked(parameters), parameters.covariances, of_means, of_shape, moments)
    degrees, learnt = parameters.degrees_of_freedom, prior.learnt_degrees
    if degrees is not None and learnt is not None:
        of_degrees = student_t.em_step(of_degrees, degrees, statistics.mass, learnt, least)
    noise, confusion, counts = prior.label_noise, parameters.confusion, statistics.label_counts
    if noise is not None and confusion is not None and counts is not None:
        of_labels = noise.em_step(of_labels.reshape(confusion.shape), confusion, counts).ravel()
    if parameters.noise is not None:
        of_noise = np.array([parameters.noise.em_step(float(of_noise[0]), statistics.noise_total, least)])
    return np.concatenate([weights, means.ravel(), shape.ravel(), of_degrees, of_labels, of_noise])


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


def _split(vector: Vector, like: Parameters) -> tuple[Vector, Vector, Vector, Vector, Vector, Vector]:
    """Return weights, means, shapes, degrees of freedom, probabilities of labels and log odds of noise in a vector.

    Or their slopes.
    """
    n_components, d = like.means.shape
    means_end = n_components * (1 + d)
    means = vector[n_components:means_end].reshape(n_components, d)
    shape_end = means_end + like.form.to_shape(_stacked(like)).size
    shape = vector[means_end:shape_end].reshape(like.form.count(n_components), -1)
    noise_begins = len(vector) - (like.noise is not None)
    labels_begin = noise_begins - (0 if like.confusion is None else like.confusion.size)
    degrees, labels, noise = np.split(vector[shape_end:], [labels_begin - shape_end, noise_begins - shape_end])
    return vector[:n_components], means, shape, degrees, labels, noise
