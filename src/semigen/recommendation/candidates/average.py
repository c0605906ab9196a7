"""Averages of candidates of unlike kinds: seldom far behind the best of them, and often ahead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from semigen.compose.average import ProbabilityAverage
from semigen.recommendation.candidates import (
    gradient_boosting,
    lda,
    logistic_regression,
    mixture_then_regression,
    mixtures_by_cv,
)
from semigen.recommendation.candidates.specification import Specification
from semigen.recommendation.training_rows import Rows


def average(name: str, about: str, members: Mapping[Specification, float]) -> Specification:
    """Return the candidate that averages the class probabilities of others with these weights."""

    def make(rows: Rows) -> Any:
        return ProbabilityAverage([(each.name, each.make(rows)) for each in members], list(members.values()))

    return Specification(
        name,
        about,
        make,
        lambda size: sum(each.seconds(size) for each in members),
        uses_unlabeled=any(each.uses_unlabeled for each in members),
        average_of={each.name: weight for each, weight in members.items()},
    )


OF_THREE = average(
    "average of three",
    "Mixtures, a hybrid of one, and logistic regression answer; the mean of their probabilities counts.",
    {
        mixtures_by_cv.CANDIDATE: 4.0,
        mixture_then_regression.CANDIDATE: 2.0,
        logistic_regression.CANDIDATE: 1.0,
    },
)
LINES_AND_TREES = average(
    "average of linear models and boosting",
    "Logistic regression, LDA and boosting answer, from labelled rows alone; the mean of their probabilities counts.",
    {logistic_regression.CANDIDATE: 1.0, lda.CANDIDATE: 1.0, gradient_boosting.CANDIDATE: 1.0},
)
OF_ALL_KINDS = average(
    "average of mixtures, LDA and boosting",
    "Mixtures, LDA and boosting answer; the mean of their probabilities counts.",
    {mixtures_by_cv.CANDIDATE: 1.0, lda.CANDIDATE: 1.0, gradient_boosting.CANDIDATE: 1.0},
)
