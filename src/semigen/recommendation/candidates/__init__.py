"""The classifiers that compete: a file for each, with all that is said of it, and the table of all."""

from importlib import import_module

from semigen.recommendation.candidates import logistic_regression
from semigen.recommendation.candidates.specification import Specification

__all__ = ["CANDIDATES", "LABELS_ALONE"]

_FILES = (
    "logistic_regression",
    "lda",
    "nearest_neighbours",
    "svm",
    "extra_trees",
    "gradient_boosting",
    "self_training",
    "label_spreading",
    "gaussian_mixture",
    "low_rank_mixture",
    "mixture_then_regression",
    "forest_on_evidence",
    "block_mixture",
    "mixtures_by_cv",
    "ensemble",
    "ensemble_with_categories",
    "average_of_linear_models_and_boosting",
    "average_of_three",
    "average_of_mixtures_lda_and_boosting",
    "vae_then_regression",
    "vae",
    "gan",
    "flow",
)


def _specification(file: str) -> Specification:
    found: Specification = import_module(f"{__name__}.{file}").CANDIDATE
    return found


CANDIDATES: dict[str, Specification] = {each.name: each for each in map(_specification, _FILES)}
LABELS_ALONE = logistic_regression.CANDIDATE.name
