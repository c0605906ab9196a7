"""What has no graph is refused with what to do, and graphs say how they are written."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import onnx
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from semigen import GenerativeFeatures, SemiSupervisedEnsemble, SemiSupervisedGMM, SemiSupervisedGMMCV, to_onnx


class Doubling(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def transform(self, X):
        return 2 * X


def test_a_graph_names_its_operators_versions_inputs_and_outputs(blobs, tmp_path):
    X, _, y = blobs
    to_onnx(SemiSupervisedGMM().fit(X, y), tmp_path / "graph.onnx", log_density=True)
    graph = onnx.load(tmp_path / "graph.onnx")
    onnx.checker.check_model(graph, full_check=True)
    assert {each.domain: each.version for each in graph.opset_import}[""] == 18
    assert [each.name for each in graph.graph.input] == ["X"]
    assert [each.name for each in graph.graph.output] == ["label", "probabilities", "log_density"]


def test_an_unfitted_estimator_is_refused_and_no_file_is_left(tmp_path):
    with pytest.raises(NotFittedError, match="Call 'fit'"):
        to_onnx(SemiSupervisedGMM(), tmp_path / "graph.onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(),
        SemiSupervisedEnsemble(cv=2, classifiers=[]),
        make_pipeline(SemiSupervisedGMM(), SemiSupervisedGMM()),
        make_pipeline(Doubling(), SemiSupervisedGMM()),
        GenerativeFeatures(StandardScaler(), HistGradientBoostingClassifier(max_iter=2)),
    ],
    ids=["not ours", "ensemble", "mixture as features", "unknown transformer", "trees that skl2onnx fails on"],
)
def test_what_has_no_graph_is_refused_with_what_has_one(model, blobs, tmp_path):
    X, truth, _ = blobs
    with pytest.raises(TypeError, match="What has one: SemiSupervisedGMM, SemiSupervisedGMMCV, GenerativeFeatures"):
        to_onnx(model.fit(X, truth), tmp_path / "graph.onnx")
    assert not list(tmp_path.iterdir())


def test_a_density_is_refused_where_there_is_none(blobs, tmp_path):
    X, _, y = blobs
    model = SemiSupervisedGMMCV(random_state=0, cv=2, n_components=1, transforms=["none"]).fit(X, y)
    with pytest.raises(ValueError, match="leave log_density out"):
        to_onnx(model, tmp_path / "graph.onnx", log_density=True)


def test_other_precisions_are_refused(blobs, tmp_path):
    X, _, y = blobs
    with pytest.raises(ValueError, match="float64 or float32, got float16"):
        to_onnx(SemiSupervisedGMM().fit(X, y), tmp_path / "graph.onnx", dtype=np.float16)


def test_classes_of_a_type_that_onnx_lacks_are_refused(blobs, tmp_path):
    X, truth, _ = blobs
    model = SemiSupervisedGMM().fit(X, np.array([b"a", b"b", b"c"], dtype=object)[truth])
    with pytest.raises(TypeError, match="numbers, truth values and text"):
        to_onnx(model, tmp_path / "graph.onnx")


@pytest.mark.parametrize("missing", ["onnx", "skl2onnx"])
def test_without_the_packages_it_says_what_to_install(missing):
    code = f"import sys; sys.modules[{missing!r}] = None\nimport semigen; semigen.to_onnx(None, 'graph.onnx')"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 'pip install "semigen[onnx]"' in result.stderr.splitlines()[-1]


def test_a_classifier_without_probabilities_has_no_graph(blobs, tmp_path):
    X, _, y = blobs
    with pytest.raises(TypeError, match="GenerativeFeatures has no predict_proba here"):
        to_onnx(GenerativeFeatures(StandardScaler(), LinearSVC()).fit(X, y), tmp_path / "graph.onnx")
    assert not list(tmp_path.iterdir())
