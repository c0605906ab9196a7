"""recommend: rows checked, candidates raced, one chosen and fitted, and all of it put into words."""

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

from semigen.any_classifier import fit_any, mark_unlabeled
from semigen.labels import Labels, encode
from semigen.recommendation import words
from semigen.recommendation.candidates import KINDS, Candidate, candidates_for, handicaps
from semigen.recommendation.choice import Standing, expected_errors, interval
from semigen.recommendation.race import FOLDS, Race, Run, first_line
from semigen.recommendation.result import CandidateResult, Recommendation, Situations
from semigen.recommendation.rows import Rows, for_the_race, prepare
from semigen.recommendation.situations import calibration, misspecification

# What looking at the classes may take of the budget.
_SHARE_OF_LOOKING = 0.1

_STATUSES = ("raced", "dropped early", "not measured", "no time", "failed")


def recommend(
    X: ArrayLike,
    y: ArrayLike,
    *,
    budget: float = 60.0,
    candidates: Iterable[Any] | Mapping[str, Any] | None = None,
    unlabeled: object = -1,
    random_state: Any = None,
    progress: bool = False,
) -> Recommendation:
    """Find out which classifier suits a table of which few rows are labelled, and fit it.

    Candidates race on labelled rows held out, with all unlabelled rows in training: logistic regression and LDA, which
    learn from labels alone, self-training, label spreading, `SemiSupervisedGMM`, a hybrid with it,
    `SemiSupervisedGMMCV`, the average of the last two and logistic regression, and deep models where torch is installed
    and the budget allows. After each round of cross-validation the worse half drops out, so that the time goes to the
    closest contest.

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
        rows as they are. Logistic regression always competes.
    unlabeled : object, default=-1
        The value in `y` that marks an unlabelled row, besides None, NaN and ``pandas.NA``.
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
    With few labels, held-out rows say little: ten rows know steps of ten per cent. So what they say is weighed against
    how the candidates did on fifteen other tables with as many labels a class, and the candidate with the least
    expected error is chosen. What is compared is the mean of error and doubt, one less the probability of the label.

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
    rows = prepare(X, labels)
    competing = [
        replace(each, estimator=mark_unlabeled(clone(each.estimator), unlabeled))
        for each in candidates_for(rows, candidates)
    ]
    seed = int(check_random_state(random_state).randint(2**31 - 1))
    racing = for_the_race(rows, np.random.default_rng(seed))
    handicap = handicaps(competing, float(np.median(labels.counts)))
    looked = None
    if 2 * FOLDS * KINDS["mixture"].seconds(racing.size) <= _SHARE_OF_LOOKING * budget:
        looked = misspecification(racing, seed)
    race = Race(
        racing,
        rows.size,
        competing,
        seconds=budget - (time.perf_counter() - began),
        seed=seed,
        handicap=handicap,
        progress=progress,
    )
    runs = race.run()
    standing = expected_errors([run.loss if run.wrong else None for run in runs], handicap)
    chosen, fitted = _first_that_fits(_in_order(runs, standing, race), rows, seed, runs)
    # Fits here tell unlabelled rows by None; whoever fits it again has the marker of `y`.
    mark_unlabeled(fitted, unlabeled)
    return _reported(rows, racing, runs, standing, chosen, fitted, looked, budget, began)


def _check(labels: Labels) -> None:
    if len(labels.classes) < 2:
        found = f"labels of one class only, {labels.names[0]!r}" if len(labels.classes) else "no labelled row"
        raise ValueError(f"y has {found}: label at least two rows of each of two classes, so that one can be held out.")


def _in_order(runs: list[Run], standing: Standing, race: Race) -> list[int]:
    """Candidates that may be chosen, the best first; labels alone last, as what is left if others fail."""
    order = [int(i) for i in np.argsort(standing.error, kind="stable")]
    possible = [i for i in order if runs[i].status == "raced" and runs[i].wrong]
    if not possible and not _could_hold_out(runs):
        # No label could be held out: what is known of other tables decides, as far as the budget allows.
        possible = [i for i in order if race.seconds_of_final_fit(runs[i]) <= race.seconds]
    return [*possible, *([] if 0 in possible else [0])]


def _could_hold_out(runs: list[Run]) -> bool:
    return any(run.fold_seconds or run.status != "raced" for run in runs)


def _first_that_fits(order: list[int], rows: Rows, seed: int, runs: list[Run]) -> tuple[int, Any]:
    """The first of these that can be fitted to all rows."""
    for i in order:
        if runs[i].status == "failed":
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return i, _fitted(runs[i].candidate, rows, seed)
        except Exception as error:
            runs[i].status = "failed"
            runs[i].detail = f"It failed on all rows: {type(error).__name__}: {first_line(error)}"
    failed = [f"{run.candidate.name}: {run.detail}" for run in runs if run.status == "failed"]
    raise ValueError(f"No candidate could be fitted. {failed[0]}")


def _fitted(candidate: Candidate, rows: Rows, seed: int) -> Any:
    return fit_any(candidate.estimator, rows.given, rows.labels.classes, rows.labels.codes, seed).model


def _reported(
    rows: Rows,
    racing: Rows,
    runs: list[Run],
    standing: Standing,
    chosen: int,
    fitted: Any,
    looked: Any,
    budget: float,
    began: float,
) -> Recommendation:
    n_held_out = max((len(run.wrong[0]) for run in runs if run.wrong), default=0)
    gain, sd = standing.gain(0)
    results = [_result(run, float(gain[i]), float(sd[i]), _seconds(run, runs), racing) for i, run in enumerate(runs)]
    order = sorted(range(len(runs)), key=lambda i: (i != chosen, *_rank(results[i], float(standing.error[i]))))
    of_chosen = results[chosen]
    compared = any(np.isfinite(each.error) for each in results if each.uses_unlabeled)
    measured_alone = [each for each in results if not each.uses_unlabeled and np.isfinite(each.error)]
    alone = max(measured_alone, key=lambda each: each.gain, default=None)
    trusted = calibration([runs[i] for i in dict.fromkeys([chosen, 0])], _n_folds(racing))
    reasons = [
        *words.of_average(of_chosen.name, runs[chosen].candidate.average_of),
        *words.evidence(rows, n_held_out, max(len(run.wrong) for run in runs), racing),
        *words.comparison(of_chosen, [each for each in results if each is not of_chosen]),
    ]
    found = Situations(
        n_rows=len(rows.numbers),
        n_labeled=rows.size.n_labeled,
        n_unlabeled=rows.size.n_unlabeled,
        n_columns=rows.size.n_columns,
        labels_per_class=dict(zip(rows.labels.names, rows.labels.counts.tolist(), strict=True)),
        n_missing=rows.n_missing,
        misspecification=looked,
        calibration=trusted,
        sentences={
            "labels": words.of_labels(rows),
            "columns": words.of_columns(rows),
            "model": words.of_model(looked),
            "probabilities": words.of_probabilities(trusted),
            "missing values": words.of_missing(rows.n_missing, len(rows.numbers) * rows.n_given_columns),
        },
    )
    said = list(found.sentences.values())
    next_step = words.what_would_change_it(rows, of_chosen, alone if of_chosen.uses_unlabeled else None)
    return Recommendation(
        candidates=tuple(results[i] for i in order),
        chosen=order.index(chosen),
        baseline=order.index(0),
        situations=found,
        verdict=(
            words.verdict(of_chosen, alone, rows.size.n_unlabeled, _error_of_guessing(racing), compared)
            if runs[chosen].wrong
            else words.verdict_without_evidence(of_chosen, budget, _could_hold_out(runs))
        ),
        reasons=(*reasons, *said, next_step),
        best_estimator_=fitted,
        seconds=time.perf_counter() - began,
    )


def _error_of_guessing(racing: Rows) -> float:
    """Of always guessing the most frequent class."""
    return 1 - float(racing.labels.counts.max() / racing.labels.counts.sum())


def _seconds(run: Run, runs: list[Run]) -> float:
    """That its folds took; of an average, those of its members."""
    made_of = run.candidate.average_of
    return float(sum(sum(each.fold_seconds) for each in runs if each is run or each.candidate.name in made_of))


def _result(run: Run, gain: float, sd: float, seconds: float, racing: Rows) -> CandidateResult:
    error, low, high = np.nan, np.nan, np.nan
    if run.wrong:
        error = float(np.mean(run.wrong))
        low, high = interval(error, len(run.wrong[0]), len(run.wrong), _n_folds(racing))
    status, detail = run.status, run.detail
    if status == "raced" and not run.wrong:
        status, detail = "not measured", "No label could be held out to measure it."
    return CandidateResult(
        name=run.candidate.name,
        estimator=run.candidate.estimator,
        uses_unlabeled=run.candidate.uses_unlabeled,
        error=error,
        lower=low,
        upper=high,
        gain=gain,
        gain_sd=sd,
        n_rounds=len(run.wrong),
        seconds=seconds,
        status=status,
        detail=detail or f"Raced for {len(run.wrong)} round{'s' if len(run.wrong) > 1 else ''}.",
    )


def _n_folds(racing: Rows) -> int:
    return min(FOLDS, int(racing.labels.counts.max()))


def _rank(result: CandidateResult, expected: float) -> tuple[bool, int, float]:
    return not np.isfinite(result.error), _STATUSES.index(result.status), expected
