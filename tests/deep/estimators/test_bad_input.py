"""Bad options, rows and labels of deep estimators: errors that say what to do, and change nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import semigen
from semigen import SemiSupervisedVAE
from tests.deep.tables import CLASSIFIERS, blobs, small

BAD_INPUT = [
    ({"device": "cuda"}, "torch sees 0 CUDA devices"),
    ({"device": "tpu9"}, "no device of torch"),
    ({"device": "meta"}, "models train on"),
    ({"hidden_dims": ()}, "hidden_dims"),
    ({"hidden_dims": (0,)}, "hidden_dims"),
    ({"likelihood": "bernoulli"}, "between 0 and 1"),
    ({"likelihood": ["gaussian"] * 3}, "3 entries"),
    ({"likelihood": ["gaussian"] * 3 + ["poisson"]}, "poisson"),
    ({"likelihood": "poisson"}, "likelihood"),
    ({"learning_rate": 0.0}, "learning_rate"),
    ({"latent_dim": 0}, "latent_dim"),
    ({"max_epochs": 2.5}, "max_epochs"),
    ({"precision": "float8"}, "precision"),
    ({"n_fits": 2, "checkpoint": "somewhere"}, "n_fits"),
    ({"hidden_dims": ("a",)}, "hidden_dims"),
    ({"hidden_dims": (8.7,)}, "hidden_dims"),
]


@pytest.mark.parametrize(("options", "message"), BAD_INPUT, ids=str)
def test_bad_options_say_what_to_do_instead_and_change_nothing(options, message):
    if options.get("device") == "cuda" and torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    X, y = blobs()
    model = small("SemiSupervisedVAE").fit(X, y)
    weights = model._weights
    with pytest.raises(ValueError, match=message):
        model.set_params(**options).fit(X, y)
    assert model._weights is weights
    assert model.n_iter_ == 6


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_bad_rows_and_labels_are_refused_as_in_the_mixture(name):
    X, y = blobs()
    model = small(name)
    for rows, labels, weights, message in [
        (np.where(X > 5, np.nan, X), y, None, "NaN"),
        (X, np.full(len(y), -1), None, "no labelled row"),
        (X, np.where(y == 0, 0, -1), None, "one class only"),
        (X, y[:-1], None, "inconsistent"),
        (X, y, np.zeros(len(y)), "non-zero"),
        (X, y, -np.ones(len(y)), "[Nn]egative"),
    ]:
        with pytest.raises(ValueError, match=message):
            model.fit(rows, labels, sample_weight=weights)
        assert not hasattr(model, "classes_")


def test_pixels_of_255_are_named_in_the_error_and_at_prediction_too():
    X, y = blobs()
    pixels = np.abs(X) * 20
    with pytest.raises(ValueError, match="divide pixels by 255"):
        small("SemiSupervisedVAE", likelihood="bernoulli").fit(pixels, y)
    model = small("SemiSupervisedVAE", likelihood="bernoulli").fit(pixels / pixels.max(), y)
    with pytest.warns(UserWarning, match="outside .*divided by 255"):
        model.predict(pixels)


@pytest.mark.parametrize("scale", [1e45, 1e200])
def test_values_beyond_float32_are_refused_by_name(scale):
    X, y = blobs()
    with pytest.raises(ValueError, match="Column 0 has values beyond"):
        small("SemiSupervisedVAE").fit(X.astype(np.float64) * scale, y)


def test_constant_columns_and_few_rows_are_no_trouble():
    X, y = blobs()
    X[:, 2] = 5
    model = small("SemiSupervisedVAE").fit(X, y)
    assert np.isfinite(model.score_samples(X)).all()
    tiny = small("SemiSupervisedVAE").fit(X[:4], [0, 1, -1, -1])
    assert np.isfinite(tiny.predict_proba(X)).all()


def test_rows_far_outside_the_training_range_get_finite_answers():
    X, y = blobs()
    for name in CLASSIFIERS:
        model = small(name).fit(X, y)
        far = np.full((2, 4), 1e6, dtype=np.float32)
        assert np.isfinite(model.predict_proba(far)).all()


def test_out_of_memory_names_a_batch_size_to_try(monkeypatch):
    X, y = blobs()

    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("semigen.deep.models.m2.M2.bounds", full)
    with pytest.raises(MemoryError, match="batch_size=20"):
        small("SemiSupervisedVAE").fit(X, y)


def test_a_parameter_that_is_none_is_named():
    with pytest.raises(TypeError, match=r"SemiSupervisedVAE has no parameters \['latent_dims'\]"):
        SemiSupervisedVAE(latent_dims=3)


def test_a_file_is_asked_for_where_none_can_be(tmp_path):
    X, y = blobs()
    model = small("SemiSupervisedVAE", checkpoint=tmp_path)
    with pytest.raises(IsADirectoryError, match="path of a file"):
        model.fit(X, y)
    with pytest.raises(TypeError, match="no path"):
        small("SemiSupervisedVAE").fit(X, y, resume=True)
    small("SemiSupervisedVAE").fit(X, y).save(tmp_path / "m")
    with pytest.raises(ValueError, match="no device"):
        semigen.load(tmp_path / "m", device="tpu9")


def test_too_few_rows_to_hold_any_out_is_said():
    X, y = blobs()
    with pytest.raises(ValueError, match="validation_fraction"):
        small("SemiSupervisedVAE", early_stopping=True).fit(X[:15], y[:15])
    with pytest.raises(ValueError, match="not one of the classes"):
        small("SemiSupervisedVAE").fit(X, y).sample(y=9)
