"""The average of three candidates that learn from the labelled rows alone."""

from semigen.recommendation.candidates import gradient_boosting, lda, logistic_regression
from semigen.recommendation.candidates.averaging import average

CANDIDATE = average(
    "average of linear models and boosting",
    "Logistic regression, LDA and boosting answer, from labelled rows alone; the mean of their probabilities counts.",
    {logistic_regression.CANDIDATE: 1.0, lda.CANDIDATE: 1.0, gradient_boosting.CANDIDATE: 1.0},
)
