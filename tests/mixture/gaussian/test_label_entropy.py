"""Log-entropies of class probabilities, their slopes, and the logistic regression on them, beside plain formulas."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy.optimize import minimize

from semigen.mixture.gaussian.label_entropy import (
    PRIOR_DEVIATION,
    log_entropy,
    log_likelihood_of_labels,
    log_prior,
    logistic_regression,
)


def of_row(log_joint) -> float:
    """log of -sum p log p, with as many digits as it takes."""
    with mpmath.workdps(400):
        exponent = [mpmath.mpf(each) - max(log_joint) for each in log_joint]
        total = sum(map(mpmath.exp, exponent))
        p = [mpmath.exp(each) / total for each in exponent]
        return float(mpmath.log(-sum(each * mpmath.log(each) for each in p)))


@pytest.mark.parametrize("n_classes", [2, 3, 7])
@pytest.mark.parametrize("spread", [1e-3, 1.0, 30.0, 250.0])
def test_log_entropies_have_all_digits_however_sure_a_class_is(n_classes, spread):
    joint = np.random.default_rng(0).normal(0, spread, (40, n_classes)) - 1000
    found = log_entropy(joint).value
    np.testing.assert_allclose(found, [of_row(each) for each in joint.tolist()], rtol=1e-11, atol=1e-12)


def test_a_row_that_is_beyond_doubt_has_a_finite_log_entropy_and_equal_classes_the_largest():
    found = log_entropy(np.array([[0.0, -5000.0], [7.0, 7.0], [0.0, -1e8]]))
    np.testing.assert_allclose(
        found.value, [-5000 + np.log(5001), np.log(np.log(2)), -1e8 + np.log(1e8 + 1)], rtol=1e-12
    )
    assert np.isfinite(found.slope()).all()


@pytest.mark.parametrize("spread", [1.0, 20.0, 200.0])
def test_slopes_are_those_of_finite_differences_and_sum_to_zero(spread):
    joint, step = np.random.default_rng(1).normal(0, spread, (30, 4)), 1e-5
    slope = log_entropy(joint).slope()
    for k in range(4):
        moved = step * (np.arange(4) == k)
        difference = (log_entropy(joint + moved).value - log_entropy(joint - moved).value) / (2 * step)
        np.testing.assert_allclose(slope[:, k], difference, atol=1e-6)
    np.testing.assert_allclose(slope.sum(axis=1), 0, atol=1e-12)


@pytest.mark.parametrize("start", [(0.0, 0.0), (5.0, -3.0)])
def test_logistic_regression_maximises_what_it_says(start):
    rng = np.random.default_rng(2)
    x, weights = rng.normal(-3, 2, 300), rng.uniform(0.1, 2, 300)
    m = (rng.random(300) < 1 / (1 + np.exp(-2 - x))).astype(float)
    found = logistic_regression(x, m, weights, np.array(start))
    best = minimize(lambda xi: -log_likelihood_of_labels(x, m, weights, xi) - log_prior(xi), (0.0, 0.0), tol=1e-12)
    np.testing.assert_allclose(found, best.x, atol=1e-5)
    plain = weights @ np.where(
        m > 0, -np.logaddexp(0, -found[0] - found[1] * x), -np.logaddexp(0, found[0] + found[1] * x)
    )
    assert log_likelihood_of_labels(x, m, weights, found) == pytest.approx(plain, rel=1e-12)


def test_rows_that_the_entropy_separates_have_finite_coefficients():
    x = np.linspace(-4, 0, 50)
    found = logistic_regression(x, (x > -2).astype(float), np.ones(50), np.zeros(2))
    assert PRIOR_DEVIATION < found[1] < 5 * PRIOR_DEVIATION
    assert -np.inf < found[0] < np.inf
    alike = logistic_regression(np.full(4, -1.0), np.array([1.0, 0, 0, 0]), np.ones(4), np.zeros(2))
    np.testing.assert_allclose(alike, [-np.log(3), 0])
