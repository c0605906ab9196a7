"""Files of former versions: they load and predict the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

import semigen

SAVED = Path(__file__).parents[1] / "saved"


def test_a_model_of_mixed_columns_and_text_classes():
    model = semigen.load(SAVED / "vae-semigen-1.safetensors", device="cpu")
    frame = pd.DataFrame(
        {
            "size": [2.04091912, 0.44433497, 0.41809885, 2.43223039],
            "flag": [0.0, 1.0, 0.0, 1.0],
            "code": [1.0, 2.0, 1.0, 1.0],
        }
    )
    expected = [[0.638581, 0.361419], [0.662822, 0.337178], [0.704724, 0.295276], [0.502042, 0.497958]]
    np.testing.assert_allclose(model.predict_proba(frame), expected, atol=1e-5)
    assert model.classes_.tolist() == ["ant", "bee"]
    assert model.transduction_[10:14].tolist() == ["ant"] * 4
    assert model.feature_names_in_.tolist() == ["size", "flag", "code"]
    assert model.n_iter_ == len(model.history_) == len(model.training_history_["loss"]) == 6


def test_a_stacked_model():
    model = semigen.load(SAVED / "stacked-semigen-1.safetensors", device="cpu")
    X = np.array(
        [
            [-1.82210994, -0.7472111, 1.31577969, -0.31266689],
            [-2.68693638, 1.1300801, 5.62763071, 4.83083725],
            [-2.94347572, -3.69522238, -3.15829229, 0.51681399],
        ],
        dtype=np.float32,
    )
    expected = [[0.303427, 0.326857, 0.369716], [0.306304, 0.321587, 0.372108], [0.31062, 0.329755, 0.359625]]
    np.testing.assert_allclose(model.predict_proba(X), expected, atol=1e-5)
    assert model.classes_.tolist() == [0, 1, 2]


ROWS = np.array([[0.5, -1, 2], [3, 2.5, 4], [1.5, 1.5, 1.5]])


def test_a_flow_of_the_second_format():
    model = semigen.load(SAVED / "flow-semigen-2.safetensors", device="cpu")
    expected = [[1, 0], [0, 1], [0.664588, 0.335412]]
    np.testing.assert_allclose(model.predict_proba(ROWS), expected, atol=1e-4)
    np.testing.assert_allclose(model.score_samples(ROWS), [-7.4675, -3.4379, -8.2143], atol=1e-4)


def test_an_autoencoder_of_the_second_format_with_text_classes():
    model = semigen.load(SAVED / "vae-semigen-2.safetensors", device="cpu")
    expected = [[0.558325, 0.441675], [0.408445, 0.591555], [0.498545, 0.501455]]
    np.testing.assert_allclose(model.predict_proba(ROWS), expected, atol=1e-4)
    assert model.classes_.tolist() == ["ant", "bee"]
