"""Gradient boosting on one thread: sessions that share a machine do not wait for one another at every split."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads

from semigen.recommendation.candidates import gradient_boosting
from semigen.recommendation.candidates.gradient_boosting import ThriftyBoosting

ROWS = np.random.default_rng(0).normal(size=(60, 3))
TRUTH = (ROWS[:, 0] > 0).astype(int)


@pytest.mark.parametrize("method", ["fit", "predict", "predict_proba"])
def test_few_rows_get_one_thread_and_many_get_all(monkeypatch, method):
    given, original = [], getattr(HistGradientBoostingClassifier, method)

    def watched(self, *args):
        given.append(_openmp_effective_n_threads())
        return original(self, *args)

    model = ThriftyBoosting(max_iter=2).fit(ROWS, TRUTH)
    monkeypatch.setattr(HistGradientBoostingClassifier, method, watched)
    everything = _openmp_effective_n_threads()
    call = {"fit": lambda: model.fit(ROWS, TRUTH)}.get(method, lambda: getattr(model, method)(ROWS))
    call()
    monkeypatch.setattr(gradient_boosting, "_ONE_THREAD", 10)
    call()
    assert given == [1, everything]
    assert _openmp_effective_n_threads() == everything


def test_its_answers_are_those_of_scikit_learn():
    options = {"min_samples_leaf": 5, "early_stopping": False, "random_state": 0}
    ours, theirs = (each(**options).fit(ROWS, TRUTH) for each in (ThriftyBoosting, HistGradientBoostingClassifier))
    np.testing.assert_array_equal(ours.predict_proba(ROWS), theirs.predict_proba(ROWS))
