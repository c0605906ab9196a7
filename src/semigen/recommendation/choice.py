"""Statistics of the choice: losses on held-out rows, weighed against what was known of candidates before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from semigen.recommendation.other_tables import Prior

# How many times as uncertain held-out rows are as rows drawn afresh: they share folds, and the fits that they test saw
# fewer labels. And how much wider than the prior the errors of a table unlike all others lie, and how often that
# happens. Chosen by the regret on tables of all kinds, each judged by what the others say of candidates
# (bench.accuracy.prior), on draws of labels that no reported figure uses.
INFLATION = 6.0
WIDER = 3.0
SHARE_OF_WIDER = 0.1
# Standard deviation of what one row tells, before any was seen; it counts as this many rows.
_ROW_SD = 0.2
_ROWS_BEFORE = 30
# A gain in error below this is not worth another classifier than the simple one.
WORTH_IT = 0.005
# A candidate behind the leader by so many standard deviations is behind beyond doubt.
_BEYOND_DOUBT = 2.0
# Levels of the test by which a candidate is passed over, and of the one by which two are told apart on either side.
_CHANCE = 0.05
EITHER_SIDE = _CHANCE / 2

_LEVEL = 0.95


@dataclass(frozen=True)
class Standing:
    """Expected errors of candidates, relative to each other, and how uncertain they are.

    Attributes
    ----------
    error : array of shape (candidates,)
        Up to a number that all candidates share.
    covariance : array of shape (candidates, candidates)
    """

    error: NDArray[np.float64]
    covariance: NDArray[np.float64]

    def gain(self, over: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return by how much each error is expected to be below that of one, and the standard deviation of that."""
        variance = self.covariance.diagonal()
        of_difference = variance + variance[over] - 2 * self.covariance[over]
        return self.error[over] - self.error, np.sqrt(np.maximum(of_difference, 0.0))


def expected_errors(losses: Sequence[NDArray[np.float64] | None], prior: Prior) -> Standing:
    """Return what to expect of candidates' errors, from their losses on held-out rows and from other tables.

    Errors are a level that all share, plus N(m, S) of the prior; what held-out rows show is that plus noise
    N(0, N), with N from how the losses vary over the rows. Conditioning on it gives the expectation, also for
    candidates without evidence, as those that resemble them have some. The level has a flat prior. A table may be
    unlike all others: with probability `SHARE_OF_WIDER` S is `WIDER`^2 times as large, and the evidence says how
    probable that is.

    Parameters
    ----------
    losses : sequence of arrays of shape (rows,), or None
        None for a candidate without evidence.
    prior : Prior
    """
    seen = np.array([i for i, loss in enumerate(losses) if loss is not None and len(loss)], dtype=int)
    if not len(seen):
        return Standing(prior.mean.copy(), prior.covariance.copy())
    table = np.stack([loss for loss in losses if loss is not None and len(loss)])
    noise = _noise(table)
    off = table.mean(axis=1) - prior.mean[seen]
    found = [_conditioned(prior, scale**2 * prior.covariance, noise, off, seen) for scale in (1.0, WIDER)]
    logarithms = np.log([1 - SHARE_OF_WIDER, SHARE_OF_WIDER]) + [each[2] for each in found]
    share = np.exp(logarithms - logarithms.max())
    share /= share.sum()
    error = share @ [each[0] for each in found]
    covariance = sum(
        weight * (each[1] + np.outer(each[0] - error, each[0] - error))
        for weight, each in zip(share, found, strict=True)
    )
    return Standing(error, np.asarray(covariance))


def _conditioned(
    prior: Prior,
    covariance: NDArray[np.float64],
    noise: NDArray[np.float64],
    off: NDArray[np.float64],
    seen: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return mean, covariance and log-evidence of errors, given those of some that held-out rows show."""
    total = covariance[np.ix_(seen, seen)] + noise
    inverse = np.linalg.inv(total)
    # A level with a flat prior takes its direction, that of all ones, out of what the evidence says.
    weights = inverse.sum(axis=1)
    precision = inverse - np.outer(weights, weights) / weights.sum()
    gain = covariance[:, seen] @ precision
    log_evidence = -0.5 * (np.linalg.slogdet(total)[1] + np.log(weights.sum()) + off @ precision @ off)
    return prior.mean + gain @ off, covariance - gain @ covariance[seen], float(log_evidence)


def _noise(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the covariance of the means of the rows of a table of shape (candidates, held-out rows)."""
    n_candidates, n_rows = table.shape
    # What makes a row hard for all candidates says nothing about their differences.
    left = table - table.mean(axis=0)
    left -= left.mean(axis=1, keepdims=True)
    before = _ROWS_BEFORE * _ROW_SD**2 * np.eye(n_candidates)
    of_row = (before + left @ left.T) / (_ROWS_BEFORE + n_rows - 1)
    noise: NDArray[np.float64] = INFLATION * of_row / n_rows
    return noise


def are_told_apart(one: NDArray[np.float64], other: NDArray[np.float64], n_folds: int) -> bool:
    """Return whether held-out rows show that errors differ: two-sided, by the test of `is_worse`."""
    return is_worse(one, other, n_folds, EITHER_SIDE) or is_worse(other, one, n_folds, EITHER_SIDE)


def is_worse(one: NDArray[np.float64], other: NDArray[np.float64], n_folds: int, chance: float = _CHANCE) -> bool:
    """Return whether one loss is above the other by more than chance explains."""
    difference = float((one - other).mean()) if len(one) else 0.0
    return difference > 0 and difference > explained_by_chance(one, other, n_folds, chance)


def explained_by_chance(
    one: NDArray[np.float64], other: NDArray[np.float64], n_folds: int, chance: float = _CHANCE
) -> float:
    """Return the largest difference between two mean losses that chance explains; infinity for a single row.

    The critical value of a paired one-sided t test over the held-out rows; its variance is corrected for folds that
    share training rows, as in `interval` (C. Nadeau and Y. Bengio, "Inference for the generalization error", Machine
    Learning 52, 2003).
    """
    n = len(one)
    if n < 2:
        return np.inf
    widened = 1 + n_folds / max(n_folds - 1, 1)
    sd = np.sqrt(widened * (one - other).var(ddof=1) / n)
    return float(stdtrit(n - 1, 1 - chance) * sd)


def still_racing(losses: Sequence[NDArray[np.float64]], prior: Prior) -> NDArray[np.bool_]:
    """Return which candidates go on: the better half, unless behind beyond doubt, and who has the least loss.

    Halving after each round is K. Jamieson and A. Talwalkar, "Non-stochastic best arm identification and
    hyperparameter optimization", AISTATS 2016.
    """
    standing = expected_errors(losses, prior)
    order = np.argsort(standing.error, kind="stable")
    gain, sd = standing.gain(int(order[0]))
    stays = gain > -_BEYOND_DOUBT * np.maximum(sd, 1e-12)
    stays[order[max(-(-len(order) // 2), 2) :]] = False
    stays[order[0]] = True
    # Whatever is known of other tables, the evidence of this one decides in the end.
    stays[int(np.argmin([loss.mean() for loss in losses]))] = True
    return stays


def interval(error: float, n_rows: int, n_rounds: int, n_folds: int) -> tuple[float, float]:
    """Return a 95 % interval of an error rate from repeated cross-validation.

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
