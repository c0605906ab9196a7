"""Findings that a recommendation rests on, as values; `semigen.recommendation.text` makes sentences of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.model_selection.more_labels import MoreLabels

# The names that are not used here are where pickles of version 0.1.0 look for them.
from semigen.recommendation.verdict import Caution as Caution
from semigen.recommendation.verdict import Decision as Decision
from semigen.recommendation.verdict import Ground as Ground
from semigen.recommendation.verdict import Reference
from semigen.recommendation.verdict import Unmeasured as Unmeasured
from semigen.recommendation.verdict import Verdict as Verdict


class Status(StrEnum):
    """What became of a candidate."""

    RACING = "racing"  # not at the end, where it is RACED or NOT_MEASURED
    RACED = "raced"  # compared to the end
    DROPPED_EARLY = "dropped early"
    NOT_MEASURED = "not measured"
    NO_TIME = "no time"
    FAILED = "failed"


@dataclass(frozen=True)
class Calibration:
    """How sure a candidate was of the held-out rows, and how often it was right.

    Attributes
    ----------
    name : str
        Of the candidate.
    confidence : float
        Mean probability of the predicted class.
    accuracy : float
    lower, upper : float
        Ends of a 95 % interval of `accuracy`.
    n_rows : int
    sure, right : array of shape (n_rows,)
        The same of each row, as means over the rounds in which it was held out.
    """

    name: str
    confidence: float
    accuracy: float
    lower: float
    upper: float
    n_rows: int
    sure: NDArray[np.float64] = field(default_factory=lambda: np.empty(0), repr=False, compare=False)
    right: NDArray[np.float64] = field(default_factory=lambda: np.empty(0), repr=False, compare=False)

    @property
    def fair(self) -> bool:
        """Whether it was as sure as it was right, as far as these rows tell."""
        return self.lower <= self.confidence <= self.upper


@dataclass(frozen=True)
class Misspecification:
    """Signs that the classes are no Gaussian clouds, from a mixture on held-out rows.

    Attributes
    ----------
    inside : mapping of class to (int, int)
        Held-out rows in the ellipse of their class that should hold half of them, and how many were held out.
    suspicious : tuple
        The classes of which so many more or fewer than half lie inside that chance does not explain it.
    density_gain : float
        What unlabelled rows add to the mean log-density of a held-out row.
    error_gain : float
        What they take off the error; below zero they do harm.
    harm_is_proved : bool
        Whether they make more errors than chance explains.
    """

    inside: Mapping[Any, tuple[int, int]]
    suspicious: tuple[Any, ...]
    density_gain: float
    error_gain: float
    harm_is_proved: bool = False


# Labels of the class that has the fewest: below the first they are few, from the second on many.
FEW_LABELS, MANY_LABELS = 10, 50


class Amount(StrEnum):
    """How many labels there are of the class that has the fewest."""

    FEW = "few"
    MODERATE = "moderate"
    MANY = "many"

    @classmethod
    def of(cls, fewest: int) -> Amount:
        """Return how many so many labels are."""
        return cls.FEW if fewest < FEW_LABELS else cls.MODERATE if fewest < MANY_LABELS else cls.MANY


@dataclass(frozen=True)
class Average:
    """What the chosen classifier averages; `stacked` weights are those before any evidence."""

    name: str
    weights: Mapping[str, float]
    stacked: bool = False


@dataclass(frozen=True)
class HeldOutLabels:
    """The labels that candidates were measured by."""

    n_rows: int
    n_rounds: int
    n_similar: float


@dataclass(frozen=True)
class Copies:
    """Labelled rows that are copies of others."""

    n_rows: int


@dataclass(frozen=True)
class Groups:
    """Groups that were held out as a whole."""

    number: int


@dataclass(frozen=True)
class Sample:
    """Candidates were compared on part of the rows."""

    n_rows: int
    of: int


@dataclass(frozen=True)
class SingleLabels:
    """Classes with one label, which is never held out."""

    classes: tuple[str, ...]


@dataclass(frozen=True)
class NoUnlabeledRows:
    """There is nothing to learn from but labels."""


@dataclass(frozen=True)
class Remark:
    """What was said of the columns when they were read."""

    sentence: str


@dataclass(frozen=True)
class LowerError:
    """A candidate with fewer errors on held-out rows than the chosen one.

    Attributes
    ----------
    other : Reference
    chosen : str
    chosen_error : float
    n_held_out : int
    """

    other: Reference
    chosen: str
    chosen_error: float
    n_held_out: int


@dataclass(frozen=True)
class Failures:
    """Candidates that failed."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class OutOfTime:
    """Candidates that the time did not suffice for.

    Attributes
    ----------
    names : tuple of str
        The one that needs the least besides is the first.
    budget, budget_for_all : float
        With which the first of them, and all of them, would have been measured.
    """

    names: tuple[str, ...]
    budget: float
    budget_for_all: float


@dataclass(frozen=True)
class Labels:
    """Labels of the class with the fewest and with the most, and whether the chosen one learns from other rows too."""

    fewest: int
    most: int
    amount: Amount
    unlabeled_chosen: bool = False


@dataclass(frozen=True)
class Columns:
    """Columns as candidates see them, beside rows."""

    n_columns: int
    n_rows: int
    n_labeled: int


@dataclass(frozen=True)
class Clouds:
    """Whether classes look Gaussian; `found` is None where that was not measured."""

    found: Misspecification | None
    incomplete: bool


@dataclass(frozen=True)
class Sureness:
    """How sure the chosen classifier was of held-out rows, beside how often it was right; None if not measured."""

    found: Calibration | None


@dataclass(frozen=True)
class Gaps:
    """Cells without a value."""

    n_missing: int
    n_cells: int


@dataclass(frozen=True)
class NextStep:
    """What would change the choice, or make it surer.

    Attributes
    ----------
    more_labels : bool
    rarest : tuple of str
        Classes of which labels are needed most.
    late : OutOfTime or None
        Candidates that more time would let compare.
    measured : MoreLabels or None
        Whether more labels lower the error of the chosen classifier; None where no label curve was measured.
    """

    more_labels: bool
    rarest: tuple[str, ...] = ()
    late: OutOfTime | None = None
    measured: MoreLabels | None = None


Finding = (
    Average
    | HeldOutLabels
    | Copies
    | Groups
    | Sample
    | SingleLabels
    | NoUnlabeledRows
    | Remark
    | LowerError
    | Failures
    | OutOfTime
    | Labels
    | Columns
    | Clouds
    | Sureness
    | Gaps
    | NextStep
)
