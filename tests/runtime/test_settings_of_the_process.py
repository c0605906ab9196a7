"""What the caller has set for the whole process reaches no model: output of transformers, NumPy's errors, gradients."""

from __future__ import annotations

import warnings
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import sklearn
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from semigen import GenerativeFeatures, SemiSupervisedGMM, SemiSupervisedGMMCV, label_curve, rank_queries, recommend
from semigen.display import LatentMapDisplay
from tests.deep.tables import MODELS as DEEP
from tests.deep.tables import small

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

TRUTH = np.arange(60) % 2
X = np.random.default_rng(0).normal(size=(60, 3)) + 5 * TRUTH[:, None]
Y = np.where(np.arange(60) < 14, TRUTH, -1)

MIXTURES = SemiSupervisedGMMCV(("tied",), shrinkages=(1.0,), unlabeled_weights=(1.0,), cv=2, random_state=0)
MODELS = {
    "mixture": SemiSupervisedGMM,
    "guard": lambda: SemiSupervisedGMM(guard=True, random_state=0),
    "gaps": lambda: SemiSupervisedGMM(missing="marginal"),
    "mixtures": lambda: MIXTURES,
    "hybrid": lambda: GenerativeFeatures(make_pipeline(StandardScaler(), SemiSupervisedGMM())),
    "flow from mixtures": lambda: small("SemiSupervisedFlow", max_epochs=2, start=MIXTURES),
    **{name: lambda name=name: small(name, max_epochs=2) for name in DEEP},
}
METHODS = ("predict", "predict_proba", "score_samples", "transform", "predict_joint_log_proba", "conditional")


def answers(name):
    """What a model says of the training rows and of rows far away."""
    model = MODELS[name]().fit(X, Y)
    said = {method: getattr(model, method)(np.vstack([X, 50 * X])) for method in METHODS if hasattr(model, method)}
    if hasattr(model, "sample"):
        said["sample"] = np.asarray(model.sample(3)[0] if isinstance(model.sample(3), tuple) else model.sample(3))
    if name == "gaps":
        said["impute"] = model.impute(np.where(X[0, 0] == X, np.nan, X))
    return {method: np.asarray(values) for method, values in said.items()}


@cache
def answers_otherwise(name):
    return answers(name)


SETTINGS = {
    "pandas": lambda: sklearn.config_context(transform_output="pandas"),
    "polars": lambda: sklearn.config_context(transform_output="polars"),
    "errors raised": lambda: np.errstate(all="raise"),
    "inference mode": torch.inference_mode,
    "no gradients": torch.no_grad,
}


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("name", MODELS)
def test_models_learn_and_answer_the_same_under_any_setting(name, setting):
    if name not in DEEP and name != "flow from mixtures" and setting in ("inference mode", "no gradients"):
        return
    with SETTINGS[setting]():
        under = answers(name)
    plain = dict(answers_otherwise(name))
    assert under.keys() == plain.keys()
    if name not in ("mixture", "guard", "gaps"):  # whose draws have no seed
        plain.pop("sample", None)
    for method in plain.keys() - {"sample"}:
        np.testing.assert_array_equal(under[method], plain[method], err_msg=method)


@pytest.mark.parametrize("setting", ["pandas", "polars", "errors raised"])
def test_functions_work_under_any_setting(setting):
    frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(word=np.where(TRUTH, "one", "two"))
    frame.loc[3, "a"] = np.nan
    only = [("mixtures", MIXTURES), "mixture", "LDA"]
    plt.close("all")  # of figures that other tests left open there would be a warning
    with SETTINGS[setting](), warnings.catch_warnings():
        warnings.simplefilter("error")
        found = recommend(frame, Y, budget=20, candidates=only, random_state=0)
        assert "failed" not in found.statuses
        asked = rank_queries(found.best_estimator_, frame, 2, y=Y, features=X, random_state=0)
        curve = label_curve(SemiSupervisedGMM(), X, Y, sizes=[4], n_repeats=1, random_state=0)
        LatentMapDisplay.from_estimator(SemiSupervisedGMM().fit(X, Y), X, Y)
    assert len(asked) == 2
    assert np.isfinite(curve.errors).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (found.best_estimator_.predict(frame) == TRUTH).all()


class Mistaken(LogisticRegression):
    """Whose code has a mistake."""

    def fit(self, X, y):
        """Fail."""
        return X.no_such_method(y)


class Unsuited(LogisticRegression):
    """Which the rows do not suit."""

    def fit(self, X, y):
        """Fail."""
        raise ValueError("these rows will not do")


def test_a_candidate_with_a_mistake_in_its_code_is_told_loudly_and_keeps_its_traceback():
    with pytest.warns(RuntimeWarning, match="'mine' failed with a AttributeError.*no_such_method.*traceback"):
        found = recommend(X, Y, candidates=["LDA", ("mine", Mistaken())], random_state=0)
    (mine,) = (each for each in found.candidates if each.name == "mine")
    assert mine.status == "failed"
    assert "return X.no_such_method(y)" in mine.traceback
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = recommend(X, Y, candidates=["LDA", ("mine", Unsuited())], random_state=0)
    assert "these rows will not do" in next(each for each in found.candidates if each.name == "mine").traceback
