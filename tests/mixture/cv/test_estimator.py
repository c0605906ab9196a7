"""Mixtures weighed by held-out labels: folds, evidence, and what a user of SemiSupervisedGMMCV relies on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import parametrize_with_checks

from semigen import SemiSupervisedGMM, SemiSupervisedGMMCV
from semigen.mixture.cv.candidates import candidates
from semigen.mixture.cv.evidence import evidence_weights, tempered, weigh_evidence
from semigen.mixture.cv.limits import Allowance
from semigen.mixture.cv.transforms import TRANSFORMS, fitted_transformers
from semigen.model_selection.held_out import deal, log_losses

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


def test_evidence_starts_from_the_prior_and_ends_with_the_best():
    losses, prior = np.array([0.3, 0.1, 0.7]), np.array([3.0, 1.0, 1.0])
    np.testing.assert_allclose(evidence_weights(losses, 0.0, prior), [0.6, 0.2, 0.2])
    np.testing.assert_allclose(evidence_weights(np.full(3, np.nan), 2.0, prior), [0.6, 0.2, 0.2])
    np.testing.assert_allclose(evidence_weights(losses, 1e6, prior), [0, 1, 0])
    two = evidence_weights(losses, 2.0, prior)
    assert two[1] / two[0] == pytest.approx(np.exp(0.4) / 3)
    assert two.sum() == pytest.approx(1)


def test_a_label_held_impossible_costs_a_bounded_loss():
    probability = np.array([[1.0, 0.0], [0.5, 0.5]])
    losses = log_losses(probability, np.array([1, 0]))
    assert losses[0] == pytest.approx(np.log(200))
    assert losses[1] == pytest.approx(np.log(2))


def test_a_candidate_is_judged_with_the_power_that_suits_it():
    """Probabilities of 0.999 that hold, and the same where one label in five does not."""
    sure = np.tile([0.999, 0.001], (20, 1))
    right, mixed = np.zeros(20, dtype=int), (np.arange(20) % 5 == 0).astype(int)
    trusted, doubted = (weigh_evidence(sure[None], codes, np.ones(20)) for codes in (right, mixed))
    assert trusted.power[0] == 1
    assert doubted.power[0] == 0.25
    assert doubted.error[0] == pytest.approx(0.2)
    assert doubted.log_loss[0] == pytest.approx(log_losses(tempered(sure, 0.25), mixed).mean())
    assert doubted.log_loss[0] < log_losses(sure, mixed).mean()
    none = weigh_evidence(np.empty((1, 0, 2)), np.empty(0, dtype=int), np.empty(0))
    assert none.power[0] == 1
    assert np.isnan(none.log_loss[0])


@settings(deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([1.0, 0.5, 0.125]))
def test_tempering_keeps_the_order_of_classes(seed, power):
    probability = np.random.default_rng(seed).dirichlet([0.1, 0.2, 0.3], size=5)
    milder = tempered(probability, power)
    np.testing.assert_allclose(milder.sum(axis=1), 1)
    assert (milder.argmax(axis=1) == probability.argmax(axis=1)).all()
    assert (milder.max(axis=1) <= probability.max(axis=1) + 1e-9).all()
    assert np.isfinite(tempered(np.eye(3), power)).all()


def test_candidates_are_all_combinations_and_lambda_is_idle_without_unlabelled_rows():
    grid = (["none"], ["tied", "full"], [1.0, 4.0], [0.0, "balanced", 1.0], 1)
    many = candidates(*grid, Allowance(10, 100, 3, 50))
    assert len(many) == 2 * 2 * 3
    assert {each.unlabeled_weight for each in many} == {0.0, 0.1, 1.0}
    assert {each.unlabeled_weight for each in candidates(*grid, Allowance(10, 5, 3, 50))} == {0.0, 1.0}
    assert {each.unlabeled_weight for each in candidates(*grid, Allowance(10, 100, 0, 50))} == {0.1, 1.0}
    assert len(candidates(*grid, Allowance(10, 0, 3, 3))) == 4


def test_several_components_compete_where_there_are_rows_for_them():
    found = candidates(["none"], ["full"], [1.0], [0.0, 1.0], (1, 2, 3, 9), Allowance(10, 100, 2, 5))
    assert {each.n_components for each in found if each.unlabeled_weight == 0} == {1, 2}
    assert {each.n_components for each in found if each.unlabeled_weight == 1} == {1, 2, 3}


def test_predictions_are_the_weighted_mean_of_what_the_mixtures_say_tempered(blobs):
    X, _, y = blobs
    model = small(transforms=("none",)).fit(X, y)
    used = zip(model.weights_, model.estimators_, model.powers_, strict=True)
    mean = sum(weight * tempered(each.predict_proba(X), power) for weight, each, power in used)
    np.testing.assert_allclose(model.predict_proba(X), mean, rtol=1e-12, atol=1e-300)
    assert model.weights_.sum() == pytest.approx(1)
    assert model.selection_.weight.sum() == pytest.approx(1)
    assert len(model.estimators_) == len(model.weights_) <= len(model.selection_)
    assert model.n_iter_ == max(each.n_iter_ for each in model.estimators_)
    assert model.converged_ == all(each.converged_ for each in model.estimators_)


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
        probability = SemiSupervisedGMM(tol=1e-4).fit(X[kept], y[kept]).predict_proba(X[out])
        losses.append(log_losses(tempered(probability, model.powers_[0]), y[out]))
    assert model.selection_.log_loss[0] == pytest.approx(np.concatenate(losses).mean())


def test_a_transform_is_learnt_from_all_rows_and_used_at_prediction():
    rng = np.random.default_rng(0)
    truth = rng.integers(2, size=400)
    X = np.exp(rng.normal(size=(400, 2)) * 1.5 + 2.5 * truth[:, None])
    y = np.where(np.arange(400) < 20, truth, -1)
    plain, bent = (small(transforms=(name,)).fit(X, y) for name in ("none", "yeo-johnson"))
    assert bent.score(X[20:], truth[20:]) > plain.score(X[20:], truth[20:])
    both = small(transforms=("none", "yeo-johnson")).fit(X, y)
    assert both.selection_.candidates[0].transform == "yeo-johnson"


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_are_finite_with_ties_constant_columns_and_rows_beyond_those_seen(name):
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=50), np.full(50, 2.0), rng.integers(3, size=50), rng.lognormal(size=50)])
    X = np.column_stack([X, X[:, 0] + X[:, 3]]).astype(np.float32)
    transformer = fitted([name], X)[name]
    assert np.isfinite(transformer.transform(10 * X)).all()
    assert len(transformer.transform(X)) == 50
    assert np.isfinite(fitted([name], np.ones((5, 2)))[name].transform(np.ones((3, 2)))).all()


def test_normal_scores_are_those_of_mid_ranks_and_undo_a_monotone_distortion():
    x = np.array([[1.0], [5.0], [5.0], [9.0]])
    scores = fitted(["normal-scores"], x)["normal-scores"].transform(np.array([[1.0], [5.0], [7.0], [99.0]]))[:, 0]
    assert scores[1] == pytest.approx(0)
    assert scores[0] == pytest.approx(-scores[3])
    assert scores[2] == pytest.approx(scores[3] / 2)
    X = np.random.default_rng(0).normal(size=(30, 2))
    plain, bent = (fitted(["normal-scores"], rows)["normal-scores"].transform(rows) for rows in (X, np.exp(X)))
    np.testing.assert_allclose(plain, bent)


def test_principal_components_are_uncorrelated_and_leave_out_what_other_columns_say():
    X = np.random.default_rng(0).normal(size=(200, 3))
    X = np.column_stack([X, X[:, 0]])
    rotated = fitted(["principal"], X)["principal"].transform(X)
    assert rotated.shape == (200, 3)
    covariance = np.cov(rotated.T)
    np.testing.assert_allclose(covariance, np.diag(np.diag(covariance)), atol=1e-9)


def test_without_evidence_candidates_weigh_what_the_prior_says(blobs):
    X, truth, _ = blobs
    y = np.full(len(X), -1)
    for k in range(3):
        y[np.flatnonzero(truth == k)[0]] = k
    model = small(covariance_types=("tied", "full")).fit(X, y)
    prior = np.array([each.prior for each in model.selection_])
    np.testing.assert_allclose(model.selection_.weight, prior / prior.sum())
    assert (model.powers_ == 1).all()
    assert np.isnan(model.selection_.log_loss).all()
    assert np.isfinite(model.predict_proba(X)).all()
    best = small(combine="best", covariance_types=("tied", "full")).fit(X, y)
    assert [each.covariance_type for each in best.estimators_] == ["full"]


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
    columns = ["weight", "log-loss", "error", "power", "covariance", "components", "shrinkage", "lambda", "transform"]
    assert lines[0].split() == columns
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


def fitted(names, rows):
    return fitted_transformers(names, rows, np.ones(len(rows)))


def two_clouds(n: int = 500, d: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, n)
    return rng.normal(size=(n, d)) + 3.5 * np.outer(truth, np.eye(d)[0]), truth


def labels_of(truth: np.ndarray, per_class: int) -> np.ndarray:
    kept = np.full(len(truth), -1)
    for k in np.unique(truth):
        kept[np.flatnonzero(truth == k)[:per_class]] = k
    return kept


class TestGuard:
    def test_without_proof_only_supervised_candidates_are_used(self):
        X, truth = two_clouds()
        y = labels_of(truth, 3)
        model = small(guard=True).fit(X, y)
        assert all(each.unlabeled_weight == 0 for each in model.estimators_)
        assert "Kept the supervised average" in model.report()
        assert model.selection_.weight.sum() == pytest.approx(1)

    def test_with_proof_the_guard_changes_nothing(self):
        X, truth = two_clouds()
        y = labels_of(truth, 60)
        options = {"transforms": ("none",), "covariance_types": ("full",), "shrinkages": (0.1,)}
        guarded, free = small(guard=True, **options).fit(X, y), small(**options).fit(X, y)
        assert "Kept the semi-supervised average" in guarded.report()
        assert np.array_equal(guarded.predict_proba(X), free.predict_proba(X))

    def test_best_is_then_the_best_supervised_one(self):
        X, truth = two_clouds()
        model = small(guard=True, combine="best").fit(X, labels_of(truth, 3))
        assert [each.unlabeled_weight for each in model.estimators_] == [0.0]

    def test_nothing_to_compare_is_said(self):
        X, truth = two_clouds()
        assert "no candidate uses unlabelled rows" in small(guard=True).fit(X, truth).report()
        with pytest.raises(ValueError, match="guard=True"):
            small().fit(X, truth).report()


def test_missing_values_go_through_every_candidate_but_principal_components():
    X, truth = two_clouds()
    rows = np.where(np.random.default_rng(1).random(X.shape) < 0.2, np.nan, X)
    model = small(missing="marginal", transforms=TRANSFORMS).fit(rows, labels_of(truth, 10))
    assert {each.transform for each in model.selection_} == set(TRANSFORMS) - {"principal"}
    assert model.score(rows, truth) > 0.85
    with pytest.raises(ValueError, match="Pass missing='marginal'"):
        small().fit(rows, labels_of(truth, 10))


def test_columns_that_few_labelled_rows_have_are_learnt_from_the_others():
    X, truth = two_clouds()
    y, rows = labels_of(truth, 6), X.copy()
    rows[np.flatnonzero(y >= 0)[1:], 5] = np.nan
    model = small(missing="marginal", transforms=("none",)).fit(rows, y)
    assert {each.unlabeled_weight > 0 for each in model.selection_} == {True, False}
    assert np.isfinite(model.selection_.log_loss).all()
    rows[y >= 0, 5] = np.nan
    only_unlabeled = small(missing="marginal", transforms=("none",)).fit(rows, y)
    assert {each.unlabeled_weight > 0 for each in only_unlabeled.selection_} == {True}
    assert only_unlabeled.score(rows, truth) > 0.85


def test_unsure_labels_are_learnt_from_and_never_held_out():
    X, truth = two_clouds()
    y = labels_of(truth, 12)
    trusted = np.full((len(y), 2), np.nan)
    trusted[y >= 0] = 0.2
    trusted[y >= 0, y[y >= 0]] = 0.8
    unsure = small().fit(X, trusted)
    assert np.isnan(unsure.selection_.log_loss).all()
    assert unsure.score(X, truth) > 0.85
    trusted[:40][y[:40] == 0] = [1.0, 0.0]
    trusted[:40][y[:40] == 1] = [0.0, 1.0]
    assert not np.isnan(small().fit(X, trusted).selection_.log_loss).any()


def test_several_components_per_class_win_where_classes_have_several_clouds():
    rng = np.random.default_rng(0)
    cloud = rng.integers(0, 4, 800)
    X = np.array([[0, 0], [6, 6], [0, 6], [6, 0]])[cloud] + rng.normal(size=(800, 2))
    truth = np.array([0, 0, 1, 1])[cloud]
    y = labels_of(truth, 15)
    model = small(n_components=(1, 2), transforms=("none",)).fit(X, y)
    assert model.selection_.candidates[0].n_components == 2
    assert model.score(X, truth) > 0.95


def test_new_rows_with_gaps_are_as_good_as_any_where_training_rows_were_complete():
    X, truth = two_clouds()
    model = SemiSupervisedGMMCV(missing="marginal", random_state=0).fit(X, labels_of(truth, 10))
    gaps = X.copy()
    gaps[np.arange(len(X)), np.arange(len(X)) % 11 + 1] = np.nan
    assert model.score(gaps, truth) > model.score(X, truth) - 0.02
    with pytest.raises(ValueError, match="principal"):
        SemiSupervisedGMMCV(missing="marginal", transforms=("principal",)).fit(X, labels_of(truth, 10))


def test_rows_of_weight_zero_might_as_well_not_be_there():
    X, truth = two_clouds()
    rows, y = X.copy(), labels_of(truth, 10)
    weights = (np.random.default_rng(0).random(len(X)) < 0.7).astype(float)
    rows[weights == 0, 0] = np.nan
    options = {"missing": "marginal", "guard": True}
    weighted = small(**options).fit(rows, y, weights)
    counting = weights > 0
    without = small(**options).fit(rows[counting], y[counting])
    np.testing.assert_allclose(weighted.predict_proba(X), without.predict_proba(X), rtol=1e-9)
    assert weighted.report() == without.report()
    assert len(weighted.transduction_) == len(X)


def test_weights_reach_the_transforms_and_the_balance():
    X, truth = two_clouds(120)
    y, weights = labels_of(truth, 10), np.where(truth == 0, 5, 1)
    options = {"covariance_types": ("tied",), "shrinkages": (1.0,), "exponent": 0, "unlabeled_weights": ("balanced",)}
    repeated = np.repeat(np.arange(len(X)), weights)
    for transform in ("none", "normal-scores"):
        weighted = small(transforms=(transform,), **options).fit(X, y, weights.astype(float))
        copied = small(transforms=(transform,), **options).fit(X[repeated], y[repeated])
        assert weighted.selection_.candidates[0].unlabeled_weight == copied.selection_.candidates[0].unlabeled_weight
        powers = weighted.powers_, copied.powers_
        if powers[0] == powers[1]:
            np.testing.assert_allclose(weighted.predict_proba(X), copied.predict_proba(X), rtol=1e-6)


def test_more_components_than_rows_allow_are_no_candidates():
    X, truth = two_clouds(60)
    model = small(n_components=(1, 60), transforms=("none",)).fit(X, labels_of(truth, 5))
    assert {each.n_components for each in model.selection_} == {1}


def test_a_guard_without_anything_to_fall_back_on_says_so():
    X, truth = two_clouds()
    y = np.where(truth == 1, -1, labels_of(truth, 10))
    with pytest.raises(ValueError, match="guard=True needs candidates without"):
        small(guard=True, classes=[0, 1]).fit(X, y)


def test_a_report_belongs_to_its_fit():
    X, truth = two_clouds()
    model = small().fit(X, labels_of(truth, 5))
    with pytest.raises(ValueError, match="guard=True"):
        model.set_params(guard=True).report()
    model.fit(X, labels_of(truth, 5))
    assert model.report()
    with pytest.raises(ValueError, match="guard=True"):
        model.set_params(guard=False).fit(X, labels_of(truth, 5)).report()


def test_values_out_of_reach_of_a_power_still_get_a_class():
    X, truth = two_clouds()
    model = SemiSupervisedGMMCV(random_state=0).fit(X, labels_of(truth, 10))
    far = np.where(np.eye(12)[:2] == 1, 1e305, X[:2])
    assert np.isfinite(model.predict_proba(far)).all()
    with pytest.raises(ValueError, match=r"Rescale them, or leave .* out of transforms"):
        SemiSupervisedGMMCV().fit(X * np.r_[1e150, np.ones(11)], labels_of(truth, 10))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [1e160, 1e300, -1e300])
def test_values_whose_squares_cannot_be_computed_with_are_refused(blobs, value):
    X, _, y = blobs
    far = X.copy()
    far[3, 1] = value
    with pytest.raises(ValueError, match="Rescale"):
        SemiSupervisedGMMCV().fit(far, y)


def test_threads_leave_the_filters_of_warnings_alone():
    X, truth = two_clouds()
    small(n_jobs=4).fit(X, labels_of(truth, 5))
    for _ in range(2):
        with pytest.warns(ConvergenceWarning):
            SemiSupervisedGMM(max_iter=1, tol=0).fit(X, labels_of(truth, 5))
