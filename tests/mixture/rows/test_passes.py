"""The C++ kernels give what their NumPy twins give, through every build, shape and layout."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semigen.mixture.gaussian.m_step import m_step
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.rows.arrays import ArrayPasses, ArrayRows
from semigen.mixture.rows.scoring import Scoring
from tests.conftest import FAMILIES
from tests.mixture import twin
from tests.mixture.problems import (
    both_passes,
    random_parameters,
    random_prior,
    random_rows,
    random_scaling,
)

# Few columns, tails of the four-output tiles, both sides of the lines between lanes and BLAS (64, 256 and 512).
DIMENSIONS = (1, 2, 3, 4, 5, 8, 17, 64, 65, 256, 257, 513)


def close(actual, expected, dtype) -> None:
    tolerance = 1e-11 if dtype == np.float64 else 3e-4
    scale = np.abs(expected).max() + 1
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance * scale)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("d", DIMENSIONS)
def test_pass_equals_its_twin(instruction_set, family, d, dtype):
    rng = np.random.default_rng(d)
    sizes = np.array([1, 3, 2])
    rows = random_rows(201, d, len(sizes), rng, dtype=dtype)
    class_first = np.concatenate(([0], np.cumsum(sizes)))
    ours, reference = both_passes(rows, random_scaling(d, rng), class_first)
    parameters = random_parameters(family, sizes, d, rng)
    actual, expected = ours.expectation(parameters), reference.expectation(parameters)
    assert ours.total_weight == pytest.approx(reference.total_weight)
    assert actual.log_likelihood == pytest.approx(expected.log_likelihood, rel=1e-12 if dtype == np.float64 else 1e-5)
    close(actual.mass, expected.mass, dtype)
    close(actual.first, expected.first, dtype)
    close(actual.second, expected.second, dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("d", "patterns"), [(1, 2), (2, 0), (3, 8), (17, 12), (17, 40), (65, 0), (65, 3)])
def test_pass_over_unsure_labels_and_missing_values_equals_its_twin(instruction_set, family, d, patterns, dtype):
    rng = np.random.default_rng(d)
    sizes = np.array([1, 3, 2])
    rows = random_rows(80, d, len(sizes), rng, dtype=dtype, unsure=True, patterns=patterns)
    ours, reference = both_passes(rows, random_scaling(d, rng), np.concatenate(([0], np.cumsum(sizes))))
    parameters, elsewhere = (random_parameters(family, sizes, d, rng) for _ in range(2))
    for _ in range(3):
        ours.expectation(elsewhere)
    actual, expected = ours.expectation(parameters), reference.expectation(parameters)
    assert actual.log_likelihood == pytest.approx(expected.log_likelihood, rel=1e-12 if dtype == np.float64 else 1e-5)
    close(actual.mass, expected.mass, dtype)
    close(actual.first, expected.first, dtype)
    close(actual.second, expected.second, dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("patterns", [6, 40])
def test_scores_of_incomplete_rows_equal_their_twin(instruction_set, family, dtype, patterns):
    rng = np.random.default_rng(0)
    sizes, d = np.array([2, 1, 3]), 7
    class_first = np.concatenate(([0], np.cumsum(sizes)))
    parameters, scaling = random_parameters(family, sizes, d, rng), random_scaling(d, rng)
    X = random_rows(90, d, 3, rng, dtype=dtype, patterns=patterns).X
    actual = Scoring(scaling, parameters, class_first, 2, incomplete=True).class_scores(X)
    joint = twin.log_joint(scaling.apply(X.astype(float)), parameters)
    joint += (~np.isnan(X) @ np.log(scaling.scale))[:, None]
    expected = np.logaddexp.reduceat(joint, class_first[:-1], axis=1)
    tolerance = 1e-11 if dtype == np.float64 else 1e-4
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("d", DIMENSIONS)
@pytest.mark.parametrize("pseudo_count", [0.0, 3.5])
def test_m_step_equals_its_twin(family, d, pseudo_count):
    rng = np.random.default_rng(d)
    sizes = np.array([1, 2])
    class_first = np.concatenate(([0], np.cumsum(sizes)))
    parameters = random_parameters(family, sizes, d, rng)
    prior = random_prior(family, d, class_first, pseudo_count, rng)
    Z, responsibilities = rng.normal(size=(60 + 9 * d, d)), rng.dirichlet(np.ones(3), 60 + 9 * d)
    statistics = twin.statistics_of(Z, responsibilities, parameters, 0.0)
    actual = m_step(statistics, parameters, prior, threads=2)
    expected = twin.m_step(statistics, parameters, prior)
    for name in ("log_weights", "means", "covariances", "factors"):
        close(getattr(actual, name), getattr(expected, name), np.float64)
    assert actual.log_prior == pytest.approx(expected.log_prior, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("d", [2, 7, 64, 80])
def test_floor_binds_and_equals_its_twin(family, d):
    """A component without spread in some direction is raised to the floor there, and only there."""
    rng = np.random.default_rng(d)
    rows = random_rows(150, d, 2, rng, weighted=False)
    rows.X[:, -1] = rows.X[:, 0] if family in ("full", "tied") else 0.0
    class_first = np.array([0, 1, 2])
    scaling = Scaling(np.zeros(d), np.ones(d), np.ones(d))
    _, reference = both_passes(rows, scaling, class_first)
    parameters = random_parameters(family, np.array([1, 1]), d, rng)
    prior = random_prior(family, d, class_first, 0.0, rng, reg=1e-3)
    statistics = reference.expectation(parameters)
    actual = m_step(statistics, parameters, prior)
    expected = twin.m_step(statistics, parameters, prior)
    np.testing.assert_allclose(actual.covariances, expected.covariances, rtol=1e-8, atol=1e-10)
    if family in ("full", "tied"):
        smallest = np.linalg.eigvalsh(actual.covariances).min()
        assert smallest == pytest.approx(1e-3, rel=1e-8)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("d", [1, 3, 16, 64, 70])
def test_class_scores_equal_their_twin(instruction_set, family, d, dtype):
    rng = np.random.default_rng(d)
    sizes = np.array([2, 1, 3])
    class_first = np.concatenate(([0], np.cumsum(sizes)))
    parameters = random_parameters(family, sizes, d, rng)
    scaling = random_scaling(d, rng)
    X = rng.normal(size=(77, d)).astype(dtype)
    actual = Scoring(scaling, parameters, class_first, 2).class_scores(X)
    joint = twin.log_joint(scaling.apply(X.astype(float)), parameters) + scaling.log_volume
    expected = np.logaddexp.reduceat(joint, class_first[:-1], axis=1)
    np.testing.assert_allclose(
        actual, expected, rtol=1e-11 if dtype == np.float64 else 1e-4, atol=1e-4 * (dtype == np.float32)
    )


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 300),
    d=st.integers(1, 70),
    sizes=st.lists(st.integers(1, 3), min_size=1, max_size=4),
    family=st.sampled_from(FAMILIES),
    layout=st.sampled_from(["C", "F", "sliced", "reversed", "read-only"]),
    seed=st.integers(0, 2**16),
)
def test_any_shape_and_layout_equals_the_twin(n, d, sizes, family, layout, seed):
    rng = np.random.default_rng(seed)
    rows = random_rows(n, d, len(sizes), rng, weighted=False)
    X = rows.X
    if layout == "F":
        X = np.asfortranarray(X)
    elif layout == "sliced":
        X = np.repeat(np.repeat(X, 2, axis=0), 3, axis=1)[::2, ::3]
    elif layout == "reversed":
        X = X[::-1].copy()[::-1]
    elif layout == "read-only":
        X.setflags(write=False)
    rows = ArrayRows(X, rows.codes, None, 1.0)
    class_first = np.concatenate(([0], np.cumsum(sizes)))
    ours, reference = both_passes(rows, random_scaling(d, rng), class_first)
    parameters = random_parameters(family, np.array(sizes), d, rng)
    actual, expected = ours.expectation(parameters), reference.expectation(parameters)
    close(actual.flat, expected.flat, np.float64)


def test_statistics_of_parts_add_up_to_those_of_the_whole(family):
    rng = np.random.default_rng(0)
    rows = random_rows(500, 6, 2, rng)
    scaling, class_first = random_scaling(6, rng), np.array([0, 1, 3])
    parameters = random_parameters(family, np.array([1, 2]), 6, rng)

    def pass_over(some: slice):
        part = ArrayRows(rows.X[some], rows.codes[some], rows.weights[some], rows.unlabeled_weight)
        return ArrayPasses(part, scaling, class_first, 1).expectation(parameters)

    whole, parts = pass_over(slice(None)), pass_over(slice(0, 123)) + pass_over(slice(123, None))
    close(parts.flat, whole.flat, np.float64)


def test_rows_infinitely_far_away_still_have_finite_scores(instruction_set, family):
    rng = np.random.default_rng(0)
    parameters = random_parameters(family, np.array([1, 1]), 3, rng)
    scaling = Scaling(np.zeros(3), np.ones(3), np.ones(3))
    X = np.array([[1e300, -1e300, 1e300], [1e160, 0.0, 0.0]])
    scoring = Scoring(scaling, parameters, np.array([0, 1, 2]), 1)
    assert np.isfinite(scoring.class_scores(X)).all()


@pytest.mark.parametrize("d", [3, 40])
def test_later_passes_give_what_the_first_gave(instruction_set, family, d):
    """What a pass remembers (a scatter that is shared, where bounds paid) changes no answer."""
    rng = np.random.default_rng(d)
    sizes = np.array([2, 3])
    passes, _ = both_passes(random_rows(3000, d, 2, rng), random_scaling(d, rng), np.array([0, 2, 5]))
    parameters, elsewhere = (random_parameters(family, sizes, d, rng) for _ in range(2))
    first = passes.expectation(parameters)
    for _ in range(3):
        passes.expectation(elsewhere)
    np.testing.assert_allclose(passes.expectation(parameters).flat, first.flat, rtol=1e-12, atol=1e-12)
