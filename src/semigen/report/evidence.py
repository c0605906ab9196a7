"""What the pictures and the questions of a report need besides the recommendation: rows on a plane, rows held out."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import _safe_indexing

from semigen.any_classifier import fit_any
from semigen.held_out import deal
from semigen.labels import Labels
from semigen.tabular import encoder_for

_FOLDS = 5
# Unlabelled rows beside which rows are held out; more change little, and take time.
_MOST_UNLABELED = 2000


def as_numbers(X: Any) -> NDArray[np.float64]:
    """Rows as standardised numbers, gaps filled with medians: to draw them and tell how alike they are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        encoder = encoder_for(X)
        steps = [] if encoder is None else [encoder]
        numbers = make_pipeline(*steps, SimpleImputer(strategy="median"), StandardScaler()).fit_transform(X)
    return np.asarray(numbers, dtype=np.float64)


def on_a_plane(rows: NDArray[np.float64], classes: NDArray[np.int64]) -> tuple[NDArray[np.float64], list[str]]:
    """Places of rows seen from where the classes look most different, and the names of the axes.

    Discriminant analysis gives as many directions as there are classes less one; if that is one, the second axis is the
    first principal component of what is left.
    """
    names: list[str] = []
    places = np.empty((len(rows), 0))
    n_classes = len(np.unique(classes))
    if n_classes > 1 and rows.shape[1] > 1:
        analysis = LinearDiscriminantAnalysis(
            solver="eigen", shrinkage=0.1, n_components=min(n_classes - 1, rows.shape[1], 2)
        )
        places = analysis.fit(rows, classes).transform(rows)
        names = ["where classes differ most", "where they differ most otherwise"][: places.shape[1]]
    n_more = min(2 - places.shape[1], rows.shape[1] - places.shape[1])
    if n_more > 0 and len(rows) > 2:
        centred = places - places.mean(axis=0)
        left = rows - rows.mean(axis=0)
        if places.shape[1]:
            left = left - centred @ np.linalg.lstsq(centred, left, rcond=None)[0]
        places = np.hstack([places, PCA(n_more, random_state=0).fit_transform(left)])
        names += ["where rows differ most otherwise" if names else "where rows differ most", "and otherwise"][:n_more]
    return (places, names) if names else (rows[:, :1], ["the only column"])


def held_out_probabilities(
    estimator: Any, X: Any, labels: Labels, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Classes and class probabilities of labelled rows, each by a fit that was not told its label."""
    random = np.random.default_rng(seed)
    labeled = np.flatnonzero(labels.labeled)
    folds = deal(labels.codes[labeled], _FOLDS, random)
    unlabeled = random.permutation(np.flatnonzero(labels.unlabeled))[:_MOST_UNLABELED]
    tested, answers = [], []
    for fold in range(folds.max() + 1):
        test = labeled[folds == fold]
        train = np.concatenate([labeled[folds != fold], unlabeled])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = fit_any(estimator, _safe_indexing(X, train), labels.classes, labels.codes[train], seed)
            probability = np.asarray(fit.model.predict_proba(_safe_indexing(X, test)))
        tested.append(labels.codes[test])
        answers.append(probability)
    return np.concatenate(tested), np.concatenate(answers)
