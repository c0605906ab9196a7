"""The classifiers that compete, one file each; a new one is a file and a line in this table."""

from semigen.recommendation.candidates import (
    average,
    deep_models,
    extra_trees,
    gradient_boosting,
    label_spreading,
    lda,
    logistic_regression,
    mixture,
    mixture_then_regression,
    mixtures_by_cv,
    mixtures_on_components,
    self_training,
)
from semigen.recommendation.candidates.specification import Specification

LABELS_ALONE = logistic_regression.NAME

CANDIDATES: dict[str, Specification] = {
    each.name: each
    for each in (
        logistic_regression.CANDIDATE,
        lda.CANDIDATE,
        extra_trees.CANDIDATE,
        gradient_boosting.CANDIDATE,
        self_training.CANDIDATE,
        label_spreading.CANDIDATE,
        mixture.CANDIDATE,
        mixture_then_regression.CANDIDATE,
        mixtures_by_cv.CANDIDATE,
        mixtures_on_components.CANDIDATE,
        average.LINES_AND_TREES,
        average.OF_THREE,
        average.OF_ALL_KINDS,
        deep_models.VAE_THEN_REGRESSION,
        deep_models.VAE,
        deep_models.GAN,
        deep_models.FLOW,
    )
}

__all__ = ["CANDIDATES", "LABELS_ALONE", "Specification"]
