"""Model files, damaged and forged: each loads and is sound, or is refused by a ValueError with a sentence."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

import semigen
from tests.deep.tables import CLASSIFIERS, MODELS, blobs, small
from tests.fuzz.mutations import Parts, bounded_memory, check_sentence, damaged, mutated_parts

OLD = Path(__file__).parents[1] / "deep" / "saved" / "vae-semigen-1.safetensors"


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return blobs(24)[0]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> dict[str, tuple[bytes, Parts, Any]]:
    """Of each model: its file, what the file says, and what the model predicts."""
    folder = tmp_path_factory.mktemp("models")
    X, y = blobs(24)
    special: dict[str, dict[str, Any]] = {
        "images": {"image_shape": (1, 2, 2), "hidden_dims": (2, 3), "generator_dims": (3,), "max_epochs": 2},
        "one column": {"n_couplings": 50, "max_epochs": 2},
    }
    made = {}
    for name in [*MODELS, *special]:
        estimator = {"images": "SemiSupervisedGAN", "one column": "FlowFeatures"}.get(name, name)
        model = small(estimator, **{"max_epochs": 2, **special.get(name, {})})
        given = X[:, :1] if name == "one column" else X
        model.fit(*((given, y) if estimator in CLASSIFIERS else (given,))).save(folder / "model")
        content = (folder / "model").read_bytes()
        made[name] = (content, Parts.of(folder / "model"), predictions(model, X))
    return made


def predictions(model: Any, X: np.ndarray) -> dict[str, np.ndarray]:
    """What a model says of rows; of other numbers of columns, or of other categories, nothing."""
    X = X[:, : model.n_features_in_]
    found = {"transform": model.transform(X)}
    if hasattr(model, "predict"):
        found |= {"predict": model.predict(X), "predict_proba": model.predict_proba(X)}
    if hasattr(model, "score_samples"):
        found["score_samples"] = model.score_samples(X)
    return found


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return all(np.array_equal(value, other[name], equal_nan=value.dtype.kind == "f") for name, value in one.items())


def check_sound(model: Any, X: np.ndarray) -> None:
    """A model that came of a file does what a model does, whatever its numbers are."""
    assert type(model).__name__ in semigen.__all__
    assert (model.checkpoint, tuple(model.callbacks), model.random_state) == (None, (), None)
    assert not vars(model).keys() & {"predict", "transform", "checkpoint_"}
    assert type(model).__name__ in repr(clone(model))
    try:
        found = predictions(model, X)
    except ValueError as error:  # rows of other columns, values or categories than the model's
        check_sentence(error)
        return
    assert len(found["transform"]) == len(X)
    if "predict" in found:
        assert found["predict_proba"].shape == (len(X), len(model.classes_))
        assert set(found["predict"].tolist()) <= set(model.classes_.tolist())


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


@pytest.mark.fuzz(examples=200)
def test_a_damaged_file_is_refused_or_predicts_as_before(fuzz_seeds, models, rows, tmp_path):
    path = tmp_path / "model"
    with bounded_memory():
        for seed in fuzz_seeds:
            rng = np.random.default_rng(seed)
            content, _, before = models[str(rng.choice(sorted(models)))]
            path.write_bytes(damaged(content, rng))
            model = loaded(path)
            assert model is None or same(before, predictions(model, rows))


@pytest.mark.fuzz(examples=300)
def test_a_forged_file_is_refused_or_sound(fuzz_seeds, models, rows, tmp_path):
    path = tmp_path / "model"
    with bounded_memory(), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # numbers that somebody chose may overflow
        for seed in fuzz_seeds:
            rng = np.random.default_rng(seed)
            parts = models[str(rng.choice(sorted(models)))][1]
            path.write_bytes(mutated_parts(parts, rng))
            model = loaded(path)
            if model is not None:
                check_sound(model, rows)
