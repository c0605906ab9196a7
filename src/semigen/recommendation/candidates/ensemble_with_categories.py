"""The ensemble with a mixture of numbers and categories, for tables of which some columns are no numbers."""

from __future__ import annotations

from typing import Any

from semigen.compose.ensemble import SemiSupervisedEnsemble
from semigen.recommendation.candidates import block_mixture, ensemble, mixtures_by_cv
from semigen.recommendation.candidates.specification import Specification
from semigen.recommendation.training_rows import Rows

_MEMBER = block_mixture.CANDIDATE


def make(rows: Rows) -> Any:
    """Return the classifier for such rows, of members that compete on their own as well."""
    classifiers = [(each.name, each.make(rows)) for each in (*ensemble.OTHERS, _MEMBER)]
    missing = "marginal" if rows.incomplete else "error"
    return SemiSupervisedEnsemble(mixtures_by_cv.CANDIDATE.make(rows), classifiers, missing=missing)


CANDIDATE = Specification(
    "ensemble with categories",
    "The ensemble, with one more member: the mixture of numbers and categories, which reads categories as they are.",
    make,
    lambda size: ensemble.CANDIDATE.seconds(size) + 6 * _MEMBER.seconds(size),
    suits=_MEMBER.suits,
    average_of={**ensemble.CANDIDATE.average_of, _MEMBER.name: 1.0},
    stacked=True,
)
