"""Bad input gives a ValueError that names the argument and the remedy, or a sound fit; never a changed estimator."""

from __future__ import annotations

import numpy as np
import pytest

from semigen import SemiSupervisedGMM
from semigen.mixture.families.dense import lower_root

X = np.random.default_rng(0).normal(size=(40, 3)) + np.repeat([0.0, 3.0], 20)[:, None]
Y = np.where(np.arange(40) % 20 < 4, np.repeat([0, 1], 20), -1)


def with_value(value):
    changed = X.copy()
    changed[3, 1] = value
    return changed


BAD_CALLS = {
    "NaN": ({}, (with_value(np.nan), Y), "NaN"),
    "infinity": ({}, (with_value(np.inf), Y), "infinity"),
    "one-dimensional X": ({}, (X[:, 0], Y), "2D array"),
    "no rows": ({}, (X[:0], Y[:0]), "0 sample"),
    "no columns": ({}, (X[:, :0], Y), r"0 feature"),
    "y too short": ({}, (X, Y[:-1]), "inconsistent"),
    "two columns in y": ({}, (X, np.c_[Y, Y]), "more than one dimension"),
    "text in X": ({}, (np.full((40, 3), "a", dtype=object), Y), "could not convert.*OrdinalEncoder"),
    "variance beyond floating point": ({}, (X * [1.0, 1e-300, 1.0], Y), "Column 1 of X .*Rescale"),
    "negative weight": ({}, (X, Y, np.r_[-1, np.ones(39)]), "sample_weight"),
    "weight not finite": ({}, (X, Y, np.r_[np.nan, np.ones(39)]), "sample_weight|NaN"),
    "weights too short": ({}, (X, Y, np.ones(39)), "sample_weight"),
    "weights too small for floating point": ({}, (X, Y, np.full(40, 5e-324)), "sample_weight adds up"),
    "weights beyond floating point": ({}, (X, Y, np.full(40, 1e300)), "sample_weight adds up"),
    "no number of components": ({"n_components": {0: None}}, (X, Y), "n_components.*whole number"),
    "text as class prior": ({"class_prior": ["a", "b"]}, (X, Y), "class_prior must hold numbers"),
    "all weights zero": ({}, (X, Y, np.zeros(40)), "(?i)sample.weight"),
    "a class with weight zero": ({}, (X, Y, (Y != 1).astype(float)), r"classes \[1\].*sample_weight"),
    "no labelled row": ({}, (X, np.full(40, -1)), r"no labelled row.*classes="),
    "one class": ({}, (X, np.where(Y == 0, 0, -1)), r"one class only, 0.*classes="),
    "label not in classes": ({"classes": [0, 2]}, (X, Y), r"not in classes: \[1\]"),
    "too few rows for the components": ({"n_components": 60}, (X, Y), "n_components asks for 60"),
    "too few rows in all": ({"n_components": 30}, (X, Y), "60 components in all"),
    "components of no class": ({"n_components": {7: 2}}, (X, Y), r"n_components names \[7\]"),
    "half a component": ({"n_components": {0: 1.5}}, (X, Y), "whole number"),
    "classes with nothing to learn from": ({"classes": [0, 1, 2]}, (X[Y >= 0], Y[Y >= 0]), "without a labelled row"),
    "class prior of the wrong length": ({"class_prior": [1.0]}, (X, Y), "class_prior has shape"),
    "class prior that does not sum to one": ({"class_prior": [0.5, 0.6]}, (X, Y), "sum to 1"),
    "class prior of zero": ({"class_prior": [0.0, 1.0]}, (X, Y), "must be positive"),
    "class prior of other classes": ({"class_prior": {0: 0.5, 9: 0.5}}, (X, Y), "just the classes"),
    "lambda above one": ({"unlabeled_weight": 1.5}, (X, Y), "unlabeled_weight"),
    "negative shrinkage": ({"shrinkage": -1.0}, (X, Y), "shrinkage"),
    "unknown family": ({"covariance_type": "round"}, (X, Y), "covariance_type"),
    "no iterations": ({"max_iter": 0}, (X, Y), "max_iter"),
    "n_jobs of zero": ({"n_jobs": 0}, (X, Y), "n_jobs=0"),
    "start without means": ({"init": {"weights": [0.5, 0.5]}}, (X, Y), "keys"),
    "start of the wrong shape": (
        {"init": {"weights": [0.5, 0.5], "means": np.zeros((2, 2)), "covariances": np.stack([np.eye(3)] * 2)}},
        (X, Y),
        r"init\['means'\] has shape",
    ),
    "start that is not symmetric": (
        {
            "init": {
                "weights": [0.5, 0.5],
                "means": np.zeros((2, 3)),
                "covariances": np.stack([np.eye(3) + np.eye(3, k=1)] * 2),
            }
        },
        (X, Y),
        "symmetric",
    ),
    "singular without any support": (
        {"reg_covar": 0.0, "shrinkage": 0},
        (np.c_[X, X[:, 0]], Y),
        r"class 0 became singular.*reg_covar",
    ),
}


def test_unlabelled_rows_with_other_columns_are_called_by_their_name():
    with pytest.raises(ValueError, match="X_unlabeled has 2 columns and X has 3"):
        SemiSupervisedGMM().fit(X, Y, X_unlabeled=X[:, :2])


@pytest.mark.parametrize("name", BAD_CALLS)
def test_the_error_says_what_and_a_fitted_estimator_stays_as_it_was(name):
    options, arguments, message = BAD_CALLS[name]
    model = SemiSupervisedGMM().fit(X[:, :2], Y).set_params(**options)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=message):
        model.fit(*arguments)
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[key] is before[key] for key in before)


def assert_sound(model, rows):
    for attribute in ("weights_", "means_", "covariances_", "precisions_cholesky_", "history_"):
        assert np.isfinite(getattr(model, attribute)).all(), attribute
    probabilities = model.predict_proba(rows)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


SOUND = {
    "constant column": np.c_[X, np.full(40, 7.3)],
    "column of zeros": np.c_[X, np.zeros(40)],
    "huge constant column": np.c_[X, np.full(40, 1e150)],
    "repeated column": np.c_[X, X[:, 0]],
    "repeated rows": np.repeat(X[::10], 10, axis=0),
    "all rows alike": np.ones((40, 3)),
    "scales of 1e-150 and 1e+150": X * [1e-150, 1.0, 1e150],
    "far from zero": X + 1e8,
    "object array of numbers": X.astype(object),
    "integers": np.round(X * 10).astype(int),
    "booleans": X > 1,
    "one column": X[:, :1],
    "more columns than rows": np.random.default_rng(1).normal(size=(40, 90)),
    "Fortran order": np.asfortranarray(X),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", SOUND)
@pytest.mark.parametrize("shrinkage", ["auto", 0])
def test_awkward_rows_give_a_sound_fit(family, name, shrinkage):
    rows = SOUND[name]
    assert_sound(SemiSupervisedGMM(family, shrinkage=shrinkage).fit(rows, Y), rows)


@pytest.mark.parametrize("column", [np.full(40, 7.3), np.zeros(40), np.full(40, -1e9)])
@pytest.mark.parametrize("family", ["full", "tied", "diag"])
def test_a_constant_column_changes_no_probability(family, column):
    plain = SemiSupervisedGMM(family, shrinkage=2.0).fit(X, Y).predict_proba(X)
    padded = np.c_[column, X]
    np.testing.assert_allclose(
        SemiSupervisedGMM(family, shrinkage=2.0).fit(padded, Y).predict_proba(padded), plain, atol=1e-3
    )


def test_extreme_scales_are_as_good_as_ordinary_ones():
    plain = SemiSupervisedGMM().fit(X, Y).predict_proba(X)
    scaled = X * [1e-150, 1.0, 1e150]
    np.testing.assert_allclose(SemiSupervisedGMM().fit(scaled, Y).predict_proba(scaled), plain, atol=1e-9)


def test_one_class_named_by_the_caller_is_a_density():
    model = SemiSupervisedGMM(classes=["only"]).fit(X, np.full(40, "only"))
    assert (model.predict(X) == "only").all()
    assert np.isfinite(model.score_samples(X)).all()


@pytest.mark.parametrize("rank", [0, 1, 3])
def test_the_root_of_a_prior_s_covariance_is_had_also_where_it_has_lost_its_rank(rank):
    directions = np.random.default_rng(0).normal(size=(rank, 5))
    covariance = directions.T @ directions
    root = lower_root(covariance)
    assert np.array_equal(root, np.tril(root))
    np.testing.assert_allclose(root @ root.T, covariance, atol=1e-12)
