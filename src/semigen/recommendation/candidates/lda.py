"""Linear discriminant analysis with a shrunk covariance, on the labelled rows."""

from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from semigen.recommendation.candidates.preparation import on_scaled
from semigen.recommendation.candidates.specification import Specification

# Memory of a fit, in covariances of the columns: measured with 2,000 of them.
_COVARIANCES = 5

CANDIDATE = Specification(
    "LDA",
    "Linear discriminant analysis: takes each class for a cloud of the same shape. Learns from labelled rows alone.",
    lambda rows: on_scaled(rows, LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")),
    lambda size: 0.005 + 2.5e-3 * size.n_classes + 2e-9 * size.n_columns**2 * (size.n_labeled + 0.1 * size.n_columns),
    memory=lambda size: 8.0 * _COVARIANCES * size.n_columns**2,
    uses_unlabeled=False,
)
