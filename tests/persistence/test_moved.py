"""Pickles of version 0.1.0, whose modules have moved: they open and work, or say which version wrote them."""

from __future__ import annotations

import inspect
import pickle
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import semigen
from semigen.persistence.moved import MOVED
from semigen.persistence.pickled import IncompletePickleError, OtherVersionWarning
from tests.deep.tables import CLASSIFIERS, small

# Two mixtures fitted and pickled by version 0.1.0.
SAVED = Path(__file__).parent / "saved"
ROWS = np.array([[0.5, -1.0, 2.0], [3.0, 2.5, 4.0], [1.5, 1.5, 1.5]])


@pytest.fixture
def not_imported(monkeypatch):
    """Forget the old names of modules, as in a process that has just begun."""
    for name in MOVED:
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.mark.parametrize("name", ["mixture", "mixture_cv"])
def test_a_mixture_of_version_0_1_0_opens_and_says_who_wrote_it_when_it_is_used(name, not_imported):
    with pytest.warns(OtherVersionWarning, match=r"pickled by semigen 0\.1\.0"):
        model = pickle.loads((SAVED / f"{name}-0.1.0.pickle").read_bytes())
    assert list(model.classes_) == [0, 1]
    for use in (model.predict, model.predict_proba):
        with pytest.raises(IncompletePickleError, match=r"pickled by semigen 0\.1\.0, .*Fit it again"):
            use(ROWS)


def test_a_mixture_of_version_0_1_0_can_be_fitted_again():
    with pytest.warns(OtherVersionWarning):
        model = pickle.loads((SAVED / "mixture-0.1.0.pickle").read_bytes())
    X, y = np.concatenate([ROWS, ROWS + 1, ROWS - 1]), [0, 1, -1] * 3
    assert np.array_equal(model.fit(X, y).predict(ROWS), semigen.SemiSupervisedGMM().fit(X, y).predict(ROWS))


@pytest.mark.parametrize("old", MOVED)
def test_classes_have_the_names_of_version_0_1_0_too(old, not_imported):
    moved, module = import_module(old), import_module(MOVED[old])
    for name, value in inspect.getmembers(module, inspect.isclass):
        if value.__module__ == module.__name__ and name != "Scaling":
            assert getattr(moved, name) is value


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_deep_model_pickled_under_the_old_names_of_its_modules_predicts_the_same(name, not_imported):
    rng = np.random.default_rng(0)
    truth = np.arange(60) % 2
    X, y = rng.normal(size=(60, 2)) + 4 * truth[:, None], np.where(np.arange(60) < 20, truth, -1)
    model = small(name).fit(X, y)
    written = pickle.dumps(model, protocol=2)  # in which names are lines of text
    for old, new in MOVED.items():
        written = written.replace(f"c{new}\n".encode(), f"c{old}\n".encode())
    assert b"semigen.deep.columns\n" in written
    assert np.array_equal(pickle.loads(written).predict_proba(X), model.predict_proba(X))


def test_a_module_that_never_was_is_still_missing():
    with pytest.raises(ModuleNotFoundError, match=r"semigen\.nothing"):
        import_module("semigen.nothing")
    with pytest.raises(AttributeError, match="Nothing"):
        _ = import_module("semigen.mixture.parameters").Nothing


def test_a_recommendation_of_0_1_0_opens_and_prints(not_imported):
    with pytest.warns(OtherVersionWarning, match=r"0\.1\.0"):
        found = pickle.loads((SAVED / "recommendation-0.1.0.pickle").read_bytes())
    assert str(found).startswith("Use “logistic regression”")
    assert found.best_estimator_.predict(np.zeros((1, found.best_estimator_.n_features_in_))).shape == (1,)
