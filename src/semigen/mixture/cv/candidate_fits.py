"""Fits of candidates to all rows, or to those of a fold; fits to the same rows share what they can."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.utils import check_random_state

from semigen._runtime.threads import effective_threads, in_threads
from semigen.base import TrainingSet
from semigen.labels import UNLABELED_CODE
from semigen.mixture import SemiSupervisedGMM
from semigen.mixture.cv.candidates import Candidate
from semigen.mixture.cv.evidence import tempered
from semigen.mixture.cv.progress_bar import ProgressBar
from semigen.mixture.learning.fit import MixtureFit
from semigen.mixture.learning.shared_work import SharedWork
from semigen.mixture.rows.missing_patterns import NothingMeasuredError
from semigen.mixture.training import learn
from semigen.model_selection.cross_fit import Fold

# Looser than a mixture's own default: the average of many candidates does not change with the last digits of one.
_TOL = 1e-4
# Rows times classes times the square of columns below which passes are so short that threads mostly wait for the
# interpreter: two threads fitted 150 rows in 4 columns in one and a half times the time of one, and 300 rows in 23
# columns with gaps in half of it.
_WORTH_THREADS = 5e6


@dataclass(frozen=True)
class Fitting:
    """Fits of candidates.

    Attributes
    ----------
    seen : dict of TrainingSet
        All rows under each transform.
    options : dict
        Of `SemiSupervisedGMM`, for all candidates.
    n_jobs : int
        Threads.
    progress : ProgressBar
    """

    seen: Mapping[str, TrainingSet]
    options: Mapping[str, Any]
    n_jobs: int
    progress: ProgressBar

    def to_all_rows(self, candidates: Sequence[Candidate]) -> list[SemiSupervisedGMM]:
        """Fit candidates to all rows."""
        found = self._together(candidates, self._group_to_all_rows, [()])
        return [models[0] for models in found]

    def held_out(self, candidates: Sequence[Candidate], folds: Sequence[Fold]) -> NDArray[np.float64]:
        """Return class probabilities, of shape (candidates, held-out rows, classes), one fold after the other."""
        if not candidates:
            return np.empty((0, sum(len(fold.test) for fold in folds), len(self.options["classes"])))
        n_classes = len(self.options["classes"])
        found = self._together(candidates, self._group_without_fold, [(fold,) for fold in folds])
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
        return [self._estimator(each, training, shared) for each in candidates]

    def _estimator(self, candidate: Candidate, training: TrainingSet, shared: SharedWork) -> SemiSupervisedGMM:
        model = self._asked(candidate, training)
        model.n_features_in_ = training.X.shape[1]
        model._keep(self._fitted(model, training, shared), training, candidate.unlabeled_weight)
        model.transduction_ = model.classes_[model._transduced(training)]
        return model

    def _group_without_fold(self, candidates: Sequence[Candidate], fold: Fold) -> list[NDArray[np.float64]]:
        """Return the class probabilities of the rows held out that each candidate gives."""
        training, shared = self.seen[candidates[0].transform], SharedWork()
        others = training.part(fold.train)
        return [self._answers(each, others, training.X[fold.test], shared) for each in candidates]

    def _answers(
        self, candidate: Candidate, training: TrainingSet, tested: NDArray[Any], shared: SharedWork
    ) -> NDArray[np.float64]:
        """Return class probabilities; equal ones where a candidate cannot be fitted, as its rows lack a column."""
        try:
            fit = self._fitted(self._asked(candidate, training), training, shared)
        except NothingMeasuredError:
            n_classes = len(training.labels.classes)
            return np.full((len(tested), n_classes), 1 / n_classes)
        return fit.probabilities(tested)

    def _asked(self, candidate: Candidate, training: TrainingSet) -> SemiSupervisedGMM:
        """Return the mixture that a candidate stands for, not yet fitted."""
        n_features = training.X.shape[1]
        return candidate.estimator(n_features, unlabeled=UNLABELED_CODE, tol=_TOL, n_jobs=1, **self.options)

    def _fitted(self, asked: SemiSupervisedGMM, training: TrainingSet, shared: SharedWork) -> MixtureFit:
        try:
            return learn(asked, training, check_random_state(asked.random_state), shared=shared)
        finally:
            self.progress.fitted()


def average(
    chosen: Sequence[Candidate],
    models: Sequence[SemiSupervisedGMM],
    weights: NDArray[np.float64],
    powers: NDArray[np.float64],
    seen: Mapping[str, NDArray[Any]],
) -> NDArray[np.float64]:
    """Return the weighted average of the tempered class probabilities of rows, as each transform has them."""
    used = zip(chosen, models, weights, powers, strict=True)
    parts = (
        weight * tempered(probabilities(model, seen[each.transform]), power) for each, model, weight, power in used
    )
    return np.asarray(sum(parts))


def threads_for(training: TrainingSet, n_jobs: int | None) -> int:
    """Return the number of groups of candidates to fit at the same time."""
    n_rows, n_features = training.X.shape
    work = n_rows * len(training.labels.classes) * n_features**2
    if np.isnan(training.X).any():
        # Rows of many patterns take a factorisation each.
        work *= n_features
    return 1 if n_jobs is None and work < _WORTH_THREADS else effective_threads(n_jobs)


def probabilities(model: SemiSupervisedGMM, X: NDArray[Any]) -> NDArray[np.float64]:
    """Return the class probabilities of rows that were checked and transformed before."""
    posterior: NDArray[np.float64] = softmax(model._log_posterior(X), axis=1)
    return posterior
