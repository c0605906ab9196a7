"""A normalising flow with a Gaussian for each class."""

from semigen.recommendation.candidates.deep_training import for_table, seconds_of_training
from semigen.recommendation.candidates.specification import Specification

CANDIDATE = Specification(
    "flow",
    "A neural network that bends the classes into simple clouds.",
    lambda rows: for_table(rows, "SemiSupervisedFlow", n_couplings=4, hidden_dims=(64,)),
    seconds_of_training(350),
    deep=True,
)
