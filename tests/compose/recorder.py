"""A transformer and a classifier that note the rows and labels of each fit."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin

FITS: list[tuple[int, object]] = []


class Recorder(TransformerMixin, BaseEstimator):
    """Passes rows on, and notes how many it was fitted to and with which labels."""

    def fit(self, X, y=None):
        FITS.append((len(X), y))
        self.fitted_ = True
        return self

    def transform(self, X):
        return X


class LastSeen(ClassifierMixin, BaseEstimator):
    """Notes the rows and labels that it is fitted to; predicts the first class."""

    def fit(self, X, y):
        self.X_, self.y_, self.classes_ = X, y, np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])
