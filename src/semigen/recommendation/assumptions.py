"""Checks of what models assume: classes that are Gaussian clouds, and probabilities that mean what they say."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, chi2

from semigen.mixture import SemiSupervisedGMM
from semigen.model_selection.any_classifier import labels_with_gaps
from semigen.model_selection.cross_fit import cross_fit, hold_out
from semigen.recommendation.choice import interval
from semigen.recommendation.findings import Calibration, Misspecification
from semigen.recommendation.race import FOLDS, Run
from semigen.recommendation.training_rows import Rows

# The middle ellipse of a Gaussian cloud holds this share of its rows; that of a ring or of several clouds holds fewer,
# that of a cloud with long tails more.
_INSIDE = 0.5
# Probability that any class is called suspicious by chance.
_CHANCE = 0.05
# With fewer rows for each column the ellipses themselves are too uncertain for rows to be judged by them.
_ROWS_PER_COLUMN = 10


def misspecification(rows: Rows, seed: int) -> Misspecification | None:
    """Check what a mixture predicts of labelled rows held out: where they lie, and which class they are of.

    Two signs that classes are no Gaussian clouds:

    - A predictive check for each class: of the rows held out, many more or many fewer than half lie in the ellipse that
      should hold half of them.
    - Unlabelled rows raise the density of rows held out, and their error by more than chance explains: what clouds fit
      is not the classes (F. Cozman, I. Cohen, M. Cirelo, "Semi-supervised learning of mixture models", ICML 2003).

    None if there are too few rows for the columns, no label can be held out, or the mixture fails.
    """
    X, labels = rows.numbers, rows.labels
    if rows.incomplete or len(X) < _ROWS_PER_COLUMN * X.shape[1]:
        return None
    rng = np.random.default_rng(seed)
    folds = hold_out(labels.codes, FOLDS, rng, together=rows.together, groups=rows.groups)
    if not folds:
        return None

    def fit(train: NDArray[np.int64]) -> list[SemiSupervisedGMM]:
        y = labels_with_gaps(labels.classes, labels.codes[train])
        return [SemiSupervisedGMM(unlabeled_weight=weight, unlabeled=None).fit(X[train], y) for weight in (0.0, 1.0)]

    def predict(models: list[SemiSupervisedGMM], test: NDArray[np.int64]) -> NDArray[np.float64]:
        density = [model.score_samples(X[test]) for model in models]
        error = [model.predict_joint_log_proba(X[test]).argmax(axis=1) != labels.codes[test] for model in models]
        return np.array([*density, *error, _in_the_middle(models[1], X[test], labels.codes[test])])

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answers = cross_fit(fit, predict, folds)
    except ValueError:
        return None
    tested = np.concatenate([fold.test for fold in folds])
    order = np.argsort(tested)
    alone, with_unlabeled, error_alone, error_with_unlabeled, inside = np.hstack(answers)[:, order]
    codes = labels.codes[tested[order]]
    counts = {name: (int(inside[codes == k].sum()), int((codes == k).sum())) for k, name in enumerate(labels.names)}
    level = _CHANCE / len(counts)
    suspicious = tuple(name for name, (k, n) in counts.items() if n and binomtest(k, n, _INSIDE).pvalue < level)
    density_gain, error_gain = (with_unlabeled - alone).mean(), (error_alone - error_with_unlabeled).mean()
    # Rows that one of the two mixtures alone labels wrongly would be as many of either by chance (McNemar's test).
    worse, better = (
        int(each.sum()) for each in (error_with_unlabeled > error_alone, error_alone > error_with_unlabeled)
    )
    proved = worse > better and binomtest(worse, worse + better, alternative="greater").pvalue < _CHANCE
    return Misspecification(counts, suspicious, float(density_gain), float(error_gain), proved)


def _in_the_middle(model: SemiSupervisedGMM, X: NDArray[np.float64], codes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether rows lie in the middle ellipse of their class: squared Mahalanobis distances are chi-squared."""
    at_mean = model.predict_joint_log_proba(model.means_).diagonal()
    of_class = model.predict_joint_log_proba(X)[np.arange(len(X)), codes]
    middle: NDArray[np.bool_] = 2 * (at_mean[codes] - of_class) < chi2.ppf(_INSIDE, X.shape[1])
    return middle


def calibration(runs: Sequence[Run], n_folds: int) -> tuple[Calibration, ...]:
    """Return how sure these candidates were of rows held out, and how often they were right."""
    found = []
    for run in runs:
        if run.sure:
            sure, right = np.mean(run.sure, axis=0), 1 - run.error
            accuracy = float(right.mean())
            ends = interval(accuracy, len(right), len(run.wrong), n_folds)
            found.append(Calibration(run.candidate.name, float(sure.mean()), accuracy, *ends, len(right), sure, right))
    return tuple(found)
