"""A paired test on held-out labels: a fit with unlabelled rows must beat the supervised one by more than chance.

A fit is only as good as its model, and neither a likelihood nor a bound on it tells whether predictions got better:
only labels that it has not seen do. Fits to folds must start afresh: soft labels or parameters of a fit to all labels
know the labels that are held out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from semigen.model_selection.log_losses import forgiving_log_losses

# One-sided: so often would a fit that is no better pass all the same. On ten splits of each of fifteen tables that no
# reported figure uses, 0.1 let three means of 135 rise by a point or more, 0.05 none; 0.025 lost a third of the gain.
CHANCE = 0.05
# Where a fit holds fewer of the labels for wrong, its log-loss is all that is tested.
LEAST_WRONG = 0.05
# With fewer rows not even a win on every one of them is more than chance: 0.5^4 > CHANCE.
LEAST_ROWS = 5
# Labelled rows are split into folds this many times, to average over which rows share a fold.
REPETITIONS = 2
FOLDS = 5
# The name of the fit without the unlabelled rows.
SUPERVISED = "supervised"


@dataclass(frozen=True)
class HeldOut:
    """Losses of one kind of fit on labelled rows that it had not seen.

    Attributes
    ----------
    log_loss : array of shape (repetitions, rows)
        Minus the log of the probability that it gave to the label, bounded. NaN where a row was not held out, or where
        the fit failed.
    doubt : array of shape (repetitions, rows)
        One less that probability: the expected error of an answer drawn from its probabilities.
    wrong : float
        Share of the labels that its log-loss takes for wrong.
    """

    log_loss: NDArray[np.float64]
    doubt: NDArray[np.float64]
    wrong: float = 0.0

    @classmethod
    def of(cls, of_label: NDArray[np.float64], n_classes: int, weights: NDArray[np.float64] | None = None) -> HeldOut:
        """Make one from the probabilities of the labels, of shape (repetitions, rows), and weights of the rows."""
        log_loss, wrong = forgiving_log_losses(of_label, n_classes, weights)
        return cls(log_loss, 1 - of_label, wrong)


@dataclass(frozen=True)
class Comparison:
    """The comparison of a contender with the supervised fit.

    Where labels look wrong, the doubt is tested as well as the log-loss. Its sum over the classes is the same for any
    probabilities, so that labels that are wrong at random make its differences smaller, but do not turn them round
    (A. Ghosh, H. Kumar, P. Sastry, "Robust loss functions under label noise for deep neural networks", AAAI 2017).

    Attributes
    ----------
    gain : float
        Mean fall of the log-loss of a held-out label; NaN if there is nothing to compare.
    needed : float
        The gain that chance alone exceeds with probability `CHANCE`.
    doubt_gain, doubt_needed : float
        The same of the doubt; infinite where no labels look wrong.
    n_rows : float
        Rows that were compared; of uneven weights, as many as carry the same information.
    """

    gain: float
    needed: float
    doubt_gain: float
    n_rows: float
    doubt_needed: float = np.inf

    @property
    def enough(self) -> bool:
        """Whether there were labels enough to compare anything."""
        return round(self.n_rows, 6) >= LEAST_ROWS

    @property
    def favours(self) -> bool:
        """Whether the contender is to be preferred.

        One of log-loss and doubt must be lower beyond chance, and the other lower too, so that a contender does not win
        merely by being less sure of everything, or surer.
        """
        surely = self.gain > self.needed or self.doubt_gain > self.doubt_needed
        return self.enough and self.gain > 0 and self.doubt_gain > 0 and surely

    def explanation(self) -> str:
        """Return the reason for `favours`, as a clause."""
        if not self.enough:
            return f"{self.n_rows:.3g} labels held out are too few to compare (at least {LEAST_ROWS})"
        if not np.isfinite(self.gain):
            return "it failed without the labels held out"
        change = "fell" if self.gain >= 0 else "rose"
        log_loss = f"the log-loss of labels held out {change} by {abs(self.gain):.2g}"
        if self.favours and self.gain > self.needed:
            return f"{log_loss}, more than the {self.needed:.2g} that chance would explain"
        if self.favours:
            return (
                f"{log_loss}, and their mean probability rose by {self.doubt_gain:.2g}, more than the "
                f"{self.doubt_needed:.2g} that chance would explain"
            )
        if self.gain <= 0:
            return log_loss
        if self.gain <= self.needed:
            return f"{log_loss}, which chance would explain (up to {self.needed:.2g})"
        return f"{log_loss}, but their mean probability did not rise"


@dataclass(frozen=True)
class Choice:
    """Which fit is kept, and the evidence on every contender that was tested."""

    kept: str
    evidence: Mapping[str, Comparison]

    def explanation(self, noun: str = "fit") -> str:
        """Return what was kept and why, in words; what is kept is called `noun`."""
        names = sorted(self.evidence, key=lambda name: name != self.kept)
        reasons = "; ".join(f"{name}: {self.evidence[name].explanation()}" for name in names)
        return f"Kept the {self.kept} {noun}." + (f" {reasons}." if reasons else "")


def compare(supervised: HeldOut, contender: HeldOut, weights: NDArray[np.float64] | None = None) -> Comparison:
    """Compare losses row by row: a paired one-sided t test on the log-loss, and one on the doubt if labels look wrong.

    Repetitions are averaged first, so that a row counts once however often it was held out. With weights the number of
    rows is (sum w)^2 / sum w^2 (L. Kish, "Survey sampling", 1965): repeating a row does not add evidence.

    Parameters
    ----------
    supervised, contender : HeldOut
        With the same rows held out.
    weights : array of shape (rows,), optional
    """
    counts = np.ones(supervised.log_loss.shape[1]) if weights is None else weights / weights.max(initial=1e-300)
    kept = np.isfinite(supervised.log_loss).all(axis=0) & (counts > 0)
    if not kept.any():
        return Comparison(np.nan, np.nan, np.nan, 0.0)
    total = counts[kept].sum()
    share = counts[kept] / total
    n_rows = float(total**2 / (counts[kept] ** 2).sum())
    gain, needed = _gain((supervised.log_loss - contender.log_loss)[:, kept].mean(axis=0), share, n_rows)
    doubt_gain, doubt_needed = _gain((supervised.doubt - contender.doubt)[:, kept].mean(axis=0), share, n_rows)
    if contender.wrong < LEAST_WRONG:
        doubt_needed = np.inf
    return Comparison(gain, needed, doubt_gain, n_rows, doubt_needed)


def _gain(gains: NDArray[np.float64], share: NDArray[np.float64], n_rows: float) -> tuple[float, float]:
    """Return the mean of the gains, and what chance alone exceeds with probability `CHANCE`."""
    gain = float(share @ gains)
    if n_rows <= 1:
        return gain, np.inf
    variance = float(share @ (gains - gain) ** 2) / (n_rows - 1)
    return gain, float(stdtrit(n_rows - 1, 1 - CHANCE)) * variance**0.5


def choose(evidence: Mapping[str, Comparison]) -> Choice:
    """Keep the first contender that the evidence favours, or else the supervised fit.

    Parameters
    ----------
    evidence : mapping
        Comparison by the name of the contender, the one that makes most of the unlabelled rows first.
    """
    favoured = (name for name, each in evidence.items() if each.favours)
    kept = next(favoured, SUPERVISED)
    before = list(evidence).index(kept) + 1 if kept in evidence else len(evidence)
    return Choice(kept, dict(list(evidence.items())[:before]))
