"""Graphs of deep classifiers answer as `predict` and `predict_proba` do, whatever the columns hold."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris

pytest.importorskip("torch")

import semigen
from tests.onnx.graphs import answers, check_agreement

X, SPECIES = load_iris(return_X_y=True)
Y = np.where(np.arange(150) % 5 == 0, SPECIES, -1)
NAMES = np.array(["setosa", "versicolor", "virginica"])
SMALL = {"hidden_dims": (8,), "max_epochs": 3, "random_state": 0}
MIXED = np.column_stack([X[:, 0] > 5.5, X[:, 1], np.arange(150) % 3, X[:, 3]]).astype(float)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", ["SemiSupervisedVAE", "AuxiliarySemiSupervisedVAE", "SemiSupervisedGAN"])
def test_a_graph_answers_as_the_classifier(name, dtype, tmp_path):
    options = {"generator_dims": (8,)} if "GAN" in name else {"latent_dim": 2}
    model = getattr(semigen, name)(**SMALL, **options).fit(X, Y)
    check_agreement(model, tmp_path / "graph.onnx", X, dtype)


def test_bits_categories_text_classes_and_a_temperature_are_part_of_the_graph(tmp_path):
    likelihood = ["bernoulli", "gaussian", "categorical", "gaussian"]
    model = semigen.StackedSemiSupervisedVAE(latent_dim=2, likelihood=likelihood, calibrate=True, unlabeled="", **SMALL)
    y = np.where(np.arange(150) % 5 == 0, NAMES[SPECIES], "")
    check_agreement(model.fit(MIXED, y), tmp_path / "graph.onnx", MIXED)
    strange = MIXED[:2].copy()
    strange[0, 2] = 7
    probabilities = answers(model, tmp_path / "graph.onnx", strange)["probabilities"]
    assert np.isnan(probabilities[0]).all()
    assert np.isfinite(probabilities[1]).all()


def test_a_flow_has_no_graph_and_no_network_gives_a_density(tmp_path):
    flow = semigen.SemiSupervisedFlow(n_couplings=2, **SMALL).fit(X, Y)
    with pytest.raises(TypeError, match="SemiSupervisedFlow, or a part of it, has no ONNX graph"):
        semigen.to_onnx(flow, tmp_path / "graph.onnx")
    gan = semigen.SemiSupervisedGAN(generator_dims=(8,), **SMALL).fit(X, Y)
    with pytest.raises(ValueError, match="leave log_density out"):
        semigen.to_onnx(gan, tmp_path / "graph.onnx", log_density=True)
    assert not list(tmp_path.iterdir())
