"""Rows of a group, and copies of a row, are never trained on and tested on at once."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from semigen import (
    LabeledStratifiedGroupKFold,
    LabeledStratifiedKFold,
    SemiSupervisedGMM,
    SemiSupervisedGMMCV,
    label_curve,
    recommend,
)
from semigen.model_selection.folds import fold_numbers
from semigen.model_selection.groups import copies, encode_groups, equal_rows, joined, n_copies

RNG = np.random.default_rng(0)
# Each patient has a place of its own, six visits near it, and a class that a coin decided.
PATIENT = np.repeat(np.arange(30), 6)
COIN = RNG.permutation(np.arange(30) % 2)[PATIENT]
VISITS = 10 * RNG.normal(size=(30, 3))[PATIENT] + 0.1 * RNG.normal(size=(180, 3))
Y = np.where(np.arange(180) % 6 < 4, COIN, -1)
NEAREST = KNeighborsClassifier(1)

# The same with copies in place of visits near by.
COPIES = RNG.normal(size=(30, 3))[PATIENT]


def test_groups_that_are_ignored_are_warned_of_and_flatter():
    with pytest.warns(UserWarning, match="groups parameter is ignored by LabeledStratifiedKFold"):
        flattered = cross_val_score(NEAREST, VISITS, COIN, groups=PATIENT, cv=LabeledStratifiedKFold(5, random_state=0))
    honest = cross_val_score(NEAREST, VISITS, COIN, groups=PATIENT, cv=LabeledStratifiedGroupKFold(5, random_state=0))
    assert flattered.mean() == 1
    assert honest.mean() < 0.75


def test_no_group_is_trained_on_and_tested_on_and_every_labelled_row_is_tested_once():
    folds = LabeledStratifiedGroupKFold(5, random_state=0)
    named = pd.Series([f"patient {p}" for p in PATIENT])
    for groups in (PATIENT, named, named.to_list()):
        splits = list(folds.split(VISITS, Y, groups))
        assert len(splits) == 5
        for train, test in splits:
            assert not set(PATIENT[train]) & set(PATIENT[test])
            assert set(train) == set(np.flatnonzero(~np.isin(PATIENT, PATIENT[test])))
            assert (Y[test] >= 0).all()
        np.testing.assert_array_equal(np.sort(np.concatenate([test for _, test in splits])), np.flatnonzero(Y >= 0))


def test_unlabelled_rows_of_no_group_are_in_every_training_set_and_equal_rows_are_a_group_by_default():
    known = np.where(Y < 0, np.nan, PATIENT)
    for train, _ in LabeledStratifiedGroupKFold(3, random_state=0).split(VISITS, Y, known):
        assert np.isin(np.flatnonzero(Y < 0), train).all()
    for train, test in LabeledStratifiedGroupKFold(3, random_state=0).split(COPIES, Y):
        assert not set(PATIENT[train]) & set(PATIENT[test])
    frame = pd.DataFrame({"a": PATIENT.astype(str), "b": COIN})
    for train, test in LabeledStratifiedGroupKFold(3, random_state=0).split(frame, Y):
        assert not set(PATIENT[train]) & set(PATIENT[test])


def test_groups_are_routed_to_the_folds():
    folds = LabeledStratifiedGroupKFold(3, random_state=0)
    with sklearn.config_context(enable_metadata_routing=True):
        routed = cross_val_score(NEAREST, VISITS, COIN, params={"groups": PATIENT}, cv=folds)
        GridSearchCV(NEAREST, {"n_neighbors": [1, 3]}, cv=folds).fit(VISITS, COIN, groups=PATIENT)
    np.testing.assert_array_equal(routed, cross_val_score(NEAREST, VISITS, COIN, groups=PATIENT, cv=folds))


@pytest.mark.parametrize(
    ("y", "groups", "message"),
    [
        (Y, PATIENT[:-1], "179 entries for 180 rows"),
        (Y, np.where(np.arange(180) == 7, np.nan, PATIENT), "labelled row 7 belongs to no group"),
        (Y, COIN, "class 0 are in 1; lower n_splits, or label rows of more groups"),
        (np.full(180, -1), PATIENT, "y has none"),
    ],
)
def test_groups_that_leave_nothing_to_test_are_refused(y, groups, message):
    with pytest.raises(ValueError, match=message):
        list(LabeledStratifiedGroupKFold(5).split(VISITS, y, groups))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 8)), min_size=2, max_size=40),
    st.integers(2, 6),
    st.integers(0, 9),
)
def test_folds_of_groups_part_none_and_leave_every_class_in_training(rows, n_splits, seed):
    codes, groups = np.array(rows).T
    folds = fold_numbers(codes, n_splits, np.random.default_rng(seed), groups)
    for group in np.unique(groups):
        assert len(set(folds[groups == group])) == 1
    kept = folds[folds >= 0]
    assert set(kept) == set(range(folds.max() + 1))
    for fold in range(folds.max() + 1):
        assert set(codes[folds != fold]) == set(codes)


def test_rows_without_company_are_dealt_as_they_were():
    codes = RNG.integers(0, 3, 50)
    alone = fold_numbers(codes, 5, np.random.default_rng(1))
    np.testing.assert_array_equal(alone, fold_numbers(codes, 5, np.random.default_rng(1), np.arange(50)))


def test_copies_are_told_from_rows_that_are_equal_by_chance():
    codes = RNG.integers(0, 2, 200)
    assert n_copies(copies(RNG.normal(size=(200, 3)), codes)) == 0
    assert n_copies(copies(RNG.integers(0, 3, (200, 3)), codes)) == 0
    assert n_copies(copies(RNG.integers(0, 2, (200, 1)), np.zeros(200, dtype=int))) == 0
    original = RNG.normal(size=(100, 3))
    assert n_copies(copies(np.vstack([original, original]), np.tile(codes[:100], 2))) == 100
    assert n_copies(copies(np.vstack([original, original]), np.r_[codes[:100], 1 - codes[:100]])) == 0
    grades = RNG.integers(0, 6, (100, 12))
    assert n_copies(copies(np.vstack([grades, grades[:10]]), np.r_[codes[:100], codes[:10]])) == 10
    gaps = np.where(original > 1, np.nan, original)
    assert n_copies(copies(np.vstack([gaps, gaps]), np.tile(codes[:100], 2))) == 100
    table = pd.DataFrame({"name": [f"n{i % 100}" for i in range(200)], "value": np.tile(original[:, 0], 2)})
    table["day"] = np.tile(pd.date_range("2020", periods=100), 2)
    for held in (table, pl.from_pandas(table), pl.from_pandas(table).to_arrow(), table.to_numpy()):
        assert n_copies(copies(held, np.tile(codes[:100], 2))) == 100


def test_groupings_are_joined_where_they_share_a_row():
    np.testing.assert_array_equal(equal_rows(np.array([[0.0], [-0.0], [1.0]])), [0, 0, 1])
    together = joined(np.array([0, 0, 1, 2, 3]), np.array([5, 6, 6, 7, 8]))
    assert together[0] == together[1] == together[2]
    assert len(set(together)) == 3
    assert encode_groups(["a", None, "b"], np.array([True, False, True])).tolist() == [0, -1, 1]


def held_out_errors(found):
    return {each.name: each.error for each in found.candidates if each.n_rounds}


def test_copies_with_labels_of_a_coin_are_not_recommended_as_learnt():
    y = np.where(np.arange(180) % 6 < 4, COIN, -1)
    found = recommend(COPIES, y, candidates=["label spreading", ("nearest", NEAREST)], random_state=0)
    assert min(held_out_errors(found).values()) > 0.25
    assert any("90 labelled rows are copies of others" in reason for reason in found.reasons)
    curve = label_curve(NEAREST, COPIES, y, sizes=[40], n_repeats=5, random_state=0)
    assert curve.mean.min() > 0.25
    assert "90 labelled rows are copies of others" in curve.table()
    model = SemiSupervisedGMMCV(("full",), transforms=("none",), cv=3, random_state=0).fit(COPIES, y)
    assert model.n_copies_ == 90
    assert model.selection_.error.min() > 0.25
    guarded = SemiSupervisedGMM(guard=True, n_components=15, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert "90 labelled rows are copies" in guarded.fit(COPIES, y).report()


def test_groups_are_held_out_whole_by_recommend_label_curve_and_mixtures():
    candidates = [("nearest", NEAREST)]
    flattered = recommend(VISITS, Y, candidates=candidates, random_state=0)
    honest = recommend(VISITS, Y, candidates=candidates, groups=PATIENT, random_state=0)
    assert held_out_errors(flattered)["nearest"] < 0.05
    assert held_out_errors(honest)["nearest"] > 0.25
    assert any("30 groups" in reason for reason in honest.reasons)
    (mine,) = (each for each in honest.candidates if each.name == "nearest")
    (before,) = (each for each in flattered.candidates if each.name == "nearest")
    assert mine.upper - mine.lower > before.upper - before.lower
    curves = [
        label_curve([NEAREST, LogisticRegression()], VISITS, Y, sizes=[76], groups=groups, n_repeats=5, random_state=0)
        for groups in (None, PATIENT)
    ]
    assert curves[0].mean[0, 0] < 0.1
    assert curves[1].mean[0, 0] > 0.25
    options = {"covariance_types": ("full",), "transforms": ("none",), "shrinkages": (0.1,), "cv": 3, "random_state": 0}
    few = np.where(PATIENT < 8, Y, -1)
    models = [SemiSupervisedGMMCV(**options, n_components=4).fit(VISITS, few, groups=g) for g in (None, PATIENT)]
    assert models[0].selection_.error.min() < models[1].selection_.error.min()


class Recorder(KNeighborsClassifier):
    """Remembers the rows that it was fitted to."""

    seen: list = []  # noqa: RUF012
    unlabeled: object

    def __init__(self, unlabeled=-1):
        super().__init__(1)
        self.unlabeled = unlabeled

    def fit(self, X, y):
        """Fit to the labelled rows."""
        Recorder.seen.append(X[:, 0].astype(int))
        known = np.array([label is not None for label in y])
        return super().fit(X[known], np.array(y[known].tolist()))

    @classmethod
    def _get_param_names(cls):
        return ["unlabeled"]


def test_unlabelled_rows_of_a_tested_group_are_not_in_training():
    numbered = np.c_[PATIENT, VISITS]
    Recorder.seen.clear()
    label_curve(Recorder(), numbered, Y, sizes=[40], groups=PATIENT, n_repeats=3, random_state=0)
    for patients in Recorder.seen:
        assert 3 < 30 - len(set(patients)) < 27  # all rows of some patients are left out
        assert all((patients == patient).sum() == 6 for patient in set(patients))
