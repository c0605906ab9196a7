"""Rows to label next: those whose class is most in doubt, spread over the data."""

from __future__ import annotations

import warnings
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from scipy.special import entr
from scipy.stats import rankdata
from sklearn.metrics import pairwise_distances_argmin_min
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing, check_random_state, check_scalar
from sklearn.utils.validation import check_consistent_length
from tqdm.auto import tqdm

from semigen._runtime.arithmetic import ordinary
from semigen._runtime.callers import outside
from semigen._validation import plain, unmasked, warn_of_other_index
from semigen.labels import UNLABELED_CODE, Labels, encode
from semigen.model_selection.any_classifier import fit_any

__all__ = ["rank_queries"]

# The density about a row is read off its distance to so many neighbours among so many rows.
_NEIGHBOURS = 20
_SAMPLED = 2000
# Of the rank in density. Without it unusual rows are asked for, with 1/2 those in the midst of classes. Chosen among 0,
# 1/4, 1/2 and 1 by errors on digits, letter and pendigits, on other splits than those reported.
_DENSITY_POWER = 0.25

# What an answer would change is tried for so many of a row's most probable classes, if they are not quite improbable.
_ANSWERS = 3
_IMPROBABLE = 0.01
# The error expected after an answer is averaged over so many unlabelled rows, drawn once.
_ROWS_FOR_ERROR = 1000


@ordinary
def rank_queries(
    estimator: Any,
    X: ArrayLike,
    n: int = 10,
    *,
    y: ArrayLike | None = None,
    method: str = "margin",
    spread: bool = True,
    features: ArrayLike | None = None,
    n_candidates: int = 20,
    unlabeled: object = -1,
    random_state: Any = None,
    progress: bool = False,
) -> NDArray[np.int64]:
    """Choose the rows to label next, the most useful first.

    A row is worth a question if the model is in doubt of its class and if it stands for many rows; n rows in doubt of
    the same thing are worth one. So rows are chosen one at a time: each next one has the largest product of its rank in
    doubt (the share of rows that are no more in doubt), the fourth root of its rank in density, and its distance to the
    nearest row that is labelled or chosen already. Ranks, as the doubts of a sure model differ by powers of ten.
    Distances are Euclidean, in columns brought to a standard deviation of one; the density about a row is read off its
    mean distance to the nearest 20 of 2,000 rows drawn at random. Rows that are equal are asked for once, and not at
    all if one of them is labelled.

    Parameters
    ----------
    estimator : fitted classifier with `predict_proba`
        Any; a pipeline, too.
    X : array-like of shape (n_rows, d)
        Rows to choose from; with `y`, the labelled ones as well.
    n : int, default=10
        Questions to ask. If there are fewer rows to ask for, all are returned, with a warning.
    y : array-like of shape (n_rows,), optional
        The labels known so far and a marker in the other rows. Rows with a label are not asked for, and chosen rows
        keep their distance from them: pass it wherever there are labels.
    method : {"margin", "entropy", "expected_error"}, default="margin"
        Doubt: how close the two most probable classes are; entropy of the class probabilities; or by how much the error
        that the model expects of itself on the unlabelled rows falls once a row is labelled, averaged over the answers.
        The last needs `y` and refits the model up to ``3 * n_candidates`` times: once for each of the three most
        probable classes of a candidate, where they have a probability of 0.01 or more.
    spread : bool, default=True
        Whether to choose so. If False, the rows most in doubt are returned, however alike or unusual.
    features : array-like of shape (n_rows, any), optional
        Numbers that say how alike rows are where columns do not, such as a model's features of images. None takes the
        columns of X, or what the steps of a pipeline before its last make of them. Missing values count as averages.
    n_candidates : int, default=20
        Rows that "expected_error" compares, chosen by margin as above; at least n are. The rows returned are those
        among them after which the least error is expected.
    unlabeled : object, default=-1
        The value in `y` that marks an unlabelled row, besides None, NaN and ``pandas.NA``.
    random_state : int, RandomState instance or None, default=None
        Breaks ties between rows, and draws the samples that estimate densities and expected errors.
    progress : bool, default=False
        Whether to show a bar while "expected_error" refits.

    Returns
    -------
    array of int of shape (n,)
        Numbers of rows of X, the first question first.

    Raises
    ------
    TypeError
        If the estimator has no `predict_proba`.
    ValueError
        If there is no row to ask for, if `y` has a label that the estimator does not know, or if rows are not numbers
        and neither a pipeline nor `features` makes numbers of them.

    Notes
    -----
    Rows without an answer (probabilities of NaN, as label spreading gives) count as those most in doubt. Rows that were
    chosen for doubt are harder than others: keep some labels of random rows where an error is to be measured.

    On digits, letter and pendigits a hundred answers so chosen leave fewer errors than a hundred random ones; where the
    model is wrong for the data, doubt may mislead it (`bench/README.md`).

    References
    ----------
    B. Settles and M. Craven, "An Analysis of Active Learning Strategies for Sequence Labeling Tasks", EMNLP 2008, for
    doubt weighted by density.

    N. Roy and A. McCallum, "Toward Optimal Active Learning through Sampling Estimation of Error Reduction", ICML 2001.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from semigen import SemiSupervisedGMM, rank_queries
    >>> X, species = load_iris(return_X_y=True)
    >>> y = np.where(np.arange(150) % 25 == 0, species, -1)  # two labels a species
    >>> model = SemiSupervisedGMM().fit(X, y)
    >>> asked = rank_queries(model, X, 5, y=y, random_state=0)
    >>> y[asked] = species[asked]  # the answers
    >>> model.fit(X, y).score(X, species) > 0.95
    True
    """
    X, features = unmasked(X), unmasked(features)
    check_scalar(n, "n", Integral, min_val=1)
    check_scalar(n_candidates, "n_candidates", Integral, min_val=1)
    if method not in ("margin", "entropy", "expected_error"):
        raise ValueError(f"method={method!r} must be 'margin', 'entropy' or 'expected_error'.")
    name = type(estimator).__name__
    if not hasattr(estimator, "predict_proba"):
        raise TypeError(
            f"{name} has no predict_proba, and doubt is read off probabilities: choose another classifier, or wrap "
            "this one in sklearn.calibration.CalibratedClassifierCV."
        )
    if y is None and method == "expected_error":
        raise ValueError("method='expected_error' refits the estimator, so pass y, with the labels known so far.")
    random = check_random_state(random_state)
    rows = _standardised(_numbers(estimator, X, features))
    labels = None if y is None else encode(y, unlabeled=unlabeled, classes=getattr(estimator, "classes_", None))
    labeled = np.zeros(len(rows), dtype=bool) if labels is None else labels.labeled
    check_consistent_length(X, rows, labeled)
    warn_of_other_index(X, y=y, features=features)
    open_rows = _distinct(rows, labeled)
    if not len(open_rows):
        raise ValueError("There is no row to ask for: every row of X has a label, or equals one that has.")
    if n > len(open_rows):
        warnings.warn(
            f"n={n} rows were asked for, and X has {len(open_rows)} different ones without a label; all are returned.",
            stacklevel=outside(),
        )
    probability = _probabilities(estimator, _safe_indexing(X, open_rows))
    doubt = entr(probability).sum(axis=1) if method == "entropy" else _closeness(probability)
    wanted = max(n, n_candidates) if method == "expected_error" else n
    # Rows as much in doubt come in random order.
    chosen = np.lexsort((random.permutation(len(doubt)), -doubt))
    if spread:
        worth = _rank(doubt) * _rank(_density(rows, open_rows, random)) ** _DENSITY_POWER
        chosen = chosen[_apart(worth[chosen], rows[open_rows[chosen]], rows[labeled], wanted)]
    chosen = chosen[:wanted]
    asked = open_rows[chosen]
    if labels is not None and method == "expected_error":
        errors = _expected_errors(estimator, X, labels, asked, probability[chosen], random, progress)
        asked = asked[np.argsort(errors, kind="stable")][:n]
    return asked


def _numbers(estimator: Any, X: ArrayLike, features: ArrayLike | None) -> NDArray[np.float64]:
    """Return rows as numbers, by which to compare them."""
    values: Any = X if features is None else features
    if features is None:
        at_work = getattr(estimator, "best_estimator_", estimator)
        if isinstance(at_work, Pipeline) and len(at_work.steps) > 1:
            values = at_work[:-1].transform(X)
    if issparse(values):
        values = values.toarray()
    try:
        numbers = np.asarray(plain(values, "X" if features is None else "features"), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Distances between rows need numbers: {error}. Pass features=..., or put what makes numbers of X into a "
            "pipeline with the classifier."
        ) from None
    if numbers.ndim != 2:
        raise ValueError(f"Rows must form a table with two dimensions; their shape is {numbers.shape}.")
    if not np.isfinite(numbers).any():
        raise ValueError("Distances between rows need numbers, and there is none but NaN or infinite ones.")
    return numbers


def _standardised(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale columns to mean zero and standard deviation one; leave constant ones out, fill gaps with the mean."""
    measured = np.isfinite(rows)
    count = np.maximum(measured.sum(axis=0), 1)
    mean = np.where(measured, rows, 0.0).sum(axis=0) / count
    centred = np.where(measured, rows - mean, 0.0)
    # Squares of huge values would overflow.
    centred = centred / np.maximum(np.abs(centred).max(axis=0, initial=0.0), np.finfo(float).tiny)
    deviation = np.sqrt((centred**2).sum(axis=0) / count)
    varies = deviation > 0
    if not varies.any():
        return np.zeros((len(rows), 1))
    standardised: NDArray[np.float64] = centred[:, varies] / deviation[varies]
    return standardised


def _distinct(rows: NDArray[np.float64], labeled: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the unlabelled rows, the first of equal ones, without those that equal a labelled one."""
    # Labelled rows come first, so that they stand for their equals.
    order = np.argsort(~labeled, kind="stable")
    _, first = np.unique(rows[order] + 0.0, axis=0, return_index=True)
    standing = np.sort(order[first])
    return np.asarray(standing[~labeled[standing]])


def _probabilities(estimator: Any, X: Any) -> NDArray[np.float64]:
    """Return class probabilities; uniform ones for rows without an answer."""
    with np.errstate(invalid="ignore"):
        probability = np.asarray(estimator.predict_proba(X), dtype=np.float64)
    answered = np.isfinite(probability).all(axis=1, keepdims=True)
    return np.where(answered, probability, 1 / probability.shape[1])


def _closeness(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one less the lead of the most probable class over the next."""
    if probability.shape[1] < 2:
        return np.zeros(len(probability))
    top = np.partition(probability, -2, axis=1)
    close: NDArray[np.float64] = 1 - (top[:, -1] - top[:, -2])
    return close


def _rank(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each value the share of values that are no greater."""
    share: NDArray[np.float64] = rankdata(values, method="max") / len(values)
    return share


def _density(rows: NDArray[np.float64], of: NDArray[np.int64], random: np.random.RandomState) -> NDArray[np.float64]:
    """Return minus the mean distance of some rows to their nearest neighbours in a sample of all."""
    sample = rows[random.permutation(len(rows))[:_SAMPLED]]
    neighbours = NearestNeighbors(n_neighbors=min(_NEIGHBOURS, len(sample))).fit(sample)
    density: NDArray[np.float64] = -neighbours.kneighbors(rows[of])[0].mean(axis=1)
    return density


def _apart(
    worth: NDArray[np.float64], rows: NDArray[np.float64], known: NDArray[np.float64], n: int
) -> NDArray[np.int64]:
    """Return n positions, or all if there are fewer: each in turn the largest in worth times distance.

    The distance is that to the nearest row that is known or was chosen; the first, if none is known, is that of the
    largest worth.
    """
    gap = np.full(len(rows), np.inf)
    if len(known):
        gap = pairwise_distances_argmin_min(rows, known)[1]
    chosen: list[int] = []
    for _ in range(min(n, len(rows))):
        best = int((worth * gap if len(known) or chosen else worth).argmax())
        chosen.append(best)
        gap = np.minimum(gap, np.sqrt(((rows - rows[best]) ** 2).sum(axis=1)))
        gap[chosen] = -np.inf
    return np.array(chosen)


def _expected_errors(
    estimator: Any,
    X: ArrayLike,
    labels: Labels,
    candidates: NDArray[np.int64],
    probability: NDArray[np.float64],
    random: np.random.RandomState,
    progress: bool,
) -> NDArray[np.float64]:
    """Return the share of unlabelled rows expected to be misclassified once a candidate is labelled, by answer."""
    hidden = np.flatnonzero(labels.unlabeled)
    sample = _safe_indexing(X, random.permutation(hidden)[:_ROWS_FOR_ERROR])
    seed = int(random.randint(2**31 - 1))
    errors = np.empty(len(candidates))
    bar = tqdm(list(zip(candidates, probability, strict=True)), "expected error", disable=not progress, unit="row")
    for i, (row, of_row) in enumerate(bar):
        answers = np.argsort(-of_row, kind="stable")[:_ANSWERS]
        answers = answers[(of_row[answers] >= _IMPROBABLE) | (answers == answers[0])]
        after = []
        for answer in answers:
            codes = np.where(labels.labeled, labels.codes, UNLABELED_CODE)
            codes[row] = answer
            refitted = fit_any(estimator, X, labels.classes, codes, seed).model
            after.append(1 - _probabilities(refitted, sample).max(axis=1).mean())
        errors[i] = np.average(after, weights=of_row[answers])
    return errors
