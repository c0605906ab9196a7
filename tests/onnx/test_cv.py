"""The graph of averaged mixtures answers as they do, behind every transform."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from semigen import SemiSupervisedGMMCV
from semigen.mixture.cv.transforms import transformed
from tests.onnx.graphs import SETS, answers, check_agreement, partly_labeled

# Where a log density is lower, the rounding of squared distances alone changes odds by more than what is promised.
LEAST_LOG_DENSITY = -1e8


def within_rounding(model, rows):
    kept = np.ones(len(rows), dtype=bool)
    for each, mixture in zip(model._chosen, model.estimators_, strict=True):
        kept &= mixture.score_samples(transformed(model._transformers[each.transform], rows)) > LEAST_LOG_DENSITY
    return rows[kept]


@pytest.mark.parametrize("name", SETS)
def test_probabilities_agree_on_rows_within_ten_standard_deviations(name, tmp_path):
    X, y, far = partly_labeled(name)
    model = SemiSupervisedGMMCV(random_state=0, cv=2, n_components=1, unlabeled_weights=(0.0, "balanced")).fit(X, y)
    rows = within_rounding(model, np.vstack([X, far]))
    assert len(rows) > len(X)
    for dtype in (np.float64, np.float32):
        check_agreement(model, tmp_path / "graph.onnx", rows, dtype)


@pytest.mark.parametrize(
    "transform", ["none", "yeo-johnson", "normal-scores", "principal", "principal-2", "pca-3", "unit-length"]
)
def test_every_transform_has_a_graph_also_of_columns_in_other_units_and_of_ties(transform, blobs, tmp_path):
    X, _, y = blobs
    X = np.column_stack([X[:, 0] * 1e-12, X[:, 1] * 1e-12 + 3e-12, np.exp(X[:, 2]), np.round(X[:, 3]), np.ones(len(X))])
    model = SemiSupervisedGMMCV(transforms=[transform], random_state=0, cv=2, exponent=0.0).fit(X, y)
    assert len(model.estimators_) > 1
    apart = X.mean(axis=0) + 5 * (X - X.mean(axis=0))
    check_agreement(model, tmp_path / "graph.onnx", np.vstack([X, apart]))


def test_a_symmetric_column_of_small_numbers_keeps_its_digits(tmp_path):
    """Its power is one, or nearly, so that exp and log meet numbers that adding one to would round."""
    half = np.random.default_rng(0).normal(1.0, 1.0, 100)
    X, y = 1e-12 * np.concatenate([half, -half])[:, None], np.repeat([0, 1], 100)
    model = SemiSupervisedGMMCV(["tied"], transforms=["yeo-johnson"], random_state=0, cv=2, n_components=1).fit(X, y)
    check_agreement(model, tmp_path / "graph.onnx", X)


def test_powers_that_temper_probabilities_are_in_the_graph(blobs, tmp_path):
    X, _, y = blobs
    model = SemiSupervisedGMMCV(random_state=0, cv=2, n_components=1).fit(X, y)
    model.powers_ = np.resize([0.5, 0.125], len(model.powers_))
    check_agreement(model, tmp_path / "graph.onnx", X)


def test_normal_scores_leave_gaps_out_where_columns_are_uncorrelated(blobs, tmp_path):
    X, _, y = blobs
    X = np.where(np.random.default_rng(0).random(X.shape) < 0.2, np.nan, X)
    model = SemiSupervisedGMMCV(["diag"], missing="marginal", random_state=0, cv=2, exponent=0.0).fit(X, y)
    assert {each.transform for each in model._chosen} == {"none", "yeo-johnson", "normal-scores"}
    check_agreement(model, tmp_path / "graph.onnx", X)


def test_averaged_mixtures_of_sparse_rows_are_refused(blobs, tmp_path):
    X, _, y = blobs
    model = SemiSupervisedGMMCV(random_state=0, cv=2, n_components=1).fit(csr_matrix(X), y)
    with pytest.raises(ValueError, match="fit it to dense rows"):
        answers(model, tmp_path / "graph.onnx", X)
