"""Findings that a recommendation rests on, as values; `semigen.recommendation.text` makes sentences of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


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
    """

    name: str
    confidence: float
    accuracy: float
    lower: float
    upper: float
    n_rows: int

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
    """

    inside: Mapping[Any, tuple[int, int]]
    suspicious: tuple[Any, ...]
    density_gain: float
    error_gain: float


class Decision(StrEnum):
    """What to do."""

    ALL_ROWS = "use a classifier that learns from unlabelled rows too"
    LABELS_ALONE = "use one that learns from the labelled rows alone"
    UNRELIABLE = "rely on none: the best is no better than guessing"
    UNMEASURED = "nothing could be measured"


class Ground(StrEnum):
    """Why the chosen classifier is preferred to the one that it is compared with."""

    SHOWN = "held-out labels show fewer errors, beyond chance"
    FEWER = "fewer errors, which may be chance"
    KNOWN = "fewer errors on similar tables"
    PROBABILITIES = "better probabilities"
    SIMPLER = "as good, and simpler"


class Caution(StrEnum):
    """Why labels of the chosen classifier are not to be used unchecked."""

    NOT_PROVED = "chance may explain that it is better than guessing"
    MANY_ERRORS = "a quarter of its labels or more are wrong"


# With two classes of the same size this is half-way between labels that are all right and labels drawn at random.
MANY_ERRORS = 0.25


@dataclass(frozen=True)
class Reference:
    """The classifier that the chosen one is compared with in the verdict.

    Attributes
    ----------
    name : str
    error : float
    ground : Ground
    elsewhere : float
        By how much the error of the chosen one is expected to be lower, from tables like this one.
    by_chance : float or None
        The largest difference between the two errors that chance explains; None if it is not known.
    """

    name: str
    error: float
    ground: Ground
    elsewhere: float = 0.0
    by_chance: float | None = None


@dataclass(frozen=True)
class Unmeasured:
    """Why the chosen classifier could not be measured.

    Attributes
    ----------
    budget : float
        In which nothing could be compared; zero where no label could be held out.
    more_seconds, needed : float
        What the chosen one needs besides, and the budget with which it would be measured.
    """

    budget: float = 0.0
    more_seconds: float = 0.0
    needed: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """What to do, and how wrong it will be.

    Attributes
    ----------
    decision : Decision
    chosen : str
    error, lower, upper : float
        Share of the held-out rows that the chosen one misclassified, and the ends of its 95 % interval.
    frequent : str
        The most frequent class.
    guessing : float
        Error of always guessing it.
    reference : Reference or None
        The best on the labels alone; where the chosen one is of that kind, the best of the others.
    n_unlabeled : int
    unknown : tuple of str
        Classifiers that learn from unlabelled rows and could not be measured.
    unmeasured : Unmeasured or None
        Why nothing could be measured.
    """

    decision: Decision
    chosen: str
    error: float
    lower: float
    upper: float
    frequent: str
    guessing: float
    reference: Reference | None = None
    n_unlabeled: int = 1
    unknown: tuple[str, ...] = ()
    unmeasured: Unmeasured | None = None

    @property
    def caution(self) -> Caution | None:
        """Why labels of the chosen classifier are to be checked; None also where nothing of it is recommended."""
        if self.decision in (Decision.UNRELIABLE, Decision.UNMEASURED):
            return None
        if self.upper >= self.guessing:
            return Caution.NOT_PROVED
        return Caution.MANY_ERRORS if self.error >= MANY_ERRORS else None


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
    """What the chosen classifier averages."""

    name: str
    weights: Mapping[str, float]


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
    """The candidate with the lowest error on held-out rows, where another was chosen.

    Attributes
    ----------
    name : str
    error : float
    chosen : str
    chosen_error : float
    ground : Ground
        Why the other was chosen: KNOWN, PROBABILITIES or SIMPLER; FEWER if it is not known.
    elsewhere : float
        By how much the error of the chosen one is expected to be lower, from tables like this one.
    by_chance : float or None
        The largest difference between the two errors that chance explains; None if it is not known.
    """

    name: str
    error: float
    chosen: str
    chosen_error: float
    ground: Ground = Ground.FEWER
    elsewhere: float = 0.0
    by_chance: float | None = None


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
    seconds : float
        That the first of them needs besides.
    budget : float
        With which it would have been measured.
    """

    names: tuple[str, ...]
    seconds: float
    budget: float


@dataclass(frozen=True)
class Labels:
    """Labels of the class with the fewest and of that with the most."""

    fewest: int
    most: int
    amount: Amount


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
    budget : float
        With which candidates that had no time would be compared; zero if there are none.
    """

    more_labels: bool
    rarest: tuple[str, ...] = ()
    budget: float = 0.0


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
