"""What held-out rows say for each candidate, weighed against what was known of it before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

# How far the error of a candidate lies from what is expected beforehand: mostly this near, and in a share of cases so
# far that nothing was known. And how many times as uncertain held-out rows are as rows drawn afresh: they share folds,
# and what they judge was taught by fewer labels. Chosen, with the handicaps of the candidates, by the regret on fifteen
# tables with 3 and 10 labels a class, and six with 30, on splits (seeds 0 to 3) that no reported figure uses; each
# table was judged with the handicaps that the others gave. A normal prior did as well only where so narrow that much
# evidence moved it little.
NEAR_SD = 0.01
FAR_SD = 0.10
FAR_SHARE = 0.1
INFLATION = 6.0
# Standard deviation of what one row tells, before any was seen; it counts as this many rows.
_ROW_SD = 0.2
_ROWS_BEFORE = 10
# A gain in error below this is not worth another classifier than the simple one.
WORTH_IT = 0.005
# A candidate behind the leader by so many standard deviations is behind beyond doubt.
_BEYOND_DOUBT = 2.0

_LEVEL = 0.95
_STEPS = 50


@dataclass(frozen=True)
class Standing:
    """Expected errors of candidates, relative to each other, and how uncertain they are.

    Attributes
    ----------
    error : array of shape (candidates,)
        Up to a number that all candidates share.
    variance : array of shape (candidates,)
    """

    error: NDArray[np.float64]
    variance: NDArray[np.float64]

    def gain(self, over: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """By how much each error is expected to be below that of one candidate, and the standard deviation of that."""
        sd = np.sqrt(self.variance + self.variance[over])
        sd[over] = 0.0
        return self.error[over] - self.error, sd


def expected_errors(losses: Sequence[NDArray[np.float64] | None], handicap: NDArray[np.float64]) -> Standing:
    """What to expect of the candidates' errors, from their losses and their handicaps.

    The error of candidate c is a level that all share + handicap_c + delta_c, and its mean held-out loss is that +
    noise ~ N(0, s_c^2). delta_c has a prior with long tails, N(0, NEAR_SD^2) mixed with N(0, FAR_SD^2): small
    differences are put down to noise, and large ones believed. The level has a flat prior; it is the most likely one,
    found by EM. s_c^2 comes from what is left of a candidate's losses, row by row, when the mean of the row and its own
    mean are taken off: candidates are compared on the same rows, so what makes a row hard for all tells nothing.

    Parameters
    ----------
    losses : sequence of arrays of shape (rows,), or None
        None for a candidate without evidence, of which the prior is all there is.
    handicap : array of shape (candidates,)
    """
    error = handicap.copy()
    variance = np.full(len(handicap), (1 - FAR_SHARE) * NEAR_SD**2 + FAR_SHARE * FAR_SD**2)
    seen = np.array([i for i, loss in enumerate(losses) if loss is not None and len(loss)], dtype=int)
    if not len(seen):
        return Standing(error, variance)
    table = np.stack([loss for loss in losses if loss is not None and len(loss)])
    noise = _noise(table)
    off = table.mean(axis=1) - handicap[seen]
    total = np.stack([NEAR_SD**2 + noise, FAR_SD**2 + noise])
    share = np.array([1 - FAR_SHARE, FAR_SHARE])[:, None]
    level = float(np.average(off, weights=1 / total[0]))
    for _ in range(_STEPS):
        logarithm = np.log(share / np.sqrt(total)) - (off - level) ** 2 / (2 * total)
        of_kind = np.exp(logarithm - logarithm.max(axis=0))
        of_kind /= of_kind.sum(axis=0)
        level = float(np.average(off, weights=(of_kind / total).sum(axis=0)))
    trust = np.array([[NEAR_SD**2], [FAR_SD**2]]) / total
    mean = trust * (off - level)
    delta = (of_kind * mean).sum(axis=0)
    error[seen] += delta
    variance[seen] = (of_kind * (trust * noise + (mean - delta) ** 2)).sum(axis=0)
    return Standing(error, variance)


def _noise(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Variance of the mean of each row of a table of shape (candidates, held-out rows), beside the others."""
    n_rows = table.shape[1]
    left = table - table.mean(axis=0) - table.mean(axis=1, keepdims=True) + table.mean()
    of_row = (_ROWS_BEFORE * _ROW_SD**2 + (left**2).sum(axis=1)) / (_ROWS_BEFORE + n_rows - 1)
    noise: NDArray[np.float64] = INFLATION * of_row / n_rows
    return noise


def are_told_apart(one: NDArray[np.float64], other: NDArray[np.float64], n_folds: int) -> bool:
    """Whether held-out rows show that errors differ: their mean difference is beyond two standard deviations.

    These are widened as Nadeau and Bengio do (see `interval`), as folds share training rows.
    """
    difference = one - other
    widened = (1 / n_folds + 1 / max(n_folds - 1, 1)) * n_folds
    sd = np.sqrt(widened * difference.var() / len(difference))
    return bool(abs(difference.mean()) > _BEYOND_DOUBT * sd)


def still_racing(losses: Sequence[NDArray[np.float64]], handicap: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which candidates go on: the better half, unless behind beyond doubt.

    Halving after each round is K. Jamieson and A. Talwalkar, "Non-stochastic best arm identification and
    hyperparameter optimization", AISTATS 2016.
    """
    standing = expected_errors(losses, handicap)
    order = np.argsort(standing.error, kind="stable")
    gain, sd = standing.gain(int(order[0]))
    stays = gain > -_BEYOND_DOUBT * np.maximum(sd, 1e-12)
    stays[order[max(-(-len(order) // 2), 2) :]] = False
    stays[order[0]] = True
    return stays


def interval(error: float, n_rows: int, n_rounds: int, n_folds: int) -> tuple[float, float]:
    """A 95 % interval of an error rate from repeated cross-validation.

    Estimates from folds that share training rows are correlated: the variance of their mean is (1 / J + n2 / n1) times
    that of a fold, with J folds in all, n2 test and n1 training rows (C. Nadeau and Y. Bengio, "Inference for the
    generalization error", Machine Learning 52, 2003). That is the variance of as many independent rows as are put into
    E. Wilson's interval (JASA 22, 1927), which is no point if nothing was misclassified.
    """
    if n_rows == 0:
        return np.nan, np.nan
    tested = n_rows / n_folds
    rows = tested / (1 / (n_folds * n_rounds) + tested / max(n_rows - tested, 1e-12))
    z = float(ndtri(0.5 + _LEVEL / 2))
    centre = (error + z**2 / (2 * rows)) / (1 + z**2 / rows)
    half = z / (1 + z**2 / rows) * np.sqrt(error * (1 - error) / rows + z**2 / (4 * rows**2))
    # The ends are 0 and 1 for errors of 0 and 1, but for rounding.
    return min(max(0.0, float(centre - half)), error), max(min(1.0, float(centre + half)), error)
