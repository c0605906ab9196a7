"""Self-training around logistic regression: rows of which it is sure get labels, until there are no more."""

from sklearn.linear_model import LogisticRegression
from sklearn.semi_supervised import SelfTrainingClassifier

from semigen.recommendation.candidates.preparation import on_scaled
from semigen.recommendation.candidates.specification import Specification

CANDIDATE = Specification(
    "self-training",
    "Logistic regression that takes its own surest answers for labels, and learns again from those.",
    lambda rows: on_scaled(rows, SelfTrainingClassifier(LogisticRegression(max_iter=1000))),
    lambda size: 0.01 + 3e-7 * size.n_rows * size.n_columns * size.n_classes,
    needs_unlabeled=True,
)
