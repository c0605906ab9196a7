"""A Gaussian mixture with one component a class, fitted to all rows by EM."""

from semigen.mixture import SemiSupervisedGMM
from semigen.recommendation.candidates.specification import Specification
from semigen.recommendation.training_rows import Rows, Size


def make(rows: Rows) -> SemiSupervisedGMM:
    """Return the classifier for such rows."""
    return SemiSupervisedGMM(missing="marginal" if rows.incomplete else "error")


def seconds(size: Size) -> float:
    """Return the seconds of a fit."""
    return 0.005 + 1.5e-9 * size.n_classes * (size.n_columns**2 + 100) * (size.n_rows + 0.2 * size.n_columns)


CANDIDATE = Specification(
    "mixture",
    "Takes each class for a cloud of its own shape, and lets unlabelled rows help to find the clouds.",
    make,
    seconds,
)
