"""Expectation-maximisation: the iterations, whatever the source of rows and the covariance family."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.gaussian.class_weights import log_likelihood
from semigen.mixture.gaussian.m_step import m_step
from semigen.mixture.gaussian.parameters import Parameters, Statistics
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.rows.source import Passes


class Accelerator(Protocol):
    """Anything that can propose better parameters than the next M step would."""

    def is_ready(self, history: list[float], tol: float) -> bool:
        """Return whether it wants to be asked for proposals."""

    def propose(self, parameters: Parameters, statistics: Statistics) -> Parameters | None:
        """Return parameters to try after a pass, or None."""

    def accepted(self) -> None:
        """Learn that the last proposal raised the objective."""

    def rejected(self) -> None:
        """Learn that it lowered it."""


@dataclass(frozen=True)
class Fit:
    """The result of EM.

    Attributes
    ----------
    history : array of shape (n_iter + 1,)
        The penalised objective per unit weight, at the start and after every step that was kept.
    log_likelihood : float
        Weighted log-likelihood at the final parameters, without the prior.
    n_passes : int
        Passes over the rows, those for proposals that were dropped included.
    """

    parameters: Parameters
    history: NDArray[np.float64]
    log_likelihood: float
    converged: bool
    n_passes: int

    @property
    def n_iter(self) -> int:
        """Steps taken and kept."""
        return len(self.history) - 1

    @property
    def objective(self) -> float:
        """The final penalised objective per unit weight."""
        return float(self.history[-1])


def _require_finite(objective: float, iteration: int) -> None:
    if not math.isfinite(objective):
        raise ValueError(
            f"The objective became {objective} after {iteration} iterations: values in X or sample_weight are beyond "
            "what the dtype of X can be computed in. Rescale them, or pass X as float64."
        )


def maximize_objective(
    rows: Passes,
    start: Parameters,
    prior: MixturePrior,
    *,
    max_iter: int,
    tol: float,
    accelerator: Accelerator | None = None,
    on_iteration: Callable[[int, float], None] | None = None,
) -> Fit:
    """Alternate E and M steps until an M step raises the objective per unit weight by less than `tol`.

    A proposal of the accelerator that does not raise the objective, or at which it is no number, is dropped. If the
    objective drops after an M step by more than rounding explains, the fit ends with the parameters before the drop,
    as not converged if the drop is larger than `tol`.

    Parameters
    ----------
    rows : Passes
        Passes over the rows.
    start : Parameters
        Where to begin; its `log_prior` belongs to `prior`.
    prior : MixturePrior
    max_iter : int
        Steps at most, dropped ones included.
    tol : float
        Least gain in the penalised objective per unit weight that is worth another iteration.
    accelerator : Accelerator, optional
        Asked for a better step than the M step.
    on_iteration : callable, optional
        Called with the number of steps taken and the objective after every step that was kept.
    """

    def visit(parameters: Parameters) -> tuple[Statistics, float]:
        statistics = rows.expectation(parameters)
        return statistics, (log_likelihood(statistics, parameters, prior) + parameters.log_prior) / rows.total_weight

    def keep(objective: float) -> None:
        history.append(objective)
        if on_iteration is not None:
            on_iteration(len(history) - 1, objective)

    history: list[float] = []
    parameters = start
    statistics, objective = visit(start)
    _require_finite(objective, 0)
    keep(objective)
    converged, steps, doubtful = False, 0, False
    while steps < max_iter and not converged:
        if accelerator is not None and not doubtful and accelerator.is_ready(history, tol):
            proposal = accelerator.propose(parameters, statistics)
            if proposal is not None:
                steps += 1
                proposed_statistics, objective = visit(proposal)
                if math.isfinite(objective) and objective > history[-1]:
                    accelerator.accepted()
                    # A short step of this kind proves nothing; only an M step that gains little does.
                    doubtful = objective - history[-1] < tol
                    parameters, statistics = proposal, proposed_statistics
                    keep(objective)
                    continue
                accelerator.rejected()
                if steps == max_iter:
                    break
        steps += 1
        doubtful = False
        updated = m_step(statistics, parameters, prior, rows.threads)
        updated_statistics, objective = visit(updated)
        _require_finite(objective, len(history))
        gain = objective - history[-1]
        if gain < -rows.rounding * (1 + abs(objective)):
            # Only the rounding of nearly singular covariances can do that: the last parameters were the best.
            converged = -gain < tol
            break
        converged = gain < tol
        parameters, statistics = updated, updated_statistics
        keep(objective)
    of_rows = log_likelihood(statistics, parameters, prior)
    return Fit(parameters, np.array(history), of_rows, converged, n_passes=steps + 1)
