"""Mixtures weighed by held-out labels: folds, evidence, and what a user of SemiSupervisedGMMCV relies on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_wine
from sklearn.utils.estimator_checks import parametrize_with_checks

from semigen import SemiSupervisedGMM, SemiSupervisedGMMCV
from semigen.held_out import deal, log_losses
from semigen.mixture_cv.candidates import candidates
from semigen.mixture_cv.evidence import evidence_weights

FEW = {"covariance_types": ("tied", "diag"), "shrinkages": (1.0,), "unlabeled_weights": (0.0, 1.0), "random_state": 0}


def small(**options) -> SemiSupervisedGMMCV:
    return SemiSupervisedGMMCV(**{**FEW, **options})


# These two use -1 as a class, and repeat rows, which then fall into other folds than a row of weight two.
EXPECTED = {
    "check_classifiers_classes": "-1 marks unlabelled rows",
    "check_sample_weight_equivalence_on_dense_data": "folds are of rows, not of weights",
}


@parametrize_with_checks([small(transforms=("none",))], expected_failed_checks=lambda estimator: EXPECTED)
def test_the_checks_of_scikit_learn_hold(estimator, check):
    check(estimator)


@settings(deadline=None)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=5), st.integers(2, 6), st.integers(0, 2**31))
def test_folds_leave_a_labelled_row_of_every_class_in_training(counts, n_splits, seed):
    codes = np.repeat(np.arange(len(counts)), counts)
    folds = deal(codes, n_splits, np.random.default_rng(seed))
    for k, count in enumerate(counts):
        of_class = folds[codes == k]
        assert (of_class == -1).all() if count == 1 else (of_class >= 0).all()
        assert count == 1 or len(set(of_class)) == min(count, n_splits, max(counts))
    sizes = np.bincount(folds[folds >= 0]) if (folds >= 0).any() else np.zeros(1)
    assert sizes.max() - sizes.min() <= len(counts)
    assert folds.max() < n_splits


def test_evidence_weighs_equally_without_an_exponent_and_ends_with_the_best():
    losses = np.array([0.3, 0.1, 0.7])
    np.testing.assert_allclose(evidence_weights(losses, 0.0), 1 / 3)
    np.testing.assert_allclose(evidence_weights(losses, 1e6), [0, 1, 0])
    two = evidence_weights(losses, 2.0)
    assert two[1] / two[0] == pytest.approx(np.exp(0.4))
    assert two.sum() == pytest.approx(1)


def test_a_label_held_impossible_costs_a_bounded_loss():
    probability = np.array([[1.0, 0.0], [0.5, 0.5]])
    losses = log_losses(probability, np.array([1, 0]))
    assert losses[0] == pytest.approx(np.log(200))
    assert losses[1] == pytest.approx(np.log(2))


def test_candidates_are_all_combinations_and_lambda_is_idle_without_unlabelled_rows():
    grid = (["none"], ["tied", "full"], [1.0, 4.0], [0.0, "balanced", 1.0])
    assert len(candidates(*grid, n_labeled=10, n_unlabeled=100)) == 2 * 2 * 3
    assert {each.unlabeled_weight for each in candidates(*grid, n_labeled=10, n_unlabeled=100)} == {0.0, 0.1, 1.0}
    assert {each.unlabeled_weight for each in candidates(*grid, n_labeled=10, n_unlabeled=5)} == {0.0, 1.0}
    assert len(candidates(*grid, n_labeled=10, n_unlabeled=0)) == 4


def test_predictions_are_the_weighted_mean_of_those_of_the_mixtures(blobs):
    X, _, y = blobs
    model = small(transforms=("none",)).fit(X, y)
    mean = sum(w * each.predict_proba(X) for w, each in zip(model.weights_, model.estimators_, strict=True))
    np.testing.assert_allclose(model.predict_proba(X), mean, rtol=1e-12, atol=1e-300)
    assert model.weights_.sum() == pytest.approx(1)
    assert model.selection_.weight.sum() == pytest.approx(1)
    assert len(model.estimators_) == len(model.weights_) <= len(model.selection_)


def test_the_best_is_the_candidate_with_the_least_log_loss(blobs):
    X, _, y = blobs
    model = small(combine="best").fit(X, y)
    assert len(model.estimators_) == 1
    assert model.selection_.log_loss[0] == model.selection_.log_loss.min()
    assert model.selection_.weight.tolist() == [1.0] + [0.0] * (len(model.selection_) - 1)


def test_the_score_of_a_candidate_is_that_of_a_plain_cross_validation(blobs):
    """One candidate, by hand: every fold's labelled rows out, all else in."""
    X, _, y = blobs
    model = SemiSupervisedGMMCV(
        ("full",), shrinkages=(1.0,), unlabeled_weights=(1.0,), transforms=("none",), cv=3, random_state=0
    ).fit(X, y)
    labeled = np.flatnonzero(y >= 0)
    folds = deal(y[labeled], 3, np.random.default_rng(model._seed))
    losses = []
    for fold in range(3):
        out = labeled[folds == fold]
        kept = np.setdiff1d(np.arange(len(y)), out)
        probability = SemiSupervisedGMM().fit(X[kept], y[kept]).predict_proba(X[out])
        losses.append(log_losses(probability, y[out]))
    assert model.selection_.log_loss[0] == pytest.approx(np.concatenate(losses).mean())


def test_a_transform_is_learnt_from_all_rows_and_used_at_prediction():
    rng = np.random.default_rng(0)
    truth = rng.integers(2, size=400)
    X = np.exp(rng.normal(size=(400, 2)) * 1.5 + 2.5 * truth[:, None])
    y = np.where(np.arange(400) < 20, truth, -1)
    plain, bent = (small(transforms=(name,)).fit(X, y) for name in ("none", "yeo-johnson"))
    assert bent.score(X[20:], truth[20:]) > plain.score(X[20:], truth[20:])
    assert small().fit(X, y).selection_.candidates[0].transform == "yeo-johnson"


def test_one_label_a_class_weighs_all_candidates_alike(blobs):
    X, truth, _ = blobs
    y = np.full(len(X), -1)
    for k in range(3):
        y[np.flatnonzero(truth == k)[0]] = k
    model = small().fit(X, y)
    np.testing.assert_allclose(model.selection_.weight, 1 / len(model.selection_))
    assert np.isnan(model.selection_.log_loss).all()
    assert np.isfinite(model.predict_proba(X)).all()
    assert len(small(combine="best").fit(X, y).estimators_) == 1


def test_classes_without_labels_strings_weights_and_rows_apart_are_as_in_the_mixture(blobs):
    X, truth, y = blobs
    names = np.array(["ant", "bee", "cow"])
    text = np.where(y < 0, None, names[truth])
    model = small().fit(pd.DataFrame(X, columns=list("abcdefgh")[: X.shape[1]]), text)
    assert model.classes_.tolist() == ["ant", "bee", "cow"]
    assert (model.transduction_[y >= 0] == text[y >= 0]).all()
    more = small(classes=[0, 1, 2, 7], class_prior={0: 0.3, 1: 0.3, 2: 0.3, 7: 0.1}).fit(X, y)
    assert more.predict_proba(X).shape == (len(X), 4)
    order = np.r_[np.flatnonzero(y >= 0), np.flatnonzero(y < 0)]
    together = small().fit(X[order], y[order])
    apart = small().fit(X[y >= 0], y[y >= 0], X_unlabeled=X[y < 0])
    np.testing.assert_allclose(together.predict_proba(X), apart.predict_proba(X), rtol=1e-9, atol=1e-12)


def test_threads_do_not_matter_and_seeds_do(blobs):
    X, _, y = blobs
    one, two, other = (small(n_jobs=n, random_state=s).fit(X, y) for n, s in ((1, 0), (2, 0), (1, 1)))
    assert np.array_equal(one.predict_proba(X), two.predict_proba(X))
    assert not np.array_equal(one.selection_.log_loss, other.selection_.log_loss)


def test_the_selection_prints_as_a_table_and_becomes_a_frame():
    X, kind = load_wine(return_X_y=True)
    y = np.where(np.arange(len(X)) % 10 == 0, kind, -1)
    selection = SemiSupervisedGMMCV(random_state=0).fit(X, y).selection_
    lines = repr(selection).splitlines()
    assert lines[0].split() == ["weight", "log-loss", "error", "covariance", "shrinkage", "lambda", "transform"]
    assert lines[-1] == f"... and {len(selection) - 10} more"
    frame = pd.DataFrame(selection.to_dict())
    assert len(frame) == 48
    assert frame.weight.is_monotonic_decreasing


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"covariance_types": ()}, "covariance_types"),
        ({"covariance_types": ("round",)}, "covariance_types=.*'full'"),
        ({"transforms": ("log",)}, "transforms=.*yeo-johnson"),
        ({"shrinkages": (-1.0,)}, "shrinkages"),
        ({"shrinkages": ("balanced",)}, "shrinkages"),
        ({"unlabeled_weights": (1.5,)}, "unlabeled_weights.*between 0 and 1"),
        ({"unlabeled_weights": (float("nan"),)}, "unlabeled_weights"),
        ({"unlabeled_weights": ("much",)}, "unlabeled_weights"),
        ({"cv": 1}, "cv"),
        ({"combine": "vote"}, "combine"),
        ({"class_prior": {0: 1.0}}, "class_prior"),
    ],
    ids=str,
)
def test_bad_options_are_refused_and_change_nothing(blobs, options, message):
    X, _, y = blobs
    model = small().fit(X, y)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=message):
        model.set_params(**options).fit(X, y)
    assert all(vars(model)[name] is before[name] for name in before if name.endswith("_"))
