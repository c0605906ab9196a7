"""The ensemble with a mixture of numbers and categories, for tables of which some columns are no numbers."""

from __future__ import annotations

from semigen.recommendation.candidates import block_mixture, ensemble
from semigen.recommendation.candidates.specification import Specification

_MEMBER = block_mixture.CANDIDATE

CANDIDATE = Specification(
    "ensemble with categories",
    "The ensemble, with one more member: the mixture of numbers and categories, which reads categories as they are.",
    lambda rows: ensemble.ensemble_of(rows, (*ensemble.OTHERS, _MEMBER)),
    lambda size: ensemble.CANDIDATE.seconds(size) + ensemble.FITS * _MEMBER.seconds(size),
    suits=_MEMBER.suits,
    average_of={**ensemble.CANDIDATE.average_of, _MEMBER.name: 1.0},
    stacked=True,
    fits_of={**ensemble.CANDIDATE.fits_of, _MEMBER.name: ensemble.FITS},
)
