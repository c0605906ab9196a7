"""What was found, as a Recommendation: every candidate with its evidence, the situations, and all of it in words."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.recommendation import words
from semigen.recommendation.choice import Standing, are_told_apart, interval
from semigen.recommendation.race import FOLDS, Run
from semigen.recommendation.result import CandidateResult, Misspecification, Recommendation, Situations
from semigen.recommendation.rows import Rows
from semigen.recommendation.situations import calibration

_STATUSES = ("raced", "dropped early", "not measured", "no time", "failed")


@dataclass(frozen=True)
class Findings:
    """What the race and the final fit found.

    Attributes
    ----------
    rows, racing : Rows
        All of them, and those of the race.
    runs : list of Run
        The first is labels alone.
    expected, errors : Standing
        Of the loss by which candidates are compared, and of their errors.
    handicap : array of shape (runs,)
        What was known of each beforehand.
    chosen : int
        Number of the run that was chosen.
    fitted : classifier
        The chosen one, fitted to all rows.
    misspecification : Misspecification or None
    budget : float
    began : float
        When, by the clock of `time.perf_counter`.
    """

    rows: Rows
    racing: Rows
    runs: list[Run]
    expected: Standing
    errors: Standing
    handicap: NDArray[np.float64]
    chosen: int
    fitted: Any
    misspecification: Misspecification | None
    budget: float
    began: float

    @property
    def n_folds(self) -> int:
        """Of a round."""
        return min(FOLDS, int(self.racing.labels.counts.max()))

    @property
    def guessing(self) -> float:
        """Error of always guessing the most frequent class, among the classes of which rows were held out."""
        counts = self.racing.labels.counts
        counts = counts[counts > 1] if (counts > 1).any() else counts
        return 1 - float(counts.max() / counts.sum())


def best_on_labels_alone(runs: list[Run], expected: Standing) -> int | None:
    """The candidate to measure all others by; None if none of its kind came through a round."""
    alone = [
        i for i, run in enumerate(runs) if not run.candidate.uses_unlabeled and run.wrong and run.status == "raced"
    ]
    return min(alone, key=lambda i: float(expected.error[i]), default=None)


def could_hold_out(runs: list[Run]) -> bool:
    """Whether any label could be held out."""
    return any(run.fold_seconds or run.status != "raced" for run in runs)


def summary(found: Findings) -> Recommendation:
    """The recommendation, in numbers and in words."""
    results = [_result(found, i) for i in range(len(found.runs))]
    order = sorted(range(len(results)), key=lambda i: (i != found.chosen, *_rank(found, results[i], i)))
    chosen, ahead = results[found.chosen], _advantage(found, results)
    situations = _situations(found)
    reasons = [
        *words.of_average(chosen.name, found.runs[found.chosen].candidate.average_of),
        *words.evidence(
            found.rows, _n_held_out(found), max(each.n_rounds for each in results), found.racing, found.guessing
        ),
        *words.comparison(chosen, [each for each in results if each is not chosen]),
        *situations.sentences.values(),
        words.what_would_change_it(found.rows, ahead),
    ]
    return Recommendation(
        candidates=tuple(results[i] for i in order),
        chosen=order.index(found.chosen),
        baseline=order.index(0),
        situations=situations,
        verdict=_verdict(found, chosen, ahead, results),
        reasons=tuple(reasons),
        best_estimator_=found.fitted,
        seconds=time.perf_counter() - found.began,
        columns=found.rows.columns,
    )


def _verdict(
    found: Findings, chosen: CandidateResult, ahead: words.Advantage | None, results: list[CandidateResult]
) -> str:
    if not chosen.n_rounds:
        return words.verdict_without_evidence(chosen, found.budget, could_hold_out(found.runs))
    others = [each for each in results if each is not chosen]
    return words.verdict(chosen, ahead, found.rows.size.n_unlabeled, found.guessing, others)


def _advantage(found: Findings, results: list[CandidateResult]) -> words.Advantage | None:
    alone = best_on_labels_alone(found.runs, found.expected)
    if alone is None or not results[found.chosen].uses_unlabeled or not results[found.chosen].n_rounds:
        return None
    told_apart = are_told_apart(found.runs[found.chosen].error, found.runs[alone].error, found.n_folds)
    elsewhere = float(found.handicap[alone] - found.handicap[found.chosen])
    return words.Advantage(results[alone], told_apart, elsewhere)


def _situations(found: Findings) -> Situations:
    rows = found.rows
    trusted = calibration([found.runs[i] for i in dict.fromkeys([found.chosen, 0])], found.n_folds)
    return Situations(
        n_rows=len(rows.numbers),
        n_labeled=rows.size.n_labeled,
        n_unlabeled=rows.size.n_unlabeled,
        n_columns=rows.size.n_columns,
        labels_per_class=dict(zip(rows.labels.names, rows.labels.counts.tolist(), strict=True)),
        n_missing=rows.n_missing,
        misspecification=found.misspecification,
        calibration=trusted,
        sentences={
            "labels": words.of_labels(rows),
            "columns": words.of_columns(rows),
            "model": words.of_model(found.misspecification, rows),
            "probabilities": words.of_probabilities(trusted),
            "missing values": words.of_missing(rows.n_missing, len(rows.numbers) * rows.n_given_columns),
        },
    )


def _n_held_out(found: Findings) -> int:
    return max((len(run.wrong[0]) for run in found.runs if run.wrong), default=0)


def _result(found: Findings, i: int) -> CandidateResult:
    run = found.runs[i]
    error, low, high = np.nan, np.nan, np.nan
    if run.wrong:
        error = float(np.mean(run.wrong))
        # Rows that were held out together are no more evidence than one of them.
        n_rows = min(len(run.wrong[0]), len(np.unique(found.racing.together)))
        low, high = interval(error, n_rows, len(run.wrong), found.n_folds)
    status, detail = run.status, run.detail
    if status == "raced" and not run.wrong:
        status, detail = "not measured", "No label could be held out to measure it."
    gain, sd = found.errors.gain(0)
    return CandidateResult(
        name=run.candidate.name,
        estimator=run.candidate.estimator,
        uses_unlabeled=run.candidate.uses_unlabeled,
        error=error,
        lower=low,
        upper=high,
        gain=float(gain[i]),
        gain_sd=float(sd[i]),
        n_rounds=len(run.wrong),
        seconds=_seconds(run, found.runs),
        status=status,
        detail=detail or f"Raced for {len(run.wrong)} round{'s' if len(run.wrong) > 1 else ''}.",
        traceback=run.traceback,
    )


def _seconds(run: Run, runs: list[Run]) -> float:
    """That its folds took; of an average, those of its members."""
    made_of = run.candidate.average_of
    return float(sum(sum(each.fold_seconds) for each in runs if each is run or each.candidate.name in made_of))


def _rank(found: Findings, result: CandidateResult, i: int) -> tuple[bool, int, float]:
    return not np.isfinite(result.error), _STATUSES.index(result.status), float(found.expected.error[i])
