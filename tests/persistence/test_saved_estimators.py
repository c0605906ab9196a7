"""Files of this and former versions: they load and predict the same. Files are never changed; later ones get others.

``python -m tests.persistence.test_saved_estimators`` writes those that are not there yet.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PowerTransformer, StandardScaler
from sklearn.svm import SVC

import semigen
from semigen import GenerativeFeatures, SemiSupervisedGMM, SemiSupervisedGMMCV

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
        "pipeline": make_pipeline(PowerTransformer(), SemiSupervisedGMM("diag", unlabeled="")),
    }


def answers(model: Any) -> np.ndarray:
    """Class probabilities, or where there are none the values by which it decides."""
    return model.predict_proba(ROWS) if hasattr(model, "predict_proba") else model.decision_function(ROWS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")
def test_a_saved_file_predicts_as_it_did(path):
    model = semigen.load(path)
    np.testing.assert_allclose(answers(model), np.loadtxt(path.with_suffix(".txt"), ndmin=2), rtol=1e-9, atol=1e-12)
    assert model.predict(X).dtype.kind == "U"
    assert set(model.predict(X)) <= set(NAMES)


def test_there_is_a_file_of_each_kind():
    assert {path.stem.partition("-")[0] for path in FILES} == set(models())


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for name, model in models().items():
        file = SAVED / f"{name}-semigen-3.semigen"
        if not file.exists():
            semigen.save(model.fit(X, Y), file)
            np.savetxt(file.with_suffix(".txt"), answers(model))
