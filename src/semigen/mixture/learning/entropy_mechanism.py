"""Fits of a mixture together with a logistic model of which rows have a label, by the entropy of their classes.

The objective is that of EM plus sum_i w_i (m_i log q_i + (1 - m_i) log(1 - q_i)) plus the prior of xi
(`gaussian/label_entropy.py`); m_i is whether row i is unlabelled. The last part has no M step in closed form. But by
the chain rule its slope in log p(x_i, class k) is

    s_i (rho_ik - tau_ik),    s_i = w_i xi_1 (m_i - q_i),

with tau the class probabilities and rho the parts of the entropy that classes have. Both sum to one over classes, so
that the slope in the parameters is that of EM's expected log-likelihood for statistics with signed weights: passes over
rows that count |s_i| give them, for every family and with values that are missing. Limited-memory BFGS climbs the
objective, xi being at its best for each mixture, with EM's step as its first guess of curvature; a step that does not
raise the objective is halved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from semigen.labels import UNLABELED_CODE, UNSURE_CODE
from semigen.mixture.gaussian.class_weights import log_likelihood
from semigen.mixture.gaussian.gradient import from_vector, gradient, precondition, to_vector
from semigen.mixture.gaussian.label_entropy import (
    LogEntropy,
    log_entropy,
    log_likelihood_of_labels,
    log_prior,
    logistic_regression,
)
from semigen.mixture.gaussian.parameters import Parameters, SingularCovarianceError, Statistics
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.rows.arrays import ArrayPasses, ArrayRows
from semigen.mixture.rows.scoring import Scoring

Array = NDArray[np.float64]

# Moves that are remembered, halvings of a step, and the part of the promised gain that a step must keep.
_MOVES, _HALVINGS, _LEAST_GAIN = 10, 20, 1e-4


@dataclass(frozen=True)
class At:
    """Where the objective was computed, and the statistics whose slope is its own.

    Attributes
    ----------
    parameters : Parameters
    xi : array of shape (2,)
    objective : float
        Per unit weight.
    log_likelihood : float
        Of rows, labels and of which rows have one; without priors.
    statistics : Statistics
        Of the rows as EM sees them.
    signed : Statistics
        With the slope of the model of labels.
    """

    parameters: Parameters
    xi: Array
    objective: float
    log_likelihood: float
    statistics: Statistics
    signed: Statistics


class EntropyObjective:
    """The joint objective of a mixture and of which rows have a label, as a function of the mixture.

    Parameters
    ----------
    rows : ArrayRows
        In float64, of which some that count are unlabelled and some labelled.
    scaling : Scaling
    prior : MixturePrior
    threads : int
    known : array of shape (2,), optional
        xi, if it is known, for rows that count lambda where they are unlabelled; None estimates it for each mixture.
    """

    def __init__(
        self, rows: ArrayRows, scaling: Scaling, prior: MixturePrior, threads: int, known: Array | None = None
    ):
        self.prior, self.threads, self._known = prior, threads, known
        effective = rows.effective_weights()
        counting = np.flatnonzero(effective > 0)
        if len(counting) < len(effective):
            weights = None if rows.weights is None else rows.weights[counting]
            rows = replace(rows, X=rows.X[counting], codes=rows.codes[counting], weights=weights)
        self._rows, self._weights, self._scaling = rows, effective[counting], scaling
        self.unlabeled = (rows.codes == UNLABELED_CODE).astype(np.float64)
        self._passes = rows.passes(scaling, prior.class_first, threads, prune=False)
        self.total_weight = self._passes.total_weight
        part = float(self._weights @ self.unlabeled / self.total_weight)
        self.at_random = np.array([np.log(part / (1 - part)), 0.0])

    def __call__(self, parameters: Parameters, near: Array) -> At:
        """Return the objective at a mixture; `near` is where the search for xi begins."""
        statistics = self._passes.expectation(parameters)
        joint = self._log_joint(parameters)
        entropy = log_entropy(joint)
        xi = self._known
        if xi is None:
            xi = logistic_regression(entropy.value, self.unlabeled, self._weights, near)
        of_rows = log_likelihood(statistics, parameters, self.prior)
        found = of_rows + log_likelihood_of_labels(entropy.value, self.unlabeled, self._weights, xi)
        penalised = found + parameters.log_prior + (log_prior(xi) if self._known is None else 0.0)
        signed = self._with_slope_of_labels(statistics, parameters, joint, entropy, xi)
        return At(parameters, xi, penalised / self.total_weight, found, statistics, signed)

    def slope(self, at: At) -> Array:
        """Return the gradient in the free coordinates of the mixture, per unit weight."""
        return gradient(at.parameters, at.signed, self.prior) / self.total_weight

    def preconditioned(self, at: At, slope: Array) -> Array:
        """Return a gradient times the inverse of the information of complete data."""
        return precondition(slope * self.total_weight, at.parameters, at.statistics, self.prior)

    def _log_joint(self, parameters: Parameters) -> Array:
        rows, first = self._rows, self.prior.class_first
        scoring = Scoring(self._scaling, parameters, first, self.threads, incomplete=rows.incomplete)
        return scoring.class_scores(rows.X)

    def _with_slope_of_labels(
        self, statistics: Statistics, parameters: Parameters, joint: Array, entropy: LogEntropy, xi: Array
    ) -> Statistics:
        """Return statistics plus those of rows with the signed weights s (rho - tau)."""
        q = expit(xi[0] + xi[1] * entropy.value)
        weights = self._weights * xi[1] * (self.unlabeled - q)
        if not weights.any():
            return statistics
        to_parts = entropy.log_parts - joint
        to_parts -= to_parts.max(axis=1, keepdims=True)
        towards = (weights > 0)[:, None]
        plus = self._moments(np.where(towards, to_parts, 0.0), np.abs(weights), parameters)
        minus = self._moments(np.where(towards, 0.0, to_parts), np.abs(weights), parameters)
        flat = statistics.flat + plus.flat - minus.flat
        flat[0] = statistics.flat[0]
        return replace(statistics, flat=flat)

    def _moments(self, log_priors: Array, weights: Array, parameters: Parameters) -> Statistics:
        unsure = np.full(len(weights), UNSURE_CODE)
        rows = ArrayRows(self._rows.X, unsure, weights, 1.0, log_priors, self._rows.incomplete)
        passes = ArrayPasses(rows, self._scaling, self.prior.class_first, self.threads, prune=False)
        return passes.expectation(parameters)


@dataclass(frozen=True)
class Climbed:
    """Where an ascent ended, with the objective at its start and after each step, and whether it settled."""

    at: At
    history: Array
    converged: bool
    n_evaluations: int


def climb(
    objective: EntropyObjective,
    start: Parameters,
    *,
    tol: float,
    max_iter: int,
    on_iteration: Callable[[int, float], None] | None = None,
) -> Climbed:
    """Raise the objective from a mixture, step by step, until two steps in a row gain less than `tol`.

    Parameters
    ----------
    objective : EntropyObjective
    start : Parameters
        With the `log_prior` of the objective's prior.
    tol : float
        Gain in the objective per unit weight.
    max_iter : int
        Evaluations of the objective at most.
    on_iteration : callable, optional
        Called with the number of steps and the objective after every one.
    """
    memory, like = _Memory(), start
    at = objective(start, objective.at_random)
    history, evaluations, small = [at.objective], 1, 0
    slope, position = objective.slope(at), to_vector(start, objective.prior)
    while evaluations <= max_iter:
        step = memory.direction(slope, partial(objective.preconditioned, at))
        promised = float(slope @ step)
        if not (np.isfinite(promised) and promised > 0):
            if not memory.moves:
                return Climbed(at, np.array(history), converged=True, n_evaluations=evaluations)
            memory = _Memory()
            continue
        found, length = None, 1.0
        for _ in range(_HALVINGS):
            evaluations += 1
            reached = _evaluated(position + length * step, like, objective, at.xi)
            if reached is not None and reached.objective > at.objective + _LEAST_GAIN * length * promised:
                found = reached
                break
            length /= 2
            if evaluations > max_iter:
                break
        if found is None:
            if memory.moves and evaluations <= max_iter:
                memory = _Memory()
                continue
            # No step raises it: that is its maximum, up to rounding, or there are no evaluations left.
            settled = evaluations <= max_iter
            return Climbed(at, np.array(history), converged=settled, n_evaluations=evaluations)
        gain = found.objective - at.objective
        at, before_slope, before = found, slope, position
        slope, position = objective.slope(at), to_vector(at.parameters, objective.prior)
        memory.remember(position - before, before_slope - slope)
        history.append(at.objective)
        if on_iteration is not None:
            on_iteration(len(history) - 1, at.objective)
        small = small + 1 if gain < tol else 0
        if small == 2:
            return Climbed(at, np.array(history), converged=True, n_evaluations=evaluations)
    return Climbed(at, np.array(history), converged=False, n_evaluations=evaluations)


def _evaluated(vector: Array, like: Parameters, objective: EntropyObjective, near: Array) -> At | None:
    """Return the objective at free coordinates; None where there is no mixture that numbers can hold."""
    try:
        return objective(from_vector(vector, like, objective.prior, objective.threads), near)
    except (SingularCovarianceError, OverflowError, np.linalg.LinAlgError):
        return None


class _Memory:
    """Latest moves and falls of the slope along them, and the direction that they suggest (Nocedal's two loops)."""

    def __init__(self) -> None:
        self.moves: list[Array] = []
        self._falls: list[Array] = []

    def remember(self, move: Array, fall: Array) -> None:
        """Keep a move along which the objective is concave."""
        if float(move @ fall) > 1e-12 * float(np.linalg.norm(move) * np.linalg.norm(fall)):
            self.moves, self._falls = [*self.moves, move][-_MOVES:], [*self._falls, fall][-_MOVES:]

    def direction(self, slope: Array, precondition: Callable[[Array], Array]) -> Array:
        """Return the inverse Hessian that the moves suggest, times the slope."""
        rest, shares = slope.copy(), []
        for move, fall in zip(reversed(self.moves), reversed(self._falls), strict=True):
            share = (move @ rest) / (move @ fall)
            rest -= share * fall
            shares.append(share)
        step = precondition(rest)
        for move, fall, share in zip(self.moves, self._falls, reversed(shares), strict=True):
            step = step + move * (share - (fall @ step) / (move @ fall))
        return step
