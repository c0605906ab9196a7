"""Ctrl-C: the weights so far are kept where the user called `fit`, and nothing goes on where somebody else did."""

from __future__ import annotations

import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from semigen import GenerativeFeatures, LabeledStratifiedKFold, label_curve
from tests.deep.tables import blobs, small, truth
from tests.test_threads import run_python

X, Y = blobs()
FOLDS = LabeledStratifiedKFold(2, random_state=0)


def interrupt(moment):
    if moment.epoch == 2:
        raise KeyboardInterrupt


CALLING = {
    "cross_val_score": lambda model: cross_val_score(model, X, Y, cv=FOLDS),
    "GridSearchCV": lambda model: GridSearchCV(model, {}, cv=FOLDS).fit(X, Y),
    "Pipeline": lambda model: make_pipeline(StandardScaler(), model).fit(X, Y),
    "GenerativeFeatures": lambda model: GenerativeFeatures(model, LogisticRegression()).fit(X, Y),
    "label_curve": lambda model: label_curve({"model": model}, X, truth(), sizes=[9], n_repeats=1, random_state=0),
}


@pytest.mark.parametrize("name", CALLING)
def test_what_calls_fit_does_not_go_on_after_ctrl_c(name):
    with pytest.raises(KeyboardInterrupt):
        CALLING[name](small("SemiSupervisedVAE", callbacks=[interrupt]))


def test_a_script_that_calls_fit_itself_keeps_the_weights_and_one_that_searches_is_stopped():
    result = run_python(
        """
import warnings
import numpy as np
from sklearn.model_selection import cross_val_score
from semigen import LabeledStratifiedKFold, SemiSupervisedVAE, VAEFeatures
warnings.simplefilter("ignore")
X = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
y = np.where(np.arange(60) < 20, np.arange(60) % 2, -1)
def interrupt(moment):
    if moment.epoch == 2:
        raise KeyboardInterrupt
options = {"hidden_dims": (8,), "max_epochs": 6, "callbacks": [interrupt], "random_state": 0}
model = SemiSupervisedVAE(2, **options)
def train():
    return model.fit(X, y).n_iter_
print(train(), VAEFeatures(2, **options).fit_transform(X).shape)
try:
    print(cross_val_score(model, X, y, cv=LabeledStratifiedKFold(2)))
except KeyboardInterrupt:
    print("stopped")
"""
    )
    assert result.stdout == "2 (60, 2)\nstopped\n", result.stderr


def test_a_caller_chooses_what_ctrl_c_does():
    kept = small("SemiSupervisedVAE", callbacks=[interrupt], on_interrupt="keep")
    with pytest.warns(ConvergenceWarning, match="Interrupted"):
        assert make_pipeline(StandardScaler(), kept).fit(X, Y)[-1].n_iter_ == 2
    raising = small("SemiSupervisedVAE", callbacks=[interrupt], on_interrupt="raise")
    with pytest.raises(KeyboardInterrupt):
        raising.fit(X, Y)
    assert not hasattr(raising, "classes_")


def test_ctrl_c_while_a_fold_calibrates_stops_what_calls_fit(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("semigen.deep.estimators.deep_classifier.DeepClassifier.predict_log_proba", interrupted)
    with pytest.raises(KeyboardInterrupt):
        CALLING["Pipeline"](small("SemiSupervisedVAE", calibrate=True))
