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
    ) -> tuple[Selection, NDArray[np.float64], str | None]:
        """Return the candidates with their weights, their average on held-out rows, and what came of the guard.

        Parameters
        ----------
        candidates : sequence of Candidate
        fitting : Fitting
        folds : sequence of Fold
        codes, weights : arrays of shape (rows held out,)
            One fold after the other.
        """
        prior = np.array([each.prior for each in candidates])
        supervised = np.array([each.unlabeled_weight == 0 for each in candidates])
        n_first = _FIRST if len(folds) >= 2 * _FIRST else len(folds)
        probability = fitting.held_out(candidates, folds[:n_first])
        kept = np.ones(len(candidates), dtype=bool)
        if n_first < len(folds):
            seen = probability.shape[1]
            first = codes[:seen], weights[:seen]
            kept = may_still_count(probability, *first, self.exponent, prior)
            if self.guard:
                # It compares both kinds to the end.
                for kind in (supervised, ~supervised):
                    if kind.any() and not (kept & kind).any():
                        kept |= kind
            fitting.progress.expect(-int((~kept).sum()) * (len(folds) - n_first))
            of_first = weigh_evidence(probability, *first)
            rest = fitting.held_out(
                [each for each, stays in zip(candidates, kept, strict=True) if stays], folds[n_first:]
            )
            # Those that were dropped weigh nothing, so what stands in their place is never read.
            every = np.full((len(candidates), len(codes) - seen, probability.shape[2]), 1 / probability.shape[2])
            every[kept] = rest
            probability = np.concatenate([probability, every], axis=1)
            evidence = weigh_evidence(probability, codes, weights).replaced(~kept, of_first)
        else:
            evidence = weigh_evidence(probability, codes, weights)
        weight = evidence_weights(evidence.log_loss, self.exponent, np.where(kept, prior, 0.0))
        report = None
        if self.guard:
            weight, report = self._guarded(weight, supervised & kept, supervised, probability, evidence, codes, weights)
        if self.combine == "best":
            best = weight.argmax() if not len(codes) else np.where(weight > 0, evidence.log_loss, np.inf).argmin()
            weight = np.eye(len(candidates))[best]
        order = np.lexsort((evidence.log_loss, -weight))
        columns = (evidence.log_loss, evidence.error, evidence.power, weight)
        average = averaged(probability, weight, evidence.power)
        return Selection([candidates[i] for i in order], *(column[order] for column in columns)), average, report

    def _guarded(
        self,
        weight: NDArray[np.float64],
        competing: NDArray[np.bool_],
        supervised: NDArray[np.bool_],
        probability: NDArray[np.float64],
        evidence: Evidence,
        codes: NDArray[np.int64],
        weights: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], str]:
        """Return the weights that the guard leaves, and what it says.

        Raises
        ------
        ValueError
            If no candidate does without the unlabelled rows.
        """
        if supervised.all():
            return weight, "Kept the supervised average: no candidate uses unlabelled rows."
        if not supervised.any():
            raise ValueError(
                "guard=True needs candidates without the unlabelled rows to fall back on: have 0 among "
                "unlabeled_weights, and a labelled row of every class."
            )
        weight, choice = guarded_weights(weight, competing, probability, evidence.power, codes, weights)
        return weight, choice.explanation("average")
