"""Mixtures of several structures and weights of unlabelled rows, averaged by what held-out labels say of them."""

from semigen.mixture.cv import SemiSupervisedGMMCV
from semigen.recommendation.candidates import mixture
from semigen.recommendation.candidates.specification import Specification

_FITS = 150

CANDIDATE = Specification(
    "mixtures by cross-validation",
    "Tries many kinds of clouds, and averages those that told hidden labels best.",
    lambda rows: SemiSupervisedGMMCV(missing="marginal" if rows.incomplete else "error"),
    lambda size: _FITS * mixture.seconds(size),
)
