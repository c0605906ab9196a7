"""A mixture of numbers and categories, for tables of which some columns are no numbers."""

from semigen.mixture.mixed import SemiSupervisedMixture
from semigen.mixture.mixed.indicators import has_categories
from semigen.recommendation.candidates.specification import Specification
from semigen.recommendation.training_rows import Size


def seconds(size: Size) -> float:
    """Return the seconds of a fit: of one for each weight of unlabelled rows and fold, and one more."""
    one = 0.005 + 1e-9 * size.n_classes * size.n_columns * (10 + 0.3 * size.n_columns) * (size.n_rows + 20)
    return 22 * one


CANDIDATE = Specification(
    "mixture of numbers and categories",
    "Describes each class by a cloud in the columns of numbers, and by which values are frequent in the others.",
    lambda rows: SemiSupervisedMixture(),
    seconds,
    suits=lambda rows: has_categories(rows.numbers),
)
