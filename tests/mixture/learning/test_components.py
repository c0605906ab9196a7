"""Several components per class, their number chosen by the Bayesian information criterion."""

from __future__ import annotations

import numpy as np
import pytest

from semigen import SemiSupervisedGMM


def subclasses(n: int = 900, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Class 0 is one cloud; class 1 is two, on either side of it; class 2 is three."""
    rng = np.random.default_rng(seed)
    centres = np.array([[0, 0], [-5, 0], [5, 0], [0, 6], [6, 6], [-6, 6]])
    cloud = rng.integers(0, 6, n)
    return centres[cloud] + rng.normal(size=(n, 2)), np.array([0, 1, 1, 2, 2, 2])[cloud]


def few(y: np.ndarray, per_class: int = 12) -> np.ndarray:
    kept = np.full(len(y), -1)
    for k in np.unique(y):
        kept[np.flatnonzero(y == k)[:per_class]] = k
    return kept


def test_each_class_gets_the_clouds_that_it_has(family):
    X, truth = subclasses()
    model = SemiSupervisedGMM(family, "bic", random_state=0).fit(X, few(truth))
    assert model.n_components_.tolist() == [1, 2, 3]
    assert model.score(X, truth) > SemiSupervisedGMM(family).fit(X, few(truth)).score(X, truth)


def test_one_each_where_classes_are_single_clouds():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 400)
    X = 4 * np.eye(3)[truth] + rng.normal(size=(400, 3))
    model = SemiSupervisedGMM(n_components="bic", random_state=0).fit(X, few(truth))
    assert model.n_components_.tolist() == [1, 1, 1]


def test_the_choice_is_the_least_criterion_around(family):
    """Neither one more component in some class nor one less has a lower BIC by the public method."""
    X, truth = subclasses(600)
    y = few(truth)
    chosen = SemiSupervisedGMM(family, "bic", random_state=0).fit(X, y)
    best = chosen.bic(X, y)
    for k in range(3):
        for step in (-1, 1):
            sizes = dict(enumerate(chosen.n_components_ + step * (np.arange(3) == k)))
            if min(sizes.values()) > 0:
                other = SemiSupervisedGMM(family, {c: int(n) for c, n in sizes.items()}, random_state=0).fit(X, y)
                assert other.bic(X, y) > best - 0.5


def test_too_few_rows_for_a_second_component_leave_one():
    X, truth = subclasses(20)
    assert SemiSupervisedGMM(n_components="bic").fit(X, truth).n_components_.tolist() == [1, 1, 1]


@pytest.mark.parametrize("n_components", ["aic", 0, 1.5])
def test_other_words_and_numbers_are_refused(n_components):
    X, truth = subclasses(60)
    with pytest.raises(ValueError, match="n_components"):
        SemiSupervisedGMM(n_components=n_components).fit(X, truth)


def test_promises_2_and_3_hold_for_the_choice_as_well(family):
    """Threads, weights against repeats and the order of rows change neither the numbers of components nor the fit."""
    X, truth = subclasses(400)
    y, rng = few(truth), np.random.default_rng(0)
    weights = rng.integers(0, 3, 400)
    weights[y >= 0] = 1
    model = SemiSupervisedGMM(family, "bic", random_state=0, n_jobs=1).fit(X, y, weights.astype(float))
    threads = SemiSupervisedGMM(family, "bic", random_state=0, n_jobs=3).fit(X, y, weights.astype(float))
    assert np.array_equal(model.means_, threads.means_)
    repeated = rng.permutation(np.repeat(np.arange(400), weights))
    copied = SemiSupervisedGMM(family, "bic", random_state=0).fit(X[repeated], y[repeated])
    assert np.array_equal(model.n_components_, copied.n_components_)
    np.testing.assert_allclose(model.means_, copied.means_, rtol=1e-6, atol=1e-6)
