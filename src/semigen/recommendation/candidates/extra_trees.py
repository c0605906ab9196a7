"""Extremely randomised trees on the labelled rows."""

from sklearn.ensemble import ExtraTreesClassifier

from semigen.recommendation.candidates.preparation import on_scaled
from semigen.recommendation.candidates.specification import Specification

CANDIDATE = Specification(
    "extra trees",
    "Asks 300 series of yes-or-no questions, drawn at random, and lets them vote. Learns from labelled rows alone.",
    lambda rows: on_scaled(rows, ExtraTreesClassifier(300)),
    lambda size: 0.25 + 2e-5 * size.n_labeled * size.n_columns**0.5,
    uses_unlabeled=False,
)
