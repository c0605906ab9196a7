"""class_prior="unlabeled": labels say what classes look like, unlabelled rows how frequent they are."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.exceptions import ConvergenceWarning

from semigen import SemiSupervisedGMM
from semigen.base import TrainingSet
from semigen.labels import encode
from semigen.mixture.training import variants
from tests.mixture.partitions.rows import parts

SHARE = 0.1


def drawn_by_class(seed: int = 0, n: int = 2000, labels: int = 50, apart: float = 2.0):
    """Two clouds, one of which has a tenth of the rows and half of the labels."""
    rng = np.random.default_rng(seed)
    truth = (rng.random(n) < SHARE).astype(int)
    X = rng.normal(size=(n, 2)) + apart * truth[:, None]
    y = np.full(n, -1)
    for k in (0, 1):
        y[np.flatnonzero(truth == k)[:labels]] = k
    return X, truth, y


def twin(X: np.ndarray, y: np.ndarray, init: dict, steps: int, unlabeled_weight: float):
    """EM as one would write it down: labelled rows count in means and covariances, others in weights as well."""
    weights, means, covariances = (np.array(init[name]) for name in ("weights", "means", "covariances"))
    codes, counts = np.arange(len(weights)), np.where(y < 0, unlabeled_weight, 1.0)
    # One labelled row of each class says that the class is there, and counts as an unlabelled row does.
    there, history = unlabeled_weight, []
    for step in range(steps + 1):
        density = np.stack([multivariate_normal.pdf(X, *each) for each in zip(means, covariances, strict=True)], axis=1)
        joint = density * weights
        of_labels = np.log(density[y >= 0, y[y >= 0]]).sum() + there * np.log(weights).sum()
        of_others = unlabeled_weight * np.log(joint[y < 0].sum(axis=1)).sum()
        history.append((of_labels + of_others) / counts.sum())
        if step == steps:
            break
        share = np.where((y < 0)[:, None], joint / joint.sum(axis=1, keepdims=True), y[:, None] == codes)
        share = share * counts[:, None]
        telling = share[y < 0].sum(axis=0) + there
        weights, mass = telling / telling.sum(), share.sum(axis=0)
        means = share.T @ X / mass[:, None]
        covariances = np.stack([(X - means[k]).T * share[:, k] @ (X - means[k]) / mass[k] for k in codes])
    return weights, means, covariances, np.array(history)


@pytest.mark.parametrize("unlabeled_weight", [1.0, 0.3])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_fit_is_that_of_a_twin(unlabeled_weight):
    X, _, y = drawn_by_class(n=400)
    init = {"weights": [0.4, 0.6], "means": [[0.2, 0], [1.5, 2]], "covariances": [np.eye(2), np.eye(2)]}
    options = {"shrinkage": 0, "reg_covar": 0, "tol": 0, "max_iter": 12, "accelerate": None, "init": init}
    model = SemiSupervisedGMM(class_prior="unlabeled", unlabeled_weight=unlabeled_weight, **options).fit(X, y)
    weights, means, covariances, history = twin(X, y, init, 12, unlabeled_weight)
    np.testing.assert_allclose(model.class_prior_, weights, rtol=1e-9)
    np.testing.assert_allclose(model.means_, means, rtol=1e-9)
    np.testing.assert_allclose(model.covariances_, covariances, rtol=1e-9)
    np.testing.assert_allclose(model.history_, history, rtol=1e-11)


@pytest.mark.parametrize("options", [{}, {"unlabeled_weight": 0}, {"n_components": 2, "random_state": 0}], ids=str)
def test_class_probabilities_are_found_that_labels_misstate(family, options):
    X, truth, y = drawn_by_class(apart=2.5)
    by_all = SemiSupervisedGMM(family, **options).fit(X, y)
    found = SemiSupervisedGMM(family, class_prior="unlabeled", **options).fit(X, y)
    of_unlabeled = truth[y < 0].mean()
    assert abs(found.class_prior_[1] - of_unlabeled) < 0.015
    assert abs(by_all.class_prior_[1] - of_unlabeled) > 0.02


def test_a_supervised_fit_is_where_fits_go_as_unlabelled_rows_count_less(family):
    X, _, y = drawn_by_class(n=500, labels=30)
    options = {"class_prior": "unlabeled", "tol": 1e-12, "max_iter": 10_000}
    limit, near = (SemiSupervisedGMM(family, unlabeled_weight=w, **options).fit(X, y) for w in (0.0, 1e-5))
    np.testing.assert_allclose(limit.class_prior_, near.class_prior_, atol=2e-4)
    plain = SemiSupervisedGMM(family, unlabeled_weight=0.0, tol=1e-12, max_iter=10_000).fit(X, y)
    assert np.array_equal(limit.means_, plain.means_)
    assert np.array_equal(limit.covariances_, plain.covariances_)
    assert np.array_equal(limit.history_, plain.history_)


def test_a_supervised_fit_keeps_its_components_shares_of_a_class():
    X, _, y = drawn_by_class()
    options = {"n_components": 2, "unlabeled_weight": 0, "random_state": 0}
    plain, found = (SemiSupervisedGMM(class_prior=prior, **options).fit(X, y) for prior in (None, "unlabeled"))
    shares = [each.weights_ / each.class_prior_[each.component_class_] for each in (plain, found)]
    np.testing.assert_allclose(*shares, rtol=1e-9)
    assert np.ptp(shares[0]) > 0.1


@pytest.mark.parametrize("unlabeled_weight", [0, 1])
def test_without_unlabelled_rows_labelled_classes_are_equally_probable(unlabeled_weight):
    X, _, y = drawn_by_class()
    y = np.where(np.arange(len(X)) % 3 < 2, y, -1)
    sure = y >= 0
    options = {"class_prior": "unlabeled", "unlabeled_weight": unlabeled_weight}
    model = SemiSupervisedGMM(**options).fit(X[sure], y[sure])
    np.testing.assert_allclose(model.class_prior_, 0.5, rtol=1e-12)
    assert model.report().startswith("No unlabelled row")


@pytest.mark.parametrize("unlabeled_weight", [0, 0.2, 1])
def test_rows_in_parts_give_the_fit_of_those_in_memory(unlabeled_weight):
    X, _, y = drawn_by_class(n=900)
    options = {"class_prior": "unlabeled", "unlabeled_weight": unlabeled_weight}
    in_memory, in_parts = SemiSupervisedGMM(**options).fit(X, y), SemiSupervisedGMM(**options).fit(parts(X, y))
    np.testing.assert_allclose(in_parts.weights_, in_memory.weights_, rtol=1e-9)
    np.testing.assert_allclose(in_parts.means_, in_memory.means_, rtol=1e-9, atol=1e-9)
    assert in_parts.report() == in_memory.report()


def test_missing_values_and_unsure_labels_are_taken():
    """A row of an unsure label says how frequent classes are, as one without any does."""
    X, truth, y = drawn_by_class()
    X[np.random.default_rng(0).random(X.shape) < 0.1] = np.nan
    soft = np.full((len(X), 2), np.nan)
    soft[y >= 0] = np.eye(2)[y[y >= 0]]
    unsure = (y < 0) & (np.arange(len(X)) % 2 == 0)
    soft[unsure] = 0.2 + 0.6 * np.eye(2)[truth[unsure]]
    model = SemiSupervisedGMM(missing="marginal", class_prior="unlabeled").fit(X, soft)
    assert model.class_prior_[1] == pytest.approx(truth[y < 0].mean(), abs=0.02)
    assert (np.diff(model.history_) >= -1e-12).all()


def test_float32_rows_give_nearly_the_same():
    X, _, y = drawn_by_class()
    double, single = (SemiSupervisedGMM(class_prior="unlabeled").fit(X.astype(t), y) for t in (np.float64, np.float32))
    np.testing.assert_allclose(single.class_prior_, double.class_prior_, atol=1e-4)


def test_a_guarded_fit_judges_labels_as_they_were_drawn():
    """By the class probabilities of the unlabelled rows, half of the labels of the rare class would be improbable."""
    X, truth, y = drawn_by_class(labels=100, apart=1.5)
    model = SemiSupervisedGMM(class_prior="unlabeled", guard=True, random_state=0).fit(X, y)
    plain = SemiSupervisedGMM(guard=True, random_state=0).fit(X, y)
    assert abs(model.class_prior_[1] - truth[y < 0].mean()) < 0.03
    assert abs(model.supervised_.class_prior_[1] - truth[y < 0].mean()) < 0.03
    assert model.score(X, truth) > plain.score(X, truth) + 0.02
    assert "Kept the" in model.report()
    assert "Class probabilities by the" in model.report()


def test_the_guard_compares_by_probabilities_among_rows_as_labelled_ones_come():
    X, _, y = drawn_by_class(labels=100)
    plain, found = (SemiSupervisedGMM(unlabeled_weight=0, class_prior=p).fit(X, y) for p in (None, "unlabeled"))
    assert np.abs(found.predict_proba(X) - plain.predict_proba(X)).max() > 0.3
    np.testing.assert_allclose(found._fit.probabilities(X), plain.predict_proba(X), rtol=1e-7, atol=1e-12)


def test_the_guard_does_not_try_a_fit_that_reads_class_probabilities_off_the_labels():
    X, _, y = drawn_by_class()
    training = TrainingSet(X, encode(y, unlabeled=-1, classes=None), None)
    assert "pessimistic" in variants(SemiSupervisedGMM(), training, pessimistic=True)
    assert "pessimistic" not in variants(SemiSupervisedGMM(class_prior="unlabeled"), training, pessimistic=True)


def test_labels_of_a_rare_class_are_no_sign_of_a_wrong_fit():
    X, _, y = drawn_by_class(labels=100, apart=0.8)
    model = SemiSupervisedGMM(class_prior="unlabeled", unlabeled_weight=0).fit(X, y)
    assert (model.predict(X[y == 1]) == 0).mean() > 0.8
    assert model.suspicions_ == ()


def test_the_report_says_how_frequent_classes_are():
    X, _, y = drawn_by_class()
    names = np.array(["rare" if k == 1 else "common" for k in y], dtype=object)
    names[y < 0] = None
    report = SemiSupervisedGMM(class_prior="unlabeled").fit(X, names).report()
    assert report == (
        "Class probabilities by the 1,900 unlabelled rows: 'common' 91.2% (50.0% of the labels), 'rare' 8.8% (50.0% of "
        "the labels)."
    )


def test_statistics_and_streams_refuse_it():
    X, _, y = drawn_by_class()
    model = SemiSupervisedGMM(class_prior="unlabeled").fit(X, y)
    with pytest.raises(ValueError, match="class_prior='unlabeled' labelled rows do not count"):
        model.statistics(X, y)
    with pytest.raises(ValueError, match="class_prior='unlabeled' labelled rows do not count"):
        SemiSupervisedGMM(class_prior="unlabeled").partial_fit(X, y)


def test_another_word_for_class_probabilities_is_refused():
    X, _, y = drawn_by_class()
    with pytest.raises(ValueError, match="'class_prior' parameter"):
        SemiSupervisedGMM(class_prior="labeled").fit(X, y)


def test_few_iterations_still_warn():
    X, _, y = drawn_by_class()
    with pytest.warns(ConvergenceWarning):
        SemiSupervisedGMM(class_prior="unlabeled", max_iter=2).fit(X, y)
