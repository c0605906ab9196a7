"""The race: rounds of cross-validation on labelled rows within a budget of seconds, from which losers drop out."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing
from tqdm.auto import tqdm

from semigen.any_classifier import fit_any
from semigen.held_out import deal
from semigen.recommendation.candidates import Candidate
from semigen.recommendation.choice import still_racing
from semigen.recommendation.rows import Rows, Size

FOLDS = 5
MOST_ROUNDS = 5
# Sizes tell the time of a fit up to such a factor: a candidate that might end in time is let start.
_ROUGHLY = 3.0
# A final fit is expected to take so many times what the folds say, as times differ.
_MARGIN = 1.3


@dataclass
class Run:
    """A candidate in the race.

    Attributes
    ----------
    candidate : Candidate
    wrong : list of arrays of shape (rows held out,)
        Whether the row was misclassified; an array for each round.
    doubt : list of arrays of shape (rows held out,)
        One less the probability that it gave to the row's label; `wrong` again if it gives no probabilities.
    confidence : list of arrays of shape (rows held out,)
        Probability of the most probable class; empty if it gives no probabilities.
    fold_seconds : list of float
    status : {"raced", "dropped early", "failed", "no time"}
    detail : str
        A sentence on that.
    """

    candidate: Candidate
    wrong: list[NDArray[np.float64]] = field(default_factory=list)
    doubt: list[NDArray[np.float64]] = field(default_factory=list)
    confidence: list[NDArray[np.float64]] = field(default_factory=list)
    fold_seconds: list[float] = field(default_factory=list)
    status: str = "raced"
    detail: str = ""

    @property
    def seconds_of_fold(self) -> float:
        """Of the slower ones, rather than of the mean."""
        return float(np.quantile(self.fold_seconds, 0.8))

    @property
    def loss(self) -> NDArray[np.float64]:
        """Mean of error and doubt of each row held out, over the rounds.

        Few rows know few steps of error, so the doubt about a row counts as much as its error.
        """
        loss: NDArray[np.float64] = np.mean([(w + d) / 2 for w, d in zip(self.wrong, self.doubt, strict=True)], axis=0)
        return loss


class Race:
    """Runs candidates against each other.

    Parameters
    ----------
    rows : Rows
        Those of the race.
    everything : Size
        Of the rows that the chosen candidate is fitted to in the end.
    candidates : sequence of Candidate
        The first is labels alone, which is never dropped.
    seconds : float
        For the race and the final fit.
    seed : int
    handicap : array of shape (candidates,)
        What to expect of each before any evidence.
    progress : bool
    clock : callable
        The time in seconds.
    """

    def __init__(
        self,
        rows: Rows,
        everything: Size,
        candidates: Sequence[Candidate],
        *,
        seconds: float,
        seed: int,
        handicap: NDArray[np.float64],
        progress: bool = False,
        clock: Callable[[], float] = time.perf_counter,
    ):
        self.rows = rows
        self.everything = everything
        self.seconds = seconds
        self.seed = seed
        self.handicap = handicap
        self.clock = clock
        self.runs = [Run(candidate) for candidate in candidates]
        self.bar = tqdm(total=round(seconds, 1), desc="recommend", unit="s", disable=not progress)
        self.began = clock()

    def run(self) -> list[Run]:
        """Race until the budget is spent, all rounds are done, or one candidate is left beside labels alone."""
        labeled = np.flatnonzero(self.rows.labels.labeled)
        rng = np.random.default_rng(self.seed)
        with self.bar:
            for number in range(MOST_ROUNDS):
                folds = np.full(len(self.rows.labels.codes), -1)
                folds[labeled] = deal(self.rows.labels.codes[labeled], FOLDS, rng)
                if folds.max() < 0:
                    break
                done = [self._round(run, folds) for run in self._active() if self._has_time(run, number)]
                self._drop_losers()
                if not any(done) or len(self._active()) < 2:
                    break
        return self.runs

    def _active(self) -> list[Run]:
        return [run for run in self.runs if run.status == "raced"]

    def left(self) -> float:
        """Seconds that are left when those of the final fit are kept back, whichever candidate it is."""
        waiting = [self.seconds_of_final_fit(run) for run in self._active() if run.wrong]
        return self.seconds - (self.clock() - self.began) - max(waiting, default=0.0)

    def seconds_of_final_fit(self, run: Run) -> float:
        """What a fit to all rows is expected to take, from that of a fold, or from the size if there was none."""
        expected = run.candidate.seconds
        if not run.fold_seconds:
            return expected(self.everything)
        growth = expected(self.everything) / expected(self.rows.size)
        return _MARGIN * run.seconds_of_fold * max(growth, 1.0)

    def _has_time(self, run: Run, number: int) -> bool:
        """Whether a round of this candidate, and the final fit, can be expected to end in time."""
        fold = run.seconds_of_fold if run.fold_seconds else run.candidate.seconds(self.rows.size)
        needed = FOLDS * fold + (0.0 if run.wrong else self.seconds_of_final_fit(run))
        if needed <= self.left() * (1.0 if run.fold_seconds else _ROUGHLY):
            return True
        if number == 0:
            self._leave_for_time(run, needed)
        return False

    def _leave_for_time(self, run: Run, needed: float) -> None:
        run.status = "no time"
        # Others took of the budget, too.
        budget = needed + self.seconds - self.left()
        run.detail = f"A round and a final fit need about {rounded(needed)} s; give budget={rounded(1.2 * budget)}."

    def _round(self, run: Run, folds: NDArray[np.int64]) -> bool:
        """Each fold held out once; whether all of it came to an end."""
        held_out = np.flatnonzero(folds >= 0)
        wrong, doubt, confidence = (np.full(len(folds), np.nan) for _ in range(3))
        n_folds = int(folds.max()) + 1
        self.bar.set_postfix_str(run.candidate.name)
        for k in range(n_folds):
            test = np.flatnonzero(folds == k)
            began = self.clock()
            try:
                wrong[test], doubt[test], confidence[test] = self._judged(run.candidate, test)
            except Exception as error:
                run.status = "failed"
                run.detail = f"It failed: {type(error).__name__}: {first_line(error)}"
                return False
            run.fold_seconds.append(self.clock() - began)
            self.bar.update(min(run.fold_seconds[-1], max(self.bar.total - self.bar.n, 0)))
            needed = (n_folds - 1 - k) * run.seconds_of_fold + (0.0 if run.wrong else self.seconds_of_final_fit(run))
            if not run.wrong and needed > self.left():
                self._leave_for_time(run, needed)
                return False
        run.wrong.append(wrong[held_out])
        run.doubt.append(doubt[held_out])
        if np.isfinite(confidence[held_out]).all():
            run.confidence.append(confidence[held_out])
        return True

    def _judged(self, candidate: Candidate, test: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Errors, doubts and confidence on test rows of a fit to all others."""
        labels = self.rows.labels
        train = np.delete(np.arange(len(labels.codes)), test)
        X = candidate.rows(self.rows)
        with warnings.catch_warnings():
            # Of candidates that meet a class with a single row, or do not settle: how they do in spite of it is seen.
            warnings.simplefilter("ignore")
            fit = fit_any(candidate.racing, _safe_indexing(X, train), labels.classes, labels.codes[train], self.seed)
            tested = _safe_indexing(X, test)
            wrong = fit.errs(tested, labels.codes[test]).astype(np.float64)
            if not hasattr(fit.model, "predict_proba"):
                return wrong, wrong, np.full(len(test), np.nan)
            probability = np.nan_to_num(np.asarray(fit.model.predict_proba(tested), dtype=np.float64))
        if probability.shape != (len(test), len(labels.classes)):
            raise ValueError(f"predict_proba gives an array of shape {probability.shape} for {len(test)} rows.")
        of_label = probability[np.arange(len(test)), labels.codes[test]]
        return wrong, 1 - of_label, probability.max(axis=1)

    def _drop_losers(self) -> None:
        racing = [i for i, run in enumerate(self.runs) if run.status == "raced" and run.wrong]
        if len(racing) < 2:
            return
        stays = still_racing([self.runs[i].loss for i in racing], self.handicap[racing], alone=0)
        for i, stay in zip(racing, stays, strict=True):
            run = self.runs[i]
            if not stay and i > 0:
                run.status = "dropped early"
                run.detail = f"Behind after round {len(run.wrong)}, so the time went to others."


def first_line(error: Exception) -> str:
    """What went wrong, without what follows in long messages."""
    return (str(error).strip() or "no reason given").splitlines()[0]


def rounded(seconds: float) -> int:
    """Up, to two significant digits; at least a second, as smaller budgets go by before a race begins."""
    step: int = 10 ** max(len(str(int(seconds))) - 2, 0)
    return max(1, int(np.ceil(seconds / step)) * step)
