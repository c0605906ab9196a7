"""Covariances of low rank: they are those of factor analysis, keep their digits, and cost no matrix of all columns."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.decomposition import FactorAnalysis

from semigen import SemiSupervisedGMM
from semigen.mixture.families import FAMILIES
from semigen.mixture.gaussian.m_step import with_factors
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.rows.scoring import Scoring


def factors(seed: int, n: int = 600, d: int = 12, rank: int = 2, n_classes: int = 2):
    """Rows with latent factors of their own in every class, all with labels but a few."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % n_classes
    loadings = rng.normal(size=(n_classes, rank, d))
    X = rng.normal(0, 1, (n_classes, d))[truth] + rng.normal(size=(n, d)) * rng.uniform(0.5, 1.5, d)
    for k in range(n_classes):
        X[truth == k] += rng.normal(size=((truth == k).sum(), rank)) @ loadings[k]
    return X, truth, rng


def model_of(d: int, noise: float, rng, rank: int = 2, n_components: int = 2):
    """A mixture with much less noise than its factors explain."""
    covariances = rng.normal(size=(n_components, 1 + rank, d))
    covariances[:, 0] = noise
    prior = MixturePrior("low_rank", 0.0, covariances[0], np.zeros(d), np.arange(n_components + 1))
    weights = np.full(n_components, 1 / n_components)
    return with_factors("low_rank", weights, rng.normal(size=(n_components, d)), covariances, prior)


def test_a_rank_is_refused_by_families_without_latent_factors():
    rows = np.random.default_rng(0).normal(size=(20, 3))
    assert SemiSupervisedGMM("full", rank="auto").fit(rows, np.arange(20) % 2).covariances_.shape == (2, 3, 3)
    with pytest.raises(ValueError, match="rank=2 is for covariance_type='low_rank'; 'full' has no latent factors"):
        SemiSupervisedGMM("full", rank=2).fit(rows, np.arange(20) % 2)


def test_with_all_labels_each_class_is_a_factor_analysis():
    X, y, _ = factors(0)
    model = SemiSupervisedGMM("low_rank", rank=2, shrinkage=0, tol=1e-12, max_iter=5000).fit(X, y)
    np.testing.assert_allclose(model.means_, [X[y == k].mean(axis=0) for k in range(2)], rtol=1e-9)
    joint = model.predict_joint_log_proba(X)
    for k in range(2):
        theirs = FactorAnalysis(2, tol=1e-10, max_iter=5000, svd_method="lapack").fit(X[y == k])
        matrix = FAMILIES["low_rank"].matrix(model.covariances_, k, X.shape[1])
        np.testing.assert_allclose(matrix, theirs.get_covariance(), rtol=1e-3, atol=1e-3)
        assert (joint[y == k, k] - np.log(0.5)).mean() == pytest.approx(theirs.score(X[y == k]), abs=1e-6)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("noise", [1.0, 1e-4, 1e-8])
def test_densities_keep_their_digits_however_little_the_factors_leave(instruction_set, dtype, noise):
    """|y|^2 and what is explained of it agree in all but 1 / noise of their digits."""
    rng, d = np.random.default_rng(0), 9
    parameters = model_of(d, noise, rng)
    component = np.arange(64) % 2
    latent, rest = rng.normal(size=(64, 2)), np.sqrt(noise) * rng.normal(size=(64, d))
    X = parameters.means[component] + rest
    for m in range(2):
        X[component == m] += latent[component == m] @ parameters.covariances[m, 1:]
    X = X.astype(dtype)
    found = Scoring(Scaling.none(d), parameters, np.arange(3), 1).class_scores(X)
    for m in range(2):
        matrix = FAMILIES["low_rank"].matrix(parameters.covariances, m, d)
        expected = multivariate_normal.logpdf(X[component == m].astype(float), parameters.means[m], matrix)
        # Rounding a row of float32 moves it by 1e-7, or so many deviations of the noise.
        tolerance = 1e-6 if dtype == np.float64 else 1e-4 + 3e-6 / np.sqrt(noise)
        np.testing.assert_allclose(found[component == m, m] - np.log(0.5), expected, rtol=tolerance, atol=tolerance)


def test_the_rank_is_checked_against_columns_and_rows():
    X, y, _ = factors(1, n=10)
    with pytest.raises(ValueError, match=r"rank=13 is more than the 12 columns .* or its 10 rows .* largest is 10\."):
        SemiSupervisedGMM("low_rank", rank=13).fit(X, y)
    with pytest.raises(ValueError, match="rank"):
        SemiSupervisedGMM("low_rank", rank=0).fit(X, y)
    assert SemiSupervisedGMM("low_rank").fit(X, y).covariances_.shape == (2, 1 + 4, 12)


def test_a_warm_start_needs_the_same_rank():
    X, y, _ = factors(2)
    y[40:] = -1
    model = SemiSupervisedGMM("low_rank", rank=2, warm_start=True, tol=1e-3).fit(X, y)
    before = model.history_[-1]
    assert model.fit(X, y).history_[0] == pytest.approx(before, rel=1e-9)
    assert model.set_params(rank=3).fit(X, y).covariances_.shape == (2, 4, 12)


def test_samples_have_the_moments_of_the_model():
    X, y, _ = factors(3)
    model = SemiSupervisedGMM("low_rank", rank=2, random_state=0).fit(X, y)
    drawn, _ = model.sample(200_000, y=1)
    matrix = FAMILIES["low_rank"].matrix(model.covariances_, 1, X.shape[1])
    np.testing.assert_allclose(drawn.mean(axis=0), model.means_[1], atol=0.03)
    np.testing.assert_allclose(np.cov(drawn.T), matrix, atol=0.1)


def test_three_labels_a_class_and_ten_times_as_many_columns_as_rows_make_a_model():
    X, y, rng = factors(4, n=30, d=300)
    y[6:] = -1
    model = SemiSupervisedGMM("low_rank").fit(X, y)
    assert np.isfinite(model.covariances_).all()
    assert np.isfinite(model.predict_proba(rng.normal(size=(5, 300)))).all()


@pytest.mark.parametrize("kind", ["identical rows", "constant columns", "one label a class"])
def test_degenerate_rows_make_a_model(kind):
    X, y, _ = factors(5, n=60)
    if kind == "identical rows":
        X = np.repeat(X[:2], 30, axis=0)
        y = np.repeat([0, 1], 30)
    elif kind == "constant columns":
        X[:, ::2] = 3.0
    else:
        y[2:] = -1
    model = SemiSupervisedGMM("low_rank").fit(X, y)
    assert np.isfinite(model.covariances_).all()
    assert np.isfinite(model.predict_proba(X)).all()


def test_a_thousand_classes():
    rng = np.random.default_rng(0)
    y = np.arange(3000) % 1000
    X = rng.normal(0, 5, (1000, 6))[y] + 0.1 * rng.normal(size=(3000, 6))
    model = SemiSupervisedGMM("low_rank", max_iter=3, tol=1.0).fit(X, np.where(np.arange(3000) < 2000, y, -1))
    assert model.score(X, y) > 0.9
