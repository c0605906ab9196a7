"""A mixture of all rows whose class posteriors a logistic regression of the labelled rows corrects."""

from sklearn.linear_model import LogisticRegression

from semigen.compose.generative_features import GenerativeFeatures
from semigen.recommendation.candidates import gaussian_mixture
from semigen.recommendation.candidates.specification import Specification
from semigen.recommendation.training_rows import Size


def seconds(size: Size) -> float:
    """Return the seconds of a fit; the regression sees a feature for each class."""
    regression = 0.005 + 3e-8 * size.n_labeled * size.n_classes**2
    return gaussian_mixture.seconds(size) + regression


CANDIDATE = Specification(
    "mixture, then logistic regression",
    "Measures how far each row is from the clouds of a mixture, and weighs that.",
    lambda rows: GenerativeFeatures(gaussian_mixture.make(rows), LogisticRegression(max_iter=1000)),
    seconds,
)
