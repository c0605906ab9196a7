"""recommend: rows checked, candidates raced, one chosen and fitted."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.utils import check_random_state, check_scalar

from semigen._runtime.arithmetic import ordinary
from semigen._runtime.blas import single_threaded_blas
from semigen._runtime.callers import outside
from semigen._validation import warn_of_other_index
from semigen.labels import Labels, encode
from semigen.model_selection.any_classifier import mark_unlabeled
from semigen.recommendation.assumptions import misspecification
from semigen.recommendation.candidates import CANDIDATES
from semigen.recommendation.choice import WORTH_IT, Standing, expected_errors, is_worse
from semigen.recommendation.competitors import candidate_named, candidates_for
from semigen.recommendation.evaluation import fit_candidate
from semigen.recommendation.findings import Status
from semigen.recommendation.other_tables import prior_of, shape_of
from semigen.recommendation.race import FOLDS, Race, Run
from semigen.recommendation.result import Recommendation
from semigen.recommendation.summary import Comparison, best_on_labels_alone, could_hold_out, summary
from semigen.recommendation.training_rows import Rows, for_the_race, prepare

# Share of the budget that the check of assumptions may take.
_SHARE_FOR_ASSUMPTIONS = 0.1


@ordinary
def recommend(
    X: ArrayLike,
    y: ArrayLike,
    *,
    budget: float = 60.0,
    candidates: Iterable[Any] | Mapping[str, Any] | None = None,
    groups: ArrayLike | None = None,
    unlabeled: object = -1,
    column_kinds: Mapping[str, Any] | None = None,
    random_state: Any = None,
    progress: bool = False,
) -> Recommendation:
    """Find out which classifier suits a table of which few rows are labelled, and fit it.

    Candidates are compared on labelled rows held out, with all unlabelled rows in training: logistic regression, LDA,
    nearest neighbours, a support vector machine, extremely randomised trees and gradient boosting, which learn from
    labels alone; self-training, label spreading, `SemiSupervisedGMM`, also with low-rank covariances and under logistic
    regression or a forest, `SemiSupervisedGMMCV`; an ensemble and averages of some of these; and deep models where
    torch is installed and the budget allows. After each round of cross-validation at most the better half stays, so
    that the time goes to the closest contest.

    Parameters
    ----------
    X : array-like or frame of shape (n, d)
        Numbers; a frame may have text and dates too, as `encoder_for` encodes them. Values may be missing.
    y : array-like of shape (n,)
        Labels, and a marker in unlabelled rows. There may be none of these.
    budget : float, default=60.0
        Seconds for the comparison and the final fit. A candidate that is expected to take more is told of with what it
        would need, and a deep model is given up once its epochs are seen to take more. Other fits are not
        interrupted, so that it may take a little longer.
    candidates : list, or mapping of name to classifier, optional
        A list limits the choice, as in ``["mixture", "LDA", ("mine", SVC())]``: names of those there are, and
        classifiers of your own with a name. A mapping adds such classifiers to all there are, or replaces one of the
        same name. Classifiers of your own get numbers, with gaps filled unless they take NaN; a `Pipeline` gets the
        rows as they are, and where nothing in it learns from unlabelled rows, the labelled ones alone: so it wants
        to be fitted again. One without `predict_proba` counts as sure of every answer. Logistic regression always
        competes.
    groups : array-like of shape (n,), optional
        The group of each row, as the patient that it comes from, where new rows will come from other groups: labelled
        rows of a group are held out together, and its unlabelled ones are then not in training. None or NaN for
        unlabelled rows of which it is not known.
    unlabeled : object, default=-1
        The value in `y` that marks an unlabelled row, besides None, NaN and ``pandas.NA``.
    column_kinds : mapping of name to kind, optional
        Overrules what columns look like, as in `encoder_for`.
    random_state : int, RandomState instance or None, default=None
        Of the folds, and of candidates that have none of their own.
    progress : bool, default=False
        Whether to show a bar.

    Returns
    -------
    Recommendation
        Printed, it is a verdict, a table and reasons; `best_estimator_` is fitted to all rows.

    Raises
    ------
    ValueError
        If there is nothing to learn from: fewer than two classes, rows that no encoder makes numbers of, or candidates
        that all fail.

    Notes
    -----
    With few labels, held-out rows say little: with ten, an error is known in steps of ten per cent. So what they say is
    weighed against how the candidates did on other tables, of numbers, of words and gaps, and wide ones. Each of those
    counts as far as it is like this one in labels a class, columns for each label, columns of categories, gaps and
    imbalance; where no table is like it, the same is expected of all candidates. What is compared is the mean of error
    and half of Brier's score, which tells how sure a candidate was of which answers, and the candidate for which the
    least is expected is chosen. But none is chosen whose errors on held-out rows are above the least by more than
    chance explains, by a paired one-sided t test at 5 % with the correction of Nadeau and Bengio (2003). Where the
    winner is not expected to be half a point below the best on labels alone, the latter is taken: it is simpler, and as
    good.

    Averaged mixtures hold labels out themselves. So a round takes a single fit of them, and what it said of hidden
    labels, with weights from the other folds, is compared (`SemiSupervisedGMMCV.cross_fitted_proba_`).

    Labelled rows that are copies of one another are held out together, and counted among the reasons.

    The race has at most 2,000 unlabelled rows and 5,000 labelled ones, drawn at random. Which candidates drop out
    depends on the time that fits take, so a busier machine may come to another end.

    Labels should be a fair sample of the rows to predict. Of labels chosen for doubt, as `rank_queries` does, errors
    look larger than they are on others.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from semigen import recommend
    >>> X, species = load_iris(return_X_y=True)
    >>> y = np.where(np.arange(150) % 10 == 0, species, -1)  # every tenth row is labelled
    >>> found = recommend(X, y, candidates=["LDA", "mixture"], random_state=0)
    >>> found.names[found.baseline]
    'logistic regression'
    >>> bool(found.best_estimator_.score(X, species) > 0.9)
    True
    """
    began = time.perf_counter()
    check_scalar(budget, "budget", Real, min_val=0, include_boundaries="neither")
    if not np.isfinite(budget):
        raise ValueError(f"budget={budget} must be a finite number of seconds.")
    labels = encode(y, unlabeled=unlabeled)
    _check(labels)
    warn_of_other_index(X, y=y, groups=groups)
    rows = prepare(X, labels, groups, column_kinds)
    for remark in rows.remarks:
        warnings.warn(remark, stacklevel=outside())
    competing = [
        replace(each, estimator=mark_unlabeled(clone(each.estimator), unlabeled))
        for each in candidates_for(rows, candidates)
    ]
    seed = int(check_random_state(random_state).randint(2**31 - 1))
    racing = for_the_race(rows, np.random.default_rng(seed))
    prior = prior_of([each.name for each in competing], shape_of(rows))
    with single_threaded_blas():
        looked = None
        if 2 * FOLDS * CANDIDATES["mixture"].seconds(racing.size) <= _SHARE_FOR_ASSUMPTIONS * budget:
            looked = misspecification(racing, seed)
        spent = time.perf_counter() - began
        race = Race(
            racing,
            rows.size,
            competing,
            seconds=budget - spent,
            spent=spent,
            seed=seed,
            prior=prior,
            progress=progress,
        )
        runs = race.run()
        expected = expected_errors([run.loss if run.wrong else None for run in runs], prior)
        errors = expected_errors([run.error if run.wrong else None for run in runs], prior)
        chosen, fitted = _best_that_fits(runs, expected, race, rows, seed)
    # Fits here mark unlabelled rows by None; a later fit by the caller uses the marker of `y`.
    mark_unlabeled(fitted, unlabeled)
    return summary(Comparison(rows, racing, runs, expected, errors, prior, chosen, fitted, looked, budget, began))


def _check(labels: Labels) -> None:
    if len(labels.classes) < 2:
        found = f"labels of one class only, {labels.names[0]!r}" if len(labels.classes) else "no labelled row"
        raise ValueError(f"y has {found}: label at least two rows of each of two classes, so that one can be held out.")


def _best(runs: list[Run], expected: Standing, race: Race) -> int:
    """Return the candidate to choose; labels alone if there is nothing to choose from."""
    order = [int(i) for i in np.argsort(expected.error, kind="stable") if runs[i].status is Status.RACING]
    possible = [i for i in order if runs[i].wrong and not _is_refuted(runs[i], runs)]
    if not possible and any(runs[i].wrong for i in order):
        # One that was dropped early had fewer errors than all of these, beyond chance.
        possible = [_of_least_error(runs)]
    elif not possible and not could_hold_out(runs):
        # No label could be held out: what is known of other tables decides, as far as the budget allows.
        possible = [i for i in order if race.seconds_of_final_fit(runs[i]) <= race.seconds]
    alone = best_on_labels_alone(runs, expected)
    if alone is not None and _is_refuted(runs[alone], runs):
        # Neither is the simpler one taken against what held-out rows show.
        alone = None
    if possible and (alone is None or _is_worth_it(possible[0], alone, runs, expected)):
        return possible[0]
    return 0 if alone is None else alone


def _is_refuted(run: Run, runs: list[Run]) -> bool:
    """Return whether held-out rows show that another candidate has fewer errors, whatever is known of other tables."""
    return is_worse(run.error, runs[_of_least_error(runs)].error, FOLDS)


def _of_least_error(runs: list[Run]) -> int:
    """Return the candidate with the fewest errors on held-out rows, compared to the end or not."""
    measured = [i for i, run in enumerate(runs) if run.wrong and run.status is not Status.FAILED]
    return min(measured, key=lambda i: float(runs[i].error.mean()))


def _is_worth_it(best: int, alone: int, runs: list[Run], expected: Standing) -> bool:
    """Return whether the best candidate is to be preferred to the best on labels alone, or is one of those."""
    if not runs[best].candidate.uses_unlabeled:
        return True
    gain = float(expected.error[alone] - expected.error[best])
    # Whatever is known of other tables, no more can be gained than there is to lose here: what was seen, and as much as
    # may hide behind no error in so many rows (the rule of three).
    loss = runs[alone].loss
    return min(gain, float(loss.mean()) + 3 / len(loss)) >= WORTH_IT


def _best_that_fits(runs: list[Run], expected: Standing, race: Race, rows: Rows, seed: int) -> tuple[int, Any]:
    """Return the best candidate that can be fitted to all rows, and the fit; one that fails gives way to the next."""
    labels = rows.labels
    while True:
        best = _best(runs, expected, race)
        run = runs[best]
        if run.status is Status.FAILED:
            failed = [f"{each.candidate.name}: {each.failure}" for each in runs if each.status is Status.FAILED]
            raise ValueError(f"No candidate could be fitted. {failed[0]}")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                estimator = run.candidate.estimator
                return best, fit_candidate(
                    run.candidate, estimator, rows.given, labels.classes, labels.codes, seed, rows.groups
                ).model
        except Exception as error:
            run.fail(error, " on all rows")


@ordinary
def fit_named(
    name: str,
    X: ArrayLike,
    y: ArrayLike,
    unlabeled: object = -1,
    random_state: Any = None,
    column_kinds: Mapping[str, Any] | None = None,
    progress: bool = False,
) -> Any:
    """Fit the candidate of this name to all rows, as `recommend` does if it chooses that one.

    Parameters
    ----------
    name : str
        One of `candidate_names`.
    X, y, unlabeled, random_state, column_kinds :
        As in `recommend`.
    progress : bool, default=False
        Whether a candidate that takes long shows a bar.

    Returns
    -------
    classifier
        Fitted.

    Raises
    ------
    ValueError
        If the candidate cannot be fitted.
    """
    labels = encode(y, unlabeled=unlabeled)
    _check(labels)
    warn_of_other_index(X, y=y)
    rows = prepare(X, labels, column_kinds=column_kinds)
    candidate = candidate_named(name, rows)
    estimator = clone(candidate.estimator)
    if progress:
        shown = [name for name in estimator.get_params() if name.rpartition("__")[2] == "verbose"]
        # Not of scikit-learn's, which print details of the optimiser.
        estimator.set_params(**{name: 1 for name in shown if "semigen" in type(_owner(estimator, name)).__module__})
    seed = int(check_random_state(random_state).randint(2**31 - 1))
    with single_threaded_blas(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = fit_candidate(candidate, estimator, rows.given, labels.classes, labels.codes, seed)
    return mark_unlabeled(fit.model, unlabeled)


def _owner(estimator: Any, name: str) -> Any:
    """Return the part of an estimator whose parameter this is."""
    part, _, _ = name.rpartition("__")
    return estimator.get_params()[part] if part else estimator
