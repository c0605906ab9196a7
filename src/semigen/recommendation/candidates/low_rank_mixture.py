"""A Gaussian mixture whose clouds vary in one direction, and beside it column by column: for many columns."""

from semigen.mixture import SemiSupervisedGMM
from semigen.recommendation.candidates.specification import Specification
from semigen.recommendation.training_rows import Rows, Size

# With fewer, and with more directions, the plain mixture's clouds do as well (seeds 0 to 2 of ten tables, whose figures
# are reported on seeds 100 and on).
_LEAST_COLUMNS = 20
# What a pass costs beside one of the plain mixture's.
_PASSES = 10


def make(rows: Rows) -> SemiSupervisedGMM:
    """Return the classifier for such rows."""
    return SemiSupervisedGMM("low_rank", rank=1, missing="marginal" if rows.incomplete else "error")


def seconds(size: Size) -> float:
    """Return the seconds of a fit."""
    return 0.01 + _PASSES * 2e-8 * size.n_classes * size.n_columns * (size.n_rows + size.n_columns)


CANDIDATE = Specification(
    "low-rank mixture",
    "Takes each class for a cloud that varies in one direction and column by column: few numbers, for many columns.",
    make,
    seconds,
    suits=lambda rows: rows.size.n_columns >= _LEAST_COLUMNS,
)
