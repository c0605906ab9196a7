"""Parts of a hybrid: the models and classifiers that it takes, and those that it refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import StackingClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

from semigen import GenerativeFeatures, SemiSupervisedGMM
from tests.test_threads import run_python


def test_classifiers_made_of_others_are_classifiers_and_other_things_are_refused_in_words(blobs):
    X, truth, y = blobs
    stacked = StackingClassifier([("one", LogisticRegression()), ("other", LinearDiscriminantAnalysis())], cv=2)
    assert GenerativeFeatures(PCA(), stacked).fit(X, y).score(X, truth) > 0.8
    for strange in (LinearRegression(), SVC):
        with pytest.raises(ValueError, match="is no classifier: give an instance of one"):
            GenerativeFeatures(PCA(), strange).fit(X, y)


def test_models_that_need_labels_or_names_are_refused_in_words(blobs):
    X, _, y = blobs
    with pytest.raises(ValueError, match="SelectKBest needs labels, and model gets the unlabelled rows"):
        GenerativeFeatures(SelectKBest(k=1)).fit(X, y)
    frame = pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])])
    with pytest.raises(ValueError, match="ColumnTransformer names columns, and model gets an array"):
        GenerativeFeatures(ColumnTransformer([("scaled", StandardScaler(), ["x0"])])).fit(frame, y)


def test_parts_that_do_not_do_are_refused_in_words(blobs):
    X, _, y = blobs
    with pytest.raises(ValueError, match="LinearDiscriminantAnalysis, which needs a label in every row"):
        GenerativeFeatures(make_pipeline(StandardScaler(), LinearDiscriminantAnalysis())).fit(X, y)
    with pytest.raises(ValueError, match=r"'model' parameter.*implementing 'fit' and 'transform'"):
        GenerativeFeatures(LogisticRegression()).fit(X, y)
    with pytest.raises(ValueError, match=r"PCA takes no missing values.*missing='marginal'"):
        GenerativeFeatures(PCA()).fit(np.where(X > 3, np.nan, X), y)
    with pytest.raises(ValueError, match="classifier is frozen"):
        GenerativeFeatures(PCA(), FrozenEstimator(SVC().fit(X, y))).fit(X, y)
    weights = np.linspace(1, 2, len(X))
    with pytest.raises(ValueError, match="neither PCA nor KNeighborsClassifier takes weights"):
        GenerativeFeatures(PCA(), KNeighborsClassifier()).fit(X, y, weights)


def test_missing_values_are_for_models_that_take_them(blobs):
    X, truth, y = blobs
    gaps = np.where(np.random.default_rng(0).random(X.shape) < 0.1, np.nan, X)
    mixture = SemiSupervisedGMM(missing="marginal")
    for model in (mixture, make_pipeline(StandardScaler(), mixture), make_pipeline(SimpleImputer(), PCA())):
        assert GenerativeFeatures(model).fit(gaps, y).score(gaps, truth) > 0.8


def test_without_predict_proba_there_is_the_class_and_the_decision(blobs):
    X, truth, y = blobs
    model = GenerativeFeatures(SemiSupervisedGMM(), LinearSVC())
    assert not hasattr(model, "predict_proba")
    model.fit(X, y)
    assert model.score(X, truth) > 0.9
    assert (model.classes_[model.decision_function(X).argmax(axis=1)] == model.predict(X)).all()
    with pytest.raises(AttributeError) as refused:
        model.predict_proba(X)
    assert "LinearSVC has no predict_proba" in str(refused.value.__cause__)
    assert not hasattr(model, "predict_log_proba")
    assert not hasattr(GenerativeFeatures(PCA(), KNeighborsClassifier()), "decision_function")


def test_weights_reach_every_step_that_takes_them_with_metadata_routing_too(blobs):
    X, _, y = blobs
    weights = np.where(np.arange(len(X)) % 2, 3.0, 1.0)
    parts = make_pipeline(StandardScaler(), SemiSupervisedGMM()), make_pipeline(StandardScaler(), SVC())
    plain = GenerativeFeatures(*parts).fit(X, y)
    weighted = GenerativeFeatures(*parts).fit(X, y, weights)
    assert not np.array_equal(weighted.model_[0].mean_, plain.model_[0].mean_)
    assert not np.array_equal(weighted.model_[1].means_, plain.model_[1].means_)
    assert not np.array_equal(weighted.classifier_[1].dual_coef_, plain.classifier_[1].dual_coef_)
    with sklearn.config_context(enable_metadata_routing=True):
        routed = GenerativeFeatures(*parts).fit(X, y, weights)
    np.testing.assert_array_equal(routed.transform(X), weighted.transform(X))


def test_hybrids_without_a_deep_model_need_no_torch():
    result = run_python(
        """
        import sys
        import numpy as np
        from semigen import GenerativeFeatures, SemiSupervisedGMM
        X = np.r_[np.zeros((9, 1)), np.ones((9, 1))] + np.linspace(0, 0.1, 18)[:, None]
        y = np.r_[0, np.full(16, -1), 1]
        print(GenerativeFeatures(SemiSupervisedGMM()).fit(X, y).predict(X[[1, -2]]), "torch" in sys.modules)
        """
    )
    assert result.stdout == "[0 1] False\n", result.stderr
