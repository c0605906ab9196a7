"""A generative adversarial network whose critic sorts rows into the classes."""

from semigen.recommendation.candidates.deep_training import for_table, seconds_of_training
from semigen.recommendation.candidates.specification import Specification

CANDIDATE = Specification(
    "GAN",
    "Two neural networks, of which one invents rows and the other learns to tell them from real ones.",
    lambda rows: for_table(rows, "SemiSupervisedGAN"),
    seconds_of_training(200),
    needs_unlabeled=True,
    deep=True,
)
