"""Candidates fitted to all rows, or to those that a fold leaves; those of the same rows share what they can."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from semigen._runtime.threads import effective_threads, in_threads
from semigen.base import TrainingSet
from semigen.labels import UNLABELED_CODE
from semigen.mixture import SemiSupervisedGMM
from semigen.mixture.cv.candidates import Candidate
from semigen.mixture.cv.progress_bar import Progress
from semigen.mixture.learning.shared_work import SharedWork
from semigen.mixture.rows.missing_patterns import NothingMeasuredError

# Looser than a mixture's own default: the average of many candidates does not change with the last digits of one.
_TOL = 1e-4
# Rows times classes times the square of columns below which passes are so short that threads mostly wait for the
# interpreter: two threads fitted 150 rows in 4 columns in one and a half times the time of one, and 300 rows in 23
# columns with gaps in half of it.
_WORTH_THREADS = 5e6


@dataclass(frozen=True)
class Fitting:
    """How candidates are fitted.

    Attributes
    ----------
    seen : dict of TrainingSet
        All rows under each transform.
    options : dict
        Of `SemiSupervisedGMM`, for all candidates.
    n_jobs : int
        Threads.
    progress : Progress
    """

    seen: Mapping[str, TrainingSet]
    options: Mapping[str, Any]
    n_jobs: int
    progress: Progress

    def to_all_rows(self, candidates: Sequence[Candidate]) -> list[SemiSupervisedGMM]:
        """Fit candidates to all rows."""
        found = self._together(candidates, self._group_to_all_rows, [()])
        return [models[0] for models in found]

    def held_out(
        self, candidates: Sequence[Candidate], folds: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]]
    ) -> NDArray[np.float64]:
        """Return class probabilities of shape (candidates, held-out rows, classes), the rows of the first fold first.

        A fold is the rows that are tested, and those that are kept out of training.
        """
        n_classes = len(self.options["classes"])
        found = self._together(candidates, self._group_without_fold, folds)
        return np.array([np.vstack([np.empty((0, n_classes)), *each]) for each in found])

    def _together(
        self, candidates: Sequence[Candidate], run: Callable[..., list[Any]], folds: Sequence[tuple[Any, ...]]
    ) -> list[list[Any]]:
        """Run groups of candidates that see the same rows with the same weights; return a result for each fold."""
        groups: dict[tuple[str, float], list[int]] = {}
        for number, each in enumerate(candidates):
            groups.setdefault((each.transform, each.unlabeled_weight), []).append(number)
        work = [([candidates[i] for i in group], *fold) for group in groups.values() for fold in folds]
        results = iter(in_threads(run, work, self.n_jobs))
        found: list[list[Any]] = [[] for _ in candidates]
        for group in groups.values():
            for _ in folds:
                for i, result in zip(group, next(results), strict=True):
                    found[i].append(result)
        return found

    def _group_to_all_rows(self, candidates: Sequence[Candidate]) -> list[SemiSupervisedGMM]:
        training, shared = self.seen[candidates[0].transform], SharedWork()
        return [self._fitted(each, training, shared) for each in candidates]

    def _group_without_fold(
        self, candidates: Sequence[Candidate], tested: NDArray[np.int64], apart: NDArray[np.int64]
    ) -> list[NDArray[np.float64]]:
        """Return the class probabilities of the tested rows that each candidate gives."""
        training, shared = self.seen[candidates[0].transform], SharedWork()
        others = training.part(np.setdiff1d(np.arange(len(training.X)), apart))
        return [self._answers(each, others, training.X[tested], shared) for each in candidates]

    def _answers(
        self, candidate: Candidate, training: TrainingSet, tested: NDArray[Any], shared: SharedWork
    ) -> NDArray[np.float64]:
        """Equal probabilities where the candidate cannot be fitted, as its rows lack a column: it knows nothing."""
        try:
            model = self._fitted(candidate, training, shared, transduces=False)
        except NothingMeasuredError:
            n_classes = len(training.labels.classes)
            return np.full((len(tested), n_classes), 1 / n_classes)
        return probabilities(model, tested)

    def _fitted(
        self, candidate: Candidate, training: TrainingSet, shared: SharedWork, *, transduces: bool = True
    ) -> SemiSupervisedGMM:
        n_features = training.X.shape[1]
        model = candidate.estimator(n_features, unlabeled=UNLABELED_CODE, tol=_TOL, n_jobs=1, **self.options)
        model.n_features_in_ = n_features
        try:
            return model._learn(training, shared, transduces=transduces)
        finally:
            self.progress.fitted()


def threads_for(training: TrainingSet, n_jobs: int | None) -> int:
    """Return the number of groups of candidates to fit at the same time."""
    n_rows, n_features = training.X.shape
    work = n_rows * len(training.labels.classes) * n_features**2
    if np.isnan(training.X).any():
        # Rows of many patterns take a factorisation each.
        work *= n_features
    return 1 if n_jobs is None and work < _WORTH_THREADS else effective_threads(n_jobs)


def probabilities(model: SemiSupervisedGMM, X: NDArray[Any]) -> NDArray[np.float64]:
    """Class probabilities of rows that were checked and transformed before."""
    posterior: NDArray[np.float64] = softmax(model._log_posterior(X), axis=1)
    return posterior
