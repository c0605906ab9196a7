"""Candidates of `recommend`, and what it finds, saved and loaded."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

import semigen
from semigen.labels import encode
from semigen.recommendation.candidates import CANDIDATES
from semigen.recommendation.training_rows import prepare
from tests.persistence.same import assert_equal, check_same

X, SPECIES = load_iris(return_X_y=True)
Y = np.where(np.arange(150) % 3 == 0, SPECIES, -1)
ROWS = X + np.where((np.arange(150)[:, None] % 7 == 0) & (np.arange(4) == 1), np.nan, 0)


# Fewer folds and fewer mixtures are saved and loaded in the same way.
FEWER = {"cv": 2, "n_components": 1, "mixtures__cv": 2, "mixtures__n_components": 1}

SHALLOW = [name for name, each in CANDIDATES.items() if not each.deep]


@pytest.mark.parametrize(
    ("name", "rows"),
    [*((name, X) for name in SHALLOW), *((name, ROWS) for name in ("logistic regression", "mixture", "ensemble"))],
)
def test_a_candidate_is_the_same_after_loading(name, rows, tmp_path):
    model = CANDIDATES[name].make(prepare(rows, encode(Y)))
    model.set_params(**{name: FEWER[name] for name in FEWER.keys() & model.get_params().keys()}).fit(rows, Y)
    semigen.save(model, tmp_path / "model")
    check_same(model, semigen.load(tmp_path / "model"), rows)


@pytest.mark.parametrize("name", [name for name, each in CANDIDATES.items() if each.deep])
def test_a_deep_candidate_predicts_the_same_after_loading(name, tmp_path):
    pytest.importorskip("torch")
    model = CANDIDATES[name].make(prepare(ROWS, encode(Y)))
    deep = [each for each in model.get_params() if each.rpartition("__")[2] == "max_epochs"]
    model.set_params(**dict.fromkeys(deep, 2)).fit(ROWS, Y)
    semigen.save(model, tmp_path / "model")
    loaded = semigen.load(tmp_path / "model", device="cpu")
    assert_equal(loaded.predict_proba(ROWS), model.predict_proba(ROWS))
    assert_equal(loaded.classes_, model.classes_)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    words = [" ".join(f"w{i * j % 37}" for j in range(1, 9)) for i in range(150)]
    return pd.DataFrame(
        {
            "length": X[:, 2],
            "width": [f"{value:.1f} cm" for value in X[:, 3]],
            "plan": [["free", "team", "rare" if i % 50 == 1 else "team"][i % 3] for i in range(150)],
            "note": words,
            "since": pd.date_range("2020-01-01", periods=150),
        }
    )


def test_a_recommendation_for_a_table_is_the_same_after_loading(table, tmp_path):
    y = np.where(Y < 0, "", np.array(["a", "b", "c"])[SPECIES])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = semigen.recommend(
            table, y, budget=3, unlabeled="", candidates=["forest on columns and mixture"], random_state=0
        )
    found = result.best_estimator_
    semigen.save(found, tmp_path / "model")
    check_same(found, semigen.load(tmp_path / "model"), table)


def test_an_encoder_is_the_same_after_loading(table, tmp_path):
    encoder = semigen.encoder_for(table).fit(table)
    encoder.save(tmp_path / "model")
    loaded = semigen.load(tmp_path / "model")
    check_same(encoder, loaded, table)
    assert_equal(loaded.get_feature_names_out(), encoder.get_feature_names_out())
