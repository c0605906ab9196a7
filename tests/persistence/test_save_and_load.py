"""Hybrids and pipelines with estimators of scikit-learn, saved and loaded; what is refused, and how."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from safetensors import safe_open
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.exceptions import InconsistentVersionWarning, NotFittedError
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.semi_supervised import LabelPropagation, SelfTrainingClassifier
from sklearn.svm import SVC, LinearSVC

import semigen
from semigen import GenerativeFeatures, SemiSupervisedEnsemble, SemiSupervisedGMM
from semigen.persistence import archive
from tests.persistence.same import assert_equal, check_same

X, SPECIES = load_iris(return_X_y=True)
Y = np.where(np.arange(150) % 3 == 0, SPECIES, -1)

TRANSFORMERS = [
    StandardScaler(),
    MinMaxScaler(),
    MaxAbsScaler(),
    RobustScaler(),
    Normalizer(),
    PowerTransformer(),
    PowerTransformer("yeo-johnson", standardize=False),
    QuantileTransformer(n_quantiles=10, output_distribution="normal"),
    PCA(2),
    SimpleImputer(strategy="median", add_indicator=True),
    FunctionTransformer(),
    OneHotEncoder(sparse_output=False, handle_unknown="infrequent_if_exist", min_frequency=5),
    make_pipeline(StandardScaler(), PCA(3, whiten=True)).set_output(transform="default"),
    FeatureUnion([("scaled", StandardScaler()), ("reduced", PCA(1))]),
    ColumnTransformer([("scaled", StandardScaler(), [0, 2]), ("as they are", "passthrough", slice(3, 4))]),
]

CLASSIFIERS = [
    LogisticRegression(max_iter=1000),
    LinearDiscriminantAnalysis(),
    LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
    LinearDiscriminantAnalysis(solver="eigen"),
    GaussianNB(),
    LinearSVC(),
    SVC(),
    SVC(kernel="poly", decision_function_shape="ovo"),
    KNeighborsClassifier(3, algorithm="brute"),
    KNeighborsClassifier(weights="distance", algorithm="ball_tree", metric="minkowski", p=3),
    ExtraTreesClassifier(5, random_state=0),
    RandomForestClassifier(5, random_state=0, oob_score=True, bootstrap=True, max_leaf_nodes=6),
    HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=5, early_stopping=True),
    SelfTrainingClassifier(LogisticRegression(max_iter=1000)),
    LabelPropagation(gamma=5),
    CalibratedClassifierCV(LinearDiscriminantAnalysis(), cv=3),
    CalibratedClassifierCV(GaussianNB(), method="isotonic", cv=3),
    make_pipeline(StandardScaler(), LogisticRegression()),
    SemiSupervisedGMM("tied"),
]


def described(estimator: Any) -> str:
    return "".join(repr(estimator).split())[:60]


@pytest.mark.parametrize("transformer", TRANSFORMERS, ids=described)
def test_a_pipeline_is_the_same_after_loading(transformer, tmp_path):
    model = make_pipeline(transformer, SemiSupervisedGMM("diag")).fit(X, Y)
    semigen.save(model, tmp_path / "model")
    check_same(model, semigen.load(tmp_path / "model"), X)


@pytest.mark.filterwarnings("ignore:Some inputs do not have OOB scores", "ignore:invalid value", "ignore:.*n_iter.*")
@pytest.mark.parametrize("classifier", CLASSIFIERS, ids=described)
def test_a_hybrid_is_the_same_after_loading(classifier, tmp_path):
    names = np.array(["a", "b", "c"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", semigen.SuspectFitWarning)
        model = GenerativeFeatures(StandardScaler(), classifier, unlabeled="").fit(X, np.where(Y < 0, "", names[Y]))
    model.save(tmp_path / "model")
    check_same(model, semigen.load(tmp_path / "model"), X)


def test_two_classes_are_the_same_after_loading(tmp_path):
    rows, y = X[:100], Y[:100]
    for classifier in (SVC(), HistGradientBoostingClassifier(max_iter=2), LogisticRegression()):
        model = GenerativeFeatures(StandardScaler(), classifier).fit(rows, y)
        model.save(tmp_path / "model")
        check_same(model, semigen.load(tmp_path / "model"), rows)


def test_a_pattern_of_words_that_might_search_for_ever_is_refused(tmp_path):
    texts, y = ["red plum", "green pear", "red cherry", "green apple"], [0, 1, 0, 1]
    vectorizer = CountVectorizer(token_pattern=r"(\w+)+\d")
    vectorizer.fixed_vocabulary_, vectorizer.vocabulary_ = False, {"red": 0, "green": 1}
    model = make_pipeline(CountVectorizer(), LogisticRegression()).fit(texts, y)
    model.steps[0] = ("countvectorizer", vectorizer)
    with pytest.raises(ValueError, match=r"token_pattern is .* can be saved and loaded as"):
        semigen.save(model, tmp_path / "model")


@pytest.mark.filterwarnings("ignore:.*sparse columns")
@pytest.mark.parametrize("vectorizer", [TfidfVectorizer(ngram_range=(1, 2), stop_words=["of"]), CountVectorizer()])
def test_words_are_the_same_after_loading(vectorizer, tmp_path):
    texts = [f"row {i} of {'même' if i % 2 else 'other'}" for i in range(150)]
    model = make_pipeline(vectorizer, GenerativeFeatures(FunctionTransformer(), LogisticRegression())).fit(texts, Y)
    semigen.save(model, tmp_path / "model")
    check_same(model, semigen.load(tmp_path / "model"), texts)


def test_sparse_rows_a_frozen_model_and_weights_are_the_same_after_loading(tmp_path):
    from scipy.sparse import csr_matrix

    rows = csr_matrix(np.hstack([np.maximum(X - 3, 0)] * 20))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = SemiSupervisedEnsemble(
            SemiSupervisedGMM("diag"), [("lines", LogisticRegression())], cv=3, random_state=0
        ).fit(rows, Y, np.linspace(0.5, 1, 150))
    model.save(tmp_path / "model")
    check_same(model, semigen.load(tmp_path / "model"), rows)
    frozen = GenerativeFeatures(FrozenEstimator(PCA(2).fit(X))).fit(pd.DataFrame(X, columns=list("abcd")), Y)
    frozen.save(tmp_path / "model")
    check_same(frozen, semigen.load(tmp_path / "model"), pd.DataFrame(X, columns=list("abcd")))


def test_another_process_predicts_the_same(tmp_path):
    model = GenerativeFeatures(SemiSupervisedGMM(), ExtraTreesClassifier(5, random_state=0)).fit(X, Y)
    model.save(tmp_path / "model")
    code = """
import sys, numpy as np, semigen
from sklearn.datasets import load_iris
np.save(sys.argv[2], semigen.load(sys.argv[1]).predict_proba(load_iris().data))
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "model"), str(tmp_path / "found.npy")], check=True)
    assert_equal(np.load(tmp_path / "found.npy"), model.predict_proba(X))


class MyClassifier(ClassifierMixin, BaseEstimator):
    def fit(self, X: Any, y: Any) -> MyClassifier:
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.classes_[0])


class MyMixture(SemiSupervisedGMM):
    pass


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (GenerativeFeatures(StandardScaler(), MyClassifier()), "MyClassifier"),
        (MyMixture(), "MyMixture"),
        (make_pipeline(FunctionTransformer(np.log1p), SemiSupervisedGMM()), "ufunc"),
        (GenerativeFeatures(StandardScaler(), KNeighborsClassifier(weights=lambda d: d)), "function"),
    ],
    ids=["classifier", "subclass", "ufunc", "function"],
)
def test_what_no_file_can_hold_is_refused_by_name_and_no_file_is_left(model, name, tmp_path):
    model.fit(X, Y)
    (tmp_path / "model").write_text("as it was")
    with pytest.raises(TypeError, match=rf"holds a {name}, which semigen cannot save safely; use skops\.io"):
        semigen.save(model, tmp_path / "model")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["as it was"]


def test_an_attribute_that_would_be_lost_is_refused(tmp_path):
    model = SemiSupervisedGMM().fit(X, Y)
    model.note = "mine"
    with pytest.raises(TypeError, match="attribute 'note'"):
        model.save(tmp_path / "model")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("change", [{"max_iter": -1}, {"covariance_type": "round"}])
def test_parameters_that_no_fit_takes_are_refused_before_anything_is_written(change, tmp_path):
    model = SemiSupervisedGMM().fit(X, Y).set_params(**change)
    with pytest.raises(ValueError, match=rf"cannot be saved as it is.*{next(iter(change))}"):
        model.save(tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_a_cache_on_disk_is_refused(tmp_path):
    model = make_pipeline(StandardScaler(), SemiSupervisedGMM(), memory=str(tmp_path / "cache")).fit(X, Y)
    with pytest.raises(ValueError, match=r"Pipeline\.memory"):
        semigen.save(model, tmp_path / "model")


def test_what_is_no_fitted_estimator_is_refused(tmp_path):
    with pytest.raises(NotFittedError):
        SemiSupervisedGMM().save(tmp_path / "model")
    for other in (SemiSupervisedGMM, 3, None):
        with pytest.raises(TypeError, match="no estimator"):
            semigen.save(other, tmp_path / "model")


@pytest.mark.parametrize("dump", [pickle.dumps, joblib.dump], ids=["pickle", "joblib"])
def test_a_pickle_is_called_a_pickle(dump, tmp_path):
    model, path = SemiSupervisedGMM().fit(X, Y), tmp_path / "gmm.joblib"
    if dump is joblib.dump:
        joblib.dump(model, path)
    else:
        path.write_bytes(pickle.dumps(model))
    with pytest.raises(ValueError, match=r"is a pickle.*joblib\.load") as caught:
        semigen.load(path)
    assert "damaged" not in str(caught.value)


def test_another_version_of_scikit_learn_is_named_where_parts_of_it_are_loaded(monkeypatch, tmp_path):
    hybrid, mixture = GenerativeFeatures(StandardScaler()).fit(X, Y), SemiSupervisedGMM().fit(X, Y)
    with monkeypatch.context() as patched:
        patched.setattr(sklearn, "__version__", "1.2.3")
        hybrid.save(tmp_path / "hybrid")
        mixture.save(tmp_path / "mixture")
    semigen.load(tmp_path / "mixture")
    with pytest.warns(InconsistentVersionWarning, match=r"1\.2\.3"):
        semigen.load(tmp_path / "hybrid")


def changed(path: Path, change: Any) -> Path:
    """A file whose facts and arrays were changed, with a checksum that fits."""
    with safe_open(str(path), framework="np") as file:
        facts = json.loads(file.metadata()["facts"])
        arrays = {name: file.get_tensor(name).copy() for name in file.keys()}  # noqa: SIM118 (not a mapping)
    change(facts, arrays)
    archive.write(path, arrays, facts, archive.OBJECTS)
    return path


def test_a_file_names_only_classes_of_the_table(tmp_path):
    SemiSupervisedGMM().fit(X, Y).save(tmp_path / "model")
    for name in ("subprocess.Popen", "sklearn.Memory", "semigen.Kind", "semigen.SemiSupervisedGMM.fit", 3, None):
        changed(tmp_path / "model", lambda facts, arrays, name=name: facts["objects"][-1].update({"class": name}))
        with pytest.raises(ValueError, match="no class that this version of semigen restores"):
            semigen.load(tmp_path / "model")


def _field(arrays: dict[str, np.ndarray], name: str) -> np.ndarray:
    return next(array for key, array in arrays.items() if key.partition(" ")[2].startswith(name))


@pytest.mark.parametrize(
    ("classifier", "name", "value"),
    [
        (ExtraTreesClassifier(3), "_nodes['left_child']", 0),
        (ExtraTreesClassifier(3), "_nodes['right_child']", 10**6),
        (ExtraTreesClassifier(3), "_nodes['feature']", 4),
        (HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=2), "_nodes['left']", 10**6),
        (HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=2), "_nodes['feature_idx']", -1),
        (HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=2), "_nodes['is_categorical']", 1),
        (SVC(), "_n_support", 10**6),
        (SVC(), "support_", -1),
        (KNeighborsClassifier(), "_y", 3),
    ],
    ids=lambda value: described(value) if isinstance(value, BaseEstimator) else str(value),
)
def test_what_compiled_code_would_follow_out_of_its_arrays_is_refused(classifier, name, value, tmp_path):
    GenerativeFeatures(StandardScaler(), classifier).fit(X, Y).save(tmp_path / "model")

    def change(facts: Any, arrays: dict[str, np.ndarray]) -> None:
        _field(arrays, name)[0] = value

    with pytest.raises(ValueError, match="holds no sound model"):
        semigen.load(changed(tmp_path / "model", change))


@pytest.mark.filterwarnings("ignore:.*sparse columns")
def test_codes_of_words_beyond_the_matrix_are_refused(tmp_path):
    texts = [f"row {i}" for i in range(150)]
    model = make_pipeline(CountVectorizer(), GenerativeFeatures(FunctionTransformer(), LogisticRegression()))
    semigen.save(model.fit(texts, Y), tmp_path / "model")

    def change(facts: Any, arrays: Any) -> None:
        of_words = next(each for each in facts["objects"] if each["class"] == "sklearn.CountVectorizer")
        of_words["attributes"]["vocabulary_"]["map"]["row"] = 10**6

    with pytest.raises(ValueError, match="its words have no numbers"):
        semigen.load(changed(tmp_path / "model", change))
