"""Unlabelled rows stay in training and out of scores."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.tree import DecisionTreeClassifier

from semigen import LabeledStratifiedGroupKFold, LabeledStratifiedKFold, SemiSupervisedGMM, labeled_scorer


@settings(deadline=None)
@given(st.integers(2, 5), st.integers(2, 4), st.integers(0, 30), st.integers(0, 2**31), st.booleans())
def test_every_labelled_row_is_tested_once_and_every_unlabelled_row_always_trained_on(
    n_splits, n_classes, n_unlabeled, seed, shuffle
):
    rng = np.random.default_rng(seed)
    y = np.concatenate([np.repeat(np.arange(n_classes), n_splits + 1), np.full(n_unlabeled, -1)])
    rng.shuffle(y)
    X = np.zeros((len(y), 1))
    splitter = LabeledStratifiedKFold(n_splits, shuffle=shuffle, random_state=seed % 1000 if shuffle else None)
    folds = list(splitter.split(X, y))
    assert len(folds) == splitter.get_n_splits(X, y) == n_splits
    assert sorted(np.concatenate([test for _, test in folds])) == np.flatnonzero(y >= 0).tolist()
    for train, test in folds:
        assert not set(train) & set(test)
        assert len(train) + len(test) == len(y)
        assert set(np.flatnonzero(y < 0)) <= set(train)
        assert set(y[test]) == set(range(n_classes))


@pytest.mark.parametrize("marker", [None, np.nan, "?", pd.NA])
def test_markers_and_names_are_those_of_the_classifiers(marker):
    y = np.array(["ant", "bee"] * 6 + [marker] * 5, dtype=object)
    folds = list(LabeledStratifiedKFold(3, random_state=0, unlabeled="?").split(np.zeros((17, 1)), y))
    assert all(test.max() < 12 for _, test in folds)


def test_the_same_seed_gives_the_same_folds():
    y = np.r_[np.tile([0, 1], 10), np.full(10, -1)]
    X = np.zeros((30, 1))
    one, other = (list(LabeledStratifiedKFold(4, random_state=3).split(X, y)) for _ in range(2))
    assert all((a[1] == b[1]).all() for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(
    ("y", "options", "message"),
    [
        ([0, 0, 0, 1, -1, -1], {"n_splits": 3}, "class 1 has 1"),
        ([-1, -1, -1], {"n_splits": 2}, "y has none"),
        ([0, 0, 1, 1], {"n_splits": 1}, "n_splits"),
        ([0, 0, 1], {"n_splits": 2}, "inconsistent|has 1"),
    ],
)
def test_folds_that_cannot_be_are_refused(y, options, message):
    with pytest.raises(ValueError, match=message):
        list(LabeledStratifiedKFold(**options).split(np.zeros((len(y), 1)), y))


def test_rows_and_labels_of_different_number_are_refused():
    with pytest.raises(ValueError, match="inconsistent"):
        list(LabeledStratifiedKFold(2).split(np.zeros((3, 1)), [0, 0, 1, 1]))


def test_any_semi_supervised_classifier_can_be_searched_over(blobs):
    X, truth, y = blobs
    folds = LabeledStratifiedKFold(3, random_state=0)
    for model, grid in (
        (SemiSupervisedGMM(), {"covariance_type": ["full", "diag"]}),
        (SelfTrainingClassifier(LogisticRegression()), {"threshold": [0.7, 0.9]}),
    ):
        search = GridSearchCV(model, grid, cv=folds).fit(X, y)
        assert 0.5 < search.best_score_ <= 1
        assert (search.predict(X) == truth).mean() > 0.5


def test_the_scorer_is_the_score_of_the_labelled_rows(blobs):
    X, _, y = blobs
    model = SemiSupervisedGMM().fit(X, y)
    labeled = y >= 0
    given_labels = y[labeled]
    assert labeled_scorer("accuracy")(model, X, y) == accuracy_score(given_labels, model.predict(X[labeled]))
    expected = -log_loss(given_labels, model.predict_proba(X[labeled]))
    assert labeled_scorer("neg_log_loss")(model, X, y) == pytest.approx(expected)
    assert labeled_scorer()(model, X, y) == model.score(X[labeled], given_labels)
    weights = np.arange(1.0, len(y) + 1)
    weighted = labeled_scorer("accuracy")(model, X, y, sample_weight=weights)
    assert weighted == accuracy_score(given_labels, model.predict(X[labeled]), sample_weight=weights[labeled])


def test_the_scorer_works_with_any_splitter_in_parallel_and_pickled(blobs):
    X, _, y = blobs
    scorer = pickle.loads(pickle.dumps(labeled_scorer("accuracy")))
    scores = cross_val_score(
        SemiSupervisedGMM(), X, y, cv=KFold(3, shuffle=True, random_state=0), scoring=scorer, n_jobs=2
    )
    assert np.isfinite(scores).all()
    assert "accuracy" in repr(scorer)


def test_a_scorer_without_a_labelled_row_or_of_no_known_name_says_so(blobs):
    X, _, y = blobs
    with pytest.raises(ValueError, match="LabeledStratifiedKFold"):
        labeled_scorer("accuracy")(SemiSupervisedGMM().fit(X, y), X[:3], [-1, -1, -1])
    with pytest.raises(ValueError, match="acuracy"):
        labeled_scorer("acuracy")


def test_unsure_labels_stay_in_training_and_out_of_scores():
    X, species = load_iris(return_X_y=True)
    sure = np.arange(150) % 5 == 0
    sets = [{int(k)} if known else {int(k), (int(k) + 1) % 3} for k, known in zip(species, sure, strict=True)]
    for train, test in LabeledStratifiedKFold(3, random_state=0).split(X, sets):
        assert sure[test].all()
        assert set(np.flatnonzero(~sure)) <= set(train)
    matrix = np.array([[1 / len(each) if k in each else 0 for k in range(3)] for each in sets])
    search = GridSearchCV(
        SemiSupervisedGMM(), {"covariance_type": ["tied", "full"]}, cv=LabeledStratifiedKFold(3, random_state=0)
    ).fit(X, matrix)
    assert search.best_score_ > 0.9
    model = SemiSupervisedGMM().fit(X, matrix)
    assert model.score(X, matrix) == pytest.approx(model.score(X[sure], species[sure]))
    scorer = labeled_scorer("accuracy")
    assert scorer(model, X, matrix) == pytest.approx(model.score(X[sure], species[sure]))
    by_sets = np.empty(150, dtype=object)
    by_sets[:] = sets
    assert scorer(model, X, by_sets) == pytest.approx(model.score(X[sure], species[sure]))


X_IRIS, SPECIES = load_iris(return_X_y=True)
Y_IRIS = np.where(np.arange(150) % 5 == 0, SPECIES, -1)
ASKING = {
    "cross_val_score": lambda model, cv: cross_val_score(model, X_IRIS, Y_IRIS, cv=cv).mean(),
    "GridSearchCV": lambda model, cv: GridSearchCV(model, {}, cv=cv).fit(X_IRIS, Y_IRIS).best_score_,
    "Pipeline": lambda model, cv: cross_val_score(make_pipeline(StandardScaler(), model), X_IRIS, Y_IRIS, cv=cv).mean(),
}


@pytest.mark.parametrize("asking", ASKING)
@pytest.mark.parametrize("folds", [LabeledStratifiedKFold, LabeledStratifiedGroupKFold])
def test_a_classifier_that_takes_the_marker_for_a_class_is_told_and_can_be_trained_on_labelled_rows(folds, asking):
    model = DecisionTreeClassifier(random_state=0)
    with pytest.warns(UserWarning, match=rf"does not learn from unlabelled rows.*{folds.__name__}\(train_on='labeled'"):
        ASKING[asking](model, folds(3, random_state=0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ASKING[asking](model, folds(3, random_state=0, train_on="labeled")) > 0.8


@pytest.mark.parametrize("folds", [LabeledStratifiedKFold, LabeledStratifiedGroupKFold])
def test_folds_of_labelled_rows_alone_test_the_same_rows(folds):
    every, labeled = (
        list(folds(3, random_state=0, train_on=rows).split(X_IRIS, Y_IRIS)) for rows in ("all", "labeled")
    )
    for (train, test), (among_labeled, also) in zip(every, labeled, strict=True):
        assert (test == also).all()
        assert (among_labeled == train[Y_IRIS[train] >= 0]).all()
    with pytest.raises(ValueError, match="train_on='none' must be 'all' or 'labeled'"):
        next(folds(3, train_on="none").split(X_IRIS, Y_IRIS))


def test_classifiers_that_take_unlabelled_rows_are_not_complained_of():
    within = SelfTrainingClassifier(DecisionTreeClassifier(random_state=0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for model in (SemiSupervisedGMM(), within):
            for ask in ASKING.values():
                ask(model, LabeledStratifiedKFold(3, random_state=0))
        cross_val_score(DecisionTreeClassifier(random_state=0), X_IRIS, SPECIES, cv=LabeledStratifiedKFold(3))
