"""Candidates that average the class probabilities of others of unlike kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from semigen.compose.average import ProbabilityAverage
from semigen.recommendation.candidates.specification import Specification
from semigen.recommendation.training_rows import Rows


def average(name: str, about: str, members: Mapping[Specification, float]) -> Specification:
    """Return the candidate that averages the class probabilities of others with these weights."""

    def make(rows: Rows) -> Any:
        return ProbabilityAverage([(each.name, each.make(rows)) for each in members], list(members.values()))

    return Specification(
        name,
        about,
        make,
        lambda size: sum(each.seconds(size) for each in members),
        uses_unlabeled=any(each.uses_unlabeled for each in members),
        average_of={each.name: weight for each, weight in members.items()},
    )
