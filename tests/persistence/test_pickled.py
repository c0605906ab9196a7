"""Pickles say which version of semigen wrote them, and another version says what is wrong with them."""

from __future__ import annotations

import copy
import importlib
import inspect
import io
import pickle
import pkgutil
import warnings
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

import semigen
from semigen.persistence.pickled import VersionedPickle
from tests.deep.tables import CLASSIFIERS, MODELS, small

# Of the command, which nobody pickles.
NOT_PICKLED = {"cli", "commands", "_core", "_blas"}


def table() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    truth = np.arange(60) % 2
    return rng.normal(size=(60, 2)) + 4 * truth[:, None], np.where(np.arange(60) < 20, truth, -1)


def made(name: str) -> Any:
    """A fitted or finished object of each public class."""
    X, y = table()
    if name in MODELS:
        model = small(name)
        return model.fit(X, y) if name in CLASSIFIERS else model.fit(X)
    if name == "Recommendation":
        return semigen.recommend(X, y, budget=1, candidates=["LDA"], random_state=0)
    if name == "LabelCurve":
        return semigen.label_curve([LogisticRegression()], X, y, sizes=[4], n_repeats=2)
    if name == "LabeledStratifiedKFold":
        return semigen.LabeledStratifiedKFold(3)
    if name == "GenerativeFeatures":
        return semigen.GenerativeFeatures(semigen.SemiSupervisedGMM()).fit(X, y)
    if name == "SemiSupervisedGMMCV":
        return semigen.SemiSupervisedGMMCV(("full",), transforms=("none",), cv=2).fit(X, y)
    return semigen.SemiSupervisedGMM().fit(X, y)


CLASSES = [name for name in semigen.__all__ if inspect.isclass(getattr(semigen, name))]
# Partitions may hold a function that reads them, and are no result that anybody keeps.
PUBLIC = [name for name in CLASSES if not issubclass(getattr(semigen, name), Warning | semigen.Partitions)]


@pytest.fixture(scope="module")
def objects() -> dict[str, Any]:
    return {name: made(name) for name in PUBLIC}


def written_by(version: str | None, thing: Any, *lacking: str) -> bytes:
    """The pickle that another version would have written, or one from before versions were written (None)."""

    class Other(pickle.Pickler):
        def reducer_override(self, given: Any) -> Any:
            if given is not thing:
                return NotImplemented
            state = {key: value for key, value in given.__getstate__().items() if key not in lacking}
            del state["_semigen_version"]
            if version is not None:
                state["_semigen_version"] = version
            return copyreg_new, (type(given),), state

    file = io.BytesIO()
    Other(file).dump(thing)
    return file.getvalue()


def copyreg_new(kind: type) -> Any:
    return object.__new__(kind)


def all_classes() -> set[type]:
    found = set()
    for module in pkgutil.walk_packages(semigen.__path__, "semigen."):
        if module.name.split(".")[1] not in NOT_PICKLED:
            found |= {each for _, each in inspect.getmembers(importlib.import_module(module.name), inspect.isclass)}
    return {each for each in found if each.__module__.startswith("semigen.")}


def test_every_estimator_and_every_public_class_has_a_versioned_state():
    classes = all_classes()
    estimators = {each for each in classes if issubclass(each, BaseEstimator)}
    assert len(estimators) > 12
    for each in estimators | {getattr(semigen, name) for name in PUBLIC}:
        assert issubclass(each, VersionedPickle), each


@pytest.mark.parametrize("name", PUBLIC)
def test_copies_of_the_same_version_are_the_same_and_silent(name, objects, tmp_path):
    thing = objects[name]
    joblib.dump(thing, tmp_path / "file")
    for again in (pickle.loads(pickle.dumps(thing)), copy.deepcopy(thing), joblib.load(tmp_path / "file")):
        assert vars(again).keys() == vars(thing).keys()
        if hasattr(thing, "predict"):
            assert np.array_equal(again.predict_proba(table()[0]), thing.predict_proba(table()[0]))
        else:
            assert str(again) == str(thing)
    assert "_semigen_version" not in vars(thing)
    if hasattr(thing, "get_params"):
        assert "_semigen_version" not in vars(clone(thing))


@pytest.mark.parametrize("name", PUBLIC)
@pytest.mark.parametrize("version", [None, "0.0.9"])
def test_another_version_warns_as_scikit_learn_does_and_goes_on(name, version, objects):
    thing = objects[name]
    named = "no version" if version is None else version
    with pytest.warns(InconsistentVersionWarning, match=rf"{type(thing).__name__} was pickled by .*{named}"):
        again = pickle.loads(written_by(version, thing))
    if hasattr(thing, "predict"):
        assert np.array_equal(again.predict(table()[0]), thing.predict(table()[0]))
    # Written again, it is this version's; what it lacked, it lacks.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pickle.loads(pickle.dumps(again))


@pytest.mark.parametrize("name", PUBLIC)
def test_what_an_old_pickle_lacks_is_named_with_what_to_do(name, objects):
    thing = objects[name]
    lacking = sorted(vars(thing))[-1]
    with pytest.warns(InconsistentVersionWarning):
        again = pickle.loads(written_by(None, thing, lacking))
    assert not hasattr(again, lacking)
    with pytest.raises(ValueError, match=rf"has no '{lacking}'.*Fit it again"):
        getattr(again, lacking)
    with pytest.raises(AttributeError, match=rf"has no '{lacking}'.*Fit it again"):
        getattr(again, lacking)


def test_a_new_parameter_and_a_new_attribute_are_asked_for_by_clone_and_predict(objects):
    X, _ = table()
    for name, lacking, use in [
        ("SemiSupervisedGMM", "shrinkage", clone),
        ("SemiSupervisedGMM", "_fit", lambda model: model.predict(X)),
        ("SemiSupervisedVAE", "temperature_", lambda model: model.predict(X)),
        ("SemiSupervisedVAE", "_weights", lambda model: model.transform(X)),
        ("GenerativeFeatures", "classifier_", lambda model: model.predict(X)),
        ("Recommendation", "candidates", str),
    ]:
        with pytest.warns(InconsistentVersionWarning):
            again = pickle.loads(written_by("0.0.9", objects[name], lacking))
        with pytest.raises(ValueError, match=f"semigen 0.0.9.* {semigen.__version__}"):
            use(again)


def test_errors_of_others_stay_theirs():
    model = semigen.GenerativeFeatures(semigen.SemiSupervisedGMM())
    with pytest.raises(AttributeError, match=r"^'GenerativeFeatures' object has no attribute 'nothing'$"):
        _ = model.nothing
    without = semigen.GenerativeFeatures(semigen.SemiSupervisedGMM(), LinearSVC()).fit(*table())
    with pytest.raises(AttributeError, match="has no attribute 'predict_proba'"):
        _ = without.predict_proba
    assert not hasattr(model, "__array__")


def test_searches_in_other_processes_and_pipelines_are_silent():
    X, y = table()
    model = make_pipeline(StandardScaler(), semigen.SemiSupervisedGMM())
    folds = semigen.LabeledStratifiedKFold(2)
    scores = cross_val_score(model, X, y, cv=folds)
    search = GridSearchCV(semigen.SemiSupervisedGMM(), {"shrinkage": [0.1, 0.5]}, cv=folds, n_jobs=2).fit(X, y)
    assert scores.min() > 0.9
    assert search.best_score_ > 0.9
