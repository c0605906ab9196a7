"""Evidence of held-out labels: losses and weights of candidates, tempering, and weights without evidence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semigen import SemiSupervisedGMM, SemiSupervisedGMMCV
from semigen.mixture.cv.evidence import evidence_weights, may_still_count, tempered, weigh_evidence
from semigen.model_selection.folds import fold_numbers
from semigen.model_selection.log_losses import log_losses
from tests.mixture.cv.problems import labels_of, small, two_clouds


def test_evidence_starts_from_the_prior_and_ends_with_the_best():
    losses, prior = np.array([0.3, 0.1, 0.7]), np.array([3.0, 1.0, 1.0])
    np.testing.assert_allclose(evidence_weights(losses, 0.0, prior), [0.6, 0.2, 0.2])
    np.testing.assert_allclose(evidence_weights(np.full(3, np.nan), 2.0, prior), [0.6, 0.2, 0.2])
    np.testing.assert_allclose(evidence_weights(losses, 1e6, prior), [0, 1, 0])
    two = evidence_weights(losses, 2.0, prior)
    assert two[1] / two[0] == pytest.approx(np.exp(0.4) / 3)
    assert two.sum() == pytest.approx(1)


def test_a_candidate_without_prior_weight_does_not_set_the_scale():
    weights = evidence_weights(np.array([0.0, 5.0, 5.1]), 1e5, np.array([0.0, 1.0, 1.0]))
    np.testing.assert_allclose(weights, [0, 1, 0])


def test_only_candidates_that_could_hardly_count_any_more_are_dropped():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2, 40)
    right = np.full((40, 2), 0.1)
    right[np.arange(40), codes] = 0.9
    noisy = np.where(rng.random(40)[:, None] < 0.85, right, right[:, ::-1])
    wrong, unknown = right[:, ::-1], np.full((40, 2), 0.5)
    answers, equal = np.array([right, noisy, unknown, wrong]), np.ones(4)
    assert may_still_count(answers, codes, np.ones(40), 20.0, equal).tolist() == [True, True, False, False]
    assert may_still_count(answers, codes, np.ones(40), 0.0, equal).all()
    assert may_still_count(answers, codes, np.ones(40), 0.0, np.array([1, 1, 1, 1e-3])).tolist() == [True] * 3 + [False]
    few = may_still_count(answers[:, :3], codes[:3], np.ones(3), 20.0, equal)
    assert few[0]


def test_dropped_candidates_weigh_nothing_and_a_guard_still_compares_both_kinds():
    """Clouds on a diagonal, which variances without correlations cannot tell apart."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 600)
    X = rng.normal(size=(600, 2)) @ [[3, 3], [-0.2, 0.2]] + np.outer(truth, [1.0, -1.0])
    search = small(covariance_types=("spherical", "full"), transforms=("none",), exponent=100.0)
    selection = search.fit(X, labels_of(truth, 30)).selection_
    dropped = selection.weight == 0
    assert {each.covariance_type for each, out in zip(selection, dropped, strict=True) if out} == {"spherical"}
    assert np.isfinite(selection.log_loss).all()
    assert selection.log_loss[dropped].min() > selection.log_loss[~dropped].max()
    assert selection.weight.sum() == pytest.approx(1)
    assert "supervised" in search.set_params(guard=True).fit(X, labels_of(truth, 30)).report()


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


def test_the_score_of_a_candidate_is_that_of_a_plain_cross_validation(blobs):
    """One candidate, by hand: every fold's labelled rows out, all else in."""
    X, _, y = blobs
    model = SemiSupervisedGMMCV(
        ("full",),
        shrinkages=(1.0,),
        unlabeled_weights=(1.0,),
        transforms=("none",),
        n_components=1,
        cv=3,
        random_state=0,
    ).fit(X, y)
    labeled = np.flatnonzero(y >= 0)
    folds = fold_numbers(y[labeled], 3, np.random.default_rng(model._seed))
    losses = []
    for fold in range(3):
        out = labeled[folds == fold]
        kept = np.setdiff1d(np.arange(len(y)), out)
        probability = SemiSupervisedGMM(tol=1e-4).fit(X[kept], y[kept]).predict_proba(X[out])
        losses.append(log_losses(tempered(probability, model.powers_[0]), y[out]))
    assert model.selection_.log_loss[0] == pytest.approx(np.concatenate(losses).mean())


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
