"""Passes over rows that may be noise give what their twin gives, in every build, family and shape."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logsumexp

from semigen import _core
from semigen.mixture.gaussian.noise import UniformNoise
from semigen.mixture.rows.arrays import ArrayPasses
from tests.mixture import twin
from tests.mixture.problems import both_passes, random_parameters, random_rows, random_scaling
from tests.mixture.twin import TwinPasses

SIZES = np.array([1, 3, 2])
CLASS_FIRST = np.concatenate(([0], np.cumsum(SIZES)))


def noisy(family, d, rng, *, tails=False):
    """Parameters beside noise that takes a good part of the rows."""
    parameters = random_parameters(family, SIZES, d, rng)
    noise = UniformNoise(0.2, rng.uniform(0.5, 1.5, d))
    degrees = np.array([0.7, 1.0, 3.0, 8.0, 60.0, 300.0]) if tails else None
    return replace(parameters, noise=noise, degrees_of_freedom=degrees)


def assert_same(actual, expected, dtype):
    tolerance = 1e-10 if dtype == np.float64 else 5e-4
    for name in ("log_likelihood", "mass", "first", "second", "noise_mass", "noise_total"):
        found, wanted = np.asarray(getattr(actual, name)), np.asarray(getattr(expected, name))
        atol = tolerance * (np.abs(wanted).max() + 1)
        np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=atol, err_msg=name)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("d", [1, 2, 5, 33, 65])
def test_pass_equals_its_twin(instruction_set, family, d, dtype):
    rng = np.random.default_rng(d)
    rows = random_rows(101, d, len(SIZES), rng, dtype=dtype, unsure=d < 5)
    scaling = random_scaling(d, rng)
    ours, reference = both_passes(rows, scaling, CLASS_FIRST)
    parameters, elsewhere = noisy(family, d, rng), noisy(family, d, rng)
    # As dense as classes are where half of the rows lie, however many columns there are.
    typical = np.median(logsumexp(twin.log_joint(scaling.apply(rows.X.astype(float)), parameters), axis=1))
    parameters = replace(parameters, noise=UniformNoise(0.5, np.full(d, -typical / d)))
    for other in (replace(elsewhere, noise=None), elsewhere, elsewhere, elsewhere):
        ours.expectation(other)
    found = ours.expectation(parameters)
    assert 0 < found.noise_mass < found.noise_total
    assert_same(found, reference.expectation(parameters), dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("tails", [False, True])
@pytest.mark.parametrize(("d", "patterns"), [(1, 2), (3, 8), (9, 40)])
def test_pass_over_missing_values_equals_its_twin(family, d, patterns, tails, dtype):
    rng = np.random.default_rng(d)
    rows = random_rows(120, d, len(SIZES), rng, dtype=dtype, unsure=True, patterns=patterns)
    ours, reference = both_passes(rows, random_scaling(d, rng), CLASS_FIRST)
    parameters = noisy(family, d, rng, tails=tails)
    assert_same(ours.expectation(parameters), reference.expectation(parameters), dtype)


@pytest.mark.parametrize("d", [2, 7])
def test_pass_of_student_t_components_equals_its_twin(instruction_set, family, d):
    rng = np.random.default_rng(d)
    rows = random_rows(101, d, len(SIZES), rng, unsure=True)
    ours, reference = both_passes(rows, random_scaling(d, rng), CLASS_FIRST)
    parameters = noisy(family, d, rng, tails=True)
    assert_same(ours.expectation(parameters), reference.expectation(parameters), np.float64)


def test_unsure_rows_may_be_of_a_novel_class_as_far_as_of_their_least_probable_one(family):
    rng = np.random.default_rng(0)
    rows, scaling = random_rows(101, 3, 2, rng, unsure=True, unlabeled_weight=1.0), random_scaling(3, rng)
    parameters = noisy(family, 3, rng)
    found = ArrayPasses(rows, scaling, CLASS_FIRST, 1).expectation(parameters)
    wide = replace(rows, log_prior=np.column_stack([rows.log_prior, rows.log_prior.min(axis=1)]))
    expected = TwinPasses(wide, scaling, CLASS_FIRST)
    assert_same(found, expected.expectation(parameters), np.float64)


def test_rows_of_a_single_component_may_be_noise(family):
    rng = np.random.default_rng(0)
    rows = random_rows(90, 3, 1, rng)
    ours, reference = both_passes(rows, random_scaling(3, rng), np.array([0, 1]))
    parameters = replace(random_parameters(family, np.array([1]), 3, rng), noise=UniformNoise(0.3, np.zeros(3)))
    for _ in range(4):  # from the third pass on, moments of rows of a known component are remembered
        found = ours.expectation(parameters)
    assert_same(found, reference.expectation(parameters), np.float64)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_rows_beyond_all_distances_are_noise(family, dtype):
    rng = np.random.default_rng(0)
    rows = random_rows(60, 3, 3, rng, weighted=False, dtype=dtype)
    rows.codes[:2] = -1
    rows.X[:2] = 1e30
    parameters = noisy(family, 3, rng)
    found = ArrayPasses(rows, random_scaling(3, rng), CLASS_FIRST, 1).expectation(parameters)
    assert np.isfinite(found.flat).all()
    assert found.noise_mass >= 2 * rows.unlabeled_weight * (1 - 1e-6)
    assert np.abs(found.first).max() < 1e3


def test_a_pass_is_the_same_to_the_last_bit_with_any_number_of_threads(family):
    rng = np.random.default_rng(0)
    rows = random_rows(3000, 9, 3, rng)
    parameters, scaling = noisy(family, 9, rng), random_scaling(9, rng)
    found = [ArrayPasses(rows, scaling, CLASS_FIRST, threads).expectation(parameters).flat for threads in (1, 2, 5)]
    assert all(np.array_equal(found[0], each) for each in found)


def test_the_core_refuses_noise_of_other_columns_and_without_a_size():
    rng = np.random.default_rng(0)
    passes = ArrayPasses(random_rows(20, 3, 3, rng), random_scaling(3, rng), CLASS_FIRST, 1)
    parameters = noisy("full", 3, rng)
    for sides in (np.zeros(2), np.array([0.0, np.nan, 0.0])):
        with pytest.raises(ValueError, match="noise"):
            passes.expectation(replace(parameters, noise=UniformNoise(0.1, sides)))
    with pytest.raises(ValueError, match="columns"):
        _core.row_pass(
            np.zeros((2, 1)),
            centre=np.zeros(1),
            scale=np.ones(1),
            order=None,
            groups=[[0, 2, 0, 1, -1, 1, 1]],
            group_weights=[1.0],
            weights=None,
        )
