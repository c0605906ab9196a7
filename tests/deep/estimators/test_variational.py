"""Variational autoencoders: densities, likelihoods of columns, conditional rows, digits."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from semigen import VAEFeatures
from tests.deep.tables import (
    TRANSFORMERS,
    VARIATIONAL,
    blobs,
    small,
)


def mixed(n: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    code = np.arange(n) % 2
    bit = rng.random(n) < np.where(code, 0.8, 0.2)
    colour = np.where(rng.random(n) < 0.8, code * 3 + 1, 7)
    return np.column_stack([bit, 100 + 5 * code + rng.normal(size=n), colour]).astype(np.float32), code


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_densities_are_in_the_units_of_the_columns(name):
    X, _ = blobs()
    scale = np.array([1.0, 10.0, 0.1, 3.0], dtype=np.float32)
    one = small(name).fit(X).score_samples(X)
    other = small(name).fit(X * scale).score_samples(X * scale)
    np.testing.assert_allclose(other, one - np.log(scale).sum(), rtol=1e-3, atol=1e-3)


def test_more_draws_make_the_bound_on_the_density_tighter():
    X, y = blobs()
    model = small("SemiSupervisedVAE", max_epochs=40).fit(X, y)
    one, many = (model.score_samples(X, n_samples=n).mean() for n in (1, 200))
    assert many > one
    with pytest.raises(ValueError, match="n_samples"):
        model.score_samples(X, n_samples=0)


def test_every_column_may_have_a_likelihood_of_its_own():
    X, code = mixed()
    y = np.where(np.arange(200) < 30, code, -1)
    kinds = ["bernoulli", "gaussian", "categorical"]
    model = small("SemiSupervisedVAE", likelihood=kinds, max_epochs=60, learning_rate=1e-2).fit(X, y)
    assert model.score(X, code) > 0.85
    drawn, _ = model.sample(300)
    assert set(np.unique(drawn[:, 0])) == {0.0, 1.0}
    assert set(np.unique(drawn[:, 2])) <= {1.0, 4.0, 7.0}
    assert 90 < drawn[:, 1].mean() < 115
    assert model.conditional(X[:4]).shape == (4, 2, 3)
    strange = X[:1].copy()
    strange[0, 2] = 99
    with pytest.raises(ValueError, match="Column 2 has the category 99"):
        model.predict(strange)


def test_auto_reads_bits_pixels_and_real_numbers_off_the_columns():
    X, y = blobs()
    assert small("SemiSupervisedVAE").fit(X, y)._coding.kinds == ["gaussian"] * 4
    pixels = np.clip(X / 4 + 0.5, 0, 1)  # black or white in many rows
    assert small("SemiSupervisedVAE").fit(pixels, y)._coding.kinds == ["bernoulli"] * 4
    scaled = (X - X.min()) / np.ptp(X)
    assert small("SemiSupervisedVAE").fit(scaled, y)._coding.kinds == ["gaussian"] * 4
    X[:, 1] = X[:, 1] > 0
    assert small("SemiSupervisedVAE").fit(X, y)._coding.kinds == ["gaussian", "bernoulli", "gaussian", "gaussian"]


def test_conditional_keeps_the_row_and_changes_the_class():
    X, y = blobs()
    model = small("SemiSupervisedVAE", max_epochs=60, learning_rate=3e-2).fit(X, y)
    redrawn = model.conditional(X[:30])
    own = np.abs(redrawn[np.arange(30), model.predict(X[:30])] - X[:30]).mean()
    other = np.abs(redrawn[np.arange(30), (model.predict(X[:30]) + 1) % 3] - X[:30]).mean()
    assert own < other
    for k in range(3):
        assert (model.predict(redrawn[:, k]) == k).mean() > 0.8


@pytest.mark.parametrize("name", VARIATIONAL)
def test_digits_are_learnt_better_than_from_the_labels_alone(name):
    """Ten labels a digit; the paper's claim in small."""
    X, digit = load_digits(return_X_y=True)
    X = (X / 16).astype(np.float32)
    rng = np.random.default_rng(3)
    y = np.full(len(X), -1)
    for k in range(10):
        y[rng.choice(np.flatnonzero(digit == k), 10, replace=False)] = k
    options = {"max_epochs": 40, "hidden_dims": (100,), "latent_dim": 5, "learning_rate": 1e-2, "batch_size": 200}
    if name == "StackedSemiSupervisedVAE":
        options |= {"max_epochs": 150, "learning_rate": 3e-3}
        options["vae"] = VAEFeatures(10, (200,), max_epochs=150, batch_size=50, learning_rate=3e-3, random_state=0)
    model = small(name, **options).fit(X, y)
    hidden = y < 0
    alone = LogisticRegression(max_iter=1000).fit(X[~hidden], y[~hidden])
    assert model.score(X[hidden], digit[hidden]) > alone.score(X[hidden], digit[hidden])


@pytest.mark.parametrize("name", ["SemiSupervisedVAE", "AuxiliarySemiSupervisedVAE"])
def test_variational_classifiers_can_be_smoothed_by_a_virtual_adversary(name):
    """Labels at random make a classifier jagged, unless its answers must not change near a row."""
    X, _ = blobs()
    y = np.where(np.arange(len(X)) < 60, np.random.default_rng(0).integers(3, size=len(X)), -1)
    wide = {"hidden_dims": (100,), "max_epochs": 100, "adversarial_radius": 0.3, "learning_rate": 1e-2, "dropout": 0.0}
    jagged, smooth = (small(name, adversarial_weight=weight, **wide).fit(X, y) for weight in (0.0, 30.0))
    assert "adversarial" not in jagged.training_history_
    assert np.isfinite(smooth.training_history_["adversarial"]).all()
    nearby = X + 0.3 * X.std(axis=0) * np.random.default_rng(1).normal(size=X.shape).astype(np.float32)
    moved = [np.abs(model.predict_proba(X) - model.predict_proba(nearby)).mean() for model in (jagged, smooth)]
    assert moved[1] < 0.7 * moved[0]
