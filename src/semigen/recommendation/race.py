"""The race: rounds of cross-validation on labelled rows within a budget of seconds, from which losers drop out."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from traceback import format_exception

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing
from tqdm.auto import tqdm

from semigen._runtime.callers import outside
from semigen._runtime.memory import require_memory
from semigen.model_selection.any_classifier import AnyFit, part_of
from semigen.model_selection.cross_fit import Fold, cross_fit, hold_out
from semigen.recommendation.choice import expected_errors, still_racing
from semigen.recommendation.competitors import Candidate
from semigen.recommendation.evaluation import (
    Answers,
    OtherRowsError,
    answers_of,
    averaged,
    fit_candidate,
    folds_for,
    joined,
    stacked,
)
from semigen.recommendation.findings import Status
from semigen.recommendation.other_tables import Prior
from semigen.recommendation.time_limit import TooSlowError, with_time_limit
from semigen.recommendation.training_rows import Rows, Size

FOLDS = 5
MOST_ROUNDS = 5
# Sizes tell the time of a fit up to such a factor: a candidate that might end in time is let start, and its first
# fold tells, or the first epochs of a deep model.
_ROUGHLY = 3.0
# A final fit is expected to take so many times what the folds say, as times differ.
_MARGIN = 1.3
# A budget that is advised is so many times what was spent and is needed besides.
MARGIN_OF_BUDGET = 1.2


# Errors that point to a mistake in a candidate's code or options rather than in the rows.
_MISTAKES = (TypeError, AttributeError, NameError, LookupError, AssertionError, ImportError, RecursionError)


@dataclass
class Run:
    """A candidate in the race.

    Attributes
    ----------
    candidate : Candidate
    wrong, quadratic : list of arrays of shape (rows held out,)
        Errors and half of Brier's score, of each round, rows in the same order.
    sure : list of arrays of shape (rows held out,)
        Probability of the predicted class in each round; empty if the candidate gives none.
    said : array of float32 of shape (rows held out, classes) or None
        Probabilities, summed over the rounds; None if the candidate gives none.
    tested : array of int of shape (rows held out,) or None
        Numbers of the rows held out, among those of the race.
    latest : Answers or None
        Of the last round.
    fold_seconds : list of float
    given_up_after : float
        Seconds of a fold that was given up, as it would have taken too long.
    status : Status
        While it is in the race, RACING; at the end that means that it was compared to the end.
    needed, more_seconds, budget : float
        If it had no time: the seconds that it needs, how many of these were not left, and the budget that would hold
        that.
    failure : str
        If it failed: when, and the error.
    traceback : str
        Of that error.
    """

    candidate: Candidate
    wrong: list[NDArray[np.float64]] = field(default_factory=list)
    quadratic: list[NDArray[np.float64]] = field(default_factory=list)
    sure: list[NDArray[np.float64]] = field(default_factory=list)
    said: NDArray[np.float32] | None = None
    tested: NDArray[np.int64] | None = None
    latest: Answers | None = None
    fold_seconds: list[float] = field(default_factory=list)
    given_up_after: float = 0.0
    status: Status = Status.RACING
    needed: float = 0.0
    more_seconds: float = 0.0
    budget: float = 0.0
    failure: str = ""
    traceback: str = ""

    @property
    def fits_a_round(self) -> int:
        """Return how many fits a round takes: one of a candidate that measures itself, else one for each fold."""
        return 1 if self.candidate.measures_itself else FOLDS

    @property
    def seconds_of_fold(self) -> float:
        """Return the 80 % quantile of the times of its folds."""
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

    def record(self, found: Answers, tested: NDArray[np.int64] | None = None) -> None:
        """Add a round."""
        self.latest, self.tested = found, tested
        self.wrong.append(found.wrong)
        self.quadratic.append(found.quadratic)
        if found.probability is not None:
            self.sure.append(found.probability.max(axis=1))
            probability = found.probability.astype(np.float32)
            self.said = probability if self.said is None else self.said + probability

    def fail(self, error: Exception, when: str = "") -> None:
        """Compare it no more, for this error; one that speaks of a mistake in the code is warned of."""
        self.status, self.failure = Status.FAILED, f"It failed{when}: {type(error).__name__}: {first_line(error)}"
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
        rng = np.random.default_rng(self.seed)
        first: list[Fold] = []
        with self.bar:
            for number in range(MOST_ROUNDS):
                rows = self.rows
                folds = hold_out(rows.labels.codes, FOLDS, rng, together=rows.together, groups=rows.groups)
                if not folds:
                    break
                first = first or folds
                if not np.array_equal(_tested(folds), _tested(first)):
                    # Errors on other rows, as groups that have to stay in training may leave, are not comparable.
                    break
                done = [self._round(run, folds, number) for run in self._active()]
                self._drop_losers()
                if not any(done) or len(self._active()) < 2:
                    break
            if first:
                self._second_chances(first)
        return self.runs

    def _second_chances(self, folds: list[Fold]) -> None:
        """Measure who had no time before, where those that dropped out have left enough."""
        for run in self.runs:
            if run.status is Status.NO_TIME and not run.candidate.average_of:
                of_fold = run.seconds_of_fold if run.fold_seconds else run.candidate.seconds(self.rows.size)
                if run.fits_a_round * of_fold + self.seconds_of_final_fit(run) <= self.left():
                    run.status = Status.RACING
                    self._round(run, folds, 0)

    def _active(self) -> list[Run]:
        return [run for run in self.runs if run.status is Status.RACING]

    def left(self) -> float:
        """Return the seconds left when those of the final fit are kept back, whichever candidate it is."""
        waiting = [self.seconds_of_final_fit(run) for run in self._active() if run.wrong]
        return self.seconds - (self.clock() - self.began) - max(waiting, default=0.0)

    def seconds_of_final_fit(self, run: Run) -> float:
        """Return the seconds expected of a fit to all rows, from those of a fold, or else from the size."""
        if run.candidate.average_of:
            fits = run.candidate.fits_of
            return sum(
                fits.get(each.candidate.name, 1) * self.seconds_of_final_fit(each) for each in self._members(run)
            )
        if not run.fold_seconds:
            return run.candidate.seconds(self.everything)
        return _MARGIN * run.seconds_of_fold * self._growth(run)

    def _growth(self, run: Run) -> float:
        """Return how many times as long a fit to all rows takes as one to the rows of the race."""
        return max(1.0, run.candidate.seconds(self.everything) / run.candidate.seconds(self.rows.size))

    def _members(self, run: Run) -> list[Run]:
        return [each for each in self.runs if each.candidate.name in run.candidate.average_of]

    def _round(self, run: Run, folds: Sequence[Fold], number: int) -> bool:
        """Hold out each fold once; return whether there was time for all of them."""
        self.bar.set_postfix_str(run.candidate.name)
        if run.candidate.average_of:
            return self._averaged(run, number)
        if not self._has_time(run):
            return False
        candidate, labels, X = run.candidate, self.rows.labels, run.candidate.rows(self.rows)
        all_folds, folds = folds, folds_for(candidate, folds, len(labels.codes))
        first_round, n_before, began = number == 0, len(run.fold_seconds), self.clock()

        def n_to_come() -> int:
            return len(folds) - (len(run.fold_seconds) - n_before)

        def fit(train: NDArray[np.int64]) -> AnyFit:
            # Only a candidate with a round has the time of its final fit kept back.
            seconds = self.left() / (n_to_come() + first_round)
            estimator = with_time_limit(candidate.racing, seconds) if candidate.deep else candidate.racing
            codes, groups = labels.codes[train], part_of(self.rows.groups, train)
            seen = _safe_indexing(X, train)
            # Another seed each round, by which a candidate that measures itself draws its own folds.
            return fit_candidate(candidate, estimator, seen, labels.classes, codes, self.seed + number, groups)

        def predict(model: AnyFit, test: NDArray[np.int64]) -> Answers:
            return answers_of(candidate, model, X, test, labels.codes)

        try:
            require_memory(
                candidate.memory(self.rows.size), "Its covariances", "Reduce the columns to have it compared."
            )
            with warnings.catch_warnings():
                # Of candidates that meet a class with a single row, or do not settle: what they answer counts.
                warnings.simplefilter("ignore")
                answers = cross_fit(fit, predict, self._in_time(run, folds, first_round))
        except OtherRowsError:
            # Which group stays in training, so that no class is lost to it, is drawn at random.
            run.candidate = replace(candidate, measures_itself=False)
            return self._round(run, all_folds, number)
        except TooSlowError as error:
            run.given_up_after = self.clock() - began - sum(run.fold_seconds[n_before:])
            if first_round:
                self._leave_for_time(run, error.seconds * (n_to_come() + _MARGIN * self._growth(run)))
            return False
        except Exception as error:
            run.fail(error)
        if run.status is not Status.RACING:
            return False
        tested = np.concatenate([fold.test for fold in folds])
        run.record(joined(answers).part(np.argsort(tested)), np.sort(tested))
        return True

    def _in_time(self, run: Run, folds: Sequence[Fold], first_round: bool) -> Iterator[Fold]:
        """Yield folds, and time what is done with each, until the first round cannot be expected to end in time."""
        for n_to_come, fold in zip(reversed(range(len(folds))), folds, strict=True):
            began = self.clock()
            try:
                yield fold
            finally:
                took = self.clock() - began
                self.bar.update(min(took, max(self.bar.total - self.bar.n, 0)))
            run.fold_seconds.append(took)
            if first_round and not self._can_end(run, n_to_come):
                return

    def _averaged(self, run: Run, number: int) -> bool:
        """Record a round from the answers of the members; return whether all of them have answered."""
        members = self._members(run)
        said = [each.latest for each in members if each.latest is not None and len(each.wrong) == number + 1]
        if len(said) == len(members) and len(run.wrong) == number:
            combine = stacked if run.candidate.stacked else averaged
            weights = [run.candidate.average_of[each.candidate.name] for each in members]
            run.record(combine(said, weights), members[0].tested)
            return True
        if number == 0:
            run.status = Status.NO_TIME
        return False

    def _has_time(self, run: Run) -> bool:
        """Return whether another round of this candidate, and the final fit, can be expected to end in time."""
        if run.fold_seconds:
            return run.fits_a_round * run.seconds_of_fold <= self.left()
        candidate = run.candidate
        needed = run.fits_a_round * candidate.seconds(self.rows.size) + self.seconds_of_final_fit(run)
        # A single fit that is a round tells nothing before it ends.
        if needed > (1 if candidate.measures_itself else _ROUGHLY) * self.left():
            self._leave_for_time(run, needed)
        return run.status is Status.RACING

    def _can_end(self, run: Run, n_folds: int) -> bool:
        """Return whether so many more folds of the first round, and the final fit, can be expected to end in time."""
        needed = n_folds * run.seconds_of_fold + self.seconds_of_final_fit(run)
        if needed > self.left():
            self._leave_for_time(run, needed)
        return run.status is Status.RACING

    def _leave_for_time(self, run: Run, needed: float) -> None:
        # Others took of the budget, too.
        run.budget = rounded(MARGIN_OF_BUDGET * (self.spent + self.seconds - self.left() + needed))
        run.status, run.needed, run.more_seconds = Status.NO_TIME, needed, rounded(max(needed - self.left(), 1.0))

    def _drop_losers(self) -> None:
        racing = [i for i, run in enumerate(self.runs) if run.status is Status.RACING and run.wrong]
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
                run.status = Status.DROPPED_EARLY


def _tested(folds: Sequence[Fold]) -> NDArray[np.int64]:
    return np.sort(np.concatenate([fold.test for fold in folds]))


def seconds_of_fit(run: Run, runs: Sequence[Run]) -> float:
    """Return the seconds that a fit takes by the times of fits in the rounds; zero if there were none."""
    members = [each for each in runs if each.candidate.name in run.candidate.average_of]
    if members:
        return sum(run.candidate.fits_of.get(each.candidate.name, 1) * seconds_of_fit(each, runs) for each in members)
    return run.seconds_of_fold if run.fold_seconds else 0.0


def first_line(error: Exception) -> str:
    """Return the first line of the message of an error."""
    return (str(error).strip() or "no reason given").splitlines()[0]


def rounded(seconds: float) -> int:
    """Return seconds rounded up to two digits; at least one, as smaller budgets end before the race begins."""
    step: int = 10 ** max(len(str(int(seconds))) - 2, 0)
    return max(1, int(np.ceil(seconds / step)) * step)
