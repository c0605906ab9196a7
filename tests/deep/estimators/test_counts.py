"""Columns of counts: learnt from, drawn, saved, exported, and refused where they hold no counts."""

from __future__ import annotations

import numpy as np
import pytest

import semigen
from semigen import SemiSupervisedGAN, SemiSupervisedVAE
from tests.onnx.graphs import check_agreement

TRUTH = np.arange(600) % 3
X = np.random.default_rng(0).poisson(np.array([[1, 4, 9, 2], [4, 1, 2, 9], [9, 9, 1, 1]])[TRUTH]).astype(float)
X = np.column_stack([X, np.random.default_rng(1).normal(size=600)])
Y = np.where(np.arange(600) < 15, TRUTH, -1)
KINDS = {kind: [kind] * 4 + ["gaussian"] for kind in ("poisson", "negative_binomial")}


@pytest.fixture(scope="module", params=list(KINDS))
def model(request):
    return SemiSupervisedVAE(
        2, (32,), likelihood=KINDS[request.param], batch_size=50, max_epochs=80, random_state=0
    ).fit(X, Y)


def test_counts_are_learnt_from(model):
    assert model.score(X, TRUTH) > 0.95


def test_what_is_drawn_are_counts_and_real_numbers(model):
    drawn, classes = model.sample(300)
    counts = drawn[:, :4]
    np.testing.assert_array_equal(counts, np.rint(counts))
    assert (counts >= 0).all()
    assert (drawn[:, 4] != np.rint(drawn[:, 4])).any()
    means = np.array([counts[classes == k].mean(axis=0) for k in range(3)])
    assert np.corrcoef(means.ravel(), np.array([X[k == TRUTH, :4].mean(axis=0) for k in range(3)]).ravel())[0, 1] > 0.9


def test_saved_models_and_graphs_of_counts_predict_the_same(model, tmp_path):
    model.save(tmp_path / "model")
    np.testing.assert_array_equal(semigen.load(tmp_path / "model").predict_proba(X), model.predict_proba(X))
    check_agreement(model, tmp_path / "graph.onnx", X)


@pytest.mark.parametrize("value", [-1.0, 0.5, 100_001.0])
def test_what_is_no_count_is_refused_by_fit_and_predict(model, value):
    wrong = X.copy()
    wrong[7, 2] = value
    with pytest.raises(ValueError, match=rf"Column 2 has the value {value:g}, and likelihood='.*' is for counts"):
        model.predict(wrong)
    with pytest.raises(ValueError, match="is for counts: whole numbers from 0 to 100,000"):
        SemiSupervisedVAE(2, (8,), likelihood=KINDS["poisson"], max_epochs=1).fit(wrong, Y)


def test_a_gan_draws_counts_too():
    gan = SemiSupervisedGAN(
        hidden_dims=(16,), generator_dims=(16,), likelihood=KINDS["poisson"], max_epochs=2, random_state=0
    )
    assert (gan.fit(X, Y).sample(20)[:, :4] >= 0).all()


@pytest.mark.parametrize("kind", list(KINDS))
def test_large_counts_are_drawn_and_scored_as_small_ones(kind):
    means = np.array([[300, 900], [360, 840], [500, 700]])
    rows = np.random.default_rng(0).poisson(means[TRUTH]).astype(float)
    model = SemiSupervisedVAE(2, (32,), likelihood=kind, batch_size=50, max_epochs=40, random_state=0).fit(rows, Y)
    drawn, _ = model.sample(1000)
    np.testing.assert_allclose(drawn.mean(axis=0), rows.mean(axis=0), rtol=0.1)
    assert model.score_samples(rows).mean() > -13
