"""Mixtures, forests, lines and neighbours, weighed by what each says of labels held out."""

from __future__ import annotations

from typing import Any

from semigen.compose.ensemble import SemiSupervisedEnsemble
from semigen.recommendation.candidates import (
    forest_on_evidence,
    gradient_boosting,
    label_spreading,
    lda,
    logistic_regression,
    mixtures_by_cv,
)
from semigen.recommendation.candidates.specification import Specification
from semigen.recommendation.training_rows import Rows

_FILES = (logistic_regression, lda, forest_on_evidence, gradient_boosting, label_spreading)
OTHERS = [each.CANDIDATE for each in _FILES]


def make(rows: Rows) -> Any:
    """Return the classifier for such rows, of members that compete on their own as well."""
    classifiers = [(each.name, each.make(rows)) for each in OTHERS]
    missing = "marginal" if rows.incomplete else "error"
    return SemiSupervisedEnsemble(mixtures_by_cv.CANDIDATE.make(rows), classifiers, missing=missing)


CANDIDATE = Specification(
    "ensemble",
    "Mixtures, trees, linear models and neighbours answer; each counts by how well it told hidden labels.",
    make,
    lambda size: mixtures_by_cv.CANDIDATE.seconds(size) + 6 * sum(each.seconds(size) for each in OTHERS),
    average_of={mixtures_by_cv.CANDIDATE.name: 8.0} | {each.name: 1.0 for each in OTHERS},
    stacked=True,
)
