"""Contrastive pessimistic likelihood: never below the supervised fit, and a saddle point that others would find too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import softmax

from semigen.mixture.families import FAMILIES, ClosedForm
from semigen.mixture.gaussian.m_step import m_step
from semigen.mixture.gaussian.parameters import Parameters
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.learning.pessimistic import Pessimistic, contrastive_pessimistic
from tests.mixture.problems import random_parameters, random_prior
from tests.mixture.twin import log_joint, log_prior, statistics_of

CLASSES, COLUMNS = 3, 2
CLOSED_FORMS = [name for name, form in FAMILIES.items() if isinstance(form, ClosedForm)]


def rows_of(seed: int, *, n: int = 80, n_labeled: int = 12, d: int = COLUMNS):
    """Rows of three skewed classes, some labelled, with weights of which some are zero."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % CLASSES
    Z = 1.5 * rng.normal(size=(CLASSES, d))[truth] + rng.gamma(2.0, size=(n, d)) - 2.0
    codes = np.where(np.arange(n) < n_labeled, truth, -1)
    weights = rng.integers(0, 4, n).astype(float)
    weights[:CLASSES] = 1.0
    return Z, codes, weights


def prior_of(family: str, d: int = COLUMNS) -> MixturePrior:
    return random_prior(family, d, np.arange(CLASSES + 1), 2.5, np.random.default_rng(7), reg=1e-3)


def best_for(Z, soft, weights, prior: MixturePrior, like: Parameters) -> Parameters:
    """The parameters that are best for soft labels, by the readable twin of the kernels."""
    return m_step(statistics_of(Z, soft * weights[:, None], like, 0.0), like, prior)


def supervised_fit(Z, codes, weights, prior: MixturePrior) -> Parameters:
    labeled = codes >= 0
    like = random_parameters(prior.family, np.ones(CLASSES, dtype=int), Z.shape[1], np.random.default_rng(1))
    return best_for(Z[labeled], np.eye(CLASSES)[codes[labeled]], weights[labeled], prior, like)


def likelihood(parameters: Parameters, Z, soft, weights, prior: MixturePrior) -> float:
    """The penalised log-likelihood of rows with soft labels."""
    return float(weights @ (soft * log_joint(Z, parameters)).sum(axis=1)) + log_prior(parameters, prior)


def contrast(fit: Pessimistic, q, supervised: Parameters, Z, codes, weights, prior: MixturePrior) -> float:
    """How much more likely the fit is than the supervised one, per unit weight, if q labels the unlabelled rows."""
    soft = np.eye(CLASSES)[np.maximum(codes, 0)]
    soft[codes < 0] = q
    gains = [likelihood(each, Z, soft, weights, prior) for each in (fit.parameters, supervised)]
    return (gains[0] - gains[1]) / weights.sum()


@pytest.mark.parametrize("family", CLOSED_FORMS)
def test_whatever_the_labels_are_the_fit_is_more_likely_than_the_supervised_one(family):
    Z, codes, weights = rows_of(1)
    prior = prior_of(family)
    supervised = supervised_fit(Z, codes, weights, prior)
    fit = contrastive_pessimistic(Z, codes, weights, supervised, prior, tol=1e-4)
    assert fit.converged
    assert fit.gain > 1e-3
    rng = np.random.default_rng(2)
    n_unlabeled = int((codes < 0).sum())
    guesses = [rng.dirichlet(np.full(CLASSES, alpha), n_unlabeled) for alpha in (0.05, 1.0) for _ in range(20)]
    guesses.append(softmax(log_joint(Z[codes < 0], supervised), axis=1))
    worst = np.argmin(log_joint(Z, fit.parameters) - log_joint(Z, supervised), axis=1)[codes < 0]
    guesses.append(np.eye(CLASSES)[worst])
    gains = [contrast(fit, q, supervised, Z, codes, weights, prior) for q in guesses]
    assert min(gains) >= fit.gain - 1e-10
    assert gains[-1] == pytest.approx(fit.gain, abs=1e-10)  # the worst labels of all: the guarantee is no larger


@pytest.mark.parametrize("family", CLOSED_FORMS)
def test_the_soft_labels_are_the_worst_and_the_parameters_the_best_for_them(family):
    Z, codes, weights = rows_of(3)
    prior = prior_of(family)
    supervised = supervised_fit(Z, codes, weights, prior)
    fit = contrastive_pessimistic(Z, codes, weights, supervised, prior, tol=1e-5, max_iter=5000)
    assert fit.converged
    np.testing.assert_allclose(fit.soft_labels.sum(axis=1), 1.0)
    soft = np.eye(CLASSES)[np.maximum(codes, 0)]
    soft[codes < 0] = fit.soft_labels
    best = best_for(Z, soft, weights, prior, supervised)
    np.testing.assert_allclose(fit.parameters.means, best.means, atol=1e-8)
    np.testing.assert_allclose(fit.parameters.covariances, best.covariances, atol=1e-8)
    value = contrast(fit, fit.soft_labels, supervised, Z, codes, weights, prior)
    assert fit.gain <= value <= fit.gain + 1e-5 + 1e-10


@pytest.mark.parametrize("family", CLOSED_FORMS)
def test_no_other_soft_labels_leave_less_to_gain(family):
    """F(q) = max C(theta, q), computed by brute force, is nowhere lower than the gain that is guaranteed."""
    Z, codes, weights = rows_of(4)
    prior = prior_of(family)
    supervised = supervised_fit(Z, codes, weights, prior)
    fit = contrastive_pessimistic(Z, codes, weights, supervised, prior, tol=1e-4)
    rng = np.random.default_rng(5)
    for mix in (0.003, 0.03, 0.3, 1.0):
        q = (1 - mix) * fit.soft_labels + mix * rng.dirichlet(np.ones(CLASSES), len(fit.soft_labels))
        soft = np.eye(CLASSES)[np.maximum(codes, 0)]
        soft[codes < 0] = q
        best = replace(fit, parameters=best_for(Z, soft, weights, prior, supervised))
        assert contrast(best, q, supervised, Z, codes, weights, prior) >= fit.gain - 1e-10


def test_a_problem_of_one_row_is_solved_as_by_a_grid():
    """One unlabelled row and two classes: the worst soft label is a single number."""
    Z = np.array([[-1.0], [-0.4], [0.9], [1.3], [3.0]])
    codes, weights = np.array([0, 0, 1, 1, -1]), np.array([1.0, 1.0, 1.0, 1.0, 2.0])
    prior = MixturePrior("full", 1.0, np.array([[0.5]]), np.array([1e-6]), np.arange(3))
    like = random_parameters("full", np.ones(2, dtype=int), 1, np.random.default_rng(0))
    hard = np.eye(2)
    supervised = best_for(Z[:4], hard[codes[:4]], weights[:4], prior, like)

    def to_gain(q: float) -> float:
        soft = np.vstack([hard[codes[:4]], [q, 1 - q]])
        best = best_for(Z, soft, weights, prior, supervised)
        return likelihood(best, Z, soft, weights, prior) - likelihood(supervised, Z, soft, weights, prior)

    slow = minimize_scalar(to_gain, bounds=(0, 1), method="bounded", options={"xatol": 1e-10})
    fit = contrastive_pessimistic(Z, codes, weights, supervised, prior, tol=1e-6, max_iter=2000)
    assert fit.converged
    assert fit.gain * weights.sum() == pytest.approx(slow.fun, abs=1e-5)
    assert fit.soft_labels[0, 0] == pytest.approx(slow.x, abs=1e-3)


@pytest.mark.parametrize("family", CLOSED_FORMS)
@pytest.mark.parametrize("how", ["none", "no weight"])
def test_without_unlabelled_rows_it_is_the_supervised_fit(family, how):
    Z, codes, weights = rows_of(6)
    prior = prior_of(family)
    supervised = supervised_fit(Z, codes, weights, prior)
    kept = codes >= 0 if how == "none" else np.full(len(Z), True)
    fit = contrastive_pessimistic(Z[kept], codes[kept], np.where(codes < 0, 0.0, weights)[kept], supervised, prior)
    assert fit.converged
    assert fit.gain == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(fit.parameters.means, supervised.means, atol=1e-10)
    np.testing.assert_allclose(fit.parameters.covariances, supervised.covariances, atol=1e-10)


def test_the_guarantee_holds_after_any_number_of_steps():
    Z, codes, weights = rows_of(8)
    Z[-1] = 1e6  # a row far out: its log densities dwarf all others
    prior = prior_of("full")
    supervised = supervised_fit(Z, codes, weights, prior)
    gains = []
    for most in (0, 1, 3, 10, 30):
        fit = contrastive_pessimistic(Z, codes, weights, supervised, prior, max_iter=most)
        assert np.isfinite(fit.parameters.means).all()
        worst = np.argmin(log_joint(Z, fit.parameters) - log_joint(Z, supervised), axis=1)[codes < 0]
        guaranteed = contrast(fit, np.eye(CLASSES)[worst], supervised, Z, codes, weights, prior)
        assert fit.gain == pytest.approx(guaranteed, rel=1e-9, abs=1e-9)
        gains.append(fit.gain)
    assert min(gains) >= 0
    assert gains == sorted(gains)


@pytest.mark.parametrize("family", CLOSED_FORMS)
def test_weights_equal_repeats_and_order_does_not_matter(family):
    Z, codes, weights = rows_of(9)
    prior = prior_of(family)
    supervised = supervised_fit(Z, codes, weights, prior)
    fit = contrastive_pessimistic(Z, codes, weights, supervised, prior, max_iter=20)
    again = np.repeat(np.arange(len(Z)), weights.astype(int))
    again = np.random.default_rng(10).permutation(again)
    repeated = contrastive_pessimistic(Z[again], codes[again], np.ones(len(again)), supervised, prior, max_iter=20)
    assert repeated.gain == pytest.approx(fit.gain, abs=1e-8)
    np.testing.assert_allclose(repeated.parameters.means, fit.parameters.means, atol=1e-6)
    np.testing.assert_allclose(repeated.parameters.covariances, fit.parameters.covariances, atol=1e-6)
    place = np.cumsum(codes < 0) - 1
    unlabeled = again[codes[again] < 0]
    np.testing.assert_allclose(repeated.soft_labels, fit.soft_labels[place[unlabeled]], atol=1e-6)


def test_a_known_class_prior_stays():
    Z, codes, weights = rows_of(11)
    prior = replace(prior_of("tied"), class_prior=np.array([0.2, 0.3, 0.5]))
    supervised = supervised_fit(Z, codes, weights, prior)
    fit = contrastive_pessimistic(Z, codes, weights, supervised, prior)
    np.testing.assert_allclose(np.exp(fit.parameters.log_weights), [0.2, 0.3, 0.5])
    assert fit.gain > 0


def test_a_family_whose_m_step_is_no_maximum_is_refused():
    Z, codes, weights = rows_of(1)
    prior = prior_of("low_rank")
    like = random_parameters("low_rank", np.ones(CLASSES, dtype=int), COLUMNS, np.random.default_rng(1))
    with pytest.raises(TypeError, match="'low_rank' has no M step in closed form"):
        contrastive_pessimistic(Z, codes, weights, like, prior)
