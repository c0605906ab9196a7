"""Statistics of rows add up, travel, and let anyone run EM over parts by hand."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from sklearn.datasets import load_iris

from semigen import SemiSupervisedGMM
from semigen.mixture import Statistics

X, SPECIES = load_iris(return_X_y=True)
Y = np.where(np.arange(150) % 5 == 0, SPECIES, -1)
PARTS = [slice(0, 20), slice(20, 20), slice(20, 150)]


def summed(model: SemiSupervisedGMM, X=X, y=Y, weights=None) -> Statistics:
    return sum(model.statistics(X[some], y[some], None if weights is None else weights[some]) for some in PARTS)


def test_statistics_of_parts_add_up_to_those_of_all(family):
    model = SemiSupervisedGMM(family).fit(X, Y)
    np.testing.assert_allclose(summed(model).flat, model.statistics(X, Y).flat, rtol=1e-12, atol=1e-9)


def test_the_log_likelihood_is_that_of_a_fit(family):
    model = SemiSupervisedGMM(family).fit(X, Y)
    assert model.statistics(X, Y).log_likelihood == pytest.approx(model.log_likelihood_, rel=1e-12)


@pytest.mark.parametrize("missing", [False, True])
def test_em_by_hand_over_parts_climbs_to_the_fit(family, missing):
    rows = X.copy()
    options = {}
    if missing:
        rows[np.random.default_rng(0).random(X.shape) < 0.1] = np.nan
        options = {"missing": "marginal"}
    weights = 0.5 + np.arange(150) % 3
    fit = SemiSupervisedGMM(family, tol=1e-12, max_iter=5000, **options).fit(rows, Y, weights)
    model = copy.deepcopy(fit).update(fit.statistics(rows[::2], Y[::2]))
    assert np.abs(model.means_ - fit.means_).max() > 1e-3
    for _ in range(300):
        model.update(summed(model, rows, Y, weights))
    np.testing.assert_allclose(model.means_, fit.means_, rtol=1e-3)
    np.testing.assert_allclose(model.covariances_, fit.covariances_, rtol=1e-2, atol=1e-3)
    assert (np.diff(model.history_[-300:]) >= -1e-10).all()
    assert model.history_[-1] == pytest.approx(fit.history_[-1], rel=1e-7)


def test_statistics_can_be_sent_and_say_who_made_them():
    model = SemiSupervisedGMM().fit(X, Y)
    sent = pickle.loads(pickle.dumps(model.statistics(X, Y)))
    before = model.means_.copy()
    model.update(sent)
    assert not np.array_equal(model.means_, before)


def test_statistics_of_other_parameters_are_refused_and_change_nothing():
    model = SemiSupervisedGMM(max_iter=2, tol=1e3).fit(X, Y)
    old = model.statistics(X, Y)
    model.update(old)
    before = {name: np.copy(getattr(model, name)) for name in ("means_", "history_", "weights_")}
    with pytest.raises(ValueError, match="made with other parameters"):
        model.update(old)
    with pytest.raises(ValueError, match="made with different mixtures"):
        old + model.statistics(X, Y)
    assert all(np.array_equal(getattr(model, name), value) for name, value in before.items())


def test_a_weight_of_zero_equals_absence():
    model = SemiSupervisedGMM().fit(X, Y)
    counts = np.arange(150) % 2
    some = model.statistics(X[counts > 0], Y[counts > 0])
    np.testing.assert_allclose(model.statistics(X, Y, counts).flat, some.flat, rtol=1e-12, atol=1e-9)
    assert not model.statistics(X, Y, 0 * counts).flat.any()


def test_statistics_of_another_mixture_are_refused():
    model = SemiSupervisedGMM().fit(X, Y)
    others = [SemiSupervisedGMM().fit(1024 * X, Y), SemiSupervisedGMM().fit(X, np.where(Y < 0, Y, Y + 10))]
    for other in others:
        labels = Y if other.classes_[0] == 0 else np.where(Y < 0, Y, Y + 10)
        with pytest.raises(ValueError, match="made with other parameters"):
            model.update(other.statistics(X, labels))


@pytest.mark.parametrize("given", [None, 3, sum([]), np.zeros(5)])
def test_what_is_no_statistics_is_refused(given):
    with pytest.raises(TypeError, match="takes what `statistics` returns"):
        SemiSupervisedGMM().fit(X, Y).update(given)


def test_a_covariance_that_collapses_is_named_and_changes_nothing():
    model = SemiSupervisedGMM(shrinkage=0, reg_covar=0).fit(X, SPECIES)
    before = model.means_.copy()
    with pytest.raises(ValueError, match="The covariance of class 0 became singular"):
        model.update(model.statistics(X[:1], SPECIES[:1]))
    assert np.array_equal(model.means_, before)


def test_a_guard_that_kept_the_supervised_fit_keeps_unlabelled_rows_out():
    model = SemiSupervisedGMM(guard=True, random_state=0).fit(X, np.where(np.arange(150) % 50 < 1, SPECIES, -1))
    assert model.kept_ == "supervised"
    assert model.statistics(X, Y).mass.sum() == pytest.approx((Y >= 0).sum())


def test_statistics_of_no_rows_are_refused():
    model = SemiSupervisedGMM(unlabeled_weight=0.0).fit(X, Y)
    with pytest.raises(ValueError, match="no rows that count"):
        model.update(model.statistics(X, np.full(150, -1)))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.statistics(X, Y[:3])
    for weights in (None, np.zeros(150)):
        with pytest.raises(ValueError, match="not in classes"):
            model.statistics(X, np.full(150, 7), weights)
    for weights in ([0.0], np.ones(3)):
        with pytest.raises(ValueError, match="inconsistent numbers of samples"):
            model.statistics(X, Y, weights)
