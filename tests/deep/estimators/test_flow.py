"""SemiSupervisedFlow and FlowFeatures: exact densities, an inverse, samples, unusual columns and rows."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import logsumexp

from semigen import FlowFeatures, SemiSupervisedFlow
from tests.deep.tables import AT_THE_START, FLOWS, LEARNT, blobs, small, truth


def test_joint_densities_sum_to_that_of_the_row_and_divide_into_probabilities():
    X, y = blobs()
    model = small("SemiSupervisedFlow", **LEARNT).fit(X, y)
    joint = model.predict_joint_log_proba(X)
    np.testing.assert_allclose(logsumexp(joint, axis=1), model.score_samples(X), rtol=1e-12)
    posterior = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
    np.testing.assert_allclose(posterior, model.predict_proba(X), rtol=1e-9, atol=1e-12)


def test_drawn_rows_look_like_their_class_and_the_data():
    X, y = blobs(300)
    model = small("SemiSupervisedFlow", **LEARNT).fit(X, y)
    for label in model.classes_:
        drawn, labels = model.sample(400, y=label)
        assert (labels == label).all()
        assert (model.predict(drawn) == label).mean() > 0.95
        np.testing.assert_allclose(drawn.mean(axis=0), X[truth(300) == label].mean(axis=0), atol=0.6)
    drawn, labels = model.sample(3000)
    assert drawn.shape == (3000, 4)
    np.testing.assert_allclose(np.bincount(labels) / 3000, model.class_prior_, atol=0.05)
    again, _ = model.sample(3000)
    assert np.array_equal(drawn, again)
    with pytest.raises(ValueError, match="not one of the classes"):
        model.sample(y=9)
    with pytest.raises(ValueError, match="n_samples"):
        model.sample(0)


def test_rows_drawn_from_a_flow_are_as_spread_as_the_data():
    X, _ = blobs(300)
    drawn = small("FlowFeatures", **LEARNT).fit(X).sample(3000)
    np.testing.assert_allclose(drawn.mean(axis=0), X.mean(axis=0), atol=0.4 * X.std())
    np.testing.assert_allclose(drawn.std(axis=0) / X.std(axis=0), 1, atol=0.25)


@pytest.mark.parametrize("name", FLOWS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_come_back_from_their_images(name, dtype):
    X, y = blobs()
    X = (X * [1, 100, 0.01, 1] + [0, 1000, 0, -3]).astype(dtype)
    model = small(name, **LEARNT).fit(X, y)
    images = model.transform(X)
    assert images.dtype == np.float64
    scale = X.std(axis=0)
    np.testing.assert_allclose(model.inverse_transform(images) / scale, X / scale, rtol=1e-5, atol=1e-4)
    drawn = np.random.default_rng(0).normal(size=(50, 4))
    np.testing.assert_allclose(model.transform(model.inverse_transform(drawn)), drawn, atol=1e-4)


def test_features_of_all_rows_are_nearly_a_standard_normal_cloud():
    rng = np.random.default_rng(0)
    X = np.exp(rng.normal(size=(400, 3)) @ rng.normal(size=(3, 3)) / 3)
    features = small("FlowFeatures", **LEARNT).fit(X).transform(X)
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=0.2)
    np.testing.assert_allclose(np.cov(features.T), np.eye(3), atol=0.3)
    skew = (((features - features.mean(axis=0)) / features.std(axis=0)) ** 3).mean(axis=0)
    before = (((X - X.mean(axis=0)) / X.std(axis=0)) ** 3).mean(axis=0)
    assert (np.abs(skew) < 0.5 * np.abs(before)).all()


def test_one_column_is_learnt_by_its_spline():
    rng = np.random.default_rng(0)
    code = np.arange(300) % 2
    X = np.exp(rng.normal(size=(300, 1)) + 3 * code[:, None])
    model = small("SemiSupervisedFlow", **LEARNT).fit(X, np.where(np.arange(300) < 30, code, -1))
    assert model.score(X, code) > 0.85
    features = small("FlowFeatures", **LEARNT).fit(X)
    assert features.score(X) > small("FlowFeatures", **AT_THE_START).fit(X).score(X) + 0.5
    images = features.transform(X)
    np.testing.assert_allclose(features.inverse_transform(images), X, rtol=1e-4)


@pytest.mark.parametrize("name", FLOWS)
def test_densities_of_discrete_columns_stay_bounded(name):
    """A flag and grades in quarters: the density over a cell is at most one over its width."""
    rng = np.random.default_rng(0)
    code = np.arange(400) % 2
    flag = rng.random(400) < np.where(code, 0.9, 0.1)
    grade = 0.25 * rng.integers(0, 5, 400)
    X = np.column_stack([flag, grade]).astype(np.float64)
    y = np.where(np.arange(400) < 60, code, -1)
    model = small(name, max_epochs=150, learning_rate=1e-2, input_noise=0.0, batch_size=40).fit(X, y)
    # Even cells of these probabilities would have this density; a flow blurs their edges.
    assert model.score_samples(X).mean() < np.log(0.5 / 1 * 0.2 / 0.25) + 0.2
    assert np.exp(model.score_samples(X)).max() < 4


@pytest.mark.parametrize("name", FLOWS)
def test_a_constant_column_is_no_trouble(name):
    X, y = blobs()
    X[:, 2] = 5
    model = small(name, **LEARNT).fit(X, y)
    assert np.isfinite(model.score_samples(X)).all()
    assert model.score_samples(X).max() < 5
    np.testing.assert_allclose(model.inverse_transform(model.transform(X)), X, atol=1e-4)


@pytest.mark.parametrize("name", FLOWS)
def test_columns_that_others_determine_are_no_trouble(name):
    X, y = blobs()
    X = np.column_stack([X, X[:, 0], X[:, 1] - X[:, 2]])
    model = small(name, **LEARNT).fit(X, y)
    assert np.isfinite(model.score_samples(X)).all()
    np.testing.assert_allclose(model.inverse_transform(model.transform(X)), X, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", FLOWS)
@pytest.mark.parametrize("n_columns", [1, 4])
@pytest.mark.parametrize("far", [1e6, -1e30, 1e307])
def test_rows_far_out_keep_finite_densities_and_come_back(name, n_columns, far):
    X, y = blobs()
    X = 1e-3 * X[:, :n_columns].astype(np.float64)
    model = small(name, **LEARNT).fit(X, y)
    rows = np.vstack([np.full(n_columns, far), np.where(np.arange(n_columns) == 0, far, 0.0)])
    assert np.isfinite(model.score_samples(rows)).all()
    assert (model.score_samples(rows) < model.score_samples(X).min()).all()
    if name == "SemiSupervisedFlow":
        assert np.isfinite(model.predict_joint_log_proba(rows)).all()
        np.testing.assert_allclose(model.predict_proba(rows).sum(axis=1), 1)
    images = model.transform(rows)
    assert np.isfinite(images).all()
    back = model.inverse_transform(images)
    assert np.isfinite(back).all()
    if abs(far) < 1e100:
        np.testing.assert_allclose(back, rows, rtol=1e-6, atol=abs(far) * 1e-6)
    assert np.isfinite(model.inverse_transform(rows)).all()


@pytest.mark.parametrize("name", FLOWS)
def test_a_training_row_far_out_spoils_nothing_for_the_others(name):
    X, y = blobs()
    X[50] = 1e6
    model = small(name, **LEARNT).fit(X, y)
    assert np.isfinite(model.history_).all()
    assert np.isfinite(model.score_samples(X)).all()


@pytest.mark.parametrize("name", FLOWS)
def test_images_of_another_width_are_refused(name):
    X, y = blobs()
    model = small(name).fit(X, y)
    for width in (3, 5):
        with pytest.raises(ValueError, match=f"Z has {width} columns, and this flow has 4"):
            model.inverse_transform(np.ones((2, width)))
    assert len(model.get_feature_names_out()) == 4


@pytest.mark.parametrize("name", FLOWS)
def test_images_are_frames_where_frames_are_asked_for(name):
    X, y = blobs()
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = small(name).set_output(transform="pandas").fit(frame, y)
    images = model.transform(frame)
    assert images.columns.tolist() == [f"{name.lower()}{i}" for i in range(4)]
    assert images.index.equals(frame.index)


def bent(n: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Skewed, bent rows in units of their own, and their classes."""
    rng = np.random.default_rng(0)
    code = np.arange(n) % 2
    rows = rng.normal(size=(n, width)) + 3 * code[:, None]
    rows[:, -1] = np.exp(0.5 * rows[:, -1])
    if width > 1:
        rows[:, 1] += rows[:, 0] ** 2 / 2
    return rows * [50.0, 0.02][:width] + 7, code


@pytest.mark.parametrize("name", ["FlowFeatures", "SemiSupervisedFlow"])
@pytest.mark.parametrize("width", [1, 2])
def test_a_density_sums_to_one_in_the_units_of_the_rows(name, width):
    X, code = bent(300, width)
    options = {"max_epochs": 25, "batch_size": 50, "learning_rate": 1e-2, "random_state": 0}
    if name == "FlowFeatures":
        model = FlowFeatures(2, (8,), **options).fit(X)
    else:
        model = SemiSupervisedFlow(2, (8,), start=None, **options).fit(X, np.where(np.arange(300) < 60, code, -1))
    centre, scale = X.mean(axis=0), X.std(axis=0)
    points = 4001 if width == 1 else 701
    axes = [np.linspace(m - 12 * s, m + 12 * s, points) for m, s in zip(centre, scale, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, width)
    cell = math.prod(axis[1] - axis[0] for axis in axes)
    assert np.exp(model.score_samples(grid)).sum() * cell == pytest.approx(1, abs=5e-3)
