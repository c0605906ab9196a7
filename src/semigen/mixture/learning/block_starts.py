"""Starts of the densities of columns that are no numbers: the cells of labelled rows."""

from __future__ import annotations

import numpy as np
from scipy.special import softmax

from semigen.labels import UNSURE_CODE
from semigen.mixture.gaussian.m_step import with_blocks
from semigen.mixture.gaussian.parameters import Parameters
from semigen.mixture.learning.problem import Problem
from semigen.mixture.rows.arrays import ArrayRows

# By how much the sums of cells differ, at random, among components of a class, or from one start to the next.
_SPREAD = 0.5


def starting_blocks(
    problem: Problem, start: Parameters, random_state: np.random.RandomState, *, perturbed: bool
) -> Parameters:
    """Return a start with the densities that the labelled rows of each class have in columns that are no numbers.

    A class without labels starts with those of all rows. The sums of components that share a class, and of a perturbed
    start, are multiplied by random numbers about one.
    """
    prior, rows = problem.options.blocks, problem.rows
    if prior is None or not isinstance(rows, ArrayRows) or rows.cells is None:
        return start
    shares = np.zeros((len(rows.codes), problem.n_classes))
    sure = np.flatnonzero(rows.codes >= 0)
    shares[sure, rows.codes[sure]] = 1.0
    unsure = np.flatnonzero(rows.codes == UNSURE_CODE)
    if len(unsure) and rows.log_prior is not None:
        shares[unsure] = softmax(rows.log_prior[unsure], axis=1)
    weights = rows.effective_weights()
    sums = rows.cells.cells.sums(shares * weights[:, None])
    empty = ~((shares * weights[:, None]).sum(axis=0) > 0)
    if empty.any():
        every = rows.cells.cells.sums(weights[:, None])
        sums[:, empty] = every * len(empty) / max(weights.sum(), 1.0)
    of_component = np.repeat(np.arange(problem.n_classes), problem.sizes)
    together = sums[:, of_component]
    several = np.repeat(problem.sizes > 1, problem.sizes) | perturbed
    if several.any():
        noise = random_state.uniform(1 - _SPREAD, 1 + _SPREAD, size=(len(sums), int(several.sum())))
        together[:, several] = (together[:, several] + prior.pseudo_sums[:, None]) * noise
    return with_blocks(start, prior.mode(together), prior)
