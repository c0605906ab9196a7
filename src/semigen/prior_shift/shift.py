"""What is known of a shift of class probabilities, whether predictions go by it, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.persistence.pickled import VersionedPart
from semigen.prior_shift.estimate import estimate_prior, mixing_test

Array = NDArray[np.float64]

# The level of tests. With ten labels a class, corrections of logistic regression cost 0.7 points on average of thirteen
# tables of bench.accuracy.prior_shift (seeds 0 to 7; reports begin with 100), and 0.1 where the tests on labels decide.
_LEVEL = 0.05
# Class probabilities of a larger standard error are not used.
_MOST_ERROR = 0.1


class Outcome(Enum):
    """Whether predictions go by the estimated class probabilities, or why not."""

    ADAPTED = "adapted"
    NO_ROWS = "no rows"
    TOO_FEW_LABELS = "too few labels"
    NO_EVIDENCE = "no evidence"
    TOO_UNSURE = "too unsure"
    REFUTED = "refuted"


@dataclass(frozen=True, eq=False)
class PriorShift(VersionedPart):
    """Class probabilities of new rows beside those in training; prints as sentences.

    Attributes
    ----------
    classes : tuple
    before, estimate : arrays of shape (classes,)
        In training, and of the new rows.
    standard_error : array of shape (classes,)
        Of the estimate; infinite where the rows do not tell classes apart.
    p_value : float
        Of the likelihood-ratio test against class probabilities as in training.
    n_rows : int
        New rows.
    no_shift_p_value, mixing_p_value : float or None
        Of the tests that the new rows are the classes as labels held out show them, mixed as before, and mixed by the
        estimate; None if no such test was made.
    outcome : Outcome
    """

    classes: tuple[Any, ...]
    before: Array
    estimate: Array
    standard_error: Array
    p_value: float
    n_rows: int
    no_shift_p_value: float | None
    mixing_p_value: float | None
    outcome: Outcome

    @property
    def after(self) -> Array:
        """The class probabilities that predictions go by."""
        return self.estimate if self.outcome is Outcome.ADAPTED else self.before

    def __str__(self) -> str:
        if self.outcome is Outcome.NO_ROWS:
            return "No row says how frequent the classes are: predictions go by the class probabilities in training."
        each = zip(self.classes, self.estimate, self.standard_error, self.before, strict=True)
        shown = ", ".join(f"{name!r} {new:.2f} ± {error:.2f} (before {old:.2f})" for name, new, error, old in each)
        return f"Class probabilities of {self.n_rows:,} rows: {shown}. {self._why()}"

    def _why(self) -> str:
        kept = "predictions go by those before."
        if self.outcome is Outcome.TOO_UNSURE:
            return (
                f"The classes overlap too much, or the rows are too few (a standard error is more than {_MOST_ERROR}): "
                f"{kept}"
            )
        if self.outcome is Outcome.TOO_FEW_LABELS:
            return f"Too few labels can be held out to check them: {kept}"
        if self.outcome is Outcome.NO_EVIDENCE:
            p_value = max(self.p_value, self.no_shift_p_value or 0.0)
            return f"Chance explains the difference ({_p(p_value)}): {kept}"
        if self.outcome is Outcome.REFUTED and self.mixing_p_value is not None:
            return (
                f"Labels held out refute that these rows are the classes in such shares ({_p(self.mixing_p_value)}): "
                "the classifier misjudges how sure it is, or more has changed than the frequency of classes; " + kept
            )
        checked = "no labels were held out to check it"
        if self.mixing_p_value is not None:
            checked = f"labels held out do not speak against it, {_p(self.mixing_p_value)}"
        return f"They have changed ({_p(self.p_value)}; {checked}): predictions go by the new ones."


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.2g}"


def shift_of(
    classes: tuple[Any, ...],
    posterior: Array,
    before: Array,
    held_out: tuple[Array, NDArray[np.int64]] | None,
) -> PriorShift:
    """Estimate the class probabilities of rows and judge whether to go by them.

    Parameters
    ----------
    classes : tuple
    posterior : array of shape (n, classes)
        Class probabilities of the rows, by a classifier that assumes the class probabilities `before`.
    before : array of shape (classes,)
    held_out : pair of arrays, of shape (labels, classes) and (labels,), or None
        Class probabilities of labelled rows by fits that had not seen them, and codes of their labels; None if no check
        is asked for.
    """
    if not len(posterior):
        unknown = np.full(len(before), np.inf)
        return PriorShift(classes, before, before, unknown, 1.0, 0, None, None, Outcome.NO_ROWS)
    found = estimate_prior(posterior, before)
    no_shift = mixing = None
    if held_out is not None:
        no_shift, mixing = (mixing_test(posterior, prior, *held_out) for prior in (before, found.prior))
    outcome = Outcome.ADAPTED
    if not found.standard_error.max() <= _MOST_ERROR:
        outcome = Outcome.TOO_UNSURE
    elif held_out is not None and mixing is None:
        outcome = Outcome.TOO_FEW_LABELS
    elif max(found.p_value, no_shift or 0.0) >= _LEVEL:
        outcome = Outcome.NO_EVIDENCE
    elif mixing is not None and mixing < _LEVEL:
        outcome = Outcome.REFUTED
    return PriorShift(
        classes, before, found.prior, found.standard_error, found.p_value, found.n_rows, no_shift, mixing, outcome
    )
