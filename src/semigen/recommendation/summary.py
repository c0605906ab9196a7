"""Findings of the comparison and the final fit, as a Recommendation."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.labels import Labels
from semigen.model_selection.groups import n_copies
from semigen.recommendation import findings
from semigen.recommendation.assumptions import calibration
from semigen.recommendation.choice import (
    EITHER_SIDE,
    WORTH_IT,
    Standing,
    are_told_apart,
    explained_by_chance,
    interval,
)
from semigen.recommendation.findings import (
    FEW_LABELS,
    Amount,
    Decision,
    Finding,
    Ground,
    Misspecification,
    Reference,
    Status,
    Unmeasured,
    Verdict,
)
from semigen.recommendation.other_tables import Prior
from semigen.recommendation.race import FOLDS, Run
from semigen.recommendation.result import CandidateResult, DataSummary, Recommendation
from semigen.recommendation.training_rows import Rows

_STATUSES = list(Status)


@dataclass(frozen=True)
class Comparison:
    """Results of the race and of the final fit.

    Attributes
    ----------
    rows, racing : Rows
        All of them, and those of the race.
    runs : list of Run
        The first is labels alone.
    expected, errors : Standing
        Of the loss by which candidates are compared, and of their errors.
    prior : Prior
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
    prior: Prior
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
    """Return the candidate to measure all others by; None if none of its kind came through a round."""
    racing = [i for i, run in enumerate(runs) if run.wrong and run.status is Status.RACING]
    alone = [i for i in racing if not runs[i].candidate.uses_unlabeled]
    return min(alone, key=lambda i: float(expected.error[i]), default=None)


def could_hold_out(runs: list[Run]) -> bool:
    """Return whether any label could be held out."""
    return any(run.fold_seconds or run.status is not Status.RACING for run in runs)


def summary(found: Comparison) -> Recommendation:
    """Return the recommendation."""
    results = [_result(found, i) for i in range(len(found.runs))]
    order = sorted(range(len(results)), key=lambda i: (i != found.chosen, *_rank(found, results[i], i)))
    reference = _reference(found, results)
    data_summary = _summarise_data(found)
    return Recommendation(
        candidates=tuple(results[i] for i in order),
        chosen=order.index(found.chosen),
        baseline=order.index(0),
        data_summary=data_summary,
        conclusion=_verdict(found, results, reference),
        findings=tuple(_findings(found, results, data_summary, reference)),
        best_estimator_=found.fitted,
        seconds=time.perf_counter() - found.began,
        columns=found.rows.columns,
    )


def _verdict(found: Comparison, results: list[CandidateResult], reference: Reference | None) -> Verdict:
    chosen = results[found.chosen]
    decision, unmeasured = Decision.LABELS_ALONE, None
    if not chosen.n_rounds:
        decision, unmeasured = Decision.UNMEASURED, Unmeasured()
        if could_hold_out(found.runs):
            unmeasured = Unmeasured(found.budget, chosen.more_seconds, chosen.budget)
    elif _least_error(results) > found.guessing - WORTH_IT:
        decision = Decision.UNRELIABLE
    elif chosen.uses_unlabeled:
        decision = Decision.ALL_ROWS
    return Verdict(
        decision,
        chosen.name,
        chosen.error,
        chosen.lower,
        chosen.upper,
        str(found.racing.labels.names[int(found.racing.labels.counts.argmax())]),
        found.guessing,
        reference,
        found.rows.size.n_unlabeled,
        tuple(each.name for each in results if each.uses_unlabeled and not each.n_rounds),
        unmeasured,
    )


def _least_error(results: list[CandidateResult]) -> float:
    """Return the least error of the candidates that were compared, to the end or not."""
    return min((each.error for each in results if each.status is not Status.FAILED and each.n_rounds), default=np.inf)


def _reference(found: Comparison, results: list[CandidateResult]) -> Reference | None:
    """Return what the chosen candidate is compared with: the best of those that see other rows."""
    chosen = results[found.chosen]
    others = [
        i
        for i, run in enumerate(found.runs)
        if results[i].uses_unlabeled != chosen.uses_unlabeled and run.wrong and run.status is not Status.FAILED
    ]
    if not others or not chosen.n_rounds:
        return None
    of_status = [i for i in others if found.runs[i].status is Status.RACING] if chosen.uses_unlabeled else others
    # The table shows errors, so the least error counts; expectations break ties.
    best = min(of_status or others, key=lambda i: (results[i].error, float(found.expected.error[i])))
    elsewhere = float(found.prior.mean[best] - found.prior.mean[found.chosen])
    told_apart = are_told_apart(found.runs[found.chosen].error, found.runs[best].error, found.n_folds)
    by_chance = explained_by_chance(found.runs[found.chosen].error, found.runs[best].error, found.n_folds, EITHER_SIDE)
    fewer = chosen.error < results[best].error
    if fewer and told_apart:
        ground = Ground.SHOWN
    elif not chosen.uses_unlabeled:
        ground = Ground.SIMPLER
    elif elsewhere >= WORTH_IT:
        ground = Ground.KNOWN
    else:
        ground = Ground.FEWER if fewer else Ground.PROBABILITIES
    return Reference(results[best].name, results[best].error, ground, elsewhere, by_chance)


def _findings(
    found: Comparison, results: list[CandidateResult], data_summary: DataSummary, reference: Reference | None
) -> list[Finding]:
    rows, labels = found.rows, found.rows.labels
    chosen = results[found.chosen]
    others = [each for each in results if each is not chosen]
    average_of = found.runs[found.chosen].candidate.average_of
    single = tuple(str(name) for name in labels.classes[labels.counts == 1].tolist())
    n_held_out = max((len(run.wrong[0]) for run in found.runs if run.wrong), default=0)
    listed: list[Finding | None] = [
        findings.Average(chosen.name, average_of) if average_of else None,
        findings.HeldOutLabels(n_held_out, max(each.n_rounds for each in results), found.prior.n_similar)
        if n_held_out
        else None,
        findings.Copies(copied) if (copied := n_copies(rows.copies)) else None,
        findings.Groups(len(np.unique(rows.groups[labels.labeled]))) if rows.groups is not None else None,
        findings.Sample(len(found.racing.labels.codes), len(labels.codes))
        if len(found.racing.labels.codes) < len(labels.codes)
        else None,
        findings.SingleLabels(single) if single else None,
        None if rows.size.n_unlabeled else findings.NoUnlabeledRows(),
        *map(findings.Remark, rows.remarks),
        _lower_error(found, results, reference),
        _failures(others),
        _out_of_time(others),
        _of_labels(labels.counts),
        findings.Columns(rows.size.n_columns, rows.size.n_rows, rows.size.n_labeled),
        findings.Clouds(found.misspecification, rows.incomplete),
        findings.Sureness(next(iter(data_summary.calibration), None)),
        findings.Gaps(rows.n_missing, len(rows.numbers) * rows.n_given_columns) if rows.n_missing else None,
        _next_step(labels, others, reference),
    ]
    return [each for each in listed if each is not None]


def _next_step(labels: Labels, others: list[CandidateResult], reference: Reference | None) -> findings.NextStep:
    rare = labels.counts < min(FEW_LABELS, labels.counts.max())
    by_count = np.argsort(labels.counts, kind="stable")
    rarest = tuple(str(labels.names[k]) for k in by_count[:2] if rare[k])
    more_labels = Amount.of(int(labels.counts.min())) is Amount.FEW
    more_labels |= reference is not None and reference.ground is not Ground.SHOWN
    late = _out_of_time(others)
    return findings.NextStep(more_labels, rarest, 0.0 if late is None else late.budget)


def _of_labels(counts: NDArray[np.int64]) -> findings.Labels:
    fewest = int(counts.min())
    return findings.Labels(fewest, int(counts.max()), Amount.of(fewest))


def _lower_error(
    found: Comparison, results: list[CandidateResult], reference: Reference | None
) -> findings.LowerError | None:
    """Return the candidate with the lowest error, if it is neither the chosen one nor told of in the verdict."""
    chosen = results[found.chosen]
    measured = [i for i, each in enumerate(results) if each.n_rounds and each.status is not Status.FAILED]
    lowest = min(measured, key=lambda i: results[i].error, default=found.chosen)
    if not chosen.n_rounds or results[lowest].error >= chosen.error:
        return None
    if reference is not None and reference.name == results[lowest].name:
        return None
    run, of_chosen = found.runs[lowest], found.runs[found.chosen]
    elsewhere = float(found.prior.mean[lowest] - found.prior.mean[found.chosen])
    if results[lowest].uses_unlabeled and not chosen.uses_unlabeled:
        ground = Ground.SIMPLER
    elif elsewhere < WORTH_IT and of_chosen.loss.mean() < run.loss.mean():
        ground = Ground.PROBABILITIES
    else:
        ground = Ground.KNOWN
    by_chance = explained_by_chance(of_chosen.error, run.error, FOLDS)
    return findings.LowerError(
        results[lowest].name, results[lowest].error, chosen.name, chosen.error, ground, elsewhere, by_chance
    )


def _failures(others: list[CandidateResult]) -> findings.Failures | None:
    names = tuple(each.name for each in others if each.status is Status.FAILED)
    return findings.Failures(names) if names else None


def _out_of_time(others: list[CandidateResult]) -> findings.OutOfTime | None:
    late = [each for each in others if each.status is Status.NO_TIME and each.budget]
    if not late:
        return None
    first = min(late, key=lambda each: each.budget)
    names = [first.name, *(each.name for each in late if each is not first)]
    return findings.OutOfTime(tuple(names), first.more_seconds, first.budget)


def _summarise_data(found: Comparison) -> DataSummary:
    rows = found.rows
    return DataSummary(
        n_rows=len(rows.numbers),
        n_labeled=rows.size.n_labeled,
        n_unlabeled=rows.size.n_unlabeled,
        n_columns=rows.size.n_columns,
        labels_per_class=dict(zip(rows.labels.names, rows.labels.counts.tolist(), strict=True)),
        n_missing=rows.n_missing,
        misspecification=found.misspecification,
        calibration=calibration([found.runs[i] for i in dict.fromkeys([found.chosen, 0])], found.n_folds),
    )


def _result(found: Comparison, i: int) -> CandidateResult:
    run = found.runs[i]
    error, low, high = np.nan, np.nan, np.nan
    if run.wrong:
        error = float(np.mean(run.wrong))
        # Rows that were held out together are no more evidence than one of them.
        n_rows = min(len(run.wrong[0]), len(np.unique(found.racing.together)))
        low, high = interval(error, n_rows, len(run.wrong), found.n_folds)
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
        status=run.status if run.status is not Status.RACING else Status.RACED if run.wrong else Status.NOT_MEASURED,
        more_seconds=run.more_seconds,
        budget=run.budget,
        failure=run.failure,
        traceback=run.traceback,
    )


def _seconds(run: Run, runs: list[Run]) -> float:
    """Return the seconds that its folds took; of an average, those of its members."""
    made_of = run.candidate.average_of
    return float(sum(sum(each.fold_seconds) for each in runs if each is run or each.candidate.name in made_of))


def _rank(found: Comparison, result: CandidateResult, i: int) -> tuple[bool, int, float]:
    return not np.isfinite(result.error), _STATUSES.index(result.status), float(found.expected.error[i])
