"""Mixtures that are saved and loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

import semigen
from semigen.mixture.families import FAMILIES
from tests.persistence.same import check_same

X, SPECIES = load_iris(return_X_y=True)
Y = np.where(np.arange(150) % 3 == 0, SPECIES, -1)
NAMES = np.array(["setosa", "versicolor", "virginica"])


def labels(names: np.ndarray, marker: Any) -> np.ndarray:
    y = np.array([names[k] for k in SPECIES], dtype=object)
    y[np.arange(150) % 3 > 0] = marker
    return y


def again(model: Any, path: Path) -> Any:
    model.save(path)
    return semigen.load(path)


@pytest.mark.parametrize("family", sorted(FAMILIES))
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_mixture_of_any_family_is_the_same_after_loading(family, dtype, tmp_path):
    model = semigen.SemiSupervisedGMM(family, n_components={0: 2}, random_state=0).fit(X.astype(dtype), Y)
    loaded = again(model, tmp_path / "model")
    check_same(model, loaded, X.astype(dtype))
    assert loaded.bic(X, Y) == model.bic(X, Y)


@pytest.mark.parametrize(
    "parameters",
    [
        {"guard": True},
        {"n_components": "bic"},
        {"class_prior": {0: 0.2, 1: 0.3, 2: 0.5}},
        {"class_prior": np.array([0.2, 0.3, 0.5]), "unlabeled_weight": np.float32(0.5)},
        {"classes": [2, 1, 0], "random_state": np.random.RandomState(3), "n_init": 2},
        {"classes": np.array([0, 1, 2, 7])},
    ],
    ids=lambda parameters: "-".join(parameters),
)
def test_parameters_of_any_kind_are_the_same_after_loading(parameters, tmp_path):
    model = semigen.SemiSupervisedGMM(**parameters).fit(X, Y)
    random_state, loaded = parameters.get("random_state"), again(model, tmp_path / "model")
    if random_state is not None:
        assert loaded.random_state.rand() == random_state.rand()
        # Shown by its address, which is no property of it.
        loaded.random_state = model.random_state = 0
    check_same(model, loaded, X)


@pytest.mark.parametrize(
    ("names", "marker"),
    [
        (NAMES, ""),
        (NAMES.astype("S"), b"?"),
        (np.array([True, False, True]), None),
        (np.array([0.0, 1.0, 2.0]), np.nan),
        (np.array(["2024-01-01", "2024-02-01", "2024-03-01"], dtype="M8[D]"), None),
    ],
    ids=["text", "bytes", "truth", "floats", "dates"],
)
def test_classes_keep_their_type(names, marker, tmp_path):
    model = semigen.SemiSupervisedGMM("diag", unlabeled=marker).fit(X, labels(names, marker))
    check_same(model, again(model, tmp_path / "model"), X)


def test_classes_that_are_tuples_stay_tuples(tmp_path):
    pairs = [("a", 1), ("a", 2), ("b", True)]
    y = pd.Series([pairs[k] if i % 3 == 0 else None for i, k in enumerate(SPECIES)])
    model = semigen.SemiSupervisedGMM("diag", unlabeled=None).fit(X, y)
    check_same(model, again(model, tmp_path / "model"), X)


def test_a_mixture_of_text_classes_in_an_array_of_text_is_the_same_after_loading(tmp_path):
    model = semigen.SemiSupervisedGMM(unlabeled="").fit(X, np.where(Y < 0, "", NAMES[SPECIES]))
    loaded = again(model, tmp_path / "model")
    check_same(model, loaded, X)
    assert loaded.classes_.dtype == NAMES.dtype


def test_names_of_columns_and_missing_values_are_the_same_after_loading(tmp_path):
    rows = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    rows.iloc[::7, 1] = np.nan
    model = semigen.SemiSupervisedGMM(missing="marginal").fit(rows, Y)
    loaded = again(model, tmp_path / "model")
    check_same(model, loaded, rows)
    assert (loaded.impute(rows) == model.impute(rows)).all()
    with pytest.raises(ValueError, match="feature names"):
        loaded.predict(rows[["b", "a", "c", "d"]])


def test_classes_drawn_as_many_of_each_and_a_shift_of_them_are_the_same_after_loading(tmp_path):
    model = semigen.SemiSupervisedGMM(class_prior="unlabeled").fit(X, Y)
    check_same(model, again(model, tmp_path / "model"), X)
    shifted = semigen.PriorShiftClassifier(semigen.SemiSupervisedGMM(), random_state=0).fit(X, Y)
    loaded = again(shifted, tmp_path / "shifted")
    check_same(shifted, loaded, X)
    check_same(shifted.adapt_prior(X[:130]), loaded.adapt_prior(X[:130]), X)


def test_a_loaded_mixture_goes_on_learning_as_the_saved_one(tmp_path):
    stream = semigen.SemiSupervisedGMM("tied").fit(X, Y).partial_fit(X, Y)
    loaded = again(stream, tmp_path / "model")
    check_same(stream.partial_fit(X[:90], Y[:90]), loaded.partial_fit(X[:90], Y[:90]), X)
    check_same(stream.update(stream.statistics(X, Y)), loaded.update(loaded.statistics(X, Y)), X)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"guard": True},
        {
            "transforms": ("none", "yeo-johnson", "normal-scores", "principal", "pca-2", "unit-length"),
            "covariance_types": ("tied",),
            "n_components": 1,
        },
        {"combine": "best", "n_components": (1, 2)},
    ],
    ids=lambda parameters: "-".join(parameters),
)
def test_mixtures_by_cross_validation_are_the_same_after_loading(parameters, tmp_path):
    model = semigen.SemiSupervisedGMMCV(random_state=0, **parameters).fit(X, Y)
    loaded = again(model, tmp_path / "model")
    check_same(model, loaded, X)
    assert str(loaded.selection_) == str(model.selection_)
