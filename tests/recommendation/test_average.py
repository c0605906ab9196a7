"""The average of class probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from semigen import SemiSupervisedGMM
from semigen.recommendation import ProbabilityAverage
from semigen.recommendation.evaluation import Answers, averaged
from tests.recommendation.samples import (
    SPECIES,
    X,
    few,
)


def test_the_average_is_the_weighted_mean_of_probabilities():
    y = few(SPECIES, 5)
    members = [("mixture", SemiSupervisedGMM()), ("regression", LogisticRegression(max_iter=1000))]
    model = ProbabilityAverage(members, weights=[3, 1]).fit(X, y)
    mixture = SemiSupervisedGMM().fit(X, y)
    regression = LogisticRegression(max_iter=1000).fit(X[y >= 0], y[y >= 0])
    expected = 0.75 * mixture.predict_proba(X) + 0.25 * regression.predict_proba(X)
    np.testing.assert_allclose(model.predict_proba(X), expected)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), expected, atol=1e-12)
    assert (model.predict(X) == expected.argmax(axis=1)).all()
    assert (model.transduction_[y >= 0] == y[y >= 0]).all()


def test_a_failed_fit_leaves_the_average_as_it_was():
    model = ProbabilityAverage([("mixture", SemiSupervisedGMM())]).fit(X, few(SPECIES, 5))
    before = model.predict(X)
    with pytest.raises(ValueError, match="one class only"):
        model.fit(X[:50, :2], np.zeros(50, dtype=int))
    with pytest.raises(ValueError, match="sample_weight"):
        model.fit(X, few(SPECIES, 5), np.ones(150))
    assert (model.predict(X) == before).all()
    for weights in ([1.0, 2.0], [-1.0]):
        with pytest.raises(ValueError, match="weights"):
            clone(model).set_params(weights=weights).fit(X, few(SPECIES, 5))


def test_what_is_averaged_in_the_race_is_what_the_fitted_average_would_say():
    codes = np.array([0, 1])
    one = Answers(codes, np.zeros(2), np.array([[0.9, 0.1], [0.4, 0.6]]))
    other = Answers(codes, np.ones(2), np.array([[0.1, 0.9], [0.8, 0.2]]))
    both = averaged([one, other], [1.0, 3.0])
    np.testing.assert_allclose(both.probability, [[0.3, 0.7], [0.7, 0.3]])
    assert both.wrong.tolist() == [1.0, 1.0]
    np.testing.assert_allclose(both.quadratic, [0.49, 0.49])
