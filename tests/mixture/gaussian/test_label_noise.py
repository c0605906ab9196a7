"""The term of wrong labels in the objective, its gradient, its M step, and rows without their own labels."""

from __future__ import annotations

from dataclasses import replace

import mpmath
import numpy as np
import pytest

from semigen.labels import Labels
from semigen.mixture.gaussian.doubtful_labels import DoubtfulRows, _log_densities, weigh_labels
from semigen.mixture.gaussian.gradient import from_vector, gradient, precondition, to_vector
from semigen.mixture.gaussian.label_noise import LabelNoise, count_labels, from_logarithms, log_priors
from semigen.mixture.gaussian.m_step import m_step
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.rows.arrays import ArrayRows
from semigen.mixture.rows.noisy_labels import with_noise
from tests.mixture.gaussian.test_digits_of_precision import joint_density
from tests.mixture.problems import random_parameters, random_prior

SIZES, FIRST = np.array([1, 2]), np.array([0, 1, 3])


def problem(family: str, n: int = 120, d: int = 3, n_annotators: int = 2):
    """Passes over rows with labels of some annotators, parameters away from any maximum, and a prior."""
    rng = np.random.default_rng(0)
    given = rng.integers(-1, 2, (n, n_annotators))
    labels = Labels(np.arange(2), given.max(axis=1), None, given)
    rows = ArrayRows(rng.normal(size=(n, d)), labels.codes, rng.uniform(0.5, 2, n), 0.4)
    noise = LabelNoise(np.full((n_annotators, 2, 2), 0.5), np.repeat([[[8.0, 2.0], [3.0, 6.0]]], n_annotators, axis=0))
    prior = replace(random_prior(family, d, FIRST, 2.5, rng), label_noise=noise)
    here = replace(
        random_parameters(family, SIZES, d, rng), confusion=from_logarithms(rng.normal(size=(n_annotators, 2, 2)))
    )
    scaling = Scaling.none(d)
    passes = with_noise(rows, labels, noise).passes(scaling, FIRST, 1)
    return passes, from_vector(to_vector(here, prior), here, prior), prior, (rows, given)


def objective(passes, parameters) -> float:
    return passes.expectation(parameters).log_likelihood + parameters.log_prior


def test_the_likelihood_has_twelve_digits(family):
    passes, here, _, (rows, given) = problem(family, n=12)
    found = passes.expectation(here)
    confusion, exact = here.confusion, mpmath.mpf(0)
    counts = np.zeros((given.shape[1], 2, 2))
    for x, labels, weight in zip(rows.X, given, rows.weights, strict=True):
        joint = [mpmath.e ** joint_density(x, here, Scaling.none(len(x)), k) for k in ([0], [1, 2])]
        for a, label in enumerate(labels):
            if label >= 0:
                joint = [each * mpmath.mpf(float(confusion[a, k, label])) for k, each in enumerate(joint)]
        counted = float(weight) * (1.0 if (labels >= 0).any() else 0.4)
        exact += counted * mpmath.log(sum(joint))
        for a, label in enumerate(labels):
            if label >= 0:
                counts[a, :, label] += [float(weight) * float(each / sum(joint)) for each in joint]
    assert found.log_likelihood == pytest.approx(float(exact), rel=1e-12)
    np.testing.assert_allclose(found.label_counts, counts, rtol=1e-11)


def test_the_gradient_is_the_slope_of_the_objective(family):
    passes, here, prior, _ = problem(family)
    slope, position, width = gradient(here, passes.expectation(here), prior), to_vector(here, prior), 1e-4
    for k in range(len(position) - here.confusion.size, len(position)):
        step = width * (np.arange(len(position)) == k)
        ends = [objective(passes, from_vector(position + side * step, here, prior)) for side in (-1, 1)]
        assert slope[k] == pytest.approx((ends[1] - ends[0]) / (2 * width), abs=1e-4)
    back = from_vector(position, here, prior)
    np.testing.assert_allclose(back.confusion, here.confusion, rtol=1e-12)
    assert back.log_prior == pytest.approx(here.log_prior)


def test_the_m_step_maximises_and_is_the_preconditioned_gradient_to_first_order():
    passes, here, prior, _ = problem("diag")
    for _ in range(200):
        here = m_step(passes.expectation(here), here, prior)
    assert np.abs(gradient(here, passes.expectation(here), prior)[-here.confusion.size :]).max() < 1e-5
    position = to_vector(here, prior)
    near = from_vector(position + 1e-4 * np.random.default_rng(1).normal(size=len(position)), here, prior)
    statistics = passes.expectation(near)
    taken = to_vector(m_step(statistics, near, prior), prior) - to_vector(near, prior)
    step = precondition(gradient(near, statistics, prior), near, statistics, prior)
    promised = to_vector(from_vector(to_vector(near, prior) + step, near, prior), prior) - to_vector(near, prior)
    np.testing.assert_allclose(promised[-here.confusion.size :], taken[-here.confusion.size :], rtol=0.01, atol=1e-8)


def test_labels_multiply_and_are_counted_by_annotator():
    confusion = from_logarithms(np.random.default_rng(0).normal(size=(2, 3, 3)))
    given = np.array([[0, 2], [1, -1], [-1, -1]])
    expected = np.log(confusion[0][:, 0]) + np.log(confusion[1][:, 2]), np.log(confusion[0][:, 1]), np.zeros(3)
    np.testing.assert_allclose(log_priors(confusion, given), np.array(expected))
    counts = count_labels(np.array([[0.5, 0.5, 0], [0, 0, 2], [1, 1, 1]]), given)
    assert counts[0].tolist() == [[0.5, 0, 0], [0.5, 0, 0], [0, 2, 0]]
    assert counts[1].tolist() == [[0, 0, 0.5], [0, 0, 0.5], [0, 0, 0]]


@pytest.mark.parametrize("dense", [True, False])
@pytest.mark.parametrize("pseudo_count", [4.0, np.inf])
def test_a_row_is_left_out_as_if_it_were_not_there(dense, pseudo_count):
    rng = np.random.default_rng(0)
    Z, share = rng.normal(size=(9, 3)), rng.random(9)
    weights = np.array([1.0, 2, 3, 0.5, 1, 1, 2, 1, 1])
    covariance = np.cov(rng.normal(size=(3, 50))) if dense else rng.uniform(1, 2, 3)
    rows = DoubtfulRows(Z, np.zeros((9, 1), dtype=int), np.zeros(9, dtype=int), weights)
    found = _log_densities(rows, share, covariance, pseudo_count)
    for i in range(9):
        mass = weights * share
        mass[i] -= min(weights[i], 1) * share[i]
        mean = mass @ Z / mass.sum()
        spread = covariance
        if np.isfinite(pseudo_count):
            scatter = (Z - mean).T * mass @ (Z - mean)
            spread = ((scatter if dense else np.diag(scatter)) + pseudo_count * covariance) / (
                mass.sum() + pseudo_count
            )
        spread = spread if dense else np.diag(spread)
        apart = Z[i] - mean
        distance = apart @ np.linalg.solve(spread, apart) + np.linalg.slogdet(spread)[1]
        assert found[i] == pytest.approx(np.log(mass.sum()) - distance / 2, rel=1e-9)


def test_rows_do_not_vouch_for_their_own_labels():
    """In as many columns as rows of a class, each row would lie within its class, whatever the label."""
    rng = np.random.default_rng(0)
    truth = np.arange(60) % 2
    Z = rng.normal(size=(60, 20)) + 3 * truth[:, None] * np.eye(1, 20)[0]
    codes = np.where(np.arange(60) < 12, 1 - truth, truth)
    rows = DoubtfulRows(Z, codes[:, None], codes, np.ones(60))
    responsibilities, pseudo_count = weigh_labels(rows, LabelNoise.mostly_right(1, 2), np.eye(20), [2.0, np.inf])
    assert np.isinf(pseudo_count)
    assert (responsibilities.argmax(axis=1) == truth).mean() > 0.85
    assert weigh_labels(rows, LabelNoise.mostly_right(1, 2), np.zeros((20, 20)), [np.inf]) is None
