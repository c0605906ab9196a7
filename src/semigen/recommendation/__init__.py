"""Which classifier suits a table: candidates raced against each other on its own labelled rows."""

from semigen.compose.average import ProbabilityAverage
from semigen.recommendation._recommend import fit_named, recommend
from semigen.recommendation.competitors import candidate_names
from semigen.recommendation.findings import Calibration, Misspecification
from semigen.recommendation.result import CandidateResult, Recommendation, Situations

__all__ = [
    "Calibration",
    "CandidateResult",
    "Misspecification",
    "ProbabilityAverage",
    "Recommendation",
    "Situations",
    "candidate_names",
    "fit_named",
    "recommend",
]
