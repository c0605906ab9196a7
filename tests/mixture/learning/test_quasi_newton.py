"""Quasi-Newton steps: the slope is right, EM's step is its preconditioned form, and the climb ends where EM's ends."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning

from semigen import SemiSupervisedGMM
from semigen.mixture.gaussian.class_weights import log_likelihood
from semigen.mixture.gaussian.gradient import from_vector, gradient, precondition, to_vector
from semigen.mixture.gaussian.m_step import m_step
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.learning import quasi_newton
from semigen.mixture.learning.em import maximize_objective
from tests.conftest import FAMILIES
from tests.mixture.problems import both_passes, random_parameters, random_prior, random_rows, random_scaling

WEIGHTS = ["learnt", "fixed", "drawn by class"]


def problem(
    family: str, seed: int, *, weights: str = "learnt", pseudo_count: float = 2.5, d: int = 3, tails: str | None = None
):
    """Weighted rows of two classes with one and two components, parameters away from any maximum, and a prior."""
    rng = np.random.default_rng(seed)
    sizes = np.array([1, 2])
    class_first = np.concatenate(([0], np.cumsum(sizes)))
    rows = random_rows(300, d, len(sizes), rng)
    passes, _ = both_passes(rows, random_scaling(d, rng), class_first)
    prior = random_prior(family, d, class_first, pseudo_count, rng)
    if weights == "fixed":
        prior = replace(prior, class_prior=np.array([0.3, 0.7]))
    elif weights == "drawn by class":
        prior = replace(prior, drawn_by_class=rows.labeled_weight(len(sizes)) - 0.7)
    start, like = random_parameters(family, sizes, d, rng), _like(family, sizes, d)
    if tails is not None:
        degrees = np.full(3, 6.0) if tails == "shared" else np.array([2.0, 6.0, 30.0])
        start, like = replace(start, degrees_of_freedom=degrees), replace(like, degrees_of_freedom=degrees)
        prior = replace(prior, learnt_degrees=None if tails == "given" else tails)
    return passes, from_vector(to_vector(start, prior), like, prior), prior


def _like(family: str, sizes: np.ndarray, d: int):
    return random_parameters(family, sizes, d, np.random.default_rng(0))


def objective(passes, parameters, prior) -> float:
    return log_likelihood(passes.expectation(parameters), parameters, prior) + parameters.log_prior


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize(("pseudo_count", "tails"), [(0.0, None), (2.5, None), (2.5, "per_component")])
def test_gradient_is_the_slope_of_the_objective(family, weights, pseudo_count, tails):
    passes, here, prior = problem(family, 3, weights=weights, pseudo_count=pseudo_count, tails=tails)
    slope, position = gradient(here, passes.expectation(here), prior), to_vector(here, prior)
    # Of five points, so that steps may be wide: rounding of the objective, up to 1e-8, then counts little.
    width = 1e-3
    for i, expected in enumerate(slope):
        step = np.zeros_like(position)
        step[i] = width
        at = {k: objective(passes, from_vector(position + k * step, here, prior), prior) for k in (-2, -1, 1, 2)}
        measured = (8 * (at[1] - at[-1]) - (at[2] - at[-2])) / (12 * width)
        assert measured == pytest.approx(expected, rel=1e-6, abs=1e-4)


@pytest.mark.parametrize("tails", [None, "shared", "per_component"])
def test_coordinates_lead_back_to_their_mixture(family, tails):
    _, here, prior = problem(family, 1, tails=tails)
    back = from_vector(to_vector(here, prior), here, prior)
    for name in ("log_weights", "means", "covariances", "factors", "log_prior"):
        np.testing.assert_allclose(getattr(back, name), getattr(here, name), rtol=1e-12, atol=1e-13)
    if tails is not None:
        np.testing.assert_allclose(back.degrees_of_freedom, here.degrees_of_freedom, rtol=1e-12)


@pytest.mark.parametrize(("weights", "tails"), [*((each, None) for each in WEIGHTS), ("learnt", "given")])
def test_preconditioned_slope_is_the_em_step_to_first_order(family, weights, tails):
    """Near a maximum the two differ by the square of their length."""
    passes, start, prior = problem(family, 5, weights=weights, tails=tails)
    fit = maximize_objective(passes, start, prior, max_iter=400, tol=1e-12)
    statistics = passes.expectation(fit.parameters)
    position = to_vector(fit.parameters, prior)
    nearby = from_vector(position + 1e-4 * np.random.default_rng(0).normal(size=len(position)), start, prior)
    statistics = passes.expectation(nearby)
    em_step = to_vector(m_step(statistics, nearby, prior), prior) - to_vector(nearby, prior)
    step = precondition(gradient(nearby, statistics, prior), nearby, statistics, prior)
    # Log weights may be shifted together within what sums to one; the mixture is the same.
    moved = to_vector(from_vector(to_vector(nearby, prior) + step, nearby, prior), prior) - to_vector(nearby, prior)
    assert np.linalg.norm(moved - em_step) < 1e-2 * np.linalg.norm(em_step)


@settings(max_examples=30, deadline=None)
@given(
    family=st.sampled_from(FAMILIES),
    seed=st.integers(0, 1000),
    scale=st.floats(0.1, 3.0),
    pseudo_count=st.sampled_from([0.0, 1.0]),
)
def test_every_vector_is_a_mixture(family, seed, scale, pseudo_count):
    _, here, prior = problem(family, seed, pseudo_count=pseudo_count)
    position = to_vector(here, prior)
    wild = np.random.default_rng(seed).normal(0, scale, len(position))
    anywhere = from_vector(wild, here, prior)
    assert np.exp(anywhere.log_weights).sum() == pytest.approx(1)
    assert np.isfinite(anywhere.covariances).all()
    assert np.isfinite(anywhere.factors).all()


def overlapping(seed: int, n: int = 3000):
    """Three clusters that overlap so much that EM creeps."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    X = rng.normal(0, 1.2, (3, 2))[y] + rng.normal(size=(n, 2))
    labels = np.full(n, -1)
    for k in range(3):
        labels[np.flatnonzero(y == k)[:20]] = k
    return X, labels


@pytest.mark.parametrize("accelerate", ["auto", "quasi-newton"])
@pytest.mark.parametrize("seed", [0, 1, 4])
def test_acceleration_ends_at_least_as_high_as_em_with_a_third_of_its_passes(family, accelerate, seed):
    X, y = overlapping(seed)
    options = {"covariance_type": family, "tol": 1e-10, "max_iter": 20_000, "shrinkage": 1.0}
    plain = SemiSupervisedGMM(**options, accelerate=None).fit(X, y)
    quick = SemiSupervisedGMM(**options, accelerate=accelerate).fit(X, y)
    assert quick.history_[-1] >= plain.history_[-1] - 1e-7  # both stop where EM gains little
    assert quick.n_iter_ <= max(plain.n_iter_ / 3, 45)


def test_auto_leaves_a_fit_alone_that_converges_quickly(blobs):
    X, _, y = blobs
    plain = SemiSupervisedGMM(accelerate=None).fit(X, y)
    auto = SemiSupervisedGMM().fit(X, y)
    assert np.array_equal(auto.history_, plain.history_)
    assert np.array_equal(auto.means_, plain.means_)


class Misleading:
    """Proposes, every time, a mixture that is far worse."""

    def __init__(self, worse):
        self.worse, self.rejections = worse, 0

    def is_ready(self, history, tol):
        return True

    def propose(self, parameters, statistics):
        return self.worse

    def accepted(self):
        raise AssertionError("a worse proposal was kept")

    def rejected(self):
        self.rejections += 1


def test_a_proposal_that_lowers_the_objective_changes_nothing_but_the_count_of_passes(family):
    passes, start, prior = problem(family, 7)
    worse = from_vector(to_vector(start, prior) + 5.0, start, prior)
    plain = maximize_objective(passes, start, prior, max_iter=10, tol=0)
    misled = Misleading(worse)
    fit = maximize_objective(passes, start, prior, max_iter=20, tol=0, accelerator=misled)
    assert misled.rejections == 10
    np.testing.assert_allclose(fit.history, plain.history, rtol=1e-12)  # later passes round differently
    assert fit.n_passes == plain.n_passes + 10


class Wild(Misleading):
    """Proposes a mixture at which the objective is not finite."""

    def propose(self, parameters, statistics):
        return replace(parameters, log_prior=self.worse)


@pytest.mark.parametrize("log_prior", [np.nan, np.inf, -np.inf])
def test_a_proposal_at_which_the_objective_is_not_finite_is_dropped(family, log_prior):
    passes, start, prior = problem(family, 7)
    wild = Wild(log_prior)
    fit = maximize_objective(passes, start, prior, max_iter=20, tol=0, accelerator=wild)
    assert wild.rejections == 10
    assert np.isfinite(fit.history).all()


def test_coordinates_beyond_floating_point_are_refused_without_a_warning(family):
    _, here, prior = problem(family, 3)
    far = to_vector(here, prior)
    far[here.means.size + len(here.means)] = -1e4  # the first logarithm of a deviation
    with pytest.raises((OverflowError, np.linalg.LinAlgError)):
        from_vector(far, here, prior)


def test_eager_steps_that_overflow_end_in_a_fit_all_the_same():
    rng = np.random.default_rng(156)
    cluster = rng.integers(0, 3, 300)
    X = (1e4 * rng.normal(size=(3, 4)))[cluster] + rng.normal(size=(300, 4))
    y = np.full(300, -1)
    for k in range(3):
        y[np.flatnonzero(cluster == k)[:5]] = k
    options = {"n_components": 2, "shrinkage": 0.5, "tol": 0, "max_iter": 300, "random_state": 0}
    with warnings.catch_warnings():
        # Whether the last digit settles within so many iterations depends on how the machine rounds.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = SemiSupervisedGMM("spherical", accelerate="quasi-newton", **options).fit(X, y)
    assert np.isfinite(model.history_).all()


def test_a_fit_that_used_all_its_iterations_is_told_to_use_more():
    """Also where acceleration spent some of them in vain, so that fewer were kept."""
    X, y = overlapping(0)
    for max_iter in range(5, 40, 5):
        with pytest.warns(ConvergenceWarning, match="Raise max_iter"):
            SemiSupervisedGMM("diag", n_components=2, accelerate="quasi-newton", tol=1e-12, max_iter=max_iter).fit(X, y)


def test_where_not_one_move_fits_into_memory_em_goes_on_alone(monkeypatch):
    passes, start, prior = problem("full", 2)
    plain = maximize_objective(passes, start, prior, max_iter=30, tol=0)
    assert quasi_newton._MOST_NUMBERS * 8 == 64_000_000
    monkeypatch.setattr(quasi_newton, "_MOST_NUMBERS", 2 * len(to_vector(start, prior)) - 1)
    accelerator = quasi_newton.QuasiNewton(prior, eager=True)
    fit = maximize_objective(passes, start, prior, max_iter=30, tol=0, accelerator=accelerator)
    assert fit.n_passes == plain.n_passes
    np.testing.assert_allclose(fit.history, plain.history, rtol=1e-12)


def test_prior_of_a_class_is_kept_by_every_step():
    X, y = overlapping(2)
    model = SemiSupervisedGMM(class_prior=[0.2, 0.3, 0.5], tol=1e-9, max_iter=5000).fit(X, y)
    np.testing.assert_allclose(model.class_prior_, [0.2, 0.3, 0.5], rtol=1e-12)


def test_floor_is_kept_by_every_step():
    floor = np.array([0.5])
    prior = MixturePrior("spherical", 0.0, np.ones(1), floor, np.array([0, 1, 2]))
    like = random_parameters("spherical", np.array([1, 1]), 2, np.random.default_rng(0))
    narrow = to_vector(like, prior)
    narrow[-2:] = 10.0
    assert (from_vector(narrow, like, prior).covariances == 0.5).all()
