"""Steps longer than EM's: limited-memory BFGS on the objective, with EM's own step as its idea of curvature.

EM moves along the gradient, preconditioned by the information that the rows would carry if their components were
known. Where clusters overlap, much of that information is missing and EM creeps. The differences between gradients of
successive iterations tell how much is missing, and in which directions (Jamshidian and Jennrich, "Acceleration of the
EM algorithm by using quasi-Newton methods", JRSS B 59, 1997; Nocedal, "Updating quasi-Newton matrices with limited
storage", Mathematics of Computation 35, 1980). A pass over the rows gives the objective and its gradient together, so
a step costs one pass, as EM's does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from semigen.mixture.gaussian.gradient import Vector, from_vector, gradient, precondition, to_vector
from semigen.mixture.gaussian.parameters import Parameters, SingularCovarianceError, Statistics
from semigen.mixture.gaussian.prior import MixturePrior

# EM is left alone while it promises to be done within so many iterations.
_PATIENCE = 20
# Gains of EM that tell whether it creeps.
_GAINS = 6
# Moves that are remembered, and the numbers that they may take in all (64 MB).
_MOST_MOVES, _MOST_NUMBERS = 10, 8_000_000
# The longest step, in lengths of EM's: at first, at least, and what success and failure make of it.
_FIRST_LENGTH, _LEAST_LENGTH, _GROWTH, _RETREAT = 2.0, 1.5, 2.0, 4.0
# The first guess of curvature may be at most so much weaker than EM's.
_MOST_STRETCH = 3.0
_LONGEST_PAUSE = 8


@dataclass(frozen=True)
class Visit:
    """Where a pass was made, the slope of the objective there, and EM's step to first order."""

    position: Vector
    slope: Vector
    em_step: Vector


class QuasiNewton:
    """Proposes parameters after a pass, and learns from whether they were better than what was there before.

    Parameters
    ----------
    prior : MixturePrior
    threads : int, default=1
    eager : bool, default=False
        Propose from the third pass on, rather than once EM has slowed down.
    """

    def __init__(self, prior: MixturePrior, threads: int = 1, *, eager: bool = False):
        self._prior = prior
        self._threads = threads
        self._eager = self._active = eager
        self._too_large = False  # not one move fits in memory
        self._last: Visit | None = None
        self._moves: list[Vector] = []
        self._falls: list[Vector] = []  # by how much the gradient fell along each move
        self._weight = 1.0
        self._stretch = 1.0
        self._longest = _FIRST_LENGTH
        self._length = 0.0
        self._failures = 0
        self._pause = 0

    def is_ready(self, history: list[float], tol: float) -> bool:
        """Return whether EM has settled into creeping, and promises to need more iterations than patience allows.

        Near a maximum the gains are a sum of decaying exponentials: each is less than the one before, by a factor that
        rises. Before that, components are still finding their rows, and a long step could carry them elsewhere. Once
        true, it stays true until a proposal is dropped.
        """
        if self._too_large:
            return False
        if not self._active and len(history) > _GAINS:
            gains = [after - before for before, after in pairwise(history[-_GAINS - 1 :])]
            least = max(tol, 1e-12)
            if all(after > 0 for after in gains):
                rates = [after / before for before, after in pairwise(gains)]
                settled = rates[-1] < 1 and all(before <= after for before, after in pairwise(rates))
                if settled and gains[-1] > least:
                    self._active = math.log(least / gains[-1]) / math.log(rates[-1]) > _PATIENCE
        return self._active

    def propose(self, parameters: Parameters, statistics: Statistics) -> Parameters | None:
        """Return a mixture that promises to be better than EM's next one, or None."""
        here = self._arrive(parameters, statistics)
        if self._pause > 0:
            self._pause -= 1
            return None
        if not self._moves:
            return None
        step = self._newton_step(here, parameters, statistics)
        length = float(np.linalg.norm(step) / np.linalg.norm(here.em_step))
        if not (np.isfinite(length) and here.slope @ step > 0):
            return None
        self._length = min(length, self._longest)
        try:
            return from_vector(here.position + step * (self._length / length), parameters, self._prior, self._threads)
        except (SingularCovarianceError, OverflowError, np.linalg.LinAlgError):
            self.rejected()
            return None

    def accepted(self) -> None:
        """Note that the last proposal was better, and allow longer steps if it was as long as allowed."""
        self._failures = 0
        if self._length >= self._longest:
            self._longest *= _GROWTH

    def rejected(self) -> None:
        """Note that the last proposal was worse: forget the older half of the moves and pause."""
        self._failures += 1
        self._active = self._eager
        self._pause = min(2 ** (self._failures - 1), _LONGEST_PAUSE)
        self._longest = max(_LEAST_LENGTH, self._length / _RETREAT)
        kept = len(self._moves) // 2
        self._moves, self._falls = self._moves[len(self._moves) - kept :], self._falls[len(self._falls) - kept :]

    def _arrive(self, parameters: Parameters, statistics: Statistics) -> Visit:
        """Compute the slope here, and remember how it changed along the last move."""
        # Per unit of weight: products of slopes must not overflow, whatever the weights are measured in.
        self._weight = float(statistics.mass.sum())
        slope = gradient(parameters, statistics, self._prior) / self._weight
        here = Visit(to_vector(parameters, self._prior), slope, self._preconditioned(slope, parameters, statistics))
        if self._last is not None:
            move, fall = here.position - self._last.position, self._last.slope - here.slope
            curvature, most = float(move @ fall), min(_MOST_MOVES, _MOST_NUMBERS // (2 * len(move)))
            self._too_large = most == 0
            # The objective must be concave along a move for BFGS to make sense of it.
            if most > 0 and curvature > 1e-12 * np.linalg.norm(move) * np.linalg.norm(fall):
                self._moves, self._falls = [*self._moves, move][-most:], [*self._falls, fall][-most:]
                complete = float(fall @ (self._last.em_step - here.em_step))
                self._stretch = float(np.clip(curvature / complete, 1.0, _MOST_STRETCH)) if complete > 0 else 1.0
        self._last = here
        return here

    def _preconditioned(self, slope: Vector, parameters: Parameters, statistics: Statistics) -> Vector:
        return precondition(slope * self._weight, parameters, statistics, self._prior)

    def _newton_step(self, here: Visit, parameters: Parameters, statistics: Statistics) -> Vector:
        """Return the inverse Hessian that the moves suggest, times the gradient, by Nocedal's two loops."""
        rest = here.slope.copy()
        shares = []
        for move, fall in zip(reversed(self._moves), reversed(self._falls), strict=True):
            share = (move @ rest) / (move @ fall)
            rest -= share * fall
            shares.append(share)
        step = self._stretch * self._preconditioned(rest, parameters, statistics)
        for move, fall, share in zip(self._moves, self._falls, reversed(shares), strict=True):
            step += move * (share - (fall @ step) / (move @ fall))
        return step
