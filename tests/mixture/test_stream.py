"""partial_fit: a stream of rows ends where a fit to all of them does."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semigen import SemiSupervisedGMM
from semigen.mixture.families import FAMILIES, ClosedForm
from semigen.mixture.learning.stepwise import moved

FAMILIES_OF_STREAMS = [name for name, family in FAMILIES.items() if isinstance(family, ClosedForm)]


def rows(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    means = np.array([[0.0, 0.0, 0.0], [3.0, 1.0, 0.0], [0.0, 3.0, 2.0]])
    truth = np.where(np.arange(n) < 30, np.arange(n) % 3, rng.integers(0, 3, n))
    X = means[truth] + rng.normal(size=(n, 3)) @ np.array([[1.0, 0.4, 0.0], [0.0, 0.8, 0.0], [0.0, 0.0, 1.2]])
    return X, truth, np.where((rng.random(n) < 0.05) | (np.arange(n) < 30), truth, -1)


@pytest.mark.parametrize("family", FAMILIES_OF_STREAMS)
@pytest.mark.parametrize("start", ["cold", "warm"])
def test_a_stream_of_shuffled_rows_reaches_the_fit_to_all_of_them(family, start):
    X, truth, y = rows(30_000)
    together = SemiSupervisedGMM(family).fit(X, y)
    stream = SemiSupervisedGMM(family)
    if start == "warm":
        stream.fit(X[:300], y[:300])
    for first in range(0, len(X), 500):
        some = slice(first, first + 500)
        stream.partial_fit(X[some], y[some])
    np.testing.assert_allclose(stream.means_, together.means_, atol=0.12)
    np.testing.assert_allclose(stream.covariances_, together.covariances_, atol=0.15)
    assert stream.score(X, truth) > together.score(X, truth) - 0.005


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(FAMILIES_OF_STREAMS), st.integers(0, 100))
def test_moved_statistics_are_those_made_about_the_other_means(family, seed):
    X, _, y = rows(200, seed)
    model = SemiSupervisedGMM(family).fit(X, y)
    passes = model.statistics(X, y)
    before, form = model._fit.parameters, FAMILIES[family]
    responsibilities = model.predict_proba(X)
    responsibilities[y >= 0] = np.eye(3)[y[y >= 0]]
    after = SemiSupervisedGMM(family).fit(X[:150], y[:150])._fit.parameters
    scaled = model._fit.scaling.apply(X)
    found = moved(passes, before.means, after)
    np.testing.assert_allclose(found.first, responsibilities.T @ scaled - found.mass[:, None] * after.means, atol=1e-8)
    expected = form.second_moments(scaled, responsibilities, after.means)
    np.testing.assert_allclose(found.second.ravel(), expected, atol=1e-7)


def test_a_new_fit_begins_a_new_stream():
    X, _, y = rows(2000)
    model = SemiSupervisedGMM().partial_fit(X[:500], y[:500]).partial_fit(X[500:1000], y[500:1000])
    again = SemiSupervisedGMM().fit(X[1000:], y[1000:]).partial_fit(X[:500], y[:500])
    model.fit(X[1000:], y[1000:]).partial_fit(X[:500], y[:500])
    assert np.array_equal(model.means_, again.means_)


def test_what_fades_is_what_is_old():
    """Clouds that move are followed."""
    X, _, y = rows(20_000)
    model = SemiSupervisedGMM()
    for step, first in enumerate(range(0, 20_000, 500)):
        some = slice(first, first + 500)
        model.partial_fit(X[some] + 0.05 * step, y[some])
    assert model.means_[0].mean() > 0.975 + 0.2  # 0.975 is the mean of all shifts


def test_a_stream_goes_on_after_pickling():
    X, _, y = rows(3000)
    one = SemiSupervisedGMM()
    for first in range(0, 2000, 500):
        one.partial_fit(X[first : first + 500], y[first : first + 500])
    other = pickle.loads(pickle.dumps(one))
    assert np.array_equal(one.partial_fit(X[2000:], y[2000:]).means_, other.partial_fit(X[2000:], y[2000:]).means_)


def test_what_cannot_be_learnt_is_said_and_changes_nothing():
    X, _, y = rows(1000)
    with pytest.raises(ValueError, match=r"low_rank.*cannot learn from a stream"):
        SemiSupervisedGMM("low_rank").partial_fit(X, y)
    model = SemiSupervisedGMM().partial_fit(X, y)
    before = dict(vars(model))
    with pytest.raises(ValueError, match="classes names"):
        model.partial_fit(X, y, classes=[0, 1, 2, 3])
    with pytest.raises(ValueError, match=r"not in classes|unknown|not among"):
        model.partial_fit(X, np.where(y == 2, 7, y))
    with pytest.raises(ValueError, match="begin with more rows"):
        SemiSupervisedGMM().fit(X, y).partial_fit(X[:5], y[:5])
    with pytest.raises(ValueError, match="covariance_type='tied' was set since the fit"):
        SemiSupervisedGMM().fit(X, y).set_params(covariance_type="tied").partial_fit(X, y)
    with pytest.raises(ValueError, match="nothing to learn"):
        model.partial_fit(X, y, np.zeros(1000))
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is value for name, value in before.items())
