"""What the pictures and the questions of a report need besides the recommendation: rows on a plane, rows held out."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import _safe_indexing
from sklearn.utils.extmath import randomized_svd

from semigen._runtime.transform_output import giving_arrays
from semigen.labels import Labels
from semigen.model_selection.any_classifier import fit_any
from semigen.model_selection.folds import fold_numbers
from semigen.model_selection.groups import copies, in_groups_of, joined
from semigen.tables.encoder import encoder_for

_FOLDS = 5
# Of the variance that rows have on average, what is added to that within classes in every direction.
_RIDGE = 0.1
# Rows of more columns are first brought to so many principal components.
_WIDEST = 50


def some_rows(labels: Labels, n_labeled: int, n_unlabeled: int, seed: int) -> NDArray[np.int64]:
    """At most so many labelled and unlabelled rows, drawn at random, in their order."""
    random = np.random.default_rng(seed)
    labeled = random.permutation(np.flatnonzero(labels.labeled))[:n_labeled]
    unlabeled = random.permutation(np.flatnonzero(labels.unlabeled))[:n_unlabeled]
    return np.sort(np.concatenate([labeled, unlabeled]))


def as_numbers(X: Any, column_kinds: Mapping[str, Any] | None = None) -> NDArray[np.float64]:
    """Rows as standardised numbers, gaps filled with medians: to draw them and tell how alike they are."""
    with warnings.catch_warnings():
        # Of columns that are left out, which whoever read the table has told.
        warnings.simplefilter("ignore")
        encoder = encoder_for(X, column_kinds)
        steps = [] if encoder is None else [encoder]
        steps += [SimpleImputer(strategy="median"), StandardScaler()]
        numbers = giving_arrays(make_pipeline(*steps)).fit_transform(X)
    return np.asarray(numbers, dtype=np.float64)


def on_a_plane(rows: NDArray[np.float64], classes: NDArray[np.int64]) -> tuple[NDArray[np.float64], list[str]]:
    """Places of rows seen from where the classes look most different, and the names of the axes.

    Fisher's discriminant analysis gives as many directions as there are classes less one; if that is one, the second
    axis is the first principal component of what is left. Rows of one column stay on a line.
    """
    centred = rows - rows.mean(axis=0)
    if rows.shape[1] > _WIDEST:
        centred = centred @ randomized_svd(centred, _WIDEST, random_state=0)[2].T
    onto = _discriminants(centred, classes)
    names = ["where the classes differ most", "where they differ most otherwise"][: onto.shape[1]]
    places = centred @ onto
    n_more = min(2, rows.shape[1]) - onto.shape[1]
    if n_more > 0:
        left = centred - places @ np.linalg.lstsq(places, centred, rcond=None)[0] if names else centred
        directions = np.linalg.eigh(left.T @ left)[1][:, ::-1][:, :n_more]
        places = np.hstack([places, left @ directions])
        names += ["where the rows differ most otherwise", "and otherwise"][:n_more]
    return places, names


def _discriminants(centred: NDArray[np.float64], classes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Up to two directions in which classes lie apart, measured by how far their rows are spread."""
    n, d = centred.shape
    within, between = np.zeros((d, d)), np.zeros((d, d))
    found = np.unique(classes)
    for k in found:
        of_class = centred[classes == k]
        mean = of_class.mean(axis=0)
        within += (of_class - mean).T @ (of_class - mean) / n
        between += len(of_class) * np.outer(mean, mean) / n
    within += _RIDGE * max(np.trace(within + between) / d, np.finfo(float).tiny) * np.eye(d)
    n_directions = min(len(found) - 1, d, 2)
    directions: NDArray[np.float64] = eigh(between, within)[1][:, ::-1][:, :n_directions]
    return directions


def held_out_probabilities(
    estimator: Any, X: Any, labels: Labels, seed: int, groups: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Classes and class probabilities of labelled rows, each by a fit that was not told its label."""
    random = np.random.default_rng(seed)
    labeled = np.flatnonzero(labels.labeled)
    together = copies(X, labels.codes)
    if groups is not None:
        together = joined(together, groups[labeled])
    folds = fold_numbers(labels.codes[labeled], _FOLDS, random, together)
    tested, answers = [], []
    for fold in range(folds.max() + 1):
        test = labeled[folds == fold]
        others = np.concatenate([labeled[folds != fold], np.flatnonzero(labels.unlabeled)])
        train = others[~np.isin(others, in_groups_of(groups, test))]
        fit = fit_any(estimator, _safe_indexing(X, train), labels.classes, labels.codes[train], seed)
        tested.append(labels.codes[test])
        answers.append(np.asarray(fit.model.predict_proba(_safe_indexing(X, test)), dtype=np.float64))
    return np.concatenate(tested), np.concatenate(answers)
