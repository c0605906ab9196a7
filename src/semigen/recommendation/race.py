"""The race: rounds of cross-validation on labelled rows within a budget of seconds, from which losers drop out."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from traceback import format_exception

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from semigen._runtime.callers import outside
from semigen.model_selection.folds import fold_numbers
from semigen.recommendation.choice import expected_errors, still_racing
from semigen.recommendation.competitors import Candidate
from semigen.recommendation.evaluation import Answers, answers, averaged, joined
from semigen.recommendation.other_tables import Prior
from semigen.recommendation.time_limit import TooSlowError
from semigen.recommendation.training_rows import Rows, Size

FOLDS = 5
MOST_ROUNDS = 5
# Sizes tell the time of a fit up to such a factor: a candidate that might end in time is let start, and its first
# fold tells, or the first epochs of a deep model.
_ROUGHLY = 3.0
# A final fit is expected to take so many times what the folds say, as times differ.
_MARGIN = 1.3


# What no rows bring about, only a mistake in a candidate's code or in its options.
_MISTAKES = (TypeError, AttributeError, NameError, LookupError, AssertionError, ImportError, RecursionError)


@dataclass
class Run:
    """A candidate in the race.

    Attributes
    ----------
    candidate : Candidate
    wrong, quadratic : list of arrays of shape (rows held out,)
        Errors and half of Brier's score, of each round, rows in the same order.
    confidence : list of float
        Mean probability of the predicted class in each round; empty if the candidate gives none.
    latest : Answers or None
        Of the last round.
    fold_seconds : list of float
    status : {"raced", "dropped early", "failed", "no time"}
    more_seconds, budget : float
        If it had no time: what it needs besides, and the budget that would hold that.
    failure : str
        If it failed: when, and the error.
    traceback : str
        Of that error.
    """

    candidate: Candidate
    wrong: list[NDArray[np.float64]] = field(default_factory=list)
    quadratic: list[NDArray[np.float64]] = field(default_factory=list)
    confidence: list[float] = field(default_factory=list)
    latest: Answers | None = None
    fold_seconds: list[float] = field(default_factory=list)
    status: str = "raced"
    more_seconds: float = 0.0
    budget: float = 0.0
    failure: str = ""
    traceback: str = ""

    @property
    def seconds_of_fold(self) -> float:
        """Of the slower ones, rather than of the mean."""
        return float(np.quantile(self.fold_seconds, 0.8))

    @property
    def loss(self) -> NDArray[np.float64]:
        """Mean of error and quadratic score of each row held out, over the rounds: by it candidates are compared.

        Few rows know few steps of error, so how sure a candidate was of a row counts as much as its error.
        """
        loss: NDArray[np.float64] = np.mean([*self.wrong, *self.quadratic], axis=0)
        return loss

    @property
    def error(self) -> NDArray[np.float64]:
        """Share of the rounds in which each row held out was misclassified."""
        error: NDArray[np.float64] = np.mean(self.wrong, axis=0)
        return error

    def record(self, found: Answers) -> None:
        """Add a round."""
        self.latest = found
        self.wrong.append(found.wrong)
        self.quadratic.append(found.quadratic)
        if found.probability is not None:
            self.confidence.append(float(found.probability.max(axis=1).mean()))

    def fail(self, error: Exception, when: str = "") -> None:
        """Compare it no more, for this error; one that speaks of a mistake in the code is warned of."""
        self.status, self.failure = "failed", f"It failed{when}: {type(error).__name__}: {first_line(error)}"
        self.traceback = "".join(format_exception(error))
        if isinstance(error, _MISTAKES):
            warnings.warn(
                f"The candidate {self.candidate.name!r} failed{when} with a {type(error).__name__}: "
                f"{first_line(error)}. That is a mistake in its code rather than in the rows, and the comparison goes "
                "on without it; `traceback` of its entry in `candidates` says where.",
                RuntimeWarning,
                stacklevel=outside(),
            )


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
    spent : float
        Seconds of the budget that went by before.
    seed : int
    prior : Prior
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
        prior: Prior,
        spent: float = 0.0,
        progress: bool = False,
        clock: Callable[[], float] = time.perf_counter,
    ):
        self.rows = rows
        self.everything = everything
        self.seconds = seconds
        self.spent = spent
        self.seed = seed
        self.prior = prior
        self.clock = clock
        self.runs = [Run(candidate) for candidate in candidates]
        self.bar = tqdm(total=round(seconds, 1), desc="recommend", unit="s", disable=not progress)
        self.began = clock()

    def run(self) -> list[Run]:
        """Race until the budget is spent, all rounds are done, or one candidate is left beside labels alone."""
        labels = self.rows.labels
        labeled = np.flatnonzero(labels.labeled)
        rng = np.random.default_rng(self.seed)
        first: NDArray[np.int64] | None = None
        with self.bar:
            for number in range(MOST_ROUNDS):
                folds = np.full(len(labels.codes), -1)
                folds[labeled] = fold_numbers(labels.codes[labeled], FOLDS, rng, self.rows.together)
                if folds.max() < 0:
                    break
                first = folds if first is None else first
                done = [self._round(run, folds, number) for run in self._active()]
                self._drop_losers()
                if not any(done) or len(self._active()) < 2:
                    break
            if first is not None:
                self._second_chances(first)
        return self.runs

    def _second_chances(self, folds: NDArray[np.int64]) -> None:
        """Measure who had no time before, where those that dropped out have left enough."""
        for run in self.runs:
            if run.status == "no time" and not run.candidate.average_of:
                of_fold = run.seconds_of_fold if run.fold_seconds else run.candidate.seconds(self.rows.size)
                if FOLDS * of_fold + self.seconds_of_final_fit(run) <= self.left():
                    run.status = "raced"
                    self._round(run, folds, 0)

    def _active(self) -> list[Run]:
        return [run for run in self.runs if run.status == "raced"]

    def left(self) -> float:
        """Seconds that are left when those of the final fit are kept back, whichever candidate it is."""
        waiting = [self.seconds_of_final_fit(run) for run in self._active() if run.wrong]
        return self.seconds - (self.clock() - self.began) - max(waiting, default=0.0)

    def seconds_of_final_fit(self, run: Run) -> float:
        """What a fit to all rows is expected to take, from that of a fold, or from the size if there was none."""
        if run.candidate.average_of:
            return sum(self.seconds_of_final_fit(member) for member in self._members(run))
        if not run.fold_seconds:
            return run.candidate.seconds(self.everything)
        return _MARGIN * run.seconds_of_fold * self._growth(run)

    def _growth(self, run: Run) -> float:
        """How many times as long as a fit to the rows of the race one to all rows takes."""
        return max(1.0, run.candidate.seconds(self.everything) / run.candidate.seconds(self.rows.size))

    def _members(self, run: Run) -> list[Run]:
        return [each for each in self.runs if each.candidate.name in run.candidate.average_of]

    def _round(self, run: Run, folds: NDArray[np.int64], number: int) -> bool:
        """Hold out each fold once; whether all of it came to an end."""
        self.bar.set_postfix_str(run.candidate.name)
        if run.candidate.average_of:
            return self._averaged(run, number)
        if not self._has_time(run, number):
            return False
        found = np.full(len(folds), -1)
        parts: list[Answers] = []
        for k in range(folds.max() + 1):
            test = np.flatnonzero(folds == k)
            found[test] = np.arange(len(test)) + sum(len(each.codes) for each in parts)
            said = self._fold(run, test, number == 0, int(folds.max()) - k)
            if said is None:
                return False
            parts.append(said)
        run.record(joined(parts).part(found[folds >= 0]))
        return True

    def _fold(self, run: Run, test: NDArray[np.int64], first_round: bool, n_to_come: int) -> Answers | None:
        """What is said of one fold, with so many to come in its round; None where the round goes no further."""
        began = self.clock()
        # Only a candidate with a round has the time of its final fit kept back.
        seconds = self.left() / (n_to_come + 1 + first_round)
        try:
            said = answers(run.candidate, self.rows, test, self.seed, seconds)
        except TooSlowError as error:
            if first_round:
                self._leave_for_time(run, error.seconds * (n_to_come + 1 + _MARGIN * self._growth(run)))
            return None
        except Exception as error:
            run.fail(error)
            return None
        finally:
            took = self.clock() - began
            self.bar.update(min(took, max(self.bar.total - self.bar.n, 0)))
        run.fold_seconds.append(took)
        return said if not first_round or self._can_end(run, n_to_come) else None

    def _averaged(self, run: Run, number: int) -> bool:
        """A round of a candidate that needs no fit, as its members have answered already."""
        members = self._members(run)
        said = [each.latest for each in members if each.latest is not None and len(each.wrong) == number + 1]
        if len(said) == len(members) and len(run.wrong) == number:
            run.record(averaged(said, [run.candidate.average_of[each.candidate.name] for each in members]))
            return True
        if number == 0:
            run.status = "no time"
        return False

    def _has_time(self, run: Run, number: int) -> bool:
        """Whether another round of this candidate, and the final fit, can be expected to end in time."""
        if run.fold_seconds:
            return FOLDS * run.seconds_of_fold <= self.left()
        needed = FOLDS * run.candidate.seconds(self.rows.size) + self.seconds_of_final_fit(run)
        if needed > _ROUGHLY * self.left():
            self._leave_for_time(run, needed)
        return run.status == "raced"

    def _can_end(self, run: Run, n_folds: int) -> bool:
        """Whether so many folds more of the first round, and the final fit, can be expected to end in time."""
        needed = n_folds * run.seconds_of_fold + self.seconds_of_final_fit(run)
        if needed > self.left():
            self._leave_for_time(run, needed)
        return run.status == "raced"

    def _leave_for_time(self, run: Run, needed: float) -> None:
        # Others took of the budget, too.
        run.budget = rounded(1.2 * (self.spent + self.seconds - self.left() + needed))
        run.status, run.more_seconds = "no time", rounded(max(needed - self.left(), 1.0))

    def _drop_losers(self) -> None:
        racing = [i for i, run in enumerate(self.runs) if run.status == "raced" and run.wrong]
        if len(racing) < 2:
            return
        losses = [self.runs[i].loss for i in racing]
        prior = self.prior.of(racing)
        stays = still_racing(losses, prior)
        kept = [self.runs[i] for i, stay in zip(racing, stays, strict=True) if stay]
        expected = expected_errors(losses, prior).error
        alone = [k for k, i in enumerate(racing) if not self.runs[i].candidate.uses_unlabeled]
        if alone:
            # What all others are measured by, in the end.
            kept.append(self.runs[racing[min(alone, key=lambda k: expected[k])]])
        needed = {self.runs[0].candidate.name, *(run.candidate.name for run in kept)}
        needed = needed.union(*(run.candidate.average_of for run in kept))
        for run in (self.runs[i] for i, stay in zip(racing, stays, strict=True) if not stay):
            if run.candidate.name not in needed:
                run.status = "dropped early"


def first_line(error: Exception) -> str:
    """What went wrong, without what follows in long messages."""
    return (str(error).strip() or "no reason given").splitlines()[0]


def rounded(seconds: float) -> int:
    """Up, to two significant digits; at least a second, as smaller budgets go by before a race begins."""
    step: int = 10 ** max(len(str(int(seconds))) - 2, 0)
    return max(1, int(np.ceil(seconds / step)) * step)
