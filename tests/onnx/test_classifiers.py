"""Pipelines and hybrids as graphs: the parts are skl2onnx's and ours, the answers those of the whole."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from semigen import GenerativeFeatures, SemiSupervisedGMM, SemiSupervisedGMMCV, to_onnx
from tests.onnx.graphs import answers, check_agreement

HYBRIDS = {
    "mixture": GenerativeFeatures(SemiSupervisedGMM(n_components=2)),
    "distances to classes beside columns": GenerativeFeatures(
        SemiSupervisedGMM("diag", n_components={0: 2}), passthrough=True, n_folds=3
    ),
    "transformer": GenerativeFeatures(PCA(2)),
    "pipeline": GenerativeFeatures(make_pipeline(StandardScaler(), PCA(3), SemiSupervisedGMM())),
    "mixture on a mixture": GenerativeFeatures(SemiSupervisedGMM(), SemiSupervisedGMM("tied"), classes=[2, 0, 1]),
    "classes in another order": GenerativeFeatures(SemiSupervisedGMM(), classes=[2, 0, 1]),
}


@pytest.mark.parametrize("hybrid", HYBRIDS.values(), ids=HYBRIDS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_hybrids_agree(hybrid, dtype, blobs, tmp_path):
    X, _, y = blobs
    check_agreement(hybrid.fit(X, y), tmp_path / "graph.onnx", X, dtype)


def test_a_hybrid_with_trees_and_frozen_features_agrees_but_for_float32_in_its_answers(blobs, tmp_path):
    X, _, y = blobs
    trees = ExtraTreesClassifier(20, random_state=0)
    frozen = FrozenEstimator(PCA(3).fit(X))
    model = GenerativeFeatures(frozen, trees).fit(X, y)
    found = answers(model, tmp_path / "graph.onnx", X)["probabilities"]
    np.testing.assert_allclose(found, model.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("last", [SemiSupervisedGMM(), SemiSupervisedGMMCV(random_state=0, cv=2, n_components=1)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_pipelines_agree(last, dtype, blobs, tmp_path):
    X, _, y = blobs
    model = make_pipeline(make_pipeline(StandardScaler(), PCA(3)), last).fit(X, y)
    check_agreement(model, tmp_path / "graph.onnx", X, dtype)


def test_gaps_are_filled_before_a_mixture_in_float32(blobs, tmp_path):
    """In float64 onnxruntime has no imputer."""
    X, _, y = blobs
    X = np.where(np.random.default_rng(0).random(X.shape) < 0.1, np.nan, X)
    model = make_pipeline(SimpleImputer(), SemiSupervisedGMM()).fit(X, y)
    check_agreement(model, tmp_path / "graph.onnx", X, np.float32)
    with pytest.raises(ValueError, match=r"no SimpleImputer for float64: take dtype=numpy\.float32"):
        to_onnx(model, tmp_path / "other.onnx")


def test_whole_numbers_beyond_63_bits_are_refused_and_not_wrapped(blobs, tmp_path):
    X, truth, _ = blobs
    model = SemiSupervisedGMM().fit(X, truth.astype(np.uint64) + np.uint64(2**63))
    with pytest.raises(TypeError, match="ONNX has numbers, truth values and text"):
        to_onnx(model, tmp_path / "graph.onnx")


def test_the_density_is_given_at_the_end_of_a_pipeline(blobs, tmp_path):
    X, _, y = blobs
    model = make_pipeline(StandardScaler(), SemiSupervisedGMM()).fit(X, y)
    found = answers(model, tmp_path / "graph.onnx", X, log_density=True)["log_density"]
    np.testing.assert_allclose(found[:, 0], model.score_samples(X), rtol=1e-9)


def test_features_of_a_mixture_with_gaps_are_refused(blobs, tmp_path):
    X, _, y = blobs
    model = GenerativeFeatures(SemiSupervisedGMM("diag", missing="marginal")).fit(X, y)
    with pytest.raises(ValueError, match="missing='error'"):
        answers(model, tmp_path / "graph.onnx", X)
