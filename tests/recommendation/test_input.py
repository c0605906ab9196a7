"""Whatever rows, labels and candidates somebody may bring: an answer, or one sentence."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.semi_supervised import LabelSpreading

from semigen import SemiSupervisedGMM, label_curve, recommend
from semigen.recommendation._recommend import fit_named
from semigen.recommendation.candidates.preparation import NumberScaler
from semigen.recommendation.verdict import Decision
from tests.recommendation.samples import (
    HYBRID,
    QUICK,
    SPECIES,
    X,
    few,
    named,
)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"budget": 0.0}, "budget"),
        ({"budget": np.nan}, "budget=nan must be a finite number of seconds"),
        ({"budget": np.inf}, "budget=inf must be a finite number of seconds"),
        ({"candidates": ["magic"]}, "known are"),
        ({"candidates": {"mine": make_pipeline(OneHotEncoder(), LabelSpreading())}}, "GenerativeFeatures"),
    ],
)
def test_bad_options_are_refused_in_a_sentence(options, message):
    with pytest.raises(ValueError, match=message):
        recommend(X, few(SPECIES, 5), **options)


@pytest.mark.parametrize(
    ("rows", "y", "message"),
    [
        (X, np.full(150, -1), "no labelled row"),
        (X, np.where(SPECIES == 0, 0, -1), "one class only, 0"),
        (X[:99], SPECIES, "99 rows and y has 150 labels"),
        (np.where(X > 7, np.inf, X), SPECIES, "infinity"),
        (np.where(X > 7, 1e300, X), SPECIES, "Column 0 of X goes up to 1e\\+300"),
        (X, np.eye(3)[SPECIES], "one dimension"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(rows, y, message):
    with pytest.raises(ValueError, match=message):
        recommend(rows, y)


def test_sparse_rows_are_reduced_with_a_word_and_few_columns_stay_as_they_are():
    wide = csr_matrix(np.hstack([X, *([X * 0] * 20)]))
    with pytest.warns(UserWarning, match="84 sparse columns are reduced to 50 numbers at most by truncated SVD"):
        recommend(wide, few(SPECIES, 5), candidates=["LDA"], budget=1, random_state=0)
    sparse = csr_matrix(X)
    found = recommend(sparse, few(SPECIES, 5), candidates=["LDA"], budget=2, random_state=0)
    dense = recommend(X, few(SPECIES, 5), candidates=["LDA"], budget=2, random_state=0)
    np.testing.assert_array_equal(found.best_estimator_.predict(sparse), dense.best_estimator_.predict(X))


def test_an_own_candidate_must_be_a_classifier():
    with pytest.raises(TypeError, match="mine is 3"):
        recommend(X, few(SPECIES, 5), candidates={"mine": 3})


def test_a_regressor_is_no_candidate():
    with pytest.raises(TypeError, match=r"mine is Ridge.*a regressor; classes need a classifier"):
        recommend(X, few(SPECIES, 10), candidates=[("mine", Ridge())])


def test_a_column_of_huge_values_is_named():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["a", "b", "c", "d"]).assign(text=np.where(SPECIES == 1, "x", "y"))
    frame.loc[3, "c"] = -1e200
    for table in (frame, frame.drop(columns="text")):
        with pytest.raises(ValueError, match="Column 'c' of X goes up to 1e\\+200"):
            recommend(table, few(SPECIES, 5))


def test_a_candidate_that_there_is_not_cannot_be_fitted_by_name():
    with pytest.raises(ValueError, match="There is no candidate 'best'; known are"):
        fit_named("best", X, few(SPECIES, 10))


def test_a_class_may_be_called_minus_one():
    y = np.array([-1, 0, 1], dtype=object)[SPECIES]
    hidden = few(SPECIES, 10) < 0
    y[hidden] = None
    found = recommend(X, y, unlabeled=None, candidates=["mixture", "mixture, then logistic regression"], random_state=0)
    same = recommend(X, few(SPECIES, 10), candidates=["mixture", "mixture, then logistic regression"], random_state=0)
    np.testing.assert_allclose(found.errors, same.errors)
    assert (found.best_estimator_.predict(X) + 1 == same.best_estimator_.predict(X)).all()
    curves = [
        label_curve(SemiSupervisedGMM(), X, labels, unlabeled=None, n_repeats=2, random_state=0).errors
        for labels in (SPECIES, SPECIES - 1)
    ]
    np.testing.assert_array_equal(*curves)


@pytest.mark.parametrize(("classes", "marker"), [((0, 1, 2), -1), (("a", "b", "c"), "?"), ((-1, 0, 1), None)])
def test_what_is_recommended_can_be_fitted_again_to_the_labels_that_recommend_had(classes, marker):
    y = np.array(classes, dtype=object)[SPECIES]
    y[few(SPECIES, 10) < 0] = marker
    rows, y = X[::3], y[::3]
    found = recommend(rows, y, unlabeled=marker, random_state=0, candidates=["mixture", *HYBRID], budget=2)
    average = fit_named("average of three", rows, y, marker, 0)
    for model in (
        found.best_estimator_,
        average,
        *(each.estimator for each in found.candidates if each.uses_unlabeled),
    ):
        again = clone(model).fit(rows, y)
        assert set(again.classes_) == set(classes)


def test_a_classifier_of_ones_own_can_be_fitted_again_to_the_labels_that_recommend_had():
    y = few(SPECIES, 10)
    found = recommend(
        X, y, candidates=[("mine", KNeighborsClassifier(1)), ("theirs", LabelSpreading())], random_state=0
    )
    for name in ("mine", "theirs"):
        assert clone(named(found, name).estimator).fit(X, y).classes_.tolist() == [0, 1, 2]


def test_a_thousand_classes():
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(1000), 2)
    rows = rng.normal(size=(1000, 5))[truth] * 20 + rng.normal(size=(2000, 5))
    result = recommend(rows, truth, budget=4, candidates=["LDA"], random_state=0)
    assert result.best_estimator_.predict(rows).shape == (2000,)
    assert len(result.data_summary.labels_per_class) == 1000


def test_missing_values():
    rows = X.copy()
    rows[np.random.default_rng(0).random(X.shape) < 0.1] = np.nan
    own = {"neighbours": KNeighborsClassifier(3)}
    result = recommend(rows, few(SPECIES, 5), budget=10, candidates=[*QUICK, *own.items()], random_state=0)
    assert {each.status for each in result.candidates} <= {"raced", "dropped early"}
    assert result.data_summary.n_missing == np.isnan(rows).sum()
    assert result.best_estimator_.score(rows, SPECIES) > 0.8


def test_frames_with_text_are_encoded_and_own_pipelines_get_them_as_they_are():
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    colour = np.array(["red", "green", "blue"], dtype=object)[(SPECIES + (rng.random(150) < 0.2)) % 3]
    colour[:3] = None
    frame = pandas.DataFrame({"length": X[:, 0], "colour": colour, "number": np.arange(150)})
    own = make_pipeline(
        ColumnTransformer([("colour", OneHotEncoder(handle_unknown="ignore"), ["colour"])]), KNeighborsClassifier(1)
    )
    with pytest.warns(UserWarning, match="'number' is left out"):
        result = recommend(frame, few(SPECIES, 8), budget=10, candidates=[*QUICK, ("mine", own)], random_state=0)
    assert result.data_summary.n_columns == 5  # blank is a colour too
    assert result.data_summary.n_missing == 3
    assert named(result, "mine").n_rounds > 0
    assert any("'number' is left out" in reason for reason in result.reasons)
    assert result.best_estimator_.score(frame, SPECIES) > 0.6
    for each in result.candidates:
        assert clone(each.estimator).fit(frame, few(SPECIES, 8)).predict(frame).shape == (150,)


def test_more_columns_than_rows():
    rng = np.random.default_rng(0)
    truth = np.arange(40) % 2
    wide = rng.normal(size=(40, 200)) + truth[:, None]
    result = recommend(wide, few(truth, 5), candidates=QUICK, random_state=0)
    assert any("more than the 40 rows" in reason for reason in result.reasons)
    assert result.data_summary.misspecification is None
    assert result.best_estimator_.score(wide, truth) > 0.9


def test_of_rows_that_are_all_the_same_it_says_that_nothing_can_be_relied_on():
    result = recommend(np.ones((60, 3)), few(np.arange(60) % 2, 5), candidates=QUICK, random_state=0)
    assert result.verdict.startswith("Do not rely on any")


def test_identical_rows_tell_nothing_whatever_rounding_says():
    for n_classes in (2, 3, 7):
        y = np.repeat(np.arange(n_classes), 20)
        found = recommend(np.ones((20 * n_classes, 3)), y, candidates=QUICK, random_state=0)
        assert found.verdict.startswith("Do not rely on any")


# What evidence there is decides how sure the verdict may be.


def table_of_twelve():
    rng = np.random.default_rng(0)
    truth = np.arange(12) % 2
    return rng.normal(size=(12, 3)) + truth[:, None], np.where(np.arange(12) < 6, truth, -1)


def mostly_noise():
    rng = np.random.default_rng(1)
    truth = np.arange(200) % 2
    rows = rng.normal(size=(200, 2000))
    rows[:, :10] += truth[:, None]
    return rows, few(truth, 10)


def words_only():
    rng = np.random.default_rng(2)
    truth = np.arange(200) % 2
    words = np.array([["red", "blue"], ["big", "small"], ["old", "new"]], dtype=object)
    cells = [words[j][(truth + (rng.random(200) < 0.2)) % 2] for j in range(3)]
    return np.column_stack(cells), few(truth, 10)


def blank_but_one():
    rng = np.random.default_rng(3)
    truth = np.arange(200) % 2
    rows = np.full((200, 4), np.nan)
    rows[:, 1] = rng.normal(size=200) + 2 * truth
    return rows, few(truth, 10)


@pytest.mark.parametrize("table", [table_of_twelve, mostly_noise, words_only, blank_but_one])
def test_a_table_that_says_little_gets_an_answer_that_is_no_surer_than_that(table):
    rows, y = table()
    found = recommend(rows, y, budget=4, candidates=["LDA", "extra trees", "mixture"], random_state=0)
    assert found.best_estimator_.predict(rows).shape == (len(rows),)
    if found.conclusion.decision is not Decision.UNRELIABLE:
        assert found.conclusion.upper - found.conclusion.lower > 0.1


def test_two_labels_in_all_give_an_answer_without_evidence():
    found = recommend(X[:100], np.where(np.isin(np.arange(100), [0, 99]), SPECIES[:100], -1), random_state=0)
    assert found.conclusion.decision is Decision.UNMEASURED
    assert "without evidence" in found.verdict


def test_a_budget_of_a_second_is_kept_and_says_what_needs_more():
    rng = np.random.default_rng(0)
    rows, truth = rng.normal(size=(3000, 60)), np.arange(3000) % 3
    found = recommend(rows, few(truth, 30), budget=1, random_state=0)
    assert found.best_estimator_.predict(rows).shape == (3000,)
    late = [each for each in found.candidates if each.status == "no time" and each.budget]
    assert late
    assert all(each.budget > 1 and each.more_seconds >= 1 for each in late)


def test_rows_of_ones_and_zeros_are_not_scaled_and_numbers_are():
    rows = np.column_stack([np.arange(10.0), np.arange(10) == 3])
    scaled = NumberScaler().fit_transform(rows)
    assert np.std(scaled[:, 0]) == pytest.approx(1)
    np.testing.assert_array_equal(scaled[:, 1], rows[:, 1])
