"""GenerativeFeatures with the columns beside the features, and with labels held out of the model that reads them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from semigen import GenerativeFeatures, SemiSupervisedGMM, VAEFeatures
from semigen.deep import SemiSupervisedVAE
from semigen.model_selection.cross_fit import hold_out
from tests.compose.recorder import LastSeen

X, KIND = load_wine(return_X_y=True)
Y = np.where(np.arange(len(X)) % 6 == 0, KIND, -1)
LABELED = np.flatnonzero(Y >= 0)


def taught(model: object, **options) -> np.ndarray:
    """What the classifier was taught with."""
    return GenerativeFeatures(model, LastSeen(), **options).fit(X, Y).classifier_.X_


@pytest.mark.parametrize("model", [SemiSupervisedGMM(), PCA(2)], ids=["reads labels", "reads none"])
@pytest.mark.parametrize("n_folds", [None, 3])
def test_passthrough_sets_the_columns_before_the_features(model, n_folds):
    without = taught(model, n_folds=n_folds)
    np.testing.assert_array_equal(taught(model, n_folds=n_folds, passthrough=True), np.hstack([X[LABELED], without]))
    hybrid = GenerativeFeatures(model, LastSeen(), passthrough=True, n_folds=n_folds).fit(X, Y)
    assert hybrid.transform(X).shape == (len(X), 13 + without.shape[1])
    assert len(hybrid.get_feature_names_out()) == 13 + without.shape[1]


def test_with_folds_a_labelled_row_shows_features_of_a_model_that_had_not_seen_its_label():
    known = taught(SemiSupervisedGMM(), n_folds=4)
    for fold in hold_out(Y, 4, np.random.default_rng(0)):
        alone = SemiSupervisedGMM().fit(X[fold.train], Y[fold.train])
        rows = np.searchsorted(LABELED, fold.test)
        np.testing.assert_allclose(known[rows], alone._features_of_classes(X[fold.test]), atol=1e-9)


def test_features_of_classes_are_those_of_components_where_a_class_has_one():
    model = SemiSupervisedGMM().fit(X, Y)
    np.testing.assert_allclose(model._features_of_classes(X), model._features_for_classifier(X), atol=1e-12)


def test_with_several_components_a_class_folds_give_a_feature_a_class():
    mixture = SemiSupervisedGMM("diag", n_components=3, random_state=0)
    assert taught(mixture).shape == (len(LABELED), 9)
    assert taught(mixture, n_folds=3).shape == (len(LABELED), 3)


def test_of_a_model_that_reads_no_label_folds_change_nothing():
    np.testing.assert_array_equal(taught(PCA(3), n_folds=3), taught(PCA(3)))


def test_noise_that_a_mixture_has_learnt_by_heart_is_believed_without_folds_only():
    rng = np.random.default_rng(0)
    noise, truth = rng.normal(size=(80, 12)), rng.integers(0, 2, 80)
    mixture = SemiSupervisedGMM(shrinkage=0.01, unlabeled_weight=0)
    sure = {}
    for n_folds in (None, 5):
        model = GenerativeFeatures(mixture, n_folds=n_folds).fit(noise, truth)
        sure[n_folds] = model.predict_proba(rng.normal(size=(500, 12))).max(axis=1).mean()
    assert sure[None] > 0.7
    assert sure[5] < 0.62


def test_a_semi_supervised_autoencoder_gives_its_class_probabilities():
    vae = SemiSupervisedVAE(2, hidden_dims=(4,), max_epochs=2, random_state=0)
    model = GenerativeFeatures(make_pipeline(StandardScaler(), vae), n_folds=2).fit(X, Y)
    assert model.transform(X).shape == (len(X), 3)
    assert np.isfinite(model.predict_proba(X)).all()


def test_the_only_label_of_a_class_keeps_the_features_of_the_whole_fit():
    y = np.where(KIND == 2, -1, Y)
    y[np.flatnonzero(KIND == 2)[0]] = 2
    model = GenerativeFeatures(SemiSupervisedGMM(), LastSeen(), n_folds=5).fit(X, y)
    only = np.flatnonzero(y[y >= 0] == 2)
    np.testing.assert_allclose(model.classifier_.X_[only], model.transform(X[y == 2]))


def test_missing_values_pass_through_to_a_classifier_that_takes_them():
    rows = np.where(np.random.default_rng(0).random(X.shape) < 0.1, np.nan, X)
    mixture = SemiSupervisedGMM(missing="marginal")
    forest = ExtraTreesClassifier(50, random_state=0)
    model = GenerativeFeatures(mixture, forest, passthrough=True, n_folds=3).fit(rows, Y)
    assert model.score(rows, KIND) > 0.8
    with pytest.raises(ValueError, match="LogisticRegression, which takes none: let a pipeline that fills them in"):
        GenerativeFeatures(mixture, LogisticRegression(), passthrough=True).fit(rows, Y)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (FrozenEstimator(SemiSupervisedGMM().fit(X, Y)), "frozen and has read labels"),
        (make_pipeline(SemiSupervisedGMM(), PCA(2)), "those of PCA mean something else in each"),
    ],
    ids=["frozen", "components"],
)
def test_folds_are_refused_where_fits_cannot_be_compared(model, message):
    with pytest.raises(ValueError, match=message):
        GenerativeFeatures(model, n_folds=3).fit(X, Y)


def test_a_frozen_model_that_read_no_label_is_as_good_as_any():
    frozen = FrozenEstimator(VAEFeatures(2, hidden_dims=(4,), max_epochs=1, random_state=0).fit(X))
    np.testing.assert_array_equal(taught(frozen, n_folds=3), taught(frozen))


@pytest.mark.parametrize("options", [{"n_folds": 1}, {"n_folds": 2.5}, {"passthrough": "yes"}], ids=str)
def test_bad_options_are_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        GenerativeFeatures(SemiSupervisedGMM(), **options).fit(X, Y)
