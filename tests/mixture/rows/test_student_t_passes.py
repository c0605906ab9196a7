"""Passes over rows of Student t components give what their twin gives, in every build, family and shape."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from semigen.mixture.gaussian.m_step import m_step
from semigen.mixture.rows.arrays import ArrayPasses
from semigen.mixture.rows.scoring import Scoring
from tests.mixture import twin
from tests.mixture.problems import both_passes, random_parameters, random_prior, random_rows, random_scaling

SIZES = np.array([1, 3, 2])
CLASS_FIRST = np.concatenate(([0], np.cumsum(SIZES)))
DEGREES = np.array([0.7, 1.0, 3.0, 8.0, 60.0, 300.0])


def heavy(family, d, rng):
    return replace(random_parameters(family, SIZES, d, rng), degrees_of_freedom=DEGREES)


def assert_same_statistics(actual, expected, dtype):
    tolerance = 1e-11 if dtype == np.float64 else 3e-4
    assert actual.log_likelihood == pytest.approx(expected.log_likelihood, rel=1e-12 if dtype == np.float64 else 1e-5)
    for name in ("mass", "weight", "log_weight", "first", "second"):
        found, wanted = getattr(actual, name), getattr(expected, name)
        atol = tolerance * (np.abs(wanted).max() + 1)
        np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=atol, err_msg=name)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("d", [1, 2, 3, 4, 5, 33, 65])
def test_pass_equals_its_twin(instruction_set, family, d, dtype):
    rng = np.random.default_rng(d)
    rows = random_rows(101, d, len(SIZES), rng, dtype=dtype, unsure=d < 5)
    ours, reference = both_passes(rows, random_scaling(d, rng), CLASS_FIRST)
    parameters, elsewhere = heavy(family, d, rng), heavy(family, d, rng)
    for _ in range(3):
        ours.expectation(elsewhere)
    assert_same_statistics(ours.expectation(parameters), reference.expectation(parameters), dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("d", "patterns"), [(1, 2), (3, 8), (9, 20)])
def test_pass_over_missing_values_equals_its_twin(family, d, patterns, dtype):
    rng = np.random.default_rng(d)
    rows = random_rows(80, d, len(SIZES), rng, dtype=dtype, unsure=True, patterns=patterns)
    ours, reference = both_passes(rows, random_scaling(d, rng), CLASS_FIRST)
    parameters = heavy(family, d, rng)
    assert_same_statistics(ours.expectation(parameters), reference.expectation(parameters), dtype)


def test_passes_with_and_without_bounds_agree(instruction_set):
    """From 32 columns on, components are left out whose densities half a distance bounds."""
    rng = np.random.default_rng(0)
    d = 40
    rows = random_rows(900, d, len(SIZES), rng)
    scaling, parameters = random_scaling(d, rng), heavy("full", d, rng)
    parameters = replace(parameters, means=3 * parameters.means)
    pruned, whole = (
        ArrayPasses(rows, scaling, CLASS_FIRST, 1, prune=prune).expectation(parameters) for prune in (True, False)
    )
    np.testing.assert_allclose(pruned.flat, whole.flat, rtol=1e-9, atol=1e-9 * np.abs(whole.flat).max())


@pytest.mark.parametrize("learnt", [None, "shared", "per_component"])
@pytest.mark.parametrize("pseudo_count", [0.0, 3.5])
def test_m_step_equals_its_twin(family, learnt, pseudo_count):
    rng = np.random.default_rng(4)
    d = 5
    parameters = heavy(family, d, rng)
    prior = replace(random_prior(family, d, CLASS_FIRST, pseudo_count, rng), learnt_degrees=learnt)
    Z, responsibilities = rng.standard_t(3, size=(300, d)), rng.dirichlet(np.ones(6), 300)
    statistics = twin.statistics_of(Z, responsibilities, parameters, 0.0)
    actual, expected = m_step(statistics, parameters, prior, threads=2), twin.m_step(statistics, parameters, prior)
    for name in ("log_weights", "means", "covariances", "factors", "degrees_of_freedom"):
        tolerance = 1e-5 if name == "degrees_of_freedom" else 1e-9
        np.testing.assert_allclose(getattr(actual, name), getattr(expected, name), rtol=tolerance, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("patterns", [0, 6])
def test_scores_equal_their_twin(instruction_set, family, patterns, dtype):
    rng = np.random.default_rng(0)
    d = 7
    parameters, scaling = heavy(family, d, rng), random_scaling(d, rng)
    X = random_rows(90, d, 3, rng, dtype=dtype, patterns=patterns).X
    scoring = Scoring(scaling, parameters, CLASS_FIRST, 2, incomplete=patterns > 0)
    joint = twin.log_joint(scaling.apply(X.astype(float)), parameters)
    joint += (~np.isnan(X) @ np.log(scaling.scale))[:, None]
    expected = np.logaddexp.reduceat(joint, CLASS_FIRST[:-1], axis=1)
    tolerance = 1e-11 if dtype == np.float64 else 1e-4
    np.testing.assert_allclose(scoring.class_scores(X), expected, rtol=tolerance, atol=tolerance)
    likeliest = scoring.likeliest_classes(X, np.arange(len(X)))
    assert (expected[np.arange(len(X)), likeliest] >= expected.max(axis=1) - tolerance * 100).all()


def test_rows_beyond_all_distances_have_finite_scores_and_weigh_nothing(family):
    rng = np.random.default_rng(0)
    parameters, scaling = heavy(family, 3, rng), random_scaling(3, rng)
    rows = random_rows(40, 3, 3, rng, weighted=False)
    rows.X[0] = 1e200
    statistics = ArrayPasses(rows, scaling, CLASS_FIRST, 1).expectation(parameters)
    assert np.isfinite(statistics.flat).all()
    assert np.isfinite(Scoring(scaling, parameters, CLASS_FIRST, 1).class_scores(rows.X)).all()
