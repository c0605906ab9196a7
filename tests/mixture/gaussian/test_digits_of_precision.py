"""Where digits matter, mpmath says what is right."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from semigen import _core
from semigen.mixture.rows.scoring import Scoring
from tests.mixture.problems import random_parameters, random_scaling

mpmath.mp.dps = 50


def units_in_last_place(actual, arguments, function) -> float:
    """Largest error, in units of the last place of the exact value."""
    worst = 0.0
    for value, argument in zip(actual, arguments, strict=True):
        exact = function(mpmath.mpf(float(argument)))
        unit = np.spacing(actual.dtype.type(float(exact)))
        worst = max(worst, abs(float((mpmath.mpf(float(value)) - exact) / mpmath.mpf(float(unit)))))
    return worst


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_exponential_is_within_two_units_in_the_last_place(instruction_set, dtype):
    rng = np.random.default_rng(0)
    lowest = -707.0 if dtype == np.float64 else -86.0
    arguments = np.concatenate([-(10.0 ** rng.uniform(-20, 2.8, 400)), rng.uniform(lowest, 0, 600), [0.0, lowest]])
    arguments = np.maximum(arguments, lowest).astype(dtype)
    assert units_in_last_place(_core.exponential(arguments), arguments, mpmath.exp) <= 2


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_logarithm_is_within_two_units_in_the_last_place(instruction_set, dtype):
    rng = np.random.default_rng(1)
    arguments = np.concatenate(
        [1 + 10.0 ** rng.uniform(-7, 0, 400), 10.0 ** rng.uniform(-30, 30, 600), [1.0, 2.0, 0.5]]
    )
    arguments = arguments.astype(dtype)
    assert units_in_last_place(_core.logarithm(arguments), arguments, mpmath.log) <= 2


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_exponential_of_what_cannot_matter_is_zero(instruction_set, dtype):
    arguments = np.array([-1e4, -1e30, -np.inf], dtype=dtype)
    assert (_core.exponential(arguments) == 0).all()


def test_joint_density_has_thirteen_digits(instruction_set, family):
    """log p(x, class) against the textbook formula with inverse and determinant in fifty digits."""
    rng = np.random.default_rng(2)
    d, sizes = 5, np.array([2, 1])
    parameters = random_parameters(family, sizes, d, rng)
    scaling = random_scaling(d, rng)
    X = rng.normal(0, 3, (6, d))
    actual = Scoring(scaling, parameters, np.array([0, 2, 3]), 1).class_scores(X)
    exact = np.array([[float(joint_density(x, parameters, scaling, k)) for k in ([0, 1], [2])] for x in X])
    np.testing.assert_allclose(actual, exact, rtol=1e-13)


def test_density_of_what_was_measured_has_twelve_digits(instruction_set, family):
    """log p(measured columns, class), each component's covariance restricted and inverted in fifty digits."""
    rng = np.random.default_rng(3)
    d, sizes = 5, np.array([2, 1])
    parameters = random_parameters(family, sizes, d, rng)
    scaling = random_scaling(d, rng)
    X = rng.normal(0, 3, (6, d))
    X[0, :2] = X[1, 3] = X[2, [0, 2, 4]] = X[3, 1:] = np.nan
    actual = Scoring(scaling, parameters, np.array([0, 2, 3]), 1, incomplete=True).class_scores(X)
    exact = [[float(marginal_density(x, parameters, scaling, k)) for k in ([0, 1], [2])] for x in X]
    np.testing.assert_allclose(actual, exact, rtol=1e-12)


def covariance_of(parameters, m):
    d = parameters.means.shape[1]
    if parameters.family == "low_rank":
        noise, *loadings = np.vectorize(mpmath.mpf)(parameters.covariances[m])
        return np.diag(noise) + sum(np.outer(each, each) for each in loadings)
    covariance = parameters.covariances if parameters.family.startswith("tied") else parameters.covariances[m]
    return covariance if np.ndim(covariance) == 2 else np.diag(np.broadcast_to(covariance, d))


def marginal_density(x, parameters, scaling, components):
    seen = np.flatnonzero(~np.isnan(x))
    scale = [mpmath.mpf(scaling.scale[j]) for j in seen]
    z = [(mpmath.mpf(x[j]) - mpmath.mpf(scaling.centre[j])) * s for j, s in zip(seen, scale, strict=True)]
    total = mpmath.mpf(0)
    for m in components:
        covariance = mpmath.matrix(covariance_of(parameters, m)[np.ix_(seen, seen)].tolist())
        deviation = mpmath.matrix(
            [value - mpmath.mpf(parameters.means[m, j]) for value, j in zip(z, seen, strict=True)]
        )
        distance = (deviation.T * covariance**-1 * deviation)[0]
        density = mpmath.exp(-distance / 2) / mpmath.sqrt((2 * mpmath.pi) ** len(seen) * mpmath.det(covariance))
        total += mpmath.exp(mpmath.mpf(parameters.log_weights[m])) * density
    return mpmath.log(total * mpmath.fprod(scale))


def joint_density(x, parameters, scaling, components):
    d = len(x)
    z = [
        (mpmath.mpf(v) - mpmath.mpf(c)) * mpmath.mpf(s)
        for v, c, s in zip(x, scaling.centre, scaling.scale, strict=True)
    ]
    total = mpmath.mpf(0)
    for m in components:
        factor = parameters.factors
        if parameters.family == "full":
            factor = factor[m]
        elif parameters.family == "diag":
            factor = np.diag(factor[m])
        elif parameters.family == "spherical":
            factor = factor[m] * np.eye(d)
        elif parameters.family == "tied_spherical":
            factor = factor[0] * np.eye(d)
        if parameters.family == "low_rank":
            precision = mpmath.matrix(covariance_of(parameters, m).tolist()) ** -1
        else:
            P = mpmath.matrix(factor.tolist())
            precision = P.T * P
        deviation = mpmath.matrix([z[j] - mpmath.mpf(parameters.means[m, j]) for j in range(d)])
        distance = (deviation.T * precision * deviation)[0]
        density = mpmath.sqrt(mpmath.det(precision) / (2 * mpmath.pi) ** d) * mpmath.exp(-distance / 2)
        total += mpmath.exp(mpmath.mpf(parameters.log_weights[m])) * density
    volume = mpmath.mpf(1)
    for s in scaling.scale:
        volume *= mpmath.mpf(s)
    return mpmath.log(total * volume)
