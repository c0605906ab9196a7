"""Deep estimators as scikit-learn estimators: checks, parameters, labels, weights, rows in files."""

from __future__ import annotations

import pickle
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import semigen
from semigen import SemiSupervisedGMM, SemiSupervisedVAE, StackedSemiSupervisedVAE, VAEFeatures
from tests.deep.tables import CLASSIFIERS, FLOWS, MODELS, TRANSFORMERS, VARIATIONAL, blobs, same_weights, small, truth


def checked(name: str, **options):
    """An estimator of few and long steps, which still learns what `check_classifiers_train` asks for."""
    if name == "StackedSemiSupervisedVAE":
        options["vae"] = VAEFeatures(4, (64,), max_epochs=30, batch_size=32, learning_rate=1e-2, random_state=0)
        options |= {"max_epochs": 15, "learning_rate": 2e-2}
    return small(name, **{"max_epochs": 8, "batch_size": 32, "learning_rate": 3e-2} | options)


# A row given twice gets noise of its own each time, and a place of its own in the order of rows.
STOCHASTIC = {"check_sample_weight_equivalence_on_dense_data": "steps are drawn at random"}


# This check uses -1 as a class, which is the marker of unlabelled rows here.
NEEDS_MINUS_ONE_AS_A_CLASS = STOCHASTIC | {"check_classifiers_classes": "-1 marks unlabelled rows"}


@parametrize_with_checks(
    [*(checked(name, unlabeled=None) for name in CLASSIFIERS), *map(checked, TRANSFORMERS)],
    expected_failed_checks=lambda estimator: STOCHASTIC,
)
def test_every_check_of_scikit_learn_holds(estimator, check):
    check(estimator)


@parametrize_with_checks(
    [checked("SemiSupervisedVAE")], expected_failed_checks=lambda estimator: NEEDS_MINUS_ONE_AS_A_CLASS
)
def test_every_check_but_one_holds_with_the_default_marker(estimator, check):
    check(estimator)


@pytest.mark.parametrize("name", CLASSIFIERS)
@pytest.mark.parametrize("n_classes", [2, 26])
def test_two_classes_and_twenty_six_are_learnt(name, n_classes):
    X, y = blobs(260, n_classes, 130)
    options = {"max_epochs": 20, "hidden_dims": (40,), "learning_rate": 3e-2}
    if name == "StackedSemiSupervisedVAE":
        options["vae"] = VAEFeatures(4, (40,), max_epochs=60, batch_size=40, learning_rate=2e-2, random_state=0)
    model = small(name, **options).fit(X, y)
    probability = model.predict_proba(X)
    assert probability.shape == (260, n_classes)
    np.testing.assert_allclose(probability.sum(axis=1), 1, rtol=1e-5)
    assert model.score(X, truth(260, n_classes)) > 0.6


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_batches_without_labelled_or_without_unlabelled_rows_are_learnt_from(name):
    X, y = blobs()
    clusters = small(name, classes=[0, 1, 2]).fit(X, np.full(len(y), -1))
    assert clusters.n_labeled_.tolist() == [0, 0, 0]
    everything = small(name).fit(X, truth())
    assert everything.n_unlabeled_ == 0
    for model in (clusters, everything):
        assert np.isfinite(model.history_).all()
        assert np.isfinite(model.predict_log_proba(X)).all()


@pytest.mark.parametrize("name", [*VARIATIONAL, "SemiSupervisedFlow"])
@pytest.mark.parametrize("prior", ["uniform", "empirical", [0.2, 0.2, 0.2, 0.4]])
def test_a_class_without_labels_is_possible(name, prior):
    X, y = blobs()
    model = small(name, classes=[0, 1, 2, 9], class_prior=prior).fit(X, y)
    assert model.classes_.tolist() == [0, 1, 2, 9]
    assert model.class_prior_.min() > 0
    assert model.predict_proba(X).shape == (len(X), 4)
    assert (model.sample(5, y=9)[1] == 9).all()


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_strings_names_and_markers_are_labels_as_in_the_mixture(name):
    X, y = blobs()
    words = np.array(["ant", "bee", "cat", "?"], dtype=object)[y]
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = small(name, unlabeled="?").fit(frame, words)
    assert model.classes_.tolist() == ["ant", "bee", "cat"]
    assert model.feature_names_in_.tolist() == list("abcd")
    given = words != "?"
    assert (model.transduction_[given] == words[given]).all()
    assert set(model.transduction_) <= {"ant", "bee", "cat"}


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_unlabelled_rows_may_come_apart(name):
    X, y = blobs()
    together = small(name).fit(X, y)
    apart = small(name).fit(X[:15], y[:15], X_unlabeled=X[15:])
    assert same_weights(together, apart)
    assert np.array_equal(together.transduction_, apart.transduction_)


@pytest.mark.parametrize("name", MODELS)
def test_a_row_of_weight_zero_is_absent_and_equal_weights_change_nothing(name):
    X, y = blobs()
    weights = np.ones(len(X))
    weights[[3, 60, 61]] = 0
    kept = weights > 0
    labels = () if name in TRANSFORMERS else (y,)
    without = small(name).fit(X[kept], *(given[kept] for given in labels))
    weighted = small(name).fit(X, *labels, sample_weight=7 * weights)
    assert same_weights(without, weighted)


@pytest.mark.parametrize("name", MODELS)
def test_predictions_are_the_same_every_time_and_for_every_company(name):
    X, y = blobs()
    model = small(name).fit(X, y)
    methods = ["transform", "critic_score" if name == "SemiSupervisedGAN" else "score_samples"]
    methods += ["predict_proba"] if name in CLASSIFIERS else []
    for method in methods:
        at_once = getattr(model, method)(X)
        np.testing.assert_array_equal(at_once, getattr(model, method)(X))
        one_by_one = np.concatenate([getattr(model, method)(row) for row in X[:20, None]])
        np.testing.assert_allclose(at_once[:20], one_by_one, rtol=2e-5, atol=2e-6)
        assert at_once.dtype == (np.float64 if name in FLOWS else np.float32)
        assert getattr(model, method)(X.astype(np.float64)).dtype == np.float64


@pytest.mark.parametrize("name", MODELS)
def test_saved_and_pickled_models_predict_the_same(name, tmp_path):
    X, y = blobs()
    model = small(name).fit(X, y)
    path = tmp_path / "model.safetensors"
    model.save(path)
    for copy in (semigen.load(path, device="cpu"), pickle.loads(pickle.dumps(model))):
        assert np.array_equal(copy.transform(X), model.transform(X))
        if name != "SemiSupervisedGAN":
            assert np.array_equal(copy.score_samples(X), model.score_samples(X))
        assert np.array_equal(copy.history_, model.history_)
        if name in CLASSIFIERS:
            assert np.array_equal(copy.predict_proba(X), model.predict_proba(X))
            assert np.array_equal(copy.transduction_, model.transduction_)
            assert np.array_equal(copy.classes_, model.classes_)


@pytest.mark.parametrize("name", MODELS)
def test_rows_on_disk_are_streamed_with_the_same_result(name, tmp_path):
    X, y = blobs()
    disk = np.memmap(tmp_path / "rows", dtype=np.float32, mode="w+", shape=X.shape)
    disk[:] = X
    labels = () if name in TRANSFORMERS else (y,)
    in_memory, streamed = small(name).fit(X, *labels), small(name).fit(disk, *labels)
    assert same_weights(in_memory, streamed)
    if name in CLASSIFIERS:
        apart = small(name).fit(X[:15], y[:15], X_unlabeled=disk[15:])
        assert same_weights(in_memory, apart)


@pytest.mark.parametrize("name", MODELS)
def test_every_parameter_is_explained(name):
    estimator = getattr(semigen, name)
    explained = estimator.__doc__.split("Attributes\n")[0]
    if "**others" in explained:
        explained += SemiSupervisedVAE.__doc__.split("Attributes\n")[0]
    for parameter in estimator().get_params(deep=False):
        assert re.search(rf"^ +([a-z_]+, )*{parameter}(, [a-z_]+)*( :|$)", explained, re.MULTILINE), parameter


def test_they_are_scikit_learn_citizens():
    X, y = blobs()
    pipeline = make_pipeline(StandardScaler(), small("VAEFeatures"), SemiSupervisedGMM())
    assert pipeline.fit(X, y).predict(X).shape == (len(X),)
    labeled = y >= 0
    search = GridSearchCV(small("SemiSupervisedVAE"), {"alpha": [0.5, 5.0]}, cv=2)
    search.fit(X[labeled], y[labeled], X_unlabeled=X[~labeled])
    assert search.best_params_["alpha"] in (0.5, 5.0)
    model = small("StackedSemiSupervisedVAE")
    assert clone(model).get_params()["vae"].latent_dim == 3
    assert "auxiliary_dim=2" in repr(small("AuxiliarySemiSupervisedVAE"))
    assert "verbose" not in repr(small("AuxiliarySemiSupervisedVAE"))
    assert SemiSupervisedVAE().get_params()["max_epochs"] == "auto"
    assert StackedSemiSupervisedVAE().get_params()["batch_size"] == 500
