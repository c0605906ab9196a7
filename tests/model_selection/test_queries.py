"""What to label next: rows in doubt, apart from each other, each asked for once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier
from sklearn.svm import LinearSVC

from semigen import LabeledStratifiedKFold, SemiSupervisedGMM, rank_queries

METHODS = ("entropy", "margin", "expected_error")


class Told(ClassifierMixin, BaseEstimator):
    """Says of a row what its columns from the second on are: probabilities. The first column places it."""

    def fit(self, X, y):
        self.classes_ = np.unique(y[y >= 0])
        return self

    def predict_proba(self, X):
        return np.asarray(X)[:, 1:]


def told(place, probability):
    """A classifier with these answers, its rows, and where they are."""
    probability = np.asarray(probability, dtype=float)
    model = Told().fit(None, np.arange(probability.shape[1]))
    return model, np.c_[place, probability], np.reshape(np.asarray(place, dtype=float), (-1, 1))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1000),
    n=st.integers(1, 30),
    method=st.sampled_from(METHODS),
    spread=st.booleans(),
    with_labels=st.booleans(),
)
def test_every_question_is_of_another_row_without_a_label(seed, n, method, spread, with_labels):
    rng = np.random.default_rng(seed)
    truth = np.arange(60) % 3
    X = rng.normal(size=(3, 2))[truth] * 2 + rng.normal(size=(60, 2))
    y = np.where(np.arange(60) < 9, truth, -1)
    model = SemiSupervisedGMM("diag", max_iter=5).fit(X, y)
    known = y if with_labels or method == "expected_error" else None
    asked = rank_queries(model, X, n, y=known, method=method, spread=spread, n_candidates=2, random_state=seed)
    assert asked.shape == (n,)
    assert len(set(asked)) == n
    if known is not None:
        assert (y[asked] < 0).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("spread", [True, False])
def test_equal_rows_are_asked_for_once_and_not_at_all_if_one_is_labelled(blobs, method, spread):
    X, _, y = blobs
    X, y = X[:90], y[:90]
    thrice, labels = np.tile(X, (3, 1)), np.r_[np.full(180, -1), y]
    model = SemiSupervisedGMM().fit(X, y)
    with pytest.warns(UserWarning, match=r"n=200 .* X has 45 different"):
        asked = rank_queries(model, thrice, 200, y=labels, method=method, spread=spread, n_candidates=1, random_state=0)
    assert sorted(asked % 90) == list(range(45, 90))


def test_doubt_decides_where_rows_are_not_to_be_spread():
    model, X, _ = told(range(4), [[0.5, 0.5, 0], [0.4, 0.3, 0.3], [1, 0, 0], [0.9, 0.1, 0]])
    assert rank_queries(model, X, 4, method="margin", spread=False).tolist() == [0, 1, 3, 2]
    assert rank_queries(model, X, 4, method="entropy", spread=False).tolist() == [1, 0, 3, 2]


def test_questions_are_spread_over_the_data():
    """Two clumps of rows in doubt, the one a little more than the other: without spreading, all are of that one."""
    place = np.r_[np.linspace(0, 0.1, 10), np.linspace(5, 5.1, 10)]
    lead = np.r_[np.linspace(0.01, 0.02, 10), np.linspace(0.03, 0.04, 10)]
    model, X, features = told(place, np.c_[0.5 + lead, 0.5 - lead])
    assert set(rank_queries(model, X, 4, features=features, spread=False)) == {0, 1, 2, 3}
    assert sorted(rank_queries(model, X, 2, features=features) >= 10) == [False, True]


def test_rows_that_stand_for_many_come_before_unusual_ones_as_much_in_doubt():
    place = np.r_[np.linspace(0.9, 1.1, 40), 0, -2]
    model, X, features = told(place, np.full((42, 2), 0.5))
    y = np.where(np.arange(42) == 40, 1, -1)
    first, second = rank_queries(model, X, 2, y=y, features=features)
    assert first < 40
    assert second == 41  # yet they have their turn


def test_questions_keep_their_distance_from_labelled_rows():
    model, X, features = told([0, 0.1, 5, 9], np.full((4, 2), 0.5))
    y = np.array([0, -1, -1, 1])
    assert rank_queries(model, X, 1, y=y, features=features, random_state=0).tolist() == [2]


def test_how_sure_a_model_is_does_not_matter_but_the_order_of_its_doubts():
    rng = np.random.default_rng(0)
    place, doubt = rng.normal(size=30), rng.uniform(0, 0.5, 30)
    plain, X, features = told(place, np.c_[1 - doubt, doubt])
    sure, Z, _ = told(place, np.c_[1 - doubt**9, doubt**9])
    asked = rank_queries(plain, X, 6, features=features)
    assert (rank_queries(sure, Z, 6, features=features) == asked).all()


def test_units_of_columns_do_not_matter(blobs):
    X, _, y = blobs
    scale = np.array([1e-6, 1, 1e9, 20])
    asked = [rank_queries(SemiSupervisedGMM().fit(Z, y), Z, 5, y=y, random_state=0) for Z in (X, X * scale + scale)]
    assert (asked[0] == asked[1]).all()


def test_the_same_seed_gives_the_same_questions():
    model, X, features = told(range(50), np.full((50, 2), 0.5))
    one, again, other = (rank_queries(model, X, 5, features=features, random_state=seed) for seed in (0, 0, 1))
    assert (one == again).all()
    assert (one != other).any()


def test_expected_error_is_the_mean_over_answers_of_the_error_expected_after_them():
    rng = np.random.default_rng(3)
    truth = np.arange(24) % 2
    X = 1.5 * truth[:, None] + rng.normal(size=(24, 2))
    y = np.where(np.arange(24) < 6, truth, -1)
    model = LogisticRegression().fit(X[:6], y[:6])
    expected = {}
    for row in range(6, 24):
        after = []
        for answer, probability in enumerate(model.predict_proba(X[[row]])[0]):
            refitted = clone(model).fit(np.r_[X[:6], X[[row]]], np.r_[y[:6], answer])
            after.append(probability * (1 - refitted.predict_proba(X[6:]).max(axis=1)).mean())
        expected[row] = sum(after)
    asked = rank_queries(model, X, 3, y=y, method="expected_error", n_candidates=18, random_state=0)
    assert asked.tolist() == sorted(expected, key=expected.get)[:3]


class Counting(SelfTrainingClassifier):
    """Counts how often it is fitted."""

    fits = 0

    def fit(self, X, y):
        type(self).fits += 1
        return super().fit(X, y)


def test_expected_error_refits_no_more_than_it_says(capsys):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 2)), np.r_[np.tile(np.arange(6), 3), np.full(42, -1)]
    model = Counting(LogisticRegression(C=1e-3)).fit(X, y)
    Counting.fits = 0
    rank_queries(model, X, 2, y=y, method="expected_error", n_candidates=4, random_state=0, progress=True)
    assert 4 <= Counting.fits <= 12
    assert "expected error" in capsys.readouterr().err


@pytest.mark.parametrize("method", METHODS)
def test_labels_may_be_text(blobs, method):
    X, _, y = blobs
    named = np.array([f"class {k}" if k >= 0 else None for k in y], dtype=object)
    by_code = rank_queries(SemiSupervisedGMM().fit(X, y), X, 4, y=y, method=method, n_candidates=4, random_state=0)
    model = SemiSupervisedGMM().fit(X, named)
    asked = rank_queries(model, X, 4, y=named, method=method, n_candidates=4, random_state=0)
    assert (asked == by_code).all()


def test_pipelines_make_the_numbers_that_distances_need():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"size": rng.normal(size=40), "colour": np.tile(["red", "blue"], 20)})
    y = np.where(np.arange(40) < 10, frame["colour"] == "red", -1)
    columns = ColumnTransformer([("n", StandardScaler(), ["size"]), ("c", OneHotEncoder(), ["colour"])])
    pipeline = make_pipeline(columns, LogisticRegression()).fit(frame[:10], y[:10])
    assert len(rank_queries(pipeline, frame, 3, y=y)) == 3
    assert len(rank_queries(pipeline, frame, 3, y=y, method="expected_error", n_candidates=3)) == 3
    with pytest.raises(ValueError, match=r"features=\.\.\."):
        rank_queries(FrameModel(pipeline), frame, 3)
    assert len(rank_queries(FrameModel(pipeline), frame, 3, features=frame[["size"]])) == 3


class FrameModel:
    """Takes frames, and does not show how."""

    def __init__(self, pipeline):
        self.predict_proba = pipeline.predict_proba


def test_a_search_ranks_as_its_best_pipeline(blobs):
    X, _, y = blobs
    pipeline = make_pipeline(StandardScaler(), SemiSupervisedGMM())
    grid = {"semisupervisedgmm__covariance_type": ["full"]}
    search = GridSearchCV(pipeline, grid, cv=LabeledStratifiedKFold(2, random_state=0)).fit(X, y)
    asked = rank_queries(search, X, 4, y=y, random_state=0)
    assert (asked == rank_queries(pipeline.fit(X, y), X, 4, y=y, random_state=0)).all()


def test_rows_without_an_answer_are_those_most_in_doubt():
    model, X, features = told(range(3), [[0.6, 0.4], [np.nan, np.nan], [0.9, 0.1]])
    assert rank_queries(model, X, 1, features=features, spread=False).tolist() == [1]


def test_missing_values_are_no_obstacle(blobs):
    X, _, y = blobs
    X = np.where(np.random.default_rng(0).random(X.shape) < 0.2, np.nan, X)
    model = SemiSupervisedGMM(missing="marginal").fit(X, y)
    assert len(set(rank_queries(model, X, 8, y=y))) == 8


@pytest.mark.parametrize("method", ["entropy", "margin"])
def test_a_thousand_classes(method):
    rng = np.random.default_rng(0)
    model, X, features = told(rng.normal(size=300), rng.dirichlet(np.ones(1000), 300))
    assert len(set(rank_queries(model, X, 20, features=features, method=method))) == 20


def test_rows_all_alike_are_one_question():
    model, X, _ = told(np.zeros(5), np.full((5, 2), 0.5))
    with pytest.warns(UserWarning, match="has 1 different"):
        assert rank_queries(model, X, 3).tolist() == [0]
    with pytest.raises(ValueError, match="no row to ask for"):
        rank_queries(model, X, 3, y=[0, -1, -1, -1, -1])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"estimator": LinearSVC()}, TypeError, "LinearSVC has no predict_proba"),
        ({"estimator": SemiSupervisedGMM()}, NotFittedError, "not fitted"),
        ({"method": "variance"}, ValueError, "method='variance' must be"),
        ({"method": "expected_error", "y": None}, ValueError, "pass y"),
        ({"n": 0}, ValueError, "n == 0"),
        ({"y": np.zeros(400)}, ValueError, "no row to ask for"),
        ({"y": np.r_[9, np.full(399, -1)]}, ValueError, r"not in classes: \[9\]"),
        ({"y": np.full(3, -1)}, ValueError, "inconsistent"),
        ({"features": np.zeros((3, 1))}, ValueError, "inconsistent"),
        ({"features": np.zeros(400)}, ValueError, "two dimensions"),
        ({"features": np.full((400, 2), np.nan)}, ValueError, "there is none but NaN"),
    ],
)
def test_what_cannot_be_ranked_is_refused_in_words(blobs, change, error, message):
    X, _, y = blobs
    options = {"estimator": SemiSupervisedGMM().fit(X, y), "X": X, "n": 5, "y": y} | change
    with pytest.raises(error, match=message):
        rank_queries(**options)


def test_scikit_learns_classifiers_rank_too(blobs):
    X, _, y = blobs
    for model in (LabelSpreading("knn"), SelfTrainingClassifier(LogisticRegression())):
        assert len(rank_queries(model.fit(X, y), X, 5, y=y, method="expected_error", n_candidates=5)) == 5
