"""Mixtures of several structures and weights of unlabelled rows, averaged by what held-out labels say of them."""

from dataclasses import replace

from semigen.mixture.cv import SemiSupervisedGMMCV
from semigen.recommendation.candidates import mixture
from semigen.recommendation.candidates.specification import Specification
from semigen.recommendation.training_rows import Size

_FITS = 150
# Wider tables are seen by so many leading components at most, but for a few fits.
_WIDE, _COMPONENTS, _WIDE_FITS = 100, 40, 12


def seconds(size: Size) -> float:
    """Return the seconds of a fit."""
    if size.n_columns <= _WIDE:
        return _FITS * mixture.seconds(size)
    return _FITS * mixture.seconds(replace(size, n_columns=_COMPONENTS)) + _WIDE_FITS * mixture.seconds(size)


CANDIDATE = Specification(
    "mixtures by cross-validation",
    "Tries many kinds of clouds, and averages those that told hidden labels best.",
    lambda rows: SemiSupervisedGMMCV(missing="marginal" if rows.incomplete else "error"),
    seconds,
)
