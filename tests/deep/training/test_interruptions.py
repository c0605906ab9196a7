"""Ctrl-C in a training: what is kept, and what raises."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from semigen.deep import Moment
from tests.deep.tables import FLOWS, StopAfter, blobs, small
from tests.test_threads import run_python


@pytest.mark.parametrize("name", ["SemiSupervisedVAE", *FLOWS])
def test_ctrl_c_keeps_the_best_so_far_and_says_so(name):
    X, y = blobs()
    with pytest.warns(ConvergenceWarning, match="Interrupted"):
        model = small(name, callbacks=[StopAfter(4, KeyboardInterrupt)], on_interrupt="keep").fit(X, y)
    assert model.n_iter_ == 4
    assert not model.converged_
    assert np.isfinite(model.score_samples(X)).all()


def test_ctrl_c_while_held_out_rows_are_looked_at_keeps_no_untrained_weights(monkeypatch):
    X, y = blobs()

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("semigen.deep.models.m2.M2.held_out_bound", interrupted)
    model = small("SemiSupervisedVAE", early_stopping=True)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert not hasattr(model, "classes_")


def test_ctrl_c_before_anything_was_learnt_changes_nothing():
    X, y = blobs()

    class Impatient:
        def on_train_begin(self, moment: Moment) -> None:
            raise KeyboardInterrupt

    model = small("SemiSupervisedVAE", callbacks=[Impatient()])
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert not hasattr(model, "classes_")


@pytest.mark.parametrize("name", ["SemiSupervisedVAE", "StackedSemiSupervisedVAE"])
def test_ctrl_c_ends_the_whole_fit(name):
    X, y = blobs()
    stops = [StopAfter(2, KeyboardInterrupt)]
    joint = {"joint": True} if name == "StackedSemiSupervisedVAE" else {}
    model = small(name, callbacks=stops, n_fits=4, calibrate=True, on_interrupt="keep", **joint)
    with pytest.warns(ConvergenceWarning, match="Interrupted") as raised:
        model.fit(X, y)
    assert len(raised) == 1
    assert model.n_iter_ == 2
    assert not model.converged_
    assert model.temperature_ == 1


def test_ctrl_c_while_the_features_are_learnt_changes_nothing():
    X, y = blobs()
    vae = small("VAEFeatures", callbacks=[StopAfter(2, KeyboardInterrupt)], on_interrupt="keep")
    model = small("StackedSemiSupervisedVAE", vae=vae)
    with pytest.raises(KeyboardInterrupt), pytest.warns(ConvergenceWarning, match="Interrupted"):
        model.fit(X, y)
    assert not hasattr(model, "classes_")


def test_ctrl_c_as_a_signal_stops_a_fit_and_leaves_a_model():
    result = run_python(
        """
import numpy as np, os, signal, threading
from semigen import SemiSupervisedVAE
X = np.random.default_rng(0).normal(size=(400, 4)).astype(np.float32)
def interrupt(moment):
    if moment.epoch == 3:
        threading.Timer(0.05, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
model = SemiSupervisedVAE(2, (8,), max_epochs=100_000, callbacks=[interrupt], random_state=0)
model.fit(X, np.where(np.arange(400) < 20, np.arange(400) % 2, -1))
print(model.converged_, model.n_iter_ >= 3, bool(np.isfinite(model.predict_proba(X)).all()))
"""
    )
    assert result.stdout == "False True True\n", result.stderr
