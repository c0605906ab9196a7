"""Features that are fitted once for all folds, which only models that read no labels may be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from semigen import GenerativeFeatures, LabeledStratifiedKFold, SemiSupervisedGMM
from tests.compose.recorder import FITS, Recorder
from tests.deep.tables import CLASSIFIERS, small


def test_folds_use_features_that_were_fitted_once(blobs):
    X, _, y = blobs
    hybrid = GenerativeFeatures(Recorder(), SVC())
    folds = LabeledStratifiedKFold(5, random_state=0)
    often = cross_val_score(hybrid, X, y, cv=folds)
    assert len(FITS) == 5
    FITS.clear()
    once = cross_val_score(hybrid.with_features_of(X), X, y, cv=folds)
    assert FITS == [(400, None)]
    np.testing.assert_array_equal(once, often)
    assert not isinstance(hybrid.model, FrozenEstimator)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_features_that_read_no_label_are_the_same_to_the_last_bit_whatever_labels_say(seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(40, 3))
    hybrid = GenerativeFeatures(small("VAEFeatures", max_epochs=2))
    labels = [np.r_[0, 1, rng.integers(-1, 2, 38)] for _ in range(2)]
    one, other = (hybrid.fit(X, y).transform(X) for y in labels)
    np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(one, hybrid.with_features_of(X).fit(X, labels[0]).transform(X))


@pytest.mark.parametrize("name", ["SemiSupervisedGMM", *CLASSIFIERS])
def test_features_that_read_labels_are_not_fitted_once_for_all_folds(blobs, name):
    model = SemiSupervisedGMM() if name == "SemiSupervisedGMM" else small(name)
    for each in (model, make_pipeline(StandardScaler(), model)):
        with pytest.raises(ValueError, match=f"{name} reads labels.*each fold fits its own"):
            GenerativeFeatures(each).with_features_of(blobs[0])


def test_a_frozen_model_that_knows_more_labels_than_the_fit_is_warned_of(blobs):
    X, _, y = blobs
    frozen = FrozenEstimator(SemiSupervisedGMM().fit(X, y))
    hybrid = GenerativeFeatures(frozen).fit(X, y)  # knows the same ones: no word
    assert hybrid.model_ is frozen
    fewer = np.where(np.arange(len(y)) < 30, y, -1)
    with pytest.warns(UserWarning, match="has seen 45 labels, and this fit is given 30"):
        GenerativeFeatures(make_pipeline(frozen, StandardScaler())).fit(X, fewer)
    with pytest.raises(ValueError, match="reads labels"):
        hybrid.with_features_of(X)


def test_frozen_features_are_for_the_columns_that_they_were_fitted_to(blobs):
    X, _, y = blobs
    frame = pd.DataFrame(X, columns=list("abcd"))
    once = GenerativeFeatures(PCA()).with_features_of(frame)
    assert once.fit(frame, y).feature_names_in_.tolist() == list("abcd")
    with pytest.raises(ValueError, match=r"model was fitted to the columns .*'a'.* and X has .*'d'"):
        clone(once).fit(frame[list("dcba")], y)


def test_rows_of_weight_zero_teach_no_features(blobs):
    X, _, _ = blobs
    weights = np.arange(400) % 3
    once = GenerativeFeatures(PCA()).with_features_of(X, weights)
    np.testing.assert_allclose(once.model.mean_, X[weights > 0].mean(axis=0))
    once = GenerativeFeatures(StandardScaler()).with_features_of(pd.DataFrame(X), weights)
    np.testing.assert_allclose(once.model.mean_, np.average(X, axis=0, weights=weights))
