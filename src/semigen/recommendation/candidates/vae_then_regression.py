"""A variational autoencoder of all rows whose latent features a logistic regression of the labelled rows weighs."""

from sklearn.linear_model import LogisticRegression

from semigen.compose.generative_features import GenerativeFeatures
from semigen.recommendation.candidates.deep_training import for_table, seconds_of_training
from semigen.recommendation.candidates.specification import Specification

CANDIDATE = Specification(
    "VAE, then logistic regression",
    "A neural network sums all rows up in a few numbers, which are weighed.",
    lambda rows: GenerativeFeatures(
        for_table(rows, "VAEFeatures", latent_dim=10, hidden_dims=(100,)), LogisticRegression(max_iter=1000)
    ),
    seconds_of_training(15),
    deep=True,
)
