"""likelihood="auto" goes by what columns are, never by the range that training rows happen to have."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits, load_wine
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

import semigen
from semigen import GenerativeFeatures, SuspectFitWarning
from semigen.deep.data.columns import ColumnCoding
from tests.deep.tables import small

RNG = np.random.default_rng(0)
WINE, KIND = load_wine(return_X_y=True)
DIGITS = load_digits().data / 16

READERS = {
    name: lambda name=name: small(name, max_epochs=1)
    for name in ["SemiSupervisedVAE", "StackedSemiSupervisedVAE", "AuxiliarySemiSupervisedVAE", "SemiSupervisedGAN"]
} | {
    "VAEFeatures": lambda: small("VAEFeatures", max_epochs=1),
    "hybrid of VAEFeatures": lambda: GenerativeFeatures(small("VAEFeatures", max_epochs=1)),
    "hybrid of a VAE": lambda: GenerativeFeatures(small("SemiSupervisedVAE", max_epochs=1)),
}


def kinds(X):
    return ColumnCoding.of(np.asarray(X, dtype=np.float64), "auto").kinds


@pytest.mark.parametrize("name", READERS)
def test_new_rows_beyond_a_scaler_s_range_are_answered_in_ten_splits_of_wine(name):
    y = np.where(np.arange(len(KIND)) % 4 == 0, KIND, -1)
    beyond = 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Some epochs are too few for a good fit, and it says so.
        warnings.simplefilter("ignore", SuspectFitWarning)
        for seed in range(10):
            train, test = train_test_split(np.arange(len(KIND)), test_size=0.3, random_state=seed)
            model = make_pipeline(MinMaxScaler(), READERS[name]()).fit(WINE[train], y[train])
            scaled = model[0].transform(WINE[test])
            beyond += scaled.min() < 0 or scaled.max() > 1
            said = model.predict(WINE[test]) if hasattr(model, "predict") else model.transform(WINE[test])
            assert len(said) == len(test)
    assert beyond > 5


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.sampled_from([0.0, 1e-7, -1e-7, 1e-16]), st.integers(20, 300))
def test_what_a_scaler_brought_to_the_unit_interval_stays_real_whatever_the_rounding(seed, rounding, n):
    rows = np.random.default_rng(seed).normal(size=(n, 3))
    scaled = MinMaxScaler().fit_transform(rows)
    assert kinds(scaled * (1 + rounding)) == ["gaussian"] * 3
    assert kinds(scaled[1:]) == ["gaussian"] * 3


@pytest.mark.parametrize("rounding", [0.0, 1e-7, -1e-7])
def test_images_are_bits_whatever_the_rounding(rounding):
    assert set(kinds(DIGITS * (1 + rounding))) == {"bernoulli"}
    assert set(kinds((DIGITS * (1 + rounding)).astype(np.float32))) == {"bernoulli"}
    assert set(kinds(DIGITS[:100] * (1 + rounding))) == {"bernoulli"}


def test_two_values_are_bits_and_integers_with_few_levels_are_real():
    bits = RNG.integers(0, 2, 50)
    table = np.c_[
        bits, RNG.normal(size=50), RNG.integers(0, 5, 50), np.full(50, 0.5), np.zeros(50), 1 + bits, 0.3 * bits
    ]
    assert kinds(table) == ["bernoulli", *["gaussian"] * 6]
    assert kinds(np.c_[bits, np.zeros(50), np.ones(50)]) == ["bernoulli"] * 3


def test_rows_beyond_bits_are_clipped_with_one_warning_that_says_how_many():
    bits = RNG.integers(0, 2, (80, 3)).astype(float)
    y = np.where(np.arange(80) < 20, bits[:, 0], -1)
    model = small("SemiSupervisedVAE").fit(bits, y)
    new = bits.copy()
    new[3, 1], new[7, 2] = 1.7, -0.2
    with pytest.warns(
        UserWarning, match=r"2 of 80 rows .* such as 1\.7 in column 1, .*likelihood='gaussian'"
    ) as caught:
        said = model.predict_proba(new)
    assert len(caught) == 1
    np.testing.assert_array_equal(said, model.predict_proba(np.clip(new, 0, 1)))
    with pytest.raises(ValueError, match=r"Column 1 goes from 0 to 1\.7"):
        small("SemiSupervisedVAE", likelihood="bernoulli").fit(new, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.predict_proba(bits * (1 + 1e-7))


def test_digits_are_told_as_well_as_when_their_likelihood_is_named():
    digit = load_digits().target
    y = np.where(np.arange(len(digit)) % 9 == 0, digit, -1)
    models = [
        semigen.SemiSupervisedVAE(5, (30,), max_epochs=2, random_state=0, likelihood=kind).fit(DIGITS, y)
        for kind in ("auto", "bernoulli")
    ]
    np.testing.assert_array_equal(*(model.predict_proba(DIGITS[:50]) for model in models))
