"""Files of mixtures, hybrids and trees, damaged and forged: each loads and predicts, or is refused by a ValueError."""

from __future__ import annotations

import tracemalloc
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import semigen
from semigen import GenerativeFeatures, SemiSupervisedGMM, SemiSupervisedGMMCV
from tests.fuzz.mutations import Parts, bounded_memory, check_sentence, damaged, mutated_parts
from tests.persistence.test_saved_estimators import fitted_table_classifier, table_of

ROWS, SPECIES = load_iris(return_X_y=True)
ROWS, SPECIES = ROWS[::3], SPECIES[::3]
Y = np.where(np.arange(50) % 2 == 0, SPECIES, -1)
TABLE = pd.DataFrame({"n": ROWS[:, 0], "plan": np.array(["a", "b", "c"])[np.arange(50) % 3], "free": [
    f"word{i % 9} and word{i % 7} with word{i % 5} or word{i % 11}" for i in range(50)
]})  # fmt: skip

# Whatever somebody makes parts of a model be, Python's own errors at predictions are the worst that comes of it.
AT_WORST = (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[bytes, Parts, Any, np.ndarray]]:
    """Of each model: its file, what the file says, rows, and what the model predicts of them."""
    path = tmp_path_factory.mktemp("models") / "model"
    trees = HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=3)
    estimators = [
        *((SemiSupervisedGMM(family), ROWS) for family in ("full", "tied", "diag", "low_rank")),
        (SemiSupervisedGMM(noise="uniform", novelty=2, unknown_label=9, false_alarm=0.3, random_state=0), ROWS),
        (SemiSupervisedGMMCV(["tied"], transforms=("none", "principal"), n_components=1, cv=2, random_state=0), ROWS),
        *(
            (GenerativeFeatures(StandardScaler(), each), ROWS)
            for each in (ExtraTreesClassifier(3, random_state=0), trees, SVC(), KNeighborsClassifier(3))
        ),
        (make_pipeline(semigen.encoder_for(TABLE), SemiSupervisedGMM("diag", reg_covar=0.01)), TABLE),
    ]
    made = []
    for estimator, rows in estimators:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            semigen.save(estimator.fit(rows, Y), path)
        made.append((path.read_bytes(), Parts.of(path), rows, estimator.predict(rows)))
    model = fitted_table_classifier()
    model.save(path)
    rows = table_of(ROWS)
    return [*made, (path.read_bytes(), Parts.of(path), rows, model.predict(rows))]


def loaded(path: Path) -> Any:
    """The model, or None if it was refused as it should be."""
    try:
        return semigen.load(path, device="cpu")
    except ValueError as error:
        refusal = error
    check_sentence(refusal)
    assert type(refusal) is ValueError
    assert repr(str(path)) in str(refusal)
    return None


@pytest.mark.fuzz(examples=150)
def test_a_damaged_file_is_refused_or_predicts_as_before(fuzz_seeds, models, tmp_path):
    path = tmp_path / "model"
    with bounded_memory():
        for seed in fuzz_seeds:
            rng = np.random.default_rng(seed)
            content, _, rows, before = models[int(rng.integers(len(models)))]
            path.write_bytes(damaged(content, rng))
            model = loaded(path)
            assert model is None or np.array_equal(model.predict(rows), before)


@pytest.mark.fuzz(examples=300)
def test_a_forged_file_is_refused_or_predicts_within_its_arrays(fuzz_seeds, models, tmp_path):
    path = tmp_path / "model"
    with bounded_memory(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in fuzz_seeds:
            rng = np.random.default_rng(seed)
            _, parts, rows, _ = models[int(rng.integers(len(models)))]
            path.write_bytes(mutated_parts(parts, rng))
            model = loaded(path)
            if model is not None:
                try:
                    model.predict(rows)
                except AT_WORST:
                    continue


def test_loading_takes_at_most_twice_the_file_in_memory(tmp_path):
    rows = np.random.default_rng(0).normal(size=(40, 500)) + 3 * (np.arange(40)[:, None] % 2)
    model = SemiSupervisedGMM(max_iter=2, shrinkage=1.0).fit(rows, np.where(np.arange(40) < 20, np.arange(40) % 2, -1))
    model.save(tmp_path / "model")
    semigen.load(tmp_path / "model")  # imports
    tracemalloc.start()
    semigen.load(tmp_path / "model")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * (tmp_path / "model").stat().st_size
