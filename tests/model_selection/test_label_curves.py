"""Error against the number of labels: subsets grow, all classifiers get the same, and test rows are never seen."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier
from sklearn.tree import DecisionTreeClassifier

from semigen import LabelCurve, LabeledStratifiedKFold, SemiSupervisedGMM, label_curve
from semigen.model_selection.any_classifier import takes_unlabeled
from semigen.model_selection.label_subsets import n_tested, split_labels


@settings(deadline=None)
@given(
    counts=st.lists(st.integers(1, 12), min_size=2, max_size=6).filter(lambda counts: max(counts) > 1),
    n_unlabeled=st.integers(0, 20),
    test_size=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**31),
)
def test_every_subset_has_every_class_in_its_proportion_and_no_test_row(counts, n_unlabeled, test_size, seed):
    rng = np.random.default_rng(seed)
    codes = rng.permutation(np.r_[np.repeat(np.arange(len(counts)), counts), np.full(n_unlabeled, -1)])
    tested = n_tested(np.array(counts), test_size)
    test, order = split_labels(codes, tested, rng)
    assert sorted([*test, *order]) == np.flatnonzero(codes >= 0).tolist()
    assert np.bincount(codes[test], minlength=len(counts)).tolist() == tested.tolist()
    left = np.array(counts) - tested
    assert left.min() >= 1
    for size in range(len(counts), len(order) + 1):
        found = np.bincount(codes[order[:size]], minlength=len(counts))
        assert found.min() >= 1
        # The first of each class stand before all others, so that a class may be ahead by as many as there are classes.
        assert np.abs(found - size * left / left.sum()).max() <= len(counts) + 1


class Witness(ClassifierMixin, BaseEstimator):
    """Notes the rows and labels that it is given; the first column numbers the rows."""

    seen: list = []  # noqa: RUF012

    def __init__(self, unlabeled=-1):
        self.unlabeled = unlabeled

    def fit(self, X, y):
        labeled = np.array([label is not None for label in y])
        type(self).seen.append((X[labeled, 0].astype(int), X[~labeled, 0].astype(int), [v for v in y if v is not None]))
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)


@pytest.fixture
def witnessed():
    Witness.seen = []
    return Witness.seen


def test_subsets_are_nested_and_unlabelled_rows_always_in_training(witnessed):
    truth = np.arange(90) % 3
    y = np.where(np.arange(90) < 30, truth, -1)
    X = np.c_[np.arange(90), np.zeros(90)]
    label_curve([Witness(), Witness()], X, y, sizes=[3, 10, 20], n_repeats=4, random_state=0)
    assert len(witnessed) == 2 * 3 * 4
    for first in range(0, 24, 6):
        one, other = witnessed[first : first + 3], witnessed[first + 3 : first + 6]
        for (labeled, unlabeled, labels), again, size in zip(one, other, (3, 10, 20), strict=True):
            assert (labeled == again[0]).all()
            assert len(labeled) == size
            assert labels == truth[labeled].tolist()
            assert set(labels) == {0, 1, 2}
            assert set(range(30, 90)) <= set(unlabeled)
            assert set(labeled) <= set(range(30))
            # Nine labelled rows are held out of everything, the same at every size.
            assert set(labeled) | set(unlabeled) == set(one[0][0]) | set(one[0][1])
            assert len(labeled) + len(unlabeled) == 81
        assert set(one[0][0]) < set(one[1][0]) < set(one[2][0])


def test_the_same_classifier_twice_has_the_same_errors(blobs):
    X, _, y = blobs
    curve = label_curve([DecisionTreeClassifier(), DecisionTreeClassifier()], X, y, n_repeats=3, random_state=0)
    assert curve.names == ("DecisionTreeClassifier", "DecisionTreeClassifier 2")
    assert (curve.errors[0] == curve.errors[1]).all()
    again = label_curve(DecisionTreeClassifier(), X, y, n_repeats=3, random_state=0, n_jobs=2)
    assert (again.errors[0] == curve.errors[0]).all()


def test_errors_are_those_of_the_test_rows():
    y = np.r_[np.zeros(30, dtype=int), np.ones(15, dtype=int), np.full(20, -1)]
    curve = label_curve(DummyClassifier(), np.zeros((65, 1)), y, sizes=[6, 12], n_repeats=3)
    assert curve.n_test == 15
    assert curve.errors == pytest.approx(np.full((1, 2, 3), 5 / 15))


def test_a_classifier_that_cannot_use_unlabelled_rows_gets_the_labelled_ones_alone(blobs):
    X, _, y = blobs
    models = {"logistic": LogisticRegression(), "mixture": make_pipeline(StandardScaler(), SemiSupervisedGMM())}
    curve = label_curve(models, X, y, n_repeats=2, random_state=0)
    assert curve.uses_unlabeled == (False, True)
    assert "logistic (labels only)" in curve.table()
    assert curve.errors.max() < 0.8


def test_who_takes_unlabelled_rows():
    folds = LabeledStratifiedKFold(2)
    for model in (SemiSupervisedGMM(), LabelSpreading(), SelfTrainingClassifier(LogisticRegression())):
        assert takes_unlabeled(make_pipeline(StandardScaler(), model))
        assert takes_unlabeled(GridSearchCV(model, {}, cv=folds))
    assert not takes_unlabeled(make_pipeline(StandardScaler(), LogisticRegression()))
    assert not takes_unlabeled(GridSearchCV(LogisticRegression(), {}))


@pytest.mark.parametrize("marker", ["?", None, np.nan])
def test_labels_may_be_text_and_rows_a_frame(blobs, marker):
    X, _, y = blobs
    models = {
        "mixture": SemiSupervisedGMM(),
        "spreading": LabelSpreading(),
        "self-training": SelfTrainingClassifier(LogisticRegression()),
        "logistic": LogisticRegression(),
    }
    options = {"sizes": [6, 30], "n_repeats": 2, "random_state": 0}
    by_code = label_curve(models, X, y, **options)
    frame = pd.DataFrame(X, columns=list("abcd"))
    named = pd.Series([f"class {k}" if k >= 0 else marker for k in y], dtype=object)
    by_name = label_curve(models, frame, named, unlabeled="?", **options)
    assert (by_name.errors == by_code.errors).all()
    assert by_name.names == tuple(models)
    assert by_name.n_unlabeled == 355


def test_without_unlabelled_rows_the_labels_not_used_are_hidden(witnessed):
    y = np.arange(30) % 2
    curve = label_curve(Witness(), np.c_[np.arange(30), y], y, sizes=[4, 20], n_repeats=1)
    assert curve.n_unlabeled == 0
    assert [(len(labeled), len(unlabeled)) for labeled, unlabeled, _ in witnessed] == [(4, 16), (20, 0)]


def test_a_class_with_one_label_keeps_it_in_training(witnessed):
    y = np.array([0] * 6 + [1] * 6 + [2] + [-1] * 5)
    curve = label_curve(Witness(), np.c_[np.arange(18), y], y, n_repeats=3)
    assert curve.n_test == 4
    assert all(12 in labeled for labeled, _, _ in witnessed)


def test_a_thousand_classes():
    y = np.r_[np.repeat(np.arange(1000), 2), np.full(10, -1)]
    curve = label_curve(DummyClassifier(), np.zeros((2010, 1)), y, n_repeats=1)
    assert curve.sizes.tolist() == [1000]
    assert curve.errors.shape == (1, 1, 1)


def test_auto_goes_from_two_labels_a_class_to_all_that_are_not_tested(blobs):
    X, _, y = blobs
    curve = label_curve(DummyClassifier(), X, y, n_repeats=1)
    assert curve.sizes[0] == 6
    assert curve.sizes[-1] == 30 == 45 - curve.n_test
    assert (np.diff(curve.sizes) > 0).all()


class Failing(LogisticRegression):
    """Fails with fewer labels than ten."""

    def fit(self, X, y):
        if len(y) < 10:
            raise ValueError("too few for me")
        return super().fit(X, y)


def test_fits_that_fail_are_gaps_and_told_of_once(blobs):
    X, _, y = blobs
    models = {"fails": Failing(), "works": LogisticRegression()}
    with pytest.warns(UserWarning, match="Fits failed") as caught:
        curve = label_curve(models, X, y, sizes=[3, 6, 20], n_repeats=2)
    assert len(caught) == 1
    assert "fails (4 of 6, with 3, 6 labels). The first with ValueError: too few for me" in str(caught[0].message)
    assert np.isnan(curve.errors[0, :2]).all()
    assert np.isnan(curve.bands[:, 0, :2]).all()
    assert np.isfinite(curve.errors[0, 2]).all()
    assert np.isfinite(curve.errors[1]).all()
    assert curve.table().count("failed") == 2
    with pytest.raises(ValueError, match="Every fit failed; the first with ValueError: too few"):
        label_curve(Failing(), X, y, sizes=[3, 6], n_repeats=2)


class Interrupted(LogisticRegression):
    """Somebody presses Ctrl-C."""

    def fit(self, X, y):
        raise KeyboardInterrupt


def test_ctrl_c_stops_a_curve(blobs):
    X, _, y = blobs
    with pytest.raises(KeyboardInterrupt):
        label_curve(Interrupted(), X, y, n_repeats=1)


def test_means_bands_and_table_are_of_the_repeats():
    errors = np.array([[np.linspace(0, 1, 11), np.full(11, 0.25)]])
    curve = LabelCurve(("a model",), np.array([4, 8]), errors, 100, 20, (True,))
    assert curve.mean == pytest.approx(np.array([[0.5, 0.25]]))
    assert curve.bands == pytest.approx(np.array([[[0.1, 0.25]], [[0.9, 0.25]]]))
    lines = curve.table().splitlines()
    assert "11 draws" in lines[0]
    assert "100 unlabelled" in lines[0]
    assert lines[2].split() == ["4", "50.0", "(10.0", "-", "90.0)"]
    assert len(lines) == 4


def test_a_curve_can_be_pickled(blobs):
    X, _, y = blobs
    curve = label_curve(DummyClassifier(), X, y, n_repeats=2)
    assert pickle.loads(pickle.dumps(curve)).table() == curve.table()


def test_progress_is_shown_if_asked_for(blobs, capsys):
    X, _, y = blobs
    label_curve(DummyClassifier(), X, y, n_repeats=2, progress=True)
    assert "label curve" in capsys.readouterr().err
    label_curve(DummyClassifier(), X, y, n_repeats=2)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("y", "options", "error", "message"),
    [
        ([0, 0, 1, 1, -1], {"sizes": [1]}, ValueError, r"\[1\], and can go from 2, .* to 2"),
        ([0, 0, 1, 1, -1], {"sizes": [2, 3]}, ValueError, r"contains \[3\]"),
        ([0, 0, 1, 1, -1], {"sizes": [2.5]}, ValueError, "whole numbers"),
        ([0, 0, 1, 1, -1], {"sizes": []}, ValueError, "at least one"),
        ([0, 0, 1, 1, -1], {"sizes": 2}, ValueError, "sizes=2 must be a list"),
        ([0, 0, 1, 1, -1], {"sizes": "all"}, ValueError, "'auto'"),
        ([0, 0, 1, 1, -1], {"test_size": 1.0}, ValueError, "test_size"),
        ([0, 0, 1, 1, -1], {"n_repeats": 0}, ValueError, "n_repeats"),
        ([0, 1, -1, -1, -1], {}, ValueError, "Every class has a single label"),
        ([0, 0, 0, 0, -1], {}, ValueError, "labels of 1 classes"),
        ([-1] * 5, {}, ValueError, "labels of 0 classes"),
        ([0, 0, 1, 1], {}, ValueError, "inconsistent"),
        ([0, 0, 1, 1, -1], {"estimators": []}, ValueError, "estimators is empty"),
        ([0, 0, 1, 1, -1], {"estimators": [StandardScaler()]}, TypeError, "fit and predict"),
        ([0, 0, 1, 1, -1], {"estimators": LogisticRegression}, TypeError, "fit and predict"),
    ],
)
def test_what_gives_no_curve_is_refused_in_words(y, options, error, message):
    options = {"estimators": DummyClassifier()} | options
    with pytest.raises(error, match=message):
        label_curve(X=np.zeros((5, 1)), y=y, **options)
