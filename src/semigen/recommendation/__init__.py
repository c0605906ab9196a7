"""Choice of a classifier for a table: candidates are compared on its own labelled rows."""

import warnings
from typing import Any

from semigen._runtime.callers import outside
from semigen.compose.average import ProbabilityAverage
from semigen.recommendation._recommend import fit_named, recommend
from semigen.recommendation.competitors import candidate_names
from semigen.recommendation.findings import Calibration, Misspecification
from semigen.recommendation.result import CandidateResult, DataSummary, Recommendation

__all__ = [
    "Calibration",
    "CandidateResult",
    "DataSummary",
    "Misspecification",
    "ProbabilityAverage",
    "Recommendation",
    "candidate_names",
    "fit_named",
    "recommend",
]


def __getattr__(name: str) -> Any:
    if name == "Situations":
        warnings.warn("Situations is called DataSummary now.", DeprecationWarning, stacklevel=outside())
        return DataSummary
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
