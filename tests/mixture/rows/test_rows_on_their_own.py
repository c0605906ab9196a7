"""Rows that are completed one by one, as few others lack the same columns."""

from __future__ import annotations

from dataclasses import replace

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semigen import _core
from semigen.mixture.families import FAMILIES
from semigen.mixture.gaussian.m_step import with_factors
from semigen.mixture.gaussian.parameters import Parameters, SingularCovarianceError
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.rows.arrays import ArrayPasses, ArrayRows
from semigen.mixture.rows.missing_patterns import patterns_of, rows_on_their_own
from tests.conftest import FAMILIES as NAMES
from tests.mixture.problems import both_passes, random_parameters, random_rows, random_scaling

mpmath.mp.dps = 50


def unlabelled(X: np.ndarray) -> ArrayRows:
    return ArrayRows(X, np.full(len(X), -1), None, 1.0, incomplete=True)


def pass_over(rows: ArrayRows, parameters: Parameters, class_first: np.ndarray, threads: int = 1) -> np.ndarray:
    d = rows.n_features
    return (
        ArrayPasses(rows, Scaling(np.zeros(d), np.ones(d), np.ones(d)), class_first, threads)
        .expectation(parameters)
        .flat
    )


@settings(max_examples=60, deadline=None)
@given(
    family=st.sampled_from(NAMES),
    d=st.integers(2, 24),
    n=st.integers(40, 200),
    patterns=st.integers(30, 200),
    part=st.floats(0.0, 0.95),
    unsure=st.booleans(),
    weighted=st.booleans(),
    dtype=st.sampled_from([np.float32, np.float64]),
    seed=st.integers(0, 2**16),
)
def test_any_pattern_of_missing_values_has_the_statistics_of_the_twin(
    family, d, n, patterns, part, unsure, weighted, dtype, seed
):
    rng = np.random.default_rng(seed)
    sizes = np.array([1, 2, 1])
    rows = random_rows(n, d, 3, rng, dtype=dtype, unsure=unsure, weighted=weighted)
    lacking = rng.random((patterns, d)) < part
    rows = replace(
        rows, X=np.where(lacking[rng.integers(0, patterns, n)], np.nan, rows.X).astype(dtype), incomplete=True
    )
    ours, twin = both_passes(rows, random_scaling(d, rng), np.array([0, 1, 3, 4]))
    parameters = random_parameters(family, sizes, d, rng)
    actual, expected = ours.expectation(parameters).flat, twin.expectation(parameters).flat
    tolerance = 1e-10 if dtype == np.float64 else 3e-4
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance * (1 + np.abs(expected).max()))


def test_threads_do_not_matter_to_the_last_bit(instruction_set, family):
    rng = np.random.default_rng(0)
    rows = random_rows(1500, 24, 2, rng, patterns=1500, unsure=True)
    class_first, parameters = np.array([0, 2, 3]), random_parameters(family, np.array([2, 1]), 24, rng)
    one, many = (pass_over(rows, parameters, class_first, threads) for threads in (1, 3))
    assert np.array_equal(one, many)


@pytest.mark.parametrize("shared", ["full", "tied"])
@pytest.mark.parametrize("dependence", [1e-1, 1e-2, 1e-4, 1e-5])
def test_digits_are_lost_only_as_columns_determine_one_another(instruction_set, shared, dependence):
    """From the precision matrix or, where that has lost digits, from the covariance of the observed columns."""
    rng = np.random.default_rng(0)
    d = 5
    root = rng.normal(size=(2, d, d))
    root[:, 4] = root[:, 0] + dependence * root[:, 4]
    X = rng.normal(size=(40, d)) @ root[0].T
    X[rng.random(X.shape) < 0.35] = np.nan
    covariances = root @ np.swapaxes(root, 1, 2)
    nothing = MixturePrior(shared, 0.0, np.eye(d), np.zeros(d), np.arange(3))
    parameters = with_factors(
        shared, np.full(2, 0.5), rng.normal(size=(2, d)), covariances if shared == "full" else covariances[0], nothing
    )
    matrices = covariances if shared == "full" else covariances[[0, 0]]
    inflation = max((np.diag(each) * np.diag(np.linalg.inv(each))).max() for each in matrices)
    actual = pass_over(unlabelled(X), parameters, np.arange(3))
    log_likelihood, first = exact_moments(X, parameters, matrices)
    tolerance = 1e-13 + 1e-16 * inflation
    assert abs(actual[0] - log_likelihood) <= tolerance * abs(log_likelihood)
    np.testing.assert_allclose(actual[3 : 3 + 2 * d], first, atol=tolerance * np.abs(first).max(), rtol=0)


def exact_moments(X: np.ndarray, parameters: Parameters, covariances: np.ndarray) -> tuple[float, np.ndarray]:
    """The log-likelihood and first moments, with as many digits as mpmath is told to carry."""
    n_components, d = parameters.means.shape
    total, first = mpmath.mpf(0), np.full((n_components, d), mpmath.mpf(0))
    for x in X:
        seen, unseen = np.flatnonzero(~np.isnan(x)), np.flatnonzero(np.isnan(x))
        log_joint, completed = [], []
        for m in range(n_components):
            deviation = np.full(d, mpmath.mpf(0))
            deviation[seen] = [mpmath.mpf(x[j]) - mpmath.mpf(parameters.means[m, j]) for j in seen]
            log_density = mpmath.mpf(parameters.log_weights[m])
            if len(seen):
                block = mpmath.matrix(covariances[m][np.ix_(seen, seen)].tolist())
                solved = mpmath.lu_solve(block, mpmath.matrix(deviation[seen].tolist()))
                distance = sum(deviation[j] * value for j, value in zip(seen, solved, strict=True))
                log_density -= (distance + mpmath.log(mpmath.det(2 * mpmath.pi * block))) / 2
                for i in unseen:
                    terms = zip(covariances[m][i, seen], solved, strict=True)
                    deviation[i] = sum(mpmath.mpf(value) * each for value, each in terms)
            log_joint.append(log_density)
            completed.append(deviation)
        evidence = mpmath.log(sum(mpmath.exp(each) for each in log_joint))
        total += evidence
        first += [mpmath.exp(each - evidence) * row for each, row in zip(log_joint, completed, strict=True)]
    return float(total), first.astype(float).ravel()


@pytest.mark.parametrize("shared", ["full", "tied"])
def test_a_covariance_that_is_singular_in_the_observed_columns_is_named(shared):
    rng = np.random.default_rng(0)
    rows = random_rows(100, 4, 2, rng, patterns=100)
    parameters = random_parameters(shared, np.array([1, 1]), 4, rng)
    covariances = np.array(parameters.covariances)
    covariances[..., 0, 1] = covariances[..., 1, 0] = 2 * np.sqrt(covariances[..., 0, 0] * covariances[..., 1, 1])
    broken = replace(parameters, covariances=covariances, factors=1e8 * parameters.factors)
    with pytest.raises(SingularCovarianceError):
        pass_over(rows, broken, np.arange(3))


def test_rows_of_rare_patterns_go_alone_if_there_are_many():
    rng = np.random.default_rng(0)
    X, codes = rng.normal(size=(400, 10)), np.repeat([-1, 0], 200)
    X[:200, 0] = X[200:, 1] = np.nan
    X[200:, 2:][rng.random((200, 8)) < 0.4] = np.nan
    frequent, alone = rows_on_their_own(patterns_of(X), X, codes)
    assert [each.observed.tolist() for each in frequent] == [list(range(1, 10))]
    assert sorted(alone) == list(range(200, 400))
    assert (np.diff(np.isnan(X[alone]).sum(axis=1)) >= 0).all()


def test_a_few_rare_patterns_are_left_as_patterns():
    X = np.zeros((100, 4))
    X[:3, 0] = X[3:5, 1] = np.nan
    frequent, alone = rows_on_their_own(patterns_of(X), X, np.zeros(100, dtype=np.int64))
    assert len(frequent) == 3
    assert not len(alone)


def test_wide_rows_are_completed_one_by_one_unless_covariances_are_dense(family):
    assert _core.completes_rows(FAMILIES[family].core, 64)
    assert _core.completes_rows(FAMILIES[family].core, 65) == (family not in ("full", "tied"))
