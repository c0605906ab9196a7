"""Mixtures, forests, lines and neighbours, weighed by what each says of labels held out."""

from __future__ import annotations

from collections.abc import Iterable

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
# Fits of each other member: five, each without a fold of labels, and one to all rows.
FITS = 6


def ensemble_of(rows: Rows, others: Iterable[Specification]) -> SemiSupervisedEnsemble:
    """Return the ensemble for such rows, of mixtures and others, all of which compete on their own as well."""
    classifiers = [(each.name, each.make(rows)) for each in others]
    missing = "marginal" if rows.incomplete else "error"
    return SemiSupervisedEnsemble(mixtures_by_cv.CANDIDATE.make(rows), classifiers, missing=missing)


CANDIDATE = Specification(
    "ensemble",
    "Mixtures, trees, linear models and neighbours answer; each counts by how well it told hidden labels.",
    lambda rows: ensemble_of(rows, OTHERS),
    lambda size: mixtures_by_cv.CANDIDATE.seconds(size) + FITS * sum(each.seconds(size) for each in OTHERS),
    average_of={mixtures_by_cv.CANDIDATE.name: 8.0} | {each.name: 1.0 for each in OTHERS},
    stacked=True,
    fits_of={each.name: FITS for each in OTHERS},
)
