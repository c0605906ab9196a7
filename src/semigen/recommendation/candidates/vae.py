"""A semi-supervised variational autoencoder."""

from semigen.recommendation.candidates.deep_training import for_table, seconds_of_training
from semigen.recommendation.candidates.specification import Specification

CANDIDATE = Specification(
    "VAE",
    "A neural network that learns to draw the rows of each class.",
    lambda rows: for_table(rows, "SemiSupervisedVAE", latent_dim=5, hidden_dims=(100,)),
    seconds_of_training(60),
    deep=True,
)
