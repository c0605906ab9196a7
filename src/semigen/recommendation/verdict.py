"""The verdict of a recommendation, as values: what to do, how wrong it will be, and compared with what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from semigen.model_selection.more_labels import MoreLabels


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
    NOT_WORTH_IT = "the other learns from unlabelled rows, which is not expected to lower the error"

    @classmethod
    def _missing_(cls, value: object) -> Ground | None:
        """Read what version 0.1.0 called `NOT_WORTH_IT`, in its pickles."""
        return cls.NOT_WORTH_IT if value == "as good, and simpler" else None


class Caution(StrEnum):
    """Why labels of the chosen classifier are not to be used unchecked."""

    NOT_PROVED = "chance may explain that it is better than guessing"
    MANY_ERRORS = "a quarter of its labels or more are wrong"


# With two classes of the same size this is half-way between labels that are all right and labels drawn at random.
MANY_ERRORS = 0.25


@dataclass(frozen=True)
class Reference:
    """Another classifier, and why the chosen one is preferred to it.

    Attributes
    ----------
    name : str
    error : float
    ground : Ground
    elsewhere : float
        By how much the error of the chosen one is lower on tables like this one, on average.
    n_similar : float
        How many of these there are.
    by_chance : float or None
        The largest difference between the two errors that chance explains; None if it is not known.
    """

    name: str
    error: float
    ground: Ground
    elsewhere: float = 0.0
    n_similar: float = 0.0
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
    n_unlabeled, n_held_out : int
        Rows without a label, and rows whose labels were hidden to measure the error.
    unknown : tuple of str
        Classifiers that learn from unlabelled rows and could not be measured.
    unmeasured : Unmeasured or None
        Why nothing could be measured.
    more_labels : MoreLabels or None
        Whether more labels would lower the error; None where no label curve was measured.
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
    n_held_out: int = 1
    unknown: tuple[str, ...] = ()
    unmeasured: Unmeasured | None = None
    more_labels: MoreLabels | None = None

    @property
    def caution(self) -> Caution | None:
        """Why labels of the chosen classifier are to be checked; None also where nothing of it is recommended."""
        if self.decision in (Decision.UNRELIABLE, Decision.UNMEASURED):
            return None
        if self.upper >= self.guessing:
            return Caution.NOT_PROVED
        return Caution.MANY_ERRORS if self.error >= MANY_ERRORS else None

    @property
    def is_to_be_checked(self) -> bool:
        """Whether every predicted label is to be checked before it is used."""
        return self.caution is not None or self.decision in (Decision.UNRELIABLE, Decision.UNMEASURED)

    @property
    def n_wrong(self) -> tuple[int, int, int]:
        """Predicted labels that are likely wrong, and at least and at most so many as far as held-out rows tell."""
        n = self.n_unlabeled
        return round(self.error * n), int(np.floor(self.lower * n)), int(np.ceil(self.upper * n))
