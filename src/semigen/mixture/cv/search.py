"""The search: candidates held out fold by fold, the hopeless ones dropped early, the others weighed by evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.cv.candidate_fits import Fitting
from semigen.mixture.cv.candidates import Candidate
from semigen.mixture.cv.evidence import Evidence, averaged, evidence_weights, may_still_count, weigh_evidence
from semigen.mixture.cv.guard import guarded_weights
from semigen.mixture.cv.selection import Selection
from semigen.model_selection.cross_fit import Fold

# Folds after which candidates may be dropped. With fewer than twice as many in all, none is.
_FIRST = 2


@dataclass(frozen=True)
class HeldOut:
    """What candidates said of the rows that were held out.

    Attributes
    ----------
    probability : array of shape (candidates, rows held out, classes)
        Uniform for rows that a dropped candidate was not asked about.
    evidence : Evidence
        Of a dropped candidate that of the first folds.
    kept : array of shape (candidates,)
        Which candidates were not dropped.
    codes, weights : arrays of shape (rows held out,)
        The classes of these rows, and what each counts.
    """

    probability: NDArray[np.float64]
    evidence: Evidence
    kept: NDArray[np.bool_]
    codes: NDArray[np.int64]
    weights: NDArray[np.float64]

    def part(self, rows: NDArray[np.bool_]) -> HeldOut:
        """Return what was said of some of these rows, with its evidence; dropped candidates stay dropped."""
        probability, codes, weights = self.probability[:, rows], self.codes[rows], self.weights[rows]
        evidence = weigh_evidence(probability, codes, weights).replaced(~self.kept, self.evidence)
        return HeldOut(probability, evidence, self.kept, codes, weights)


@dataclass(frozen=True)
class Found:
    """The outcome of a search.

    Attributes
    ----------
    selection : Selection
        Candidates with their weights.
    average, cross_fitted : arrays of shape (rows held out, classes)
        What candidates say of rows held out, with these weights, and with those that the rows of other folds give them.
    report : str or None
        What the guard says.
    """

    selection: Selection
    average: NDArray[np.float64]
    cross_fitted: NDArray[np.float64]
    report: str | None


@dataclass(frozen=True)
class Search:
    """How candidates are weighed.

    Attributes
    ----------
    exponent : float
        Of the evidence.
    combine : {"average", "best"}
    guard : bool
    """

    exponent: float
    combine: str
    guard: bool

    def run(
        self,
        candidates: Sequence[Candidate],
        fitting: Fitting,
        folds: Sequence[Fold],
        codes: NDArray[np.int64],
        weights: NDArray[np.float64],
    ) -> Found:
        """Hold folds out and weigh the candidates.

        Parameters
        ----------
        candidates : sequence of Candidate
        fitting : Fitting
        folds : sequence of Fold
        codes, weights : arrays of shape (rows held out,)
            One fold after the other.

        Raises
        ------
        ValueError
            If there is to be a guard, and no candidate does without the unlabelled rows.
        """
        held_out = self._hold_out(candidates, fitting, folds, codes, weights)
        evidence = held_out.evidence
        weight, report = self._weigh(candidates, held_out)
        order = np.lexsort((evidence.log_loss, -weight))
        columns = (evidence.log_loss, evidence.error, evidence.power, weight)
        selection = Selection([candidates[i] for i in order], *(column[order] for column in columns))
        average = averaged(held_out.probability, weight, evidence.power)
        return Found(selection, average, self._cross_fitted(candidates, held_out, folds), report)

    def _cross_fitted(
        self, candidates: Sequence[Candidate], held_out: HeldOut, folds: Sequence[Fold]
    ) -> NDArray[np.float64]:
        """Return what candidates say of each fold, weighed by what they said of the others."""
        answers = np.empty(held_out.probability.shape[1:])
        fold_of = np.repeat(np.arange(len(folds)), [len(fold.test) for fold in folds])
        for number in range(len(folds)):
            mine = fold_of == number
            others = held_out.part(~mine)
            weight, _ = self._weigh(candidates, others)
            answers[mine] = averaged(held_out.probability[:, mine], weight, others.evidence.power)
        return answers

    def _weigh(self, candidates: Sequence[Candidate], held_out: HeldOut) -> tuple[NDArray[np.float64], str | None]:
        """Return the weights of candidates by what they said of these rows, and what the guard says."""
        log_loss, prior = held_out.evidence.log_loss, np.array([each.prior for each in candidates])
        weight, report = evidence_weights(log_loss, self.exponent, np.where(held_out.kept, prior, 0.0)), None
        if self.guard:
            weight, report = _guarded(weight, _supervised(candidates), held_out)
        if self.combine == "best":
            best = weight.argmax() if not len(held_out.codes) else np.where(weight > 0, log_loss, np.inf).argmin()
            weight = np.eye(len(candidates))[best]
        return weight, report

    def _hold_out(
        self,
        candidates: Sequence[Candidate],
        fitting: Fitting,
        folds: Sequence[Fold],
        codes: NDArray[np.int64],
        weights: NDArray[np.float64],
    ) -> HeldOut:
        n_first = _FIRST if len(folds) >= 2 * _FIRST else len(folds)
        probability = fitting.held_out(candidates, folds[:n_first])
        n_seen = probability.shape[1]
        of_first = weigh_evidence(probability, codes[:n_seen], weights[:n_seen])
        if n_first == len(folds):
            return HeldOut(probability, of_first, np.ones(len(candidates), dtype=bool), codes, weights)
        kept = self._kept(candidates, probability, codes[:n_seen], weights[:n_seen])
        fitting.progress.expect(-int((~kept).sum()) * (len(folds) - n_first))
        rest = np.full((len(candidates), len(codes) - n_seen, probability.shape[2]), 1 / probability.shape[2])
        rest[kept] = fitting.held_out([candidates[i] for i in np.flatnonzero(kept).tolist()], folds[n_first:])
        probability = np.concatenate([probability, rest], axis=1)
        evidence = weigh_evidence(probability, codes, weights).replaced(~kept, of_first)
        return HeldOut(probability, evidence, kept, codes, weights)

    def _kept(
        self,
        candidates: Sequence[Candidate],
        probability: NDArray[np.float64],
        codes: NDArray[np.int64],
        weights: NDArray[np.float64],
    ) -> NDArray[np.bool_]:
        """Return which candidates are held out further; a guard compares both kinds to the end."""
        prior = np.array([each.prior for each in candidates])
        kept = may_still_count(probability, codes, weights, self.exponent, prior)
        supervised = _supervised(candidates)
        for kind in (supervised, ~supervised):
            if self.guard and not (kept & kind).any():
                kept |= kind
        return kept


def _supervised(candidates: Sequence[Candidate]) -> NDArray[np.bool_]:
    return np.array([each.unlabeled_weight == 0 for each in candidates])


def _guarded(
    weight: NDArray[np.float64],
    supervised: NDArray[np.bool_],
    held_out: HeldOut,
) -> tuple[NDArray[np.float64], str]:
    """Return the weights that the guard leaves, and what it says."""
    if supervised.all():
        return weight, "Kept the supervised average: no candidate uses unlabelled rows."
    if not supervised.any():
        raise ValueError(
            "guard=True needs candidates without the unlabelled rows to fall back on: have 0 among "
            "unlabeled_weights, and a labelled row of every class."
        )
    fallback, power = supervised & held_out.kept, held_out.evidence.power
    rows = held_out.codes, held_out.weights
    weight, choice = guarded_weights(weight, fallback, held_out.probability, power, *rows)
    return weight, choice.explanation("average")
