"""Checks of what models assume: classes that are Gaussian clouds, and probabilities that mean what they say."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, chi2

from semigen.mixture import SemiSupervisedGMM
from semigen.model_selection.any_classifier import labels_with_gaps
from semigen.model_selection.folds import fold_numbers
from semigen.model_selection.groups import in_groups_of
from semigen.recommendation.choice import interval
from semigen.recommendation.findings import Calibration, Misspecification
from semigen.recommendation.race import FOLDS, Run
from semigen.recommendation.training_rows import Rows

# The middle ellipse of a Gaussian cloud holds this share of its rows; that of a ring or of several clouds holds fewer,
# that of a cloud with long tails more.
_INSIDE = 0.5
# So often is one class of all called suspicious by chance.
_CHANCE = 0.05
# With fewer rows for each column the ellipses themselves are too uncertain for rows to be judged by them.
_ROWS_PER_COLUMN = 10


def misspecification(rows: Rows, seed: int) -> Misspecification | None:
    """Check what a mixture predicts of labelled rows held out: where they lie, and which class they are of.

    Two signs that classes are no Gaussian clouds:

    - A predictive check for each class: of the rows held out, many more or many fewer than half lie in the ellipse that
      should hold half of them.
    - Unlabelled rows raise the density of rows held out, and their error as well: what clouds fit is not the classes
      (F. Cozman, I. Cohen, M. Cirelo, "Semi-supervised learning of mixture models", ICML 2003).

    None if there are too few rows for the columns, no label can be held out, or the mixture fails.
    """
    labels, complete = rows.labels, ~np.isnan(rows.numbers).any(axis=1)
    if rows.incomplete or len(labels.codes) < _ROWS_PER_COLUMN * rows.numbers.shape[1]:
        return None
    folds = np.full(len(labels.codes), -1)
    folds[labels.labeled] = fold_numbers(
        labels.codes[labels.labeled], FOLDS, np.random.default_rng(seed), rows.together
    )
    held_out = np.flatnonzero((folds >= 0) & complete)
    if not len(held_out):
        return None
    inside = np.zeros(len(folds), dtype=bool)
    density, error = np.zeros((2, len(folds))), np.zeros((2, len(folds)))
    for k in range(folds.max() + 1):
        test = np.flatnonzero(folds == k)
        train = np.setdiff1d(np.arange(len(folds)), in_groups_of(rows.groups, test))
        y = labels_with_gaps(labels.classes, labels.codes[train])
        for i, weight in enumerate((0.0, 1.0)):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    model = SemiSupervisedGMM(unlabeled_weight=weight, unlabeled=None).fit(rows.numbers[train], y)
            except ValueError:
                return None
            joint = model.predict_joint_log_proba(rows.numbers[test])
            density[i, test] = model.score_samples(rows.numbers[test])
            error[i, test] = joint.argmax(axis=1) != labels.codes[test]
        inside[test] = _in_the_middle(model, rows.numbers[test], labels.codes[test])
    counts = {
        name: (int(inside[held_out][labels.codes[held_out] == c].sum()), int((labels.codes[held_out] == c).sum()))
        for c, name in enumerate(labels.names)
    }
    level = _CHANCE / len(counts)
    suspicious = tuple(name for name, (k, n) in counts.items() if n and binomtest(k, n, _INSIDE).pvalue < level)
    gains = (density[1] - density[0])[held_out].mean(), (error[0] - error[1])[held_out].mean()
    return Misspecification(counts, suspicious, float(gains[0]), float(gains[1]))


def _in_the_middle(model: SemiSupervisedGMM, X: NDArray[np.float64], codes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether rows lie in the middle ellipse of their class: squared Mahalanobis distances are chi-squared."""
    at_mean = model.predict_joint_log_proba(model.means_).diagonal()
    of_class = model.predict_joint_log_proba(X)[np.arange(len(X)), codes]
    middle: NDArray[np.bool_] = 2 * (at_mean[codes] - of_class) < chi2.ppf(_INSIDE, X.shape[1])
    return middle


def calibration(runs: Sequence[Run], n_folds: int) -> tuple[Calibration, ...]:
    """How sure these candidates were of rows held out, and how often they were right."""
    found = []
    for run in runs:
        if run.confidence:
            accuracy = 1 - float(np.mean(run.wrong))
            ends = interval(accuracy, len(run.wrong[0]), len(run.wrong), n_folds)
            found.append(
                Calibration(run.candidate.name, float(np.mean(run.confidence)), accuracy, *ends, len(run.wrong[0]))
            )
    return tuple(found)
