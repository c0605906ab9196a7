"""The average of a generative candidate of all rows and two that learn from the labelled rows alone."""

from semigen.recommendation.candidates import gradient_boosting, lda, mixtures_by_cv
from semigen.recommendation.candidates.averaging import average

CANDIDATE = average(
    "average of mixtures, LDA and boosting",
    "Mixtures, LDA and boosting answer; the mean of their probabilities counts.",
    {mixtures_by_cv.CANDIDATE: 1.0, lda.CANDIDATE: 1.0, gradient_boosting.CANDIDATE: 1.0},
)
