"""PriorShiftClassifier and adapt_prior: corrected predictions, what is kept, and what is refused."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks

from semigen import PriorShiftClassifier, SemiSupervisedGMM, SemiSupervisedGMMCV
from semigen.prior_shift.shift import Outcome
from tests.prior_shift.problems import SHARE, labeled_by_class, rows

CLASSIFIERS = {
    "supervised": LogisticRegression(),
    "in a pipeline": make_pipeline(StandardScaler(), LogisticRegression()),
    "semi-supervised": SemiSupervisedGMM(),
    "of codes": SelfTrainingClassifier(LogisticRegression()),
}


@pytest.mark.parametrize("estimator", CLASSIFIERS.values(), ids=CLASSIFIERS.keys())
def test_unlabelled_rows_correct_any_classifier(estimator):
    X, truth, y = labeled_by_class()
    model = PriorShiftClassifier(estimator, random_state=0).fit(X, y)
    assert model.prior_shift_.outcome is Outcome.ADAPTED
    assert model.class_prior_[1] == pytest.approx(truth[y < 0].mean(), abs=0.06)
    assert model.score(X, truth) > 0.94
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)


def test_predictions_are_those_of_the_classifier_times_what_has_changed():
    X, _, y = labeled_by_class()
    model = PriorShiftClassifier(LogisticRegression(), random_state=0).fit(X, y)
    joint = model.estimator_.predict_proba(X) * model.class_prior_ / 0.5
    np.testing.assert_allclose(model.predict_proba(X), joint / joint.sum(axis=1, keepdims=True), rtol=1e-9)
    assert np.array_equal(model.predict(X), joint.argmax(axis=1))


def test_without_unlabelled_rows_predictions_stay_those_of_the_classifier():
    X, truth = rows(300, 0.5)
    model = PriorShiftClassifier(LogisticRegression()).fit(X, truth)
    assert model.prior_shift_.outcome is Outcome.NO_ROWS
    np.testing.assert_allclose(model.predict_proba(X), model.estimator_.predict_proba(X), rtol=1e-9)


def test_adapting_leaves_the_classifier_as_it_was_and_begins_with_the_class_probabilities_in_training():
    X, _, y = labeled_by_class()
    model = PriorShiftClassifier(LogisticRegression(), random_state=0).fit(X, y)
    before = pickle.dumps(model)
    other = model.adapt_prior(rows(1000, 0.7, seed=3)[0])
    assert pickle.dumps(model) == before
    assert other.class_prior_[1] == pytest.approx(0.7, abs=0.08)
    assert np.array_equal(other.prior_shift_.before, model.prior_shift_.before)
    again = other.adapt_prior(X[y < 0])
    np.testing.assert_allclose(again.class_prior_, model.class_prior_)


def test_a_frozen_classifier_is_used_as_it_is_and_asked_what_it_assumes():
    seen, truth = rows(2000, 0.3, seed=5)
    frozen = FrozenEstimator(LogisticRegression().fit(seen, truth))
    X, unseen, y = labeled_by_class(labels=70)
    model = PriorShiftClassifier(frozen).fit(X, y)
    assert model.prior_shift_.before[1] == pytest.approx(0.3, abs=0.1)
    assert model.class_prior_[1] == pytest.approx(unseen[y < 0].mean(), abs=0.03)
    with pytest.raises(ValueError, match=r"y has the classes \['no', 'yes'\] and the frozen classifier \[0, 1\]"):
        PriorShiftClassifier(frozen).fit(seen, np.where(truth, "yes", "no"))


def test_given_class_probabilities_are_those_that_the_classifier_assumes():
    X, _, y = labeled_by_class()
    names = np.array(["rare" if k == 1 else "common" for k in y], dtype=object)
    names[y < 0] = None
    given = {"common": 0.6, "rare": 0.4}
    model = PriorShiftClassifier(LogisticRegression(), class_prior=given, random_state=0).fit(X, names)
    assert model.prior_shift_.before.tolist() == [0.6, 0.4]
    assert model.classes_.tolist() == ["common", "rare"]


def test_a_mixture_adapts_to_other_rows_and_stays_as_it_is():
    X, truth = rows(400, 0.5)
    model = SemiSupervisedGMM().fit(X, truth)
    target, others = rows(1000, SHARE, seed=2)
    before = pickle.dumps(model)
    other = model.adapt_prior(target)
    assert pickle.dumps(model) == before
    assert other.class_prior_[1] == pytest.approx(SHARE, abs=0.03)
    assert other.prior_shift_.no_shift_p_value is None
    assert other.score(target, others) > model.score(target, others) + 0.01
    checked = model.adapt_prior(target, X=X, y=truth)
    assert checked.prior_shift_.outcome is Outcome.ADAPTED
    assert checked.prior_shift_.mixing_p_value > 0.05


def test_a_classifier_that_does_not_state_what_it_assumes_needs_its_rows_and_labels():
    X, _, y = labeled_by_class(n=300, labels=15)
    model = SemiSupervisedGMMCV(cv=2, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match="SemiSupervisedGMMCV does not state which class probabilities it assumes"):
        model.adapt_prior(X)
    with pytest.raises(ValueError, match="takes X and y together"):
        model.adapt_prior(X, X=X)
    with pytest.raises(ValueError, match="A str was given where rows in memory are needed"):
        model.adapt_prior("rows.parquet", class_prior=[0.5, 0.5])
    assert model.adapt_prior(X, class_prior=[0.5, 0.5]).prior_shift_.before.tolist() == [0.5, 0.5]


def test_an_estimate_that_is_too_unsure_is_not_used_and_warned_of():
    X, truth = rows(400, 0.5)
    model = SemiSupervisedGMM().fit(X, truth)
    with pytest.warns(UserWarning, match="overlap too much, or the rows are too few"):
        other = model.adapt_prior(rows(10, SHARE)[0])
    np.testing.assert_allclose(other.predict_proba(X), model.predict_proba(X), rtol=1e-9)


def test_a_fit_that_fails_changes_nothing():
    X, _, y = labeled_by_class()
    model = PriorShiftClassifier(LogisticRegression(), random_state=0).fit(X, y)
    before = model.predict_proba(X)
    for bad in (y[:-1], np.full(len(y), -1), np.where(y == 1, -1, y)):
        with pytest.raises(ValueError, match=r"as many|no labelled row|one class only"):
            model.fit(X, bad)
    assert np.array_equal(model.predict_proba(X), before)


def test_unfitted_it_says_so():
    with pytest.raises(NotFittedError):
        PriorShiftClassifier(LogisticRegression()).predict([[0.0]])


@parametrize_with_checks(
    [PriorShiftClassifier(LogisticRegression(), unlabeled=None)],
    expected_failed_checks=lambda estimator: {"check_complex_data": "labels are read first, and refused"},
)
def test_scikit_learns_checks_hold(estimator, check):
    check(estimator)
