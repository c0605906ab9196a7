"""The average of mixtures, a hybrid of one, and logistic regression."""

from semigen.recommendation.candidates import logistic_regression, mixture_then_regression, mixtures_by_cv
from semigen.recommendation.candidates.averaging import average

CANDIDATE = average(
    "average of three",
    "Mixtures, a hybrid of one, and logistic regression answer; the mean of their probabilities counts.",
    {mixtures_by_cv.CANDIDATE: 4.0, mixture_then_regression.CANDIDATE: 2.0, logistic_regression.CANDIDATE: 1.0},
)
