"""GenerativeFeatures: the rows and labels that each part sees, the features, and the predictions."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from semigen import GenerativeFeatures, LabeledStratifiedKFold, SemiSupervisedGMM, VAEFeatures
from tests.compose.recorder import FITS, LastSeen, Recorder
from tests.deep.tables import CLASSIFIERS, MODELS, VARIATIONAL, small


@parametrize_with_checks([GenerativeFeatures(SemiSupervisedGMM(unlabeled=None), unlabeled=None)])
def test_every_check_of_scikit_learn_holds(estimator, check):
    check(estimator)


@parametrize_with_checks(
    [GenerativeFeatures(PCA(), SVC())],
    expected_failed_checks=lambda estimator: {
        "check_classifiers_classes": "-1 marks unlabelled rows",
        "check_sample_weight_equivalence_on_dense_data": "principal components take no weights",
        "check_sample_weight_equivalence_on_sparse_data": "principal components take no weights",
    },
)
def test_every_check_but_those_of_marker_and_weights_holds_with_other_parts(estimator, check):
    check(estimator)


def test_the_model_sees_all_rows_and_no_label_the_classifier_labelled_rows_only(blobs):
    X, truth, y = blobs
    model = GenerativeFeatures(Recorder(), LastSeen()).fit(X[:100], y[:100], X_unlabeled=X[100:])
    assert FITS == [(400, None)]
    np.testing.assert_array_equal(model.classifier_.X_, X[:45])
    np.testing.assert_array_equal(model.classifier_.y_, truth[:45])
    assert model.n_labeled_.tolist() == np.bincount(truth[:45]).tolist()
    assert model.n_unlabeled_ == 355


@pytest.mark.parametrize("name", MODELS)
def test_features_of_every_deep_model_carry_a_classifier(blobs, name):
    X, truth, y = blobs
    options = {"max_epochs": 40, "learning_rate": 1e-2}
    if name == "StackedSemiSupervisedVAE":
        options["vae"] = small("VAEFeatures", latent_dim=3, max_epochs=100, learning_rate=1e-2)
    model = GenerativeFeatures(small(name, **options)).fit(X, y)
    assert model.score(X, truth) > 0.6
    beside = 3 if name in VARIATIONAL else 0  # log q(y | x)
    assert model.transform(X).shape == (400, model.model_.transform(X[:1]).shape[1] + beside)
    if name in CLASSIFIERS:
        assert (model.model_.n_labeled_ == model.n_labeled_).all()


@pytest.mark.parametrize(
    "classifier",
    [
        SemiSupervisedGMM(),
        make_pipeline(StandardScaler(), SemiSupervisedGMM()),
        SelfTrainingClassifier(LogisticRegression()),
        make_pipeline(StandardScaler(), LabelSpreading(kernel="knn")),
        GridSearchCV(
            SemiSupervisedGMM(), {"covariance_type": ["full", "tied"]}, cv=LabeledStratifiedKFold(3, random_state=0)
        ),
        GenerativeFeatures(PCA(3), SVC()),
    ],
    ids=lambda classifier: type(classifier).__name__,
)
def test_a_classifier_that_learns_from_unlabelled_rows_gets_them(blobs, classifier):
    X, truth, y = blobs
    names = np.array(["b", "c", "a"])
    labels = [None if label < 0 else names[label] for label in y]
    model = GenerativeFeatures(PCA(), classifier).fit(X, labels)
    assert model.classes_.tolist() == ["a", "b", "c"]
    assert (model.predict(X) == names[truth]).mean() > 0.9
    assert model.transduction_[:45].tolist() == labels[:45]
    reached = model.classifier_
    reached = getattr(reached, "best_estimator_", reached[-1] if hasattr(reached, "steps") else reached)
    seen = getattr(reached, "transduction_", None)
    assert seen is None or len(seen) == 400


def test_features_of_the_mixture_are_its_log_joint_split_by_component(blobs):
    X, _, y = blobs
    mixture = SemiSupervisedGMM(n_components=2, random_state=0).fit(X, y)
    features = mixture.transform(X)
    assert features.shape == (400, 6)
    by_class = [logsumexp(features[:, mixture.component_class_ == k], axis=1) for k in range(3)]
    np.testing.assert_allclose(np.column_stack(by_class), mixture.predict_joint_log_proba(X), rtol=1e-12)
    assert mixture.get_feature_names_out()[-1] == "semisupervisedgmm5"
    with sklearn.config_context(transform_output="pandas"):
        assert mixture.transform(X).shape == (400, 6)
        hybrid = GenerativeFeatures(SemiSupervisedGMM()).fit(X, y)
        assert hybrid.transform(X).columns.tolist() == [f"generativefeatures{j}" for j in range(3)]


@pytest.mark.parametrize("first", [SemiSupervisedGMM(), VAEFeatures(3, (8,), max_epochs=40, random_state=0)])
def test_a_plain_pipeline_gives_its_first_step_the_unlabelled_rows(blobs, first):
    X, truth, y = blobs
    pipeline = make_pipeline(first, StandardScaler(), SemiSupervisedGMM()).fit(X, y)
    assert pipeline.score(X, truth) > 0.6
    assert pipeline[-1].n_unlabeled_ == 355
    if isinstance(first, SemiSupervisedGMM):
        assert pipeline[0].n_unlabeled_ == 355
    else:
        # The same as fitted to all rows, and not as fitted to the labelled ones.
        np.testing.assert_array_equal(pipeline[0].transform(X), clone(first).fit(X).transform(X))
        assert not np.array_equal(pipeline[0].transform(X), clone(first).fit(X[:45]).transform(X))


def test_frames_sets_and_searches_do_what_they_do_in_scikit_learn(blobs):
    X, truth, y = blobs
    frame = pd.DataFrame(X, columns=list("abcd"))
    hybrid = GenerativeFeatures(small("VAEFeatures", max_epochs=20, learning_rate=1e-2), LogisticRegression())
    features = clone(hybrid).set_output(transform="pandas").fit(frame, y).transform(frame)
    assert features.columns.tolist() == ["generativefeatures0", "generativefeatures1"]
    grid = {"model__latent_dim": [1, 3], "classifier__C": [0.1, 10.0]}
    search = GridSearchCV(hybrid, grid, cv=LabeledStratifiedKFold(3, random_state=0)).fit(X, y)
    assert search.best_params_["model__latent_dim"] == 3
    assert search.score(X, truth) > 0.7
    assert clone(hybrid).get_params()["model__latent_dim"] == 2
    fitted = hybrid.fit(X, y)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict_proba(X), fitted.predict_proba(X))
    assert hybrid.model.get_params() == clone(hybrid.model).get_params()


def test_a_failed_fit_leaves_everything_as_it_was(blobs):
    X, _, y = blobs
    model = GenerativeFeatures(SemiSupervisedGMM()).fit(X, y)
    before = dict(model.__dict__)
    model.classifier = LogisticRegression(C=-1.0)
    with pytest.raises(ValueError, match="'C' parameter"):
        model.fit(X[:, :2], np.where(y == 2, -1, y))
    model.classifier = None
    assert model.__dict__ == before


def test_two_labels_in_all_are_enough():
    rng = np.random.default_rng(0)
    truth = np.arange(200) % 2
    X = rng.normal(size=(200, 3)) + 6 * truth[:, None]
    y = np.where(np.arange(200) < 2, truth, -1)
    for model in (SemiSupervisedGMM(), PCA(1), small("VAEFeatures", max_epochs=40)):
        assert GenerativeFeatures(model).fit(X, y).score(X, truth) > 0.9


def test_no_unlabelled_row_is_no_trouble(blobs):
    X, truth, _ = blobs
    for model in (SemiSupervisedGMM(), small("VAEFeatures"), small("SemiSupervisedVAE"), small("SemiSupervisedGAN")):
        hybrid = GenerativeFeatures(model).fit(X[:45], truth[:45])
        assert hybrid.n_unlabeled_ == 0
        assert (hybrid.transduction_ == truth[:45]).all()


def test_no_row_of_x_unlabeled_is_none(blobs):
    X, _, y = blobs
    for model in (GenerativeFeatures(PCA()), SemiSupervisedGMM()):
        assert model.fit(X, y, X_unlabeled=X[:0]).n_unlabeled_ == (y < 0).sum()


def test_labels_that_do_not_do_are_refused_in_words(blobs):
    X, _, y = blobs
    hybrid = GenerativeFeatures(PCA())
    with pytest.raises(ValueError, match="one class only, 0"):
        hybrid.fit(X, np.where(y == 0, 0, -1))
    with pytest.raises(ValueError, match="no labelled row"):
        hybrid.fit(X, np.full(len(X), -1))
    with pytest.raises(ValueError, match=r"No labelled row of the classes \[7\], and LogisticRegression learns"):
        clone(hybrid).set_params(classes=[0, 1, 2, 7]).fit(X, y)
    with pytest.raises(ValueError, match=r"SemiSupervisedGMM has unlabeled='\?'.*give the marker to that one"):
        GenerativeFeatures(SemiSupervisedGMM(unlabeled="?")).fit(X, y)
    with pytest.raises(ValueError, match=r"SemiSupervisedGMM has classes=\[0, 1, 2, 3\]"):
        GenerativeFeatures(PCA(), SemiSupervisedGMM(classes=[0, 1, 2, 3])).fit(X, y)


@pytest.mark.parametrize("classifier", [None, SVC(), SemiSupervisedGMM(), SelfTrainingClassifier(LogisticRegression())])
def test_classes_keep_the_order_asked_for(blobs, classifier):
    X, truth, y = blobs
    names = np.array(["b", "c", "a"])
    labels = [names[label] if label >= 0 else "?" for label in y]
    model = GenerativeFeatures(PCA(), classifier, classes=["c", "a", "b"], unlabeled="?").fit(X, labels)
    assert model.classes_.tolist() == ["c", "a", "b"]
    assert (model.predict(X) == names[truth]).mean() > 0.9
    if hasattr(model, "predict_proba"):
        assert (model.classes_[model.predict_proba(X).argmax(axis=1)] == model.predict(X)).all()
        np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), model.predict_proba(X), atol=1e-12)
    assert model.score(X, labels) > 0.9


def test_a_class_without_labels_can_be_learnt_by_a_classifier_that_reads_unlabelled_rows():
    rng = np.random.default_rng(0)
    truth = np.arange(300) % 3
    X = rng.normal(size=(300, 2)) + 9 * np.array([[0, 0], [1, 0], [0, 1]])[truth]
    y = np.where((np.arange(300) < 30) & (truth < 2), truth, -1)
    model = GenerativeFeatures(PCA(), SemiSupervisedGMM("tied"), classes=[0, 1, 2]).fit(X, y)
    assert model.score(X, truth) > 0.95
    assert model.n_labeled_.tolist() == [10, 10, 0]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_integer_weights_are_rows_repeated_and_weight_zero_is_absence(seed):
    rng = np.random.default_rng(seed)
    truth = np.arange(60) % 2
    X = rng.normal(size=(60, 2)) + 3 * truth[:, None]
    y = np.where(np.arange(60) < 20, truth, -1)
    weights = np.r_[1, 1, rng.integers(0, 4, 58)]
    hybrid = GenerativeFeatures(SemiSupervisedGMM("tied"), LogisticRegression(tol=1e-10))
    weighted = clone(hybrid).fit(X, y, weights)
    repeated = clone(hybrid).fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), atol=1e-5)
    absent = clone(hybrid).fit(X[weights > 0], y[weights > 0], weights[weights > 0])
    np.testing.assert_array_equal(weighted.predict_proba(X), absent.predict_proba(X))
    assert len(weighted.transduction_) == 60


def test_log_densities_of_a_mixture_come_as_distances_to_its_components(blobs):
    X, _, y = blobs
    X = 1000 + X * [1, 10, 100, 1000]
    hybrid = GenerativeFeatures(make_pipeline(FrozenEstimator(StandardScaler().fit(X)), SemiSupervisedGMM())).fit(X, y)
    scaler, mixture = hybrid.model_
    apart = scaler.transform(X)[:, None] - mixture.means_
    distance = np.sqrt(np.einsum("nki,kij,nkj->nk", apart, np.linalg.inv(mixture.covariances_), apart))
    np.testing.assert_allclose(hybrid.transform(X), distance - distance.mean(axis=1, keepdims=True), atol=1e-6)


def test_distances_of_incomplete_rows_are_those_in_the_columns_measured(blobs):
    X, _, y = blobs
    gaps = np.where(np.random.default_rng(0).random(X.shape) < 0.2, np.nan, X)
    hybrid = GenerativeFeatures(SemiSupervisedGMM(missing="marginal")).fit(gaps, y)
    row, mixture = gaps[[np.flatnonzero(np.isnan(gaps).sum(axis=1) == 2)[0]]], hybrid.model_
    known = np.flatnonzero(~np.isnan(row[0]))
    apart = row[0, known] - mixture.means_[:, known]
    within = mixture.covariances_[:, known[:, None], known]
    distance = np.sqrt(np.einsum("ki,kij,kj->k", apart, np.linalg.inv(within), apart))
    np.testing.assert_allclose(hybrid.transform(row)[0], distance - distance.mean(), atol=1e-6)


@pytest.mark.parametrize("classifier", [LogisticRegression(), SVC()], ids=lambda classifier: type(classifier).__name__)
def test_classifiers_settle_and_learn_on_densities_of_hundreds_of_nats(classifier):
    """A warning that one did not settle would be an error here."""
    X, truth = load_digits(return_X_y=True)
    y = np.where(np.random.default_rng(0).permutation(len(X)) < 100, truth, -1)
    model = GenerativeFeatures(SemiSupervisedGMM(), classifier).fit(X, y)
    assert model.model_.transform(X).std() > 100
    assert model.score(X, truth) > 0.88
