"""Error against the number of labels: the curve that shows whether unlabelled rows pay, and for how long."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import _safe_indexing, check_random_state, check_scalar
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_consistent_length
from tqdm.auto import tqdm

from semigen._runtime.arithmetic import ordinary
from semigen._runtime.callers import outside
from semigen._validation import unmasked, warn_of_other_index
from semigen.labels import UNLABELED_CODE, Labels, encode
from semigen.model_selection.any_classifier import fit_any, takes_unlabeled
from semigen.model_selection.groups import copies, encode_groups, in_groups_of, joined, n_copies, of_copies
from semigen.model_selection.label_subsets import n_tested, sizes_of, split_labels
from semigen.persistence.pickled import VersionedPickle

__all__ = ["LabelCurve", "label_curve"]

# Ends of the bands: eight draws of ten lie between them.
_BAND = (0.1, 0.9)


@dataclass(frozen=True)
class LabelCurve(VersionedPickle):
    """Errors on held-out labelled rows by number of labels, as `label_curve` returns them.

    Attributes
    ----------
    names : tuple of str
        Of the classifiers.
    sizes : array of int of shape (sizes,)
        Labelled rows in training.
    errors : array of shape (classifiers, sizes, repeats)
        Share of the test rows that were misclassified; NaN where a fit failed. The same repeat has the same rows for
        all classifiers, and more labels add to fewer.
    n_unlabeled : int
        Rows that had no label to begin with, always in training. Rows whose label a size does not use are with them.
    n_test : int
        Labelled rows held out in each repeat; the mean over repeats where rows are held out together.
    uses_unlabeled : tuple of bool
        Whether a classifier was given the unlabelled rows too.
    n_copies : int
        Labelled rows that are copies of others, with which they are held out.
    """

    names: tuple[str, ...]
    sizes: NDArray[np.int64]
    errors: NDArray[np.float64]
    n_unlabeled: int
    n_test: int
    uses_unlabeled: tuple[bool, ...]
    n_copies: int = 0

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean error over the repeats whose fit did not fail, of shape (classifiers, sizes); NaN if all did."""
        done = np.isfinite(self.errors)
        count = done.sum(axis=2)
        total = np.where(done, self.errors, 0.0).sum(axis=2)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    @property
    def bands(self) -> NDArray[np.float64]:
        """Errors that a tenth of the repeats fall below, and a tenth exceed, of shape (2, classifiers, sizes).

        They say how far one draw of labels and test rows lies from another. Repeats share rows, so they are no
        confidence interval of the mean.
        """
        bands = np.full((2, *self.errors.shape[:2]), np.nan)
        for at in np.ndindex(*self.errors.shape[:2]):
            done = self.errors[at][np.isfinite(self.errors[at])]
            if len(done):
                bands[(slice(None), *at)] = np.quantile(done, _BAND)
        return bands

    def table(self) -> str:
        """Return the curve as text: a line for each size, a column for each classifier."""
        columns = [
            name if uses else f"{name} (labels only)"
            for name, uses in zip(self.names, self.uses_unlabeled, strict=True)
        ]
        widths = [max(len(column), 19) for column in columns]
        lines = [
            f"error in %: mean of {self.errors.shape[2]} draws (a tenth below - a tenth above); {self.n_test} test "
            f"rows, {self.n_unlabeled} unlabelled",
            "  ".join(["labels", *(f"{column:>{width}}" for column, width in zip(columns, widths, strict=True))]),
        ]
        mean, (low, high) = 100 * self.mean, 100 * self.bands
        for s, size in enumerate(self.sizes):
            cells = [
                f"{mean[e, s]:.1f} ({low[e, s]:.1f} - {high[e, s]:.1f})" if np.isfinite(mean[e, s]) else "failed"
                for e in range(len(columns))
            ]
            lines.append(
                "  ".join([f"{size:6}", *(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))])
            )
        return "\n".join([*lines, *of_copies(self.n_copies)])


@ordinary
def label_curve(
    estimators: Any,
    X: ArrayLike,
    y: ArrayLike,
    *,
    sizes: str | Sequence[int] = "auto",
    n_repeats: int = 10,
    test_size: float = 1 / 3,
    groups: ArrayLike | None = None,
    unlabeled: object = -1,
    random_state: Any = None,
    n_jobs: int | None = None,
    progress: bool = False,
) -> LabelCurve:
    """Measure the error of classifiers against the number of labels.

    Each repeat holds out some labelled rows for testing, and trains on more and more of the others: each subset holds
    the one before it and a label of every class, and all classifiers get the same. Unlabelled rows are always in
    training, and so is, without its label, a labelled row that a subset does not use: that is what it was before
    somebody labelled it.

    Parameters
    ----------
    estimators : classifier, list of classifiers, or mapping of name to classifier
        Those of semigen and scikit-learn's semi-supervised ones, also at the end of a pipeline or in a search, get all
        rows; so does any with a parameter `unlabeled`, which must take None for no label. All others get the labelled
        rows alone. Where ``random_state`` is None, a repeat sets it.
    X : array-like of shape (n, d)
    y : array-like of shape (n,)
        Labels, and a marker in unlabelled rows. There may be none of these.
    sizes : "auto" or sequence of int, default="auto"
        Labelled rows in training. "auto" gives up to six, in equal ratios, from two a class to all that are not held
        out.
    n_repeats : int, default=10
    test_size : float, default=1/3
        Share of the labelled rows of each class to hold out. At least one of each class is; a class with a single label
        keeps it in training, and has no part in the errors.
    groups : array-like of shape (n,), optional
        The group of each row, as the patient that it comes from: labelled rows of a group are held out together, and
        its unlabelled ones are then not in training. None or NaN for unlabelled rows of which it is not known. Labelled
        rows that are copies of one another are held out together in any case.
    unlabeled : object, default=-1
        The value in `y` that marks an unlabelled row, besides None, NaN and ``pandas.NA``.
    random_state : int, RandomState instance or None, default=None
        Of the draws, and of classifiers that have none of their own.
    n_jobs : int, optional
        Processes; None is one.
    progress : bool, default=False
        Whether to show a bar.

    Returns
    -------
    LabelCurve
        Fits that fail are NaN there, and told of in one warning.

    Raises
    ------
    ValueError
        If there is nothing to compare: fewer than two classes, no class with two labels, sizes that leave a class
        without a label or exceed the labels there are, or classifiers that always fail.

    Notes
    -----
    A repeat costs as many fits as there are sizes and classifiers. With few labels the test rows are few as well, and
    errors rough: ten test rows know steps of ten per cent. Labels of rows that were chosen for doubt, as `rank_queries`
    does, make errors look larger than they are on others. Steps of a pipeline that ends in a classifier that gets the
    labelled rows alone see these alone, too.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from semigen import SemiSupervisedGMM, label_curve
    >>> X, species = load_iris(return_X_y=True)
    >>> y = np.where(np.arange(150) % 3 == 0, species, -1)  # every third row is labelled
    >>> models = {"mixture": SemiSupervisedGMM(), "logistic": LogisticRegression(max_iter=1000)}
    >>> curve = label_curve(models, X, y, sizes=[6, 30], n_repeats=5, random_state=0)
    >>> curve.names
    ('mixture', 'logistic')
    >>> bool(curve.mean[0, 0] < curve.mean[1, 0])  # with six labels the unlabelled rows pay
    True
    """
    named = _named(estimators)
    check_scalar(n_repeats, "n_repeats", Integral, min_val=1)
    check_scalar(test_size, "test_size", Real, min_val=0, max_val=1, include_boundaries="neither")
    X, labels = unmasked(X), encode(y, unlabeled=unlabeled)
    check_consistent_length(X, labels.codes)
    warn_of_other_index(X, y=y, groups=groups)
    tested = _tested(labels, float(test_size))
    alike = copies(X, labels.codes)
    group_of = None if groups is None else encode_groups(groups, labels.labeled)
    together = alike if group_of is None else joined(alike, group_of[labels.labeled])
    random = check_random_state(random_state)
    seeds = [int(random.randint(2**31 - 1)) for _ in range(n_repeats)]
    splits = [
        split_labels(labels.codes, tested, np.random.default_rng(seed), together if n_copies(together) else None)
        for seed in seeds
    ]
    if not min(len(test) for test, _ in splits):
        raise ValueError("No labelled row can be held out, as its group or its copies are all that a class has.")
    chosen = sizes_of(sizes, labels, min(len(order) for _, order in splits))
    results = np.empty((len(named), len(chosen), n_repeats), dtype=object)
    with Parallel(n_jobs=n_jobs) as parallel:
        for r, seed in enumerate(tqdm(seeds, "label curve", disable=not progress, unit="repeat")):
            test, order = splits[r]
            apart = in_groups_of(group_of, test)
            found = parallel(
                delayed(_error)(estimator, X, labels, order[:size], test, apart, seed)
                for estimator in named.values()
                for size in chosen
            )
            results[:, :, r] = np.reshape(np.array([*found, None], dtype=object)[:-1], results.shape[:2])
    errors = np.array([np.nan if isinstance(each, str) else each for each in results.flat], dtype=np.float64)
    _tell_of_failures(list(named), chosen, results)
    return LabelCurve(
        names=tuple(named),
        sizes=chosen,
        errors=errors.reshape(results.shape),
        n_unlabeled=int((~labels.labeled).sum()),
        n_test=round(float(np.mean([len(test) for test, _ in splits]))),
        uses_unlabeled=tuple(takes_unlabeled(estimator) for estimator in named.values()),
        n_copies=n_copies(alike),
    )


def _named(estimators: Any) -> dict[str, Any]:
    """Name classifiers; those in a list after their classes, with a number where these repeat."""
    if isinstance(estimators, Mapping):
        named = {str(name): estimator for name, estimator in estimators.items()}
    else:
        named = {}
        for estimator in [estimators] if hasattr(estimators, "fit") else list(estimators):
            kind = type(estimator).__name__
            taken = sum(name.split(" ")[0] == kind for name in named)
            named[f"{kind} {taken + 1}" if taken else kind] = estimator
    for name, estimator in named.items():
        if isinstance(estimator, type) or not all(hasattr(estimator, one) for one in ("fit", "predict", "get_params")):
            raise TypeError(f"estimators: {name} is {estimator!r}, and must be a classifier with fit and predict.")
    if not named:
        raise ValueError("estimators is empty: give at least one classifier.")
    return named


def _tested(labels: Labels, test_size: float) -> NDArray[np.int64]:
    """Test rows of each class; refuses labels that leave nothing to test."""
    if len(labels.classes) < 2:
        raise ValueError(f"y has labels of {len(labels.classes)} classes, {labels.names}; a curve needs two or more.")
    if labels.counts.max() < 2:
        raise ValueError("Every class has a single label, so none can be held out for testing; label more rows.")
    return n_tested(labels.counts, test_size)


def _error(
    estimator: Any,
    X: ArrayLike,
    labels: Labels,
    used: NDArray[np.int64],
    test: NDArray[np.int64],
    apart: NDArray[np.int64],
    seed: int,
) -> float | str:
    """Return the error on the test rows of a fit to these labels and all rows not kept apart, or what failed."""
    codes = np.full(len(labels.codes), UNLABELED_CODE)
    codes[used] = labels.codes[used]
    train = np.delete(np.arange(len(codes)), apart)
    try:
        fit = fit_any(estimator, _safe_indexing(X, train), labels.classes, codes[train], seed)
        return float(fit.errs(_safe_indexing(X, test), labels.codes[test]).mean())
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _tell_of_failures(names: list[str], sizes: NDArray[np.int64], results: NDArray[Any]) -> None:
    """Warn once of all fits that failed; raise an error if none succeeded."""
    failed = np.vectorize(lambda each: isinstance(each, str), otypes=[bool])(results)
    if not failed.any():
        return
    first = results[failed][0]
    if failed.all():
        raise ValueError(f"Every fit failed; the first with {first}")
    parts = [
        f"{name} ({int(of_one.sum())} of {of_one.size}, with {', '.join(map(str, sizes[of_one.any(axis=1)]))} labels)"
        for name, of_one in zip(names, failed, strict=True)
        if of_one.any()
    ]
    warnings.warn(f"Fits failed and are NaN: {'; '.join(parts)}. The first with {first}", stacklevel=outside())
