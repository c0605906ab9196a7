"""SQUAREM (Varadhan and Roland, Scandinavian Journal of Statistics 35, 2008), to show what quasi-Newton steps give.

Scheme S3 in the same coordinates, with the same guard: a step that does not raise the objective is dropped.
"""

from __future__ import annotations

import numpy as np

from semigen.mixture.gaussian.gradient import from_vector, to_vector
from semigen.mixture.gaussian.m_step import m_step
from semigen.mixture.gaussian.parameters import Parameters, SingularCovarianceError, Statistics
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.rows.source import Passes


def climb(rows: Passes, start: Parameters, prior: MixturePrior, *, most: int, tol: float) -> None:
    """Two steps of EM, a step along what they have in common, until a step of EM gains less than `tol`."""

    def visit(parameters: Parameters) -> tuple[Statistics, float]:
        statistics = rows.expectation(parameters)
        return statistics, (statistics.log_likelihood + parameters.log_prior) / rows.total_weight

    parameters, passes, longest = start, 1, 4.0
    statistics, objective = visit(start)
    while passes < most:
        first = m_step(statistics, parameters, prior)
        first_statistics, first_objective = visit(first)
        passes += 1
        if first_objective - objective < tol:
            return
        second = m_step(first_statistics, first, prior)
        here, ahead, beyond = map(to_vector, (parameters, first, second))
        change = ahead - here
        turn = beyond - ahead - change
        length = float(np.clip(np.linalg.norm(change) / np.linalg.norm(turn), 1.0, longest))
        longest *= 4.0 if length == longest else 1.0
        try:
            proposal = from_vector(here + 2 * length * change + length**2 * turn, first, prior)
            proposed_statistics, proposed_objective = visit(proposal)
            passes += 1
        except SingularCovarianceError:
            proposed_objective = -np.inf
        if proposed_objective > first_objective:
            parameters, statistics, objective = proposal, proposed_statistics, proposed_objective
        else:
            longest = max(length / 4, 4.0)
            parameters = second
            statistics, objective = visit(second)
            passes += 1
