"""Probabilities and sets as labels: what they mean, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_iris

from semigen import SemiSupervisedGMM
from semigen.labels import UNLABELED_CODE, UNSURE_CODE, encode

X, SPECIES = load_iris(return_X_y=True)
Y = np.where(np.arange(150) % 10 < 2, SPECIES, -1)
FITTED = ("weights_", "means_", "covariances_", "log_likelihood_")


def probabilities(y: np.ndarray, trust: float = 1.0) -> np.ndarray:
    """Labels as a matrix: `trust` for the label, the rest shared out; NaN where there is none."""
    matrix = np.full((len(y), 3), np.nan)
    matrix[y >= 0] = (1 - trust) / 2
    matrix[y >= 0, y[y >= 0]] = trust
    return matrix


def same(one: SemiSupervisedGMM, other: SemiSupervisedGMM, rtol: float = 1e-9) -> None:
    for name in FITTED:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=rtol, atol=1e-10, err_msg=name)


def test_certain_probabilities_and_sets_of_one_are_labels(family):
    plain = SemiSupervisedGMM(family).fit(X, Y)
    same(plain, SemiSupervisedGMM(family).fit(X, probabilities(Y)))
    same(plain, SemiSupervisedGMM(family).fit(X, [{int(k)} if k >= 0 else None for k in Y]))


def test_equal_probabilities_and_sets_of_all_classes_are_no_labels(family):
    plain = SemiSupervisedGMM(family, unlabeled_weight=0.3).fit(X, Y)
    matrix = np.nan_to_num(probabilities(Y), nan=1 / 3)
    same(plain, SemiSupervisedGMM(family, unlabeled_weight=0.3).fit(X, matrix))
    same(plain, SemiSupervisedGMM(family, unlabeled_weight=0.3).fit(X, [{0, 1, 2} if k < 0 else int(k) for k in Y]))


def test_a_set_is_as_good_as_equal_probabilities_of_its_members(family):
    sets = [{0} if k == 0 else {1, 2} if i % 20 else {int(k)} for i, k in enumerate(SPECIES)]
    matrix = np.array([[(k in of) / len(of) for k in range(3)] for of in sets])
    by_sets, by_matrix = (SemiSupervisedGMM(family).fit(X, y) for y in (sets, matrix))
    for name in FITTED[:3]:
        one, other = getattr(by_sets, name), getattr(by_matrix, name)
        if name == "covariances_" and family == "low_rank":
            # Loadings near zero have few digits; the covariances that they make have all.
            one, other = ([np.diag(c[0]) + c[1:].T @ c[1:] for c in each] for each in (one, other))
        np.testing.assert_allclose(one, other, rtol=1e-8)


def test_the_likelihood_is_the_sum_over_classes_of_probability_times_density(family):
    matrix = probabilities(Y, trust=0.7)
    model = SemiSupervisedGMM(family).fit(X, matrix)
    told = np.nan_to_num(matrix, nan=1.0)
    by_hand = np.log((told * np.exp(model.predict_joint_log_proba(X))).sum(axis=1)).sum()
    assert model.log_likelihood_ == pytest.approx(by_hand, rel=1e-9)
    assert model.aic(X, matrix) - model.aic(X) == pytest.approx(
        2 * (model.score_samples(X).sum() - model.log_likelihood_), rel=1e-9
    )


def test_a_row_goes_to_a_class_that_its_label_allows():
    sets = [{int(k), 2} for k in SPECIES]
    sets[0], sets[60], sets[110] = {0}, {1}, {2}
    model = SemiSupervisedGMM().fit(X, sets)
    assert all(label in allowed for label, allowed in zip(model.transduction_, sets, strict=True))
    assert (model.n_unsure_, model.n_unlabeled_, model.n_labeled_.tolist()) == (98, 0, [1, 1, 50])


def test_wrong_labels_said_with_doubt_hurt_less_than_wrong_labels():
    rng = np.random.default_rng(0)
    noisy = np.where((Y >= 0) & (rng.random(150) < 0.3), rng.integers(0, 3, 150), Y)
    sure = SemiSupervisedGMM().fit(X, noisy).score(X, SPECIES)
    assert SemiSupervisedGMM().fit(X, probabilities(noisy, trust=0.75)).score(X, SPECIES) > sure


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@settings(max_examples=25, deadline=None)
@given(
    family=st.sampled_from(["full", "tied", "diag", "spherical"]),
    trust=st.floats(0.4, 1.0),
    weight=st.sampled_from([0.0, 0.2, 1.0]),
    seed=st.integers(0, 99),
)
def test_promises_1_and_3_hold_with_unsure_labels(family, trust, weight, seed):
    """The objective rises; weights equal repeats; order and rows of weight zero do not matter."""
    rng = np.random.default_rng(seed)
    y, weights = probabilities(Y, trust), rng.integers(0, 4, 150).astype(float)
    weights[[0, 50, 100]] = 1
    options = {"unlabeled_weight": weight, "tol": 1e-9, "max_iter": 60}
    weighted = SemiSupervisedGMM(family, **options).fit(X, y, weights)
    repeated = rng.permutation(np.repeat(np.arange(150), weights.astype(int)))
    same(weighted, SemiSupervisedGMM(family, **options).fit(X[repeated], y[repeated]), rtol=1e-6)
    history = weighted.history_
    assert (np.diff(history) >= -1e-12 * (1 + np.abs(history[:-1]))).all()


def test_promise_2_threads_do_not_matter_to_the_last_bit():
    many = np.repeat(X, 30, axis=0) + np.random.default_rng(0).normal(0, 0.1, (4500, 4))
    y = np.repeat(probabilities(Y, 0.8), 30, axis=0)
    one, three = (SemiSupervisedGMM(n_jobs=n).fit(many, y) for n in (1, 3))
    assert all(np.array_equal(getattr(one, name), getattr(three, name)) for name in FITTED)


def test_classes_come_from_the_argument_the_columns_or_the_sets():
    matrix = probabilities(Y)
    assert encode(matrix, unsure=True).classes.tolist() == [0, 1, 2]
    assert encode(matrix, unsure=True, classes=["x", "y", "z"]).classes.tolist() == ["x", "y", "z"]
    assert encode(pd.DataFrame(matrix, columns=["c", "a", "b"]), unsure=True).classes.tolist() == ["c", "a", "b"]
    labels = encode([{"b", "a"}, "c", "?", None, frozenset({"c", "b"})], unlabeled="?", unsure=True)
    assert labels.classes.tolist() == ["a", "b", "c"]
    assert labels.codes.tolist() == [UNSURE_CODE, 2, UNLABELED_CODE, UNLABELED_CODE, UNSURE_CODE]


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([[0.5, 0.6], [1, 0]], "row 0 of y sum to 1.1"),
        ([[1.2, -0.2], [1, 0]], "Row 0 of y is .* between 0 and 1"),
        ([[1, 0], [np.nan, 1]], "Row 1 of y has probabilities for some classes only"),
        ([[1, 0], [np.inf, 1]], "Row 1"),
        ([["a", "b"], ["b", "a"]], "should hold probabilities"),
        ([{"a", "b"}, set(), "a", "b"], "Row 1 of y is an empty set"),
        ([{1, "a"}, 1], "mixes labels"),
        ([{0, 1}, {0, 1}, 2, 2], "never tells class 0 from class 1"),
        ([{0, -1}, 1, 0], "marks unlabelled rows"),
        ([[0.0, 1.0], [0.0, 1.0], [np.nan, np.nan]], r"No labelled row of the classes \[0\]"),
        ([[np.nan, np.nan]] * 3, "no labelled row"),
        ([{1}, {1}, None], "one class only"),
        ([("a", "b"), ("a", "c")], "pass Python sets"),
    ],
)
def test_labels_that_make_no_sense_are_refused_and_say_why(y, message):
    with pytest.raises(ValueError, match=message):
        SemiSupervisedGMM().fit(np.arange(len(y) * 2.0).reshape(-1, 2), y)


def test_more_probabilities_than_classes_are_refused():
    with pytest.raises(ValueError, match="3 columns of probabilities, and there are 2 classes"):
        SemiSupervisedGMM(classes=["a", "b"]).fit(X, probabilities(Y))


def test_a_class_without_any_probability_is_learnt_if_it_is_named():
    y = np.where(Y == 2, -1, Y)
    model = SemiSupervisedGMM(classes=[0, 1, 2], random_state=0).fit(X, probabilities(y, trust=1.0))
    assert model.score(X, SPECIES) > 0.9


def test_named_columns_are_put_into_the_order_of_the_classes():
    names = np.array(["setosa", "versicolor", "virginica"])
    frame = pd.DataFrame(probabilities(Y, 0.9), columns=names)
    plain = SemiSupervisedGMM().fit(X, frame)
    turned = SemiSupervisedGMM(classes=names[::-1]).fit(X, frame)
    np.testing.assert_allclose(turned.predict_proba(X)[:, ::-1], plain.predict_proba(X), rtol=1e-6)
    assert turned.score(X, names[SPECIES]) == plain.score(X, names[SPECIES]) > 0.9
    numbered = SemiSupervisedGMM(classes=names).fit(X, pd.DataFrame(probabilities(Y, 0.9)))
    assert numbered.score(X, names[SPECIES]) > 0.9
    with pytest.raises(ValueError, match="name the columns like the classes"):
        SemiSupervisedGMM(classes=["a", "b", "c"]).fit(X, frame)


def test_absent_probabilities_of_a_frame_may_be_pandas_na():
    frame = pd.DataFrame(probabilities(Y, 0.9)).convert_dtypes()
    same(SemiSupervisedGMM().fit(X, frame), SemiSupervisedGMM().fit(X, probabilities(Y, 0.9)))


def test_what_an_unsure_row_counts_does_not_jump_where_it_says_next_to_nothing(family):
    matrix = np.nan_to_num(probabilities(Y), nan=1 / 3)
    nearly = matrix + np.where(Y[:, None] < 0, [[1e-7, 0, -1e-7]], 0)
    for weight in (0.0, 0.3):
        flat, almost = (
            SemiSupervisedGMM(family, unlabeled_weight=weight, tol=1e-10, max_iter=5000).fit(X, y)
            for y in (matrix, nearly)
        )
        assert almost.n_unsure_ > flat.n_unsure_
        np.testing.assert_allclose(almost.means_, flat.means_, rtol=1e-4)


def test_rows_of_weight_zero_tell_no_classes_apart():
    sets = [{0, 1}] * 60 + [2] * 20 + [0] * 10
    rows = np.random.default_rng(0).normal(size=(90, 2))
    with pytest.raises(ValueError, match="never tells class 0 from class 1"):
        SemiSupervisedGMM().fit(rows, sets, np.repeat([1.0, 0.0], [80, 10]))
