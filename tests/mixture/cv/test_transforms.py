"""Transforms of the columns: finite values, learnt from all rows, and used at prediction."""

from __future__ import annotations

import numpy as np
import pytest

from semigen import SemiSupervisedGMMCV
from semigen.mixture.cv.transforms import TRANSFORMS, fitted_transformers
from tests.mixture.cv.problems import labels_of, small, two_clouds


def test_a_transform_is_learnt_from_all_rows_and_used_at_prediction():
    rng = np.random.default_rng(0)
    truth = rng.integers(2, size=400)
    X = np.exp(rng.normal(size=(400, 2)) * 1.5 + 2.5 * truth[:, None])
    y = np.where(np.arange(400) < 20, truth, -1)
    plain, bent = (small(transforms=(name,)).fit(X, y) for name in ("none", "yeo-johnson"))
    assert bent.score(X[20:], truth[20:]) > plain.score(X[20:], truth[20:])
    both = small(transforms=("none", "yeo-johnson")).fit(X, y)
    assert both.selection_.candidates[0].transform == "yeo-johnson"


@pytest.mark.parametrize("name", [*TRANSFORMS, "principal-2", "pca-2", "pca-9"])
def test_transforms_are_finite_with_ties_constant_columns_and_rows_beyond_those_seen(name):
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=50), np.full(50, 2.0), rng.integers(3, size=50), rng.lognormal(size=50)])
    X = np.column_stack([X, X[:, 0] + X[:, 3]]).astype(np.float32)
    transformer = fitted([name], X)[name]
    assert np.isfinite(transformer.transform(10 * X)).all()
    assert len(transformer.transform(X)) == 50
    assert np.isfinite(fitted([name], np.ones((5, 2)))[name].transform(np.ones((3, 2)))).all()


def test_normal_scores_are_those_of_mid_ranks_and_undo_a_monotone_distortion():
    x = np.array([[1.0], [5.0], [5.0], [9.0]])
    scores = fitted(["normal-scores"], x)["normal-scores"].transform(np.array([[1.0], [5.0], [7.0], [99.0]]))[:, 0]
    assert scores[1] == pytest.approx(0)
    assert scores[0] == pytest.approx(-scores[3])
    assert scores[2] == pytest.approx(scores[3] / 2)
    X = np.random.default_rng(0).normal(size=(30, 2))
    plain, bent = (fitted(["normal-scores"], rows)["normal-scores"].transform(rows) for rows in (X, np.exp(X)))
    np.testing.assert_allclose(plain, bent)


def test_principal_components_are_uncorrelated_and_leave_out_what_other_columns_say():
    X = np.random.default_rng(0).normal(size=(200, 3))
    X = np.column_stack([X, X[:, 0]])
    rotated = fitted(["principal"], X)["principal"].transform(X)
    assert rotated.shape == (200, 3)
    covariance = np.cov(rotated.T)
    np.testing.assert_allclose(covariance, np.diag(np.diag(covariance)), atol=1e-9)


def test_leading_components_are_the_first_of_all_and_units_decide_only_where_they_are_alike():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 6)) @ rng.normal(size=(6, 6))
    made = fitted(["principal", "principal-2", "pca-2", "pca-4"], X)
    np.testing.assert_allclose(made["principal-2"].transform(X), made["principal"].transform(X)[:, :2])
    np.testing.assert_allclose(made["pca-2"].transform(X), made["pca-4"].transform(X)[:, :2])
    axes = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)[2][:2]
    np.testing.assert_allclose(np.abs(made["pca-2"].transform(X)), np.abs((X - X.mean(axis=0)) @ axes.T), atol=1e-9)
    metres = X * [1, 1, 1, 1, 1, 1e5]
    standardised = (X - X.mean(axis=0)) / X.std(axis=0)
    np.testing.assert_allclose(
        np.abs(fitted(["pca-2"], metres)["pca-2"].transform(metres)),
        np.abs(fitted(["pca-2"], standardised)["pca-2"].transform(standardised)),
        atol=1e-9,
    )


def test_leading_components_of_many_columns_are_those_of_the_covariance():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 4)) * [9, 7, 5, 3] @ rng.normal(size=(4, 600)) + 0.01 * rng.normal(size=(80, 600))
    weights = rng.integers(1, 4, 80).astype(float)
    few = fitted_transformers(["pca-3"], X, weights)["pca-3"].transform(X)
    centred = X - np.average(X, axis=0, weights=weights)
    axes = np.linalg.svd(centred * np.sqrt(weights)[:, None], full_matrices=False)[2][:3]
    np.testing.assert_allclose(np.abs(few), np.abs(centred @ axes.T), rtol=1e-4, atol=1e-3)


def test_rows_of_unit_length_lose_their_length_alone():
    X = np.array([[3.0, 4.0], [0.0, 0.0], [1e300, 1e300]])
    np.testing.assert_allclose(
        fitted(["unit-length"], X)["unit-length"].transform(X), [[0.6, 0.8], [0, 0], [0.5**0.5, 0.5**0.5]]
    )


def fitted(names, rows):
    return fitted_transformers(names, rows, np.ones(len(rows)))


def test_new_rows_with_gaps_are_as_good_as_any_where_training_rows_were_complete():
    X, truth = two_clouds()
    model = SemiSupervisedGMMCV(missing="marginal", random_state=0).fit(X, labels_of(truth, 10))
    gaps = X.copy()
    gaps[np.arange(len(X)), np.arange(len(X)) % 11 + 1] = np.nan
    assert model.score(gaps, truth) > model.score(X, truth) - 0.02
    with pytest.raises(ValueError, match="principal"):
        SemiSupervisedGMMCV(missing="marginal", transforms=("principal",)).fit(X, labels_of(truth, 10))


def test_weights_reach_the_transforms_and_the_balance():
    X, truth = two_clouds(120)
    y, weights = labels_of(truth, 10), np.where(truth == 0, 5, 1)
    options = {"covariance_types": ("tied",), "shrinkages": (1.0,), "exponent": 0, "unlabeled_weights": ("balanced",)}
    repeated = np.repeat(np.arange(len(X)), weights)
    for transform in ("none", "normal-scores"):
        weighted = small(transforms=(transform,), **options).fit(X, y, weights.astype(float))
        copied = small(transforms=(transform,), **options).fit(X[repeated], y[repeated])
        assert weighted.selection_.candidates[0].unlabeled_weight == copied.selection_.candidates[0].unlabeled_weight
        powers = weighted.powers_, copied.powers_
        if powers[0] == powers[1]:
            np.testing.assert_allclose(weighted.predict_proba(X), copied.predict_proba(X), rtol=1e-6)


def test_values_out_of_reach_of_a_power_still_get_a_class():
    X, truth = two_clouds()
    model = SemiSupervisedGMMCV(random_state=0).fit(X, labels_of(truth, 10))
    far = np.where(np.eye(12)[:2] == 1, 1e305, X[:2])
    assert np.isfinite(model.predict_proba(far)).all()
    with pytest.raises(ValueError, match=r"Rescale them, or name transforms without"):
        SemiSupervisedGMMCV().fit(X * np.r_[1e150, np.ones(11)], labels_of(truth, 10))
