"""The parameter `start` of SemiSupervisedFlow: classifiers that give unlabelled rows their first answers."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.svm import LinearSVC

from semigen import SemiSupervisedGMM, SemiSupervisedGMMCV
from tests.deep.tables import LEARNT, blobs, same_weights, small, truth


class SignOfTheFirst(ClassifierMixin, BaseEstimator):
    """Says the second class where the first column is positive, whatever the labels were."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.seen_ = len(X)
        return self

    def predict_proba(self, X):
        one = (np.asarray(X)[:, 0] > 0).astype(float)
        return np.column_stack([1 - one, one])


STARTS = [
    LogisticRegression(),
    make_pipeline(StandardScaler(), LogisticRegression()),
    SemiSupervisedGMM(),
    SemiSupervisedGMM(classes=["ant", "bee", "cat"], unlabeled="?"),
    SignOfTheFirst(),
]


class TellsWhatItWasGiven(SignOfTheFirst):
    """Keeps the weights of its rows."""

    def fit(self, X, y, sample_weight=None):
        self.weights_ = sample_weight
        return super().fit(X, y)


class AnswersAtWill(SignOfTheFirst):
    """Answers what it is told to."""

    def __init__(self, answer=(0.5, 0.5)):
        self.answer = answer

    def predict_proba(self, X):
        return np.tile(np.asarray(self.answer, dtype=float), (len(X), 1))


def test_answers_for_unlabelled_rows_reach_the_model_row_by_row():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    y = np.where(np.arange(300) < 20, X[:, 1] > 0, -1)
    options = {**LEARNT, "start": SignOfTheFirst(), "alpha": 0.0}
    followed = small("SemiSupervisedFlow", start_weight=20.0, **options).fit(X, y)
    ignored = small("SemiSupervisedFlow", start_weight=0.0, **options).fit(X, y)
    answer = X[20:, 0] > 0
    assert (followed.predict(X[20:]) == answer).mean() > 0.9
    assert (ignored.predict(X[20:]) == answer).mean() < 0.7
    assert "start_disagreement" in followed.training_history_
    assert followed.start_.seen_ == 20
    assert same_weights(ignored, small("SemiSupervisedFlow", **{**options, "start": None}).fit(X, y))


def test_answers_of_rows_on_disk_are_the_same(tmp_path):
    X, y = blobs()
    disk = np.memmap(tmp_path / "rows", dtype=np.float32, mode="w+", shape=X.shape)
    disk[:] = X
    options = {"start": LogisticRegression(), "early_stopping": True}
    in_memory = small("SemiSupervisedFlow", **options).fit(X, y)
    assert same_weights(in_memory, small("SemiSupervisedFlow", **options).fit(disk, y))
    assert same_weights(in_memory, small("SemiSupervisedFlow", **options).fit(X[:15], y[:15], X_unlabeled=disk[15:]))


def test_a_fit_with_answers_resumes_and_knows_the_answers_of_another(tmp_path):
    X, y = blobs()
    path = tmp_path / "training"
    whole = small("SemiSupervisedFlow", start=LogisticRegression()).fit(X, y)
    stop = [lambda moment: moment.stop() if moment.epoch == 3 else None]
    small("SemiSupervisedFlow", start=LogisticRegression(), checkpoint=path, callbacks=stop).fit(X, y)
    resumed = small("SemiSupervisedFlow", start=LogisticRegression()).fit(X, y, resume=path)
    assert same_weights(whole, resumed)
    for other in (LogisticRegression(C=1e-3), None):
        with pytest.raises(ValueError, match="answers"):
            small("SemiSupervisedFlow", start=other).fit(X, y, resume=path)


@pytest.mark.parametrize("start", STARTS, ids=lambda start: type(start).__name__)
def test_a_start_is_a_copy_that_knows_the_classes_by_name(start):
    X, _ = blobs()
    n_classes = 2 if isinstance(start, SignOfTheFirst) else 3
    words = np.array(["ant", "bee", "cat"], dtype=object)[truth(n_classes=n_classes)]
    words[20:] = "?"
    model = small("SemiSupervisedFlow", start=start, unlabeled="?").fit(X, words)
    assert model.start is start
    assert model.start_ is not start
    assert not hasattr(start, "classes_")
    assert model.start_.classes_.tolist() == model.classes_.tolist()
    assert model.classes_.tolist() == ["ant", "bee", "cat"][:n_classes]


def test_classes_of_a_start_are_told_apart_by_name_and_not_by_place():
    X, _ = blobs(n_classes=2)
    words = np.array(["bee", "ant"], dtype=object)[truth(n_classes=2)]
    some = np.where(np.arange(len(X)) < 20, words, "?")
    alone = FrozenEstimator(LogisticRegression().fit(X[:20], words[:20]))
    for start, classes in (
        (alone, ["bee", "ant"]),
        (SemiSupervisedGMM(class_prior={"ant": 0.4, "bee": 0.6}), ["bee", "ant"]),
        (LogisticRegression(), ["bee", "ant"]),
        (SelfTrainingClassifier(LogisticRegression()), None),
    ):
        model = small("SemiSupervisedFlow", start=start, start_weight=9.0, unlabeled="?", classes=classes, **LEARNT)
        assert model.fit(X, some).score(X, words) > 0.9
    strangers = FrozenEstimator(LogisticRegression().fit(X[:20], truth(20, 2)))
    with pytest.raises(ValueError, match=r"start was fitted to the classes \[0, 1\], and y has \['ant', 'bee'\]"):
        small("SemiSupervisedFlow", start=strangers, unlabeled="?").fit(X, some)


@pytest.mark.parametrize(
    "start",
    [make_pipeline(StandardScaler(), SemiSupervisedGMM()), SelfTrainingClassifier(LogisticRegression())],
    ids=["pipeline", "self-training"],
)
def test_a_start_that_can_learn_from_unlabelled_rows_gets_them(start):
    X, y = blobs()
    fitted = small("SemiSupervisedFlow", start=start, max_epochs=1).fit(X, y).start_
    n_seen = len(fitted.transduction_) if isinstance(fitted, SelfTrainingClassifier) else len(fitted[-1].transduction_)
    assert n_seen == len(X)


def test_a_start_is_told_what_rows_count():
    X, y = blobs(n_classes=2)
    weights = np.arange(1.0, len(X) + 1)
    told = small("SemiSupervisedFlow", start=TellsWhatItWasGiven(), max_epochs=1).fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(told.start_.weights_, weights[:15] / weights[:15].mean())


@pytest.mark.parametrize("answer", [(np.nan, 1), (-0.5, 1.5), (2, 3), (0.2, 0.3, 0.5)])
def test_answers_that_are_no_probabilities_are_refused_in_words(answer):
    X, y = blobs(n_classes=2)
    with pytest.raises(ValueError, match="start: predict_proba of AnswersAtWill gave"):
        small("SemiSupervisedFlow", start=AnswersAtWill(answer)).fit(X, y)


def test_a_fitted_model_does_not_carry_its_training_rows_answers():
    X, y = blobs(4000)
    model = small("SemiSupervisedFlow", start=LogisticRegression(), max_epochs=1).fit(X, y)
    model.transduction_ = None
    assert len(pickle.dumps(model)) < X.nbytes / 2


def test_auto_starts_from_mixtures_cross_validated_unless_there_are_many_columns():
    X, y = blobs()
    model = small("SemiSupervisedFlow", start="auto", max_epochs=2).fit(X, y)
    assert isinstance(model.start_, SemiSupervisedGMMCV)
    assert model.score(X, truth()) > 0.9
    wide = np.random.default_rng(0).normal(size=(40, 101)).astype(np.float32)
    of_many = small("SemiSupervisedFlow", start="auto", max_epochs=2).fit(wide, y[:40])
    assert isinstance(of_many.start_, SemiSupervisedGMM)
    assert small("SemiSupervisedFlow").fit(X, y).start_ is None


def test_equal_weights_change_nothing_of_a_start_either():
    X, y = blobs()
    weights = np.ones(len(X))
    weights[[3, 60, 61]] = 0
    options = {"start": SemiSupervisedGMM(), "max_epochs": 2}
    without = small("SemiSupervisedFlow", **options).fit(X[weights > 0], y[weights > 0])
    weighted = small("SemiSupervisedFlow", **options).fit(X, y, sample_weight=7 * weights)
    assert same_weights(without, weighted)


@pytest.mark.parametrize("start", [LinearSVC(), 3, "svm", LogisticRegression])
def test_a_start_without_probabilities_is_refused_in_words(start):
    X, y = blobs()
    model = small("SemiSupervisedFlow").fit(X, y)
    weights = model._weights
    with pytest.raises(ValueError, match=r"start=.*classifier that has predict_proba"):
        model.set_params(start=start).fit(X, y)
    assert model._weights is weights


def test_a_start_that_weighs_nothing_is_not_fitted():
    X, y = blobs()
    without, weightless = small("SemiSupervisedFlow"), small("SemiSupervisedFlow", start="auto", start_weight=0)
    assert weightless.fit(X, y).start_ is None
    assert same_weights(without.fit(X, y), weightless)
