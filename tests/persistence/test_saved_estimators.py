"""Files of this and former versions: they load and predict the same. Files are never changed; later ones get others.

``python -m tests.persistence.test_saved_estimators`` writes those that are not there yet.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_iris
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PowerTransformer, StandardScaler
from sklearn.svm import SVC

import semigen
from semigen import (
    GenerativeFeatures,
    SemiSupervisedGMM,
    SemiSupervisedGMMCV,
    SemiSupervisedMixture,
    TableClassifier,
    encoder_for,
)
from semigen.tables.frames import declare_columns, typed_frame
from semigen.tables.new_cells import SeenColumns
from semigen.tables.table_classifier import HeldOut, Origin

SAVED = Path(__file__).parent / "saved"
FILES = sorted(SAVED.glob("*.semigen"))

X, SPECIES = load_iris(return_X_y=True)
X, NAMES = X[::3], np.array(["setosa", "versicolor", "virginica"])[SPECIES[::3]]
Y = np.where(np.arange(50) % 2 == 0, NAMES, "")
ROWS = X[::7]


def models() -> dict[str, Any]:
    """One of each kind, unfitted, for text classes."""
    return {
        "mixture": SemiSupervisedGMM(unlabeled="", guard=True, random_state=0),
        "low_rank": SemiSupervisedGMM("low_rank", unlabeled=""),
        "mixture_cv": SemiSupervisedGMMCV(["tied"], n_components=1, cv=2, unlabeled="", random_state=0),
        "hybrid": GenerativeFeatures(SemiSupervisedGMM(), LinearDiscriminantAnalysis(), unlabeled=""),
        "forest": GenerativeFeatures(StandardScaler(), ExtraTreesClassifier(3, random_state=0), unlabeled=""),
        "boosting": GenerativeFeatures(
            StandardScaler(), HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=3), unlabeled=""
        ),
        "svm": GenerativeFeatures(StandardScaler(), SVC(probability=False), unlabeled=""),
        "neighbours": GenerativeFeatures(StandardScaler(), KNeighborsClassifier(3), unlabeled=""),
        "blocks": SemiSupervisedMixture({"categorical": [3]}, unlabeled="", unlabeled_weight=1.0),
        "pipeline": make_pipeline(PowerTransformer(), SemiSupervisedGMM("diag", unlabeled="")),
    }


def answers(model: Any) -> np.ndarray:
    """Class probabilities, or where there are none the values by which it decides."""
    rows = table_of(ROWS) if isinstance(model, TableClassifier) else ROWS
    return model.predict_proba(rows) if hasattr(model, "predict_proba") else model.decision_function(rows)


def table_of(rows: Any) -> pl.DataFrame:
    """Rows as a table with numbers, words and dates."""
    words = pl.Series(np.where(rows[:, 0] > 5.5, "long", "short"))
    days = pl.Series(rows[:, 3] * 100).cast(pl.Int32).cast(pl.Date).cast(pl.String)
    frame = pl.DataFrame(rows[:, 1:3].astype(str), schema=["width", "length"])
    return frame.with_columns(sepal=words, day=days)


def fitted_table_classifier() -> TableClassifier:
    """What `semigen label --save` makes of such a table."""
    table = table_of(X)
    columns, cells = declare_columns(table, table.columns)
    typed = typed_frame(table, columns, cells)
    model = make_pipeline(encoder_for(typed), LinearDiscriminantAnalysis()).fit(typed, NAMES)
    held_out = HeldOut(0.1, 0.05, 0.2, 50)
    counts = dict.fromkeys(np.unique(NAMES).tolist(), 25)
    origin = Origin("iris.csv", "species", None, "2026-11-30T12:00:00+00:00", "LDA", 50, counts, ("id",), held_out)
    return TableClassifier(model, SeenColumns.of(columns, cells, typed), False, origin)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")
def test_a_saved_file_predicts_as_it_did(path):
    model = semigen.load(path)
    np.testing.assert_allclose(answers(model), np.loadtxt(path.with_suffix(".txt"), ndmin=2), rtol=1e-9, atol=1e-12)
    predicted = model.predict(table_of(X) if isinstance(model, TableClassifier) else X)
    assert predicted.dtype.kind == "U"
    assert set(predicted) <= set(NAMES)


def test_there_is_a_file_of_each_kind():
    assert {path.stem.partition("-")[0] for path in FILES} == {*models(), "table"}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for name, model in {**models(), "table": fitted_table_classifier()}.items():
        file = SAVED / f"{name}-semigen-3.semigen"
        if not file.exists():
            semigen.save(model if name == "table" else model.fit(X, Y), file)
            np.savetxt(file.with_suffix(".txt"), answers(model))
