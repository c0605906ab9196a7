"""Estimates of class probabilities: the maximum, its standard errors, and the sizes of the tests."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from semigen.prior_shift.estimate import adjusted, assumed_prior, estimate_prior, mixing_test
from tests.prior_shift.problems import posterior, rows

HALVES = np.array([0.5, 0.5])


def test_the_estimate_is_the_maximum_of_the_likelihood():
    rng = np.random.default_rng(0)
    answers, before = rng.dirichlet([0.3, 0.5, 0.4], 200), np.array([0.2, 0.3, 0.5])

    def falls_short(free: np.ndarray) -> float:
        return -float(np.log(answers / before @ softmax(free)).sum())

    best = softmax(minimize(falls_short, np.zeros(3), tol=1e-12).x)
    np.testing.assert_allclose(estimate_prior(answers, before).prior, best, atol=1e-5)


def test_the_standard_error_is_that_of_repeated_draws():
    found = [estimate_prior(posterior(rows(400, 0.2, seed)[0]), HALVES) for seed in range(200)]
    spread = np.std([each.prior[1] for each in found])
    assert np.mean([each.standard_error[1] for each in found]) == pytest.approx(spread, rel=0.15)
    assert found[0].standard_error[0] == pytest.approx(found[0].standard_error[1])
    assert np.mean([each.prior[1] for each in found]) == pytest.approx(0.2, abs=0.01)


def test_rows_that_tell_classes_apart_have_the_error_of_counting():
    answers = np.eye(2)[rows(500, 0.3)[1]]
    found = estimate_prior(np.maximum(answers, 1e-300), HALVES)
    share = answers[:, 1].mean()
    assert found.prior[1] == pytest.approx(share)
    assert found.standard_error[1] == pytest.approx(np.sqrt(share * (1 - share) / 500))


def test_rows_that_tell_nothing_have_no_standard_error():
    found = estimate_prior(np.full((50, 2), 0.5), HALVES)
    assert np.isinf(found.standard_error).all()
    assert found.p_value == 1.0


@pytest.mark.parametrize(("share", "least", "most"), [(0.5, 0.02, 0.09), (0.3, 0.99, 1.0)])
def test_the_likelihood_ratio_test_keeps_its_level_and_finds_shifts(share, least, most):
    p_values = [estimate_prior(posterior(rows(300, share, seed)[0]), HALVES).p_value for seed in range(300)]
    assert least <= np.mean(np.array(p_values) < 0.05) <= most


@pytest.mark.parametrize(("mixed", "least", "most"), [(0.2, 0.02, 0.09), (0.5, 0.9, 1.0)])
def test_the_test_on_labels_keeps_its_level_however_few_there_are(mixed, least, most):
    p_values = []
    for seed in range(300):
        labeled, truth = rows(40, 0.5, 1000 + seed)
        target = posterior(rows(300, 0.2, seed)[0])
        p_values.append(mixing_test(target, np.array([1 - mixed, mixed]), posterior(labeled), truth))
    assert least <= np.mean(np.array(p_values) < 0.05) <= most


@pytest.mark.parametrize("codes", [[0, 0, 0], [0, 1], [1]])
def test_labels_too_few_for_a_test_make_none(codes):
    answers = np.full((len(codes), 2), 0.5)
    assert mixing_test(posterior(rows(50, 0.5)[0]), HALVES, answers, np.array(codes)) is None


def test_adjusted_answers_are_those_under_the_other_class_probabilities():
    X, _ = rows(50, 0.5)
    found = adjusted(np.log(posterior(X, 0.5)), HALVES, np.array([0.9, 0.1]))
    np.testing.assert_allclose(log_softmax(found, axis=1), np.log(posterior(X, 0.1)), rtol=1e-9)


def test_what_a_classifier_assumes_is_read_off_its_answers_for_labels():
    X, truth = rows(2000, 0.5)
    found = assumed_prior(posterior(X, 0.1), truth, HALVES)
    assert found[1] == pytest.approx(0.1, abs=0.02)
    few = assumed_prior(posterior(X[:4], 0.1), truth[:4], HALVES)
    assert 0.1 < few[1] < 0.5
    assert np.array_equal(assumed_prior(posterior(X[:1]), truth[:1], HALVES), HALVES)
