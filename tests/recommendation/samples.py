"""Rows, labels and classifiers that the tests of recommendations share."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.neighbors import KNeighborsClassifier

from semigen.labels import encode
from semigen.recommendation.competitors import candidates_for
from semigen.recommendation.other_tables import Prior
from semigen.recommendation.race import Race
from semigen.recommendation.training_rows import prepare

X, SPECIES = load_iris(return_X_y=True)
QUICK = ("LDA", "mixture")
HYBRID = ("mixture, then logistic regression",)


def prior(mean, sd=0.03):
    """Independent expectations of candidates."""
    mean = np.asarray(mean, dtype=float)
    return Prior(mean, sd**2 * np.eye(len(mean)), 5.0)


def few(truth, per_class, seed=0, hidden=-1):
    """Labels of so many rows a class; the marker in all others."""
    rng = np.random.default_rng(seed)
    y = np.full(len(truth), hidden, dtype=object if hidden is None else np.asarray(truth).dtype)
    for name in np.unique(truth):
        kept = rng.choice(np.flatnonzero(truth == name), per_class, replace=False)
        y[kept] = np.asarray(truth)[kept]
    return y


class Spy(ClassifierMixin, BaseEstimator):
    """Predicts the first class, and remembers what it was given."""

    seen: list = []  # noqa: RUF012

    def fit(self, X, y):
        Spy.seen.append((X, np.asarray(y)))
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.repeat(self.classes_[:1], len(X))


class Fails(Spy):
    """Raises in every fit."""

    def fit(self, X, y):
        raise RuntimeError("it cannot be done\nand here is why")


class FailsOnAll(KNeighborsClassifier):
    """Raises when it is given as many labelled rows as there are."""

    def fit(self, X, y):
        if len(y) == 30:
            raise RuntimeError("too many rows")
        return super().fit(X, y)


class Clock:
    """Time that passes only when a candidate is fitted."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


CLOCK = Clock()


class Slow(Spy):
    """Takes so many seconds a fit, by the clock of the tests."""

    def __init__(self, seconds=1.0):
        self.seconds = seconds

    def fit(self, X, y):
        CLOCK.now += self.seconds
        return super().fit(X, y)


def named(found, name):
    return next(each for each in found.candidates if each.name == name)


def race(candidates, y, seconds=1000.0):
    rows = prepare(X, encode(y))
    competing = candidates_for(rows, candidates)
    CLOCK.now = 0.0
    return Race(rows, rows.size, competing, seconds=seconds, seed=0, prior=prior(np.zeros(len(competing))), clock=CLOCK)
