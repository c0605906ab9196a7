"""Whether more labels would lower an error: what the last doubling of the labels did in a label curve."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.special import stdtrit

from semigen.model_selection.label_curves import LabelCurve
from semigen.model_selection.paired_test import CHANCE

# With fewer draws of labels their differences do not show how much of a fall is chance.
FEWEST_DRAWS = 3
# A fall in error that is not worth twice as many labels.
WORTH_LABELLING = 0.02


class Help(StrEnum):
    """Whether more labels would lower the error."""

    YES = "the error fell by more than chance explains"
    NO = "the error fell by too little to be worth the labels"
    CANNOT_TELL = "chance may explain the fall, or hide one"


@dataclass(frozen=True)
class MoreLabels:
    """Whether more labels would help, and what that is read off.

    Attributes
    ----------
    help : Help
    name : str
        Of the classifier.
    few, many : int
        Numbers of labels that were compared: half of the most, or the number next to it, and the most.
    error_few, error_many : float
        Mean errors with them, over the draws in which neither fit failed.
    by_chance : float
        The largest difference between the two that chance explains; infinite for fewer than `FEWEST_DRAWS` draws.
    n_draws : int
        Draws of labels in which neither fit failed.
    """

    help: Help
    name: str
    few: int
    many: int
    error_few: float
    error_many: float
    by_chance: float
    n_draws: int

    @property
    def fall(self) -> float:
        """By how much the error with more labels is lower."""
        return self.error_few - self.error_many


def would_more_labels_help(curve: LabelCurve, name: str) -> MoreLabels | None:
    """Return whether more labels would lower the error of a classifier; None for a curve of a single number of labels.

    The errors with the most labels and with half as many are compared draw by draw. Draws share rows, so the variance
    of the mean fall is the variance over draws times 1/draws + test rows/training rows (C. Nadeau, Y. Bengio,
    "Inference for the generalization error", Machine Learning 52, 2003), and chance explains a one-sided t quantile of
    it. It explains at least what may hide where nothing was seen in so many rows: three of them (the rule of three).

    Parameters
    ----------
    curve : LabelCurve
    name : str
        Of the classifier, one of the curve's.
    """
    if len(curve.sizes) < 2:
        return None
    many = int(curve.sizes[-1])
    of_few = int(np.argmin(np.abs(np.log(2 * curve.sizes[:-1] / many))))
    before, after = curve.errors[curve.names.index(name)][[of_few, -1]]
    done = np.isfinite(before) & np.isfinite(after)
    n_draws = int(done.sum())
    if not n_draws:
        return None
    falls = before[done] - after[done]
    by_chance = np.inf
    if n_draws >= FEWEST_DRAWS:
        variance = float(falls.var(ddof=1)) * (1 / n_draws + curve.n_test / many)
        hidden = 3 / min(n_draws * curve.n_test, curve.n_test + many)
        by_chance = max(float(stdtrit(n_draws - 1, 1 - CHANCE)) * variance**0.5, hidden)
    fall = float(falls.mean())
    answer = Help.CANNOT_TELL
    if fall > by_chance:
        answer = Help.YES
    elif fall + by_chance < WORTH_LABELLING:
        answer = Help.NO
    errors = float(before[done].mean()), float(after[done].mean())
    return MoreLabels(answer, name, int(curve.sizes[of_few]), many, *errors, by_chance, n_draws)
