"""Splitters for few labels: test sets have labelled rows only, training sets all unlabelled ones."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import is_classifier
from sklearn.model_selection import BaseCrossValidator, StratifiedGroupKFold, StratifiedKFold
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_consistent_length

from semigen._runtime.callers import estimators_of_callers, outside
from semigen._validation import unmasked, warn_of_other_index
from semigen.labels import Labels, encode
from semigen.model_selection.any_classifier import any_part_takes_unlabeled
from semigen.model_selection.groups import encode_groups, equal_rows, in_groups_of
from semigen.persistence.pickled import VersionedPickle


class LabeledStratifiedKFold(VersionedPickle, BaseCrossValidator):  # type: ignore[misc]
    """Stratified folds of the labelled rows; each training set has all unlabelled rows as well.

    For any classifier that takes both sorts of rows in `fit(X, y)`, in `cross_val_score`, `GridSearchCV` and the like:
    every test row has a label, so any scorer works.

    Parameters
    ----------
    n_splits : int, default=5
        Folds, at least two.
    shuffle : bool, default=True
        Whether to shuffle the labelled rows of each class before they are split.
    random_state : int, RandomState instance or None, default=None
        Of the shuffling.
    unlabeled : object, default=-1
        The value in `y` that marks an unlabelled row, besides None, NaN and ``pandas.NA``.
    train_on : {"all", "labeled"}, default="all"
        Rows of the training sets. With "labeled" they have no unlabelled ones, for classifiers that would take the
        marker for a class; test sets are the same. With "all", a classifier that does not take unlabelled rows is told
        by a warning, where a function or a search of scikit-learn asks for the folds.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import cross_val_score
    >>> from semigen import LabeledStratifiedKFold, SemiSupervisedGMM
    >>> X, species = load_iris(return_X_y=True)
    >>> y = np.where(np.arange(150) % 5 == 0, species, -1)  # every fifth row is labelled
    >>> scores = cross_val_score(SemiSupervisedGMM(), X, y, cv=LabeledStratifiedKFold(3, random_state=0))
    >>> bool(scores.mean() > 0.9)
    True
    """

    def __init__(
        self,
        n_splits: int = 5,
        *,
        shuffle: bool = True,
        random_state: Any = None,
        unlabeled: object = -1,
        train_on: str = "all",
    ) -> None:
        self.n_splits = n_splits
        self.shuffle = shuffle
        self.random_state = random_state
        self.unlabeled = unlabeled
        self.train_on = train_on

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:
        """Return the number of folds."""
        check_scalar(self.n_splits, "n_splits", Integral, min_val=2)
        return int(self.n_splits)

    def split(
        self, X: ArrayLike, y: ArrayLike, groups: object = None
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Yield the rows to train on and those to test on, fold by fold.

        Parameters
        ----------
        X : array-like of shape (n, d)
        y : array-like of shape (n,) or (n, classes)
            Labels, also sets or probabilities as `SemiSupervisedGMM` takes them.
        groups : ignored, with a warning
            `LabeledStratifiedGroupKFold` keeps groups together.

        Yields
        ------
        train, test : arrays of int
            All unlabelled rows, and those with unsure labels, are in every `train`, but for ``train_on="labeled"``,
            and in no `test`; each labelled row is in one `test`.

        Raises
        ------
        ValueError
            If a class has fewer labelled rows than there are folds: a fold could then not be tested on it.
        """
        if groups is not None:
            warnings.warn(
                f"The groups parameter is ignored by {type(self).__name__}; LabeledStratifiedGroupKFold keeps groups "
                "together.",
                UserWarning,
                stacklevel=outside(),
            )
        n_splits = self.get_n_splits()
        labels = encode(y, unlabeled=self.unlabeled, unsure=True)
        check_consistent_length(X, labels.codes)
        warn_of_other_index(X, y=y)
        others = self._others_in_training(labels)
        if not len(labels.classes):
            raise ValueError(f"n_splits={n_splits} needs as many labelled rows of every class, and y has none.")
        rarest = int(labels.counts.argmin())
        if labels.counts[rarest] < n_splits:
            raise ValueError(
                f"n_splits={n_splits} needs as many labelled rows of every class, and class {labels.names[rarest]!r} "
                f"has {labels.counts[rarest]}; lower n_splits, or label more."
            )
        # Rows with unsure labels stay in training as well: a score wants to know the truth.
        labeled = np.flatnonzero(labels.labeled)
        folds = StratifiedKFold(
            n_splits, shuffle=self.shuffle, random_state=self.random_state if self.shuffle else None
        )
        for train, test in folds.split(labeled, labels.codes[labeled]):
            yield np.sort(np.concatenate([labeled[train], np.flatnonzero(others)])), labeled[test]

    def _others_in_training(self, labels: Labels) -> NDArray[np.bool_]:
        """Return a mask of the rows without a sure label that may be in training sets; warn if they will do harm."""
        if self.train_on not in ("all", "labeled"):
            raise ValueError(f"train_on={self.train_on!r} must be 'all' or 'labeled'.")
        if self.train_on == "labeled":
            return np.zeros(len(labels.codes), dtype=bool)
        if labels.labeled.all():
            return ~labels.labeled
        for estimator in estimators_of_callers():
            if is_classifier(estimator) and not any_part_takes_unlabeled(estimator):
                warnings.warn(
                    f"{type(estimator).__name__} does not learn from unlabelled rows, and takes what marks them for a "
                    f"class: pass {type(self).__name__}(train_on='labeled'), whose test sets are the same.",
                    UserWarning,
                    stacklevel=outside(),
                )
                break
        return ~labels.labeled


class LabeledStratifiedGroupKFold(LabeledStratifiedKFold):
    """Stratified folds of the labelled rows in which no group is both trained on and tested on.

    For rows of which several come from one patient, one document or one day, where new rows will come from others: with
    folds that part a group, a model is tested on rows much like those it was taught. Unlabelled rows are in every
    training set, but for those of the groups that are tested.

    Parameters
    ----------
    n_splits : int, default=5
        Folds, at least two.
    shuffle : bool, default=True
        Whether to shuffle groups before they are split.
    random_state : int, RandomState instance or None, default=None
        Of the shuffling.
    unlabeled : object, default=-1
        The value in `y` that marks an unlabelled row, besides None, NaN and ``pandas.NA``.
    train_on : {"all", "labeled"}, default="all"
        Rows of the training sets. With "labeled" they have no unlabelled ones, for classifiers that would take the
        marker for a class; test sets are the same. With "all", a classifier that does not take unlabelled rows is told
        by a warning, where a function or a search of scikit-learn asks for the folds.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import cross_val_score
    >>> from semigen import LabeledStratifiedGroupKFold, SemiSupervisedGMM
    >>> X, species = load_iris(return_X_y=True)
    >>> y = np.where(np.arange(150) % 5 == 0, species, -1)
    >>> plot = np.arange(150) // 10  # ten flowers each grew side by side
    >>> folds = LabeledStratifiedGroupKFold(3, random_state=0)
    >>> scores = cross_val_score(SemiSupervisedGMM(), X, y, groups=plot, cv=folds)
    >>> bool(scores.mean() > 0.9)
    True
    """

    # As scikit-learn's GroupsConsumerMixin says it, for metadata routing.
    __metadata_request__split = {"groups": True}  # noqa: RUF012

    def split(
        self, X: ArrayLike, y: ArrayLike, groups: object = None
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Yield the rows to train on and those to test on, fold by fold.

        Parameters
        ----------
        X : array-like of shape (n, d)
        y : array-like of shape (n,) or (n, classes)
            Labels, also sets or probabilities as `SemiSupervisedGMM` takes them.
        groups : array-like of shape (n,), optional
            The group of each row; None or NaN for unlabelled rows of which it is not known. By default rows that are
            equal in all columns of X make a group.

        Yields
        ------
        train, test : arrays of int
            Each labelled row is in one `test`, with all labelled rows of its group; no row of its group is in `train`.

        Raises
        ------
        ValueError
            If a class has fewer groups than there are folds, or would be gone from a training set.
        """
        n_splits = self.get_n_splits()
        labels = encode(y, unlabeled=self.unlabeled, unsure=True)
        check_consistent_length(X, labels.codes)
        warn_of_other_index(X, y=y, groups=groups)
        others = self._others_in_training(labels)
        number = equal_rows(unmasked(X)) if groups is None else encode_groups(groups, labels.labeled)
        labeled = np.flatnonzero(labels.labeled)
        codes = labels.codes[labeled]
        for k, name in enumerate(labels.names):
            n_groups = len(np.unique(number[labeled[codes == k]]))
            if n_groups < n_splits:
                raise ValueError(
                    f"n_splits={n_splits} needs labelled rows of every class in as many groups, and those of class "
                    f"{name!r} are in {n_groups}; lower n_splits, or label rows of more groups."
                )
        if not len(labels.classes):
            raise ValueError(f"n_splits={n_splits} needs labelled rows of every class in as many groups; y has none.")
        folds = StratifiedGroupKFold(
            n_splits, shuffle=self.shuffle, random_state=self.random_state if self.shuffle else None
        )
        for train, test in folds.split(labeled, codes, number[labeled]):
            gone = set(codes) - set(codes[train])
            if gone:
                raise ValueError(
                    f"With n_splits={n_splits} no labelled row of class {labels.names[gone.pop()]!r} is left to train "
                    "on beside a fold, as its groups are few and of very different sizes; use another random_state, or "
                    "label rows of more groups."
                )
            kept = labels.labeled | others
            kept[in_groups_of(number, labeled[test])] = False
            yield np.flatnonzero(kept), labeled[test]
