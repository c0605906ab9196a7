"""Mixtures of several structures and weights of unlabelled rows, averaged by what held-out labels say of them."""

from dataclasses import replace

from semigen.mixture.cv import SemiSupervisedGMMCV
from semigen.mixture.cv.auto import MOST_COLUMNS
from semigen.recommendation.candidates import gaussian_mixture
from semigen.recommendation.candidates.specification import Specification
from semigen.recommendation.training_rows import Size

_FITS = 150
# Wider tables are seen by so many leading components at most, but for a few fits.
_WIDE, _COMPONENTS, _WIDE_FITS = 100, 40, 12


def seconds(size: Size) -> float:
    """Return the seconds of a fit."""
    # Of up to three components for each class, and what holds labels of each class out.
    overhead = _FITS * 3e-3 * size.n_classes
    if size.n_columns <= _WIDE:
        return overhead + _FITS * gaussian_mixture.seconds(size)
    if size.n_columns > MOST_COLUMNS:
        return overhead + _FITS * gaussian_mixture.seconds(replace(size, n_columns=_COMPONENTS))
    return (
        overhead
        + _FITS * gaussian_mixture.seconds(replace(size, n_columns=_COMPONENTS))
        + _WIDE_FITS * gaussian_mixture.seconds(size)
    )


CANDIDATE = Specification(
    "mixtures by cross-validation",
    "Tries many kinds of clouds, and averages those that told hidden labels best.",
    lambda rows: SemiSupervisedGMMCV(missing="marginal" if rows.incomplete else "error"),
    seconds,
    measures_itself=True,
)
