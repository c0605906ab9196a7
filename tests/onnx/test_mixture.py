"""A mixture's graph answers as the mixture does, in every family, for every type of labels."""

from __future__ import annotations

import numpy as np
import pytest

from semigen import SemiSupervisedGMM
from tests.onnx.graphs import SETS, answers, check_agreement, partly_labeled


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", SETS)
def test_probabilities_agree_in_every_family_on_rows_within_ten_standard_deviations(name, dtype, family, tmp_path):
    X, y, far = partly_labeled(name)
    model = SemiSupervisedGMM(family, max_iter=5, tol=1.0).fit(X, y)
    check_agreement(model, tmp_path / "graph.onnx", np.vstack([X, far]), dtype)


def test_components_of_a_class_add_up_and_the_density_is_that_of_score_samples(family, blobs, tmp_path):
    X, _, y = blobs
    model = SemiSupervisedGMM(family, n_components={0: 2, 1: 1, 2: 3}).fit(X * 1e-9 + 5e-7, y)
    rows = X * 1e-9 + 5e-7
    check_agreement(model, tmp_path / "graph.onnx", rows)
    found = answers(model, tmp_path / "graph.onnx", rows, log_density=True)
    np.testing.assert_allclose(found["log_density"][:, 0], model.score_samples(rows), rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_student_t_components_agree_in_every_family(dtype, family, blobs, tmp_path):
    X, _, y = blobs
    X = np.vstack([X, 50 * X[:20]])
    model = SemiSupervisedGMM(family, distribution="t", n_components=2).fit(X, np.r_[y, np.full(20, -1)])
    check_agreement(model, tmp_path / "graph.onnx", X, dtype)


def test_student_t_components_with_gaps_are_refused(blobs, tmp_path):
    X, _, y = blobs
    model = SemiSupervisedGMM("diag", distribution="t", missing="marginal").fit(X, y)
    with pytest.raises(ValueError, match="Student t components takes no gaps"):
        answers(model, tmp_path / "graph.onnx", X)


@pytest.mark.parametrize("family", ["diag", "spherical", "tied_spherical"])
def test_missing_values_are_left_out_where_columns_are_uncorrelated(family, blobs, tmp_path):
    X, _, y = blobs
    X = np.where(np.random.default_rng(0).random(X.shape) < 0.3, np.nan, X)
    model = SemiSupervisedGMM(family, missing="marginal", n_components=2).fit(X, y)
    check_agreement(model, tmp_path / "graph.onnx", X)
    found = answers(model, tmp_path / "graph.onnx", X, log_density=True)
    np.testing.assert_allclose(found["log_density"][:, 0], model.score_samples(X), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("family", ["full", "tied", "low_rank"])
def test_a_mixture_with_gaps_and_correlations_is_refused_and_leaves_the_file_as_it_was(family, blobs, tmp_path):
    X, _, y = blobs
    model = SemiSupervisedGMM(family, missing="marginal").fit(X, y)
    path = tmp_path / "graph.onnx"
    path.write_text("before")
    with pytest.raises(ValueError, match=r"missing='error'.*covariance_type='diag'"):
        answers(model, path, X)
    assert path.read_text() == "before"


@pytest.mark.parametrize(
    "classes",
    [np.array([3, 7, 40], dtype=np.int32), np.array(["a", "b", "ü"]), np.array(["a", "b", "ü"], dtype=object)],
    ids=["int32", "text", "objects"],
)
def test_labels_are_those_of_predict_whatever_holds_them(classes, blobs, tmp_path):
    X, truth, _ = blobs
    model = SemiSupervisedGMM().fit(X, classes[truth])
    label = answers(model, tmp_path / "graph.onnx", X)["label"]
    assert label.tolist() == model.predict(X).tolist()


def test_two_classes_of_truth_values_or_floats_keep_their_type(blobs, tmp_path):
    X, truth, _ = blobs
    for classes in (np.array([False, True]), np.array([1.0, 2.0])):
        model = SemiSupervisedGMM().fit(X, classes[np.minimum(truth, 1)])
        label = answers(model, tmp_path / "graph.onnx", X)["label"]
        assert label.dtype == classes.dtype
        assert label.tolist() == model.predict(X).tolist()


def test_a_row_with_a_gap_that_predict_refuses_gets_no_probabilities(family, blobs, tmp_path):
    X, _, y = blobs
    model = SemiSupervisedGMM(family).fit(X, y)
    X = X.copy()
    X[3, 1] = np.nan
    found = answers(model, tmp_path / "graph.onnx", X)["probabilities"]
    assert np.flatnonzero(np.isnan(found).any(axis=1)).tolist() == [3]


@pytest.mark.parametrize("mechanism", ["entropy", "class"])
def test_a_fit_with_a_label_mechanism_answers_for_rows_as_they_come(mechanism, blobs, tmp_path):
    X, _, y = blobs
    model = SemiSupervisedGMM(label_mechanism=mechanism).fit(X, y)
    check_agreement(model, tmp_path / "graph.onnx", X)


def test_graphs_have_the_known_classes_and_no_answer_for_unknown_rows(blobs, tmp_path):
    X, _, y = blobs
    y = np.where(y == 2, -1, y)
    model = SemiSupervisedGMM(novelty=1, noise="uniform", random_state=0).fit(X, y)
    check_agreement(model, tmp_path / "graph.onnx", X)
    model.set_params(unknown_label=9, false_alarm=0.3).fit(X, y)
    with pytest.raises(ValueError, match="known classes only"):
        answers(model, tmp_path / "graph.onnx", X)
