"""Sentences of what was found, for somebody who has to decide; each medium says what its reader can type."""

from semigen.recommendation.text.decision import PICKED_AT_RANDOM, verdict
from semigen.recommendation.text.more_labels import QUESTION, more_labels
from semigen.recommendation.text.reasons import of_probabilities, of_status, sentence, sentences
from semigen.recommendation.text.wording import Medium, listed, percent, points

__all__ = [
    "PICKED_AT_RANDOM",
    "QUESTION",
    "Medium",
    "listed",
    "more_labels",
    "of_probabilities",
    "of_status",
    "percent",
    "points",
    "sentence",
    "sentences",
    "verdict",
]
