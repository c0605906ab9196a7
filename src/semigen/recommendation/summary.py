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
    Finding,
    Misspecification,
    Status,
)
from semigen.recommendation.hidden_labels import hidden_labels
from semigen.recommendation.other_tables import Prior
from semigen.recommendation.race import FOLDS, MARGIN_OF_BUDGET, Run, rounded, seconds_of_fit
from semigen.recommendation.result import CandidateResult, DataSummary, Recommendation
from semigen.recommendation.training_rows import Rows
from semigen.recommendation.verdict import Decision, Ground, Reference, Unmeasured, Verdict

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
    def n_held_out(self) -> int:
        """Rows whose labels were hidden."""
        return max((len(run.wrong[0]) for run in self.runs if run.wrong), default=0)

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
        hidden_labels=hidden_labels(found.runs[found.chosen], found.racing.labels, found.rows.labels),
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
        found.n_held_out,
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
    return _beside(found, results, best)


def _beside(found: Comparison, results: list[CandidateResult], other: int) -> Reference:
    """Return another candidate, and why the chosen one is preferred to it."""
    chosen, run, of_chosen = results[found.chosen], found.runs[other], found.runs[found.chosen]
    elsewhere = float(found.prior.mean[other] - found.prior.mean[found.chosen])
    fewer = chosen.error < results[other].error
    ground = ground_of(
        fewer=fewer,
        told_apart=fewer and are_told_apart(of_chosen.error, run.error, found.n_folds),
        adds_unlabeled=results[other].uses_unlabeled and not chosen.uses_unlabeled,
        elsewhere=elsewhere,
        surer=of_chosen.loss.mean() < run.loss.mean(),
    )
    by_chance = explained_by_chance(of_chosen.error, run.error, found.n_folds, EITHER_SIDE)
    return Reference(results[other].name, results[other].error, ground, elsewhere, found.prior.n_similar, by_chance)


def ground_of(*, fewer: bool, told_apart: bool, adds_unlabeled: bool, elsewhere: float, surer: bool) -> Ground:
    """Return why the chosen classifier is preferred to another.

    Parameters
    ----------
    fewer, told_apart : bool
        Whether it made fewer errors here, and by more than chance explains.
    adds_unlabeled : bool
        Whether the other alone learns from unlabelled rows.
    elsewhere : float
        By how much the other's error is higher on similar tables.
    surer : bool
        Whether its probabilities fit the hidden labels better.
    """
    if fewer and told_apart:
        return Ground.SHOWN
    if adds_unlabeled and not fewer:
        return Ground.NOT_WORTH_IT
    if elsewhere >= WORTH_IT:
        return Ground.KNOWN
    if fewer:
        return Ground.FEWER
    return Ground.PROBABILITIES if surer else Ground.KNOWN


def _findings(
    found: Comparison, results: list[CandidateResult], data_summary: DataSummary, reference: Reference | None
) -> list[Finding]:
    rows, labels = found.rows, found.rows.labels
    chosen = results[found.chosen]
    others = [each for each in results if each is not chosen]
    candidate = found.runs[found.chosen].candidate
    single = tuple(str(name) for name in labels.classes[labels.counts == 1].tolist())
    late = _out_of_time(found, others)
    listed: list[Finding | None] = [
        findings.Average(chosen.name, candidate.average_of, candidate.stacked) if candidate.average_of else None,
        findings.HeldOutLabels(found.n_held_out, max(each.n_rounds for each in results), found.prior.n_similar)
        if found.n_held_out
        else None,
        findings.Copies(copied) if (copied := n_copies(rows.copies)) else None,
        findings.Groups(len(np.unique(rows.groups[labels.labeled]))) if rows.groups is not None else None,
        findings.Sample(len(found.racing.labels.codes), len(labels.codes))
        if len(found.racing.labels.codes) < len(labels.codes)
        else None,
        findings.SingleLabels(single) if single else None,
        None if rows.size.n_unlabeled else findings.NoUnlabeledRows(),
        *map(findings.Remark, rows.remarks),
        *_lower_errors(found, results),
        _failures(others),
        late,
        _of_labels(labels.counts, chosen.uses_unlabeled),
        findings.Columns(rows.size.n_columns, rows.size.n_rows, rows.size.n_labeled),
        findings.Clouds(found.misspecification, rows.incomplete),
        findings.Sureness(next(iter(data_summary.calibration), None)),
        findings.Gaps(rows.n_missing, len(rows.numbers) * rows.n_given_columns) if rows.n_missing else None,
        _next_step(labels, late, reference),
    ]
    return [each for each in listed if each is not None]


def _next_step(labels: Labels, late: findings.OutOfTime | None, reference: Reference | None) -> findings.NextStep:
    rare = labels.counts < min(FEW_LABELS, labels.counts.max())
    by_count = np.argsort(labels.counts, kind="stable")
    rarest = tuple(str(labels.names[k]) for k in by_count[:2] if rare[k])
    more_labels = Amount.of(int(labels.counts.min())) is Amount.FEW
    more_labels |= reference is not None and reference.ground is not Ground.SHOWN
    return findings.NextStep(more_labels, rarest, late)


def _of_labels(counts: NDArray[np.int64], unlabeled_chosen: bool) -> findings.Labels:
    fewest = int(counts.min())
    return findings.Labels(fewest, int(counts.max()), Amount.of(fewest), unlabeled_chosen)


def _lower_errors(found: Comparison, results: list[CandidateResult]) -> list[findings.LowerError]:
    """Return the candidates with fewer errors than the chosen one: those compared to the end, else the best one."""
    chosen = results[found.chosen]
    measured = [i for i, each in enumerate(results) if each.n_rounds and each.status is not Status.FAILED]
    lower = sorted((i for i in measured if results[i].error < chosen.error), key=lambda i: results[i].error)
    shown = [i for i in lower if results[i].status is Status.RACED] or lower[:1]
    return [findings.LowerError(_beside(found, results, i), chosen.name, chosen.error, found.n_held_out) for i in shown]


def _failures(others: list[CandidateResult]) -> findings.Failures | None:
    names = tuple(each.name for each in others if each.status is Status.FAILED)
    return findings.Failures(names) if names else None


def _out_of_time(found: Comparison, others: list[CandidateResult]) -> findings.OutOfTime | None:
    late = [each for each in others if each.status is Status.NO_TIME]
    # Averages need no time of their own.
    late.sort(key=lambda each: each.budget or np.inf)
    if not late or not late[0].budget:
        return None
    needed = sum(run.needed for run in found.runs if run.status is Status.NO_TIME)
    for_all = rounded(MARGIN_OF_BUDGET * (time.perf_counter() - found.began + needed))
    budget = late[0].budget
    return findings.OutOfTime(tuple(each.name for each in late), budget, max(for_all, budget))


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
        seconds_of_fit=seconds_of_fit(run, found.runs),
    )


def _seconds(run: Run, runs: list[Run]) -> float:
    """Return the seconds that it took; of an average that was measured, those of its members."""
    made_of = run.candidate.average_of if run.wrong else ()
    took = [each for each in runs if each is run or each.candidate.name in made_of]
    return float(sum(sum(each.fold_seconds) + each.given_up_after for each in took))


def _rank(found: Comparison, result: CandidateResult, i: int) -> tuple[bool, int, float]:
    return not np.isfinite(result.error), _STATUSES.index(result.status), float(found.expected.error[i])
