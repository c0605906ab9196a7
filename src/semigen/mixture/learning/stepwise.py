"""Stepwise EM: sufficient statistics of a stream, in which older rows fade."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.gaussian.parameters import Parameters, Statistics
from semigen.persistence.pickled import VersionedPart

Array = NDArray[np.float64]

# Step t forgets a share (t + 2)^-0.6 of what was known. The exponent lies between 0.5, up to which noise would not
# average out, and 1, from which on early rows would count for ever.
_EXPONENT = 0.6
_DELAY = 2.0


@dataclass(frozen=True, eq=False)
class RunningStatistics(VersionedPart):
    """Statistics of a stream, for a unit of weight.

    Attributes
    ----------
    statistics : Statistics
        Of what counts as one row; about `means`.
    means : array of shape (components, features)
    total_weight : float
        Of all rows seen so far, faded or not.
    n_steps : int
    """

    statistics: Statistics
    means: Array
    total_weight: float
    n_steps: int

    @classmethod
    def first(cls, statistics: Statistics, parameters: Parameters) -> RunningStatistics:
        """Return those of the rows that a stream begins with."""
        weight = float(statistics.mass.sum())
        return cls(_scaled(statistics, 1 / weight), parameters.means, weight, 0)

    def with_rows(self, statistics: Statistics, parameters: Parameters) -> RunningStatistics:
        """Return those after more rows.

        Parameters
        ----------
        statistics : Statistics
            Of the rows, at `parameters`.
        parameters : Parameters
            The present ones.
        """
        weight = float(statistics.mass.sum())
        share = (self.n_steps + _DELAY) ** -_EXPONENT
        before = moved(self.statistics, self.means, parameters)
        flat = (1 - share) * before.flat + share / weight * statistics.flat
        blended = replace(statistics, flat=flat)
        return RunningStatistics(blended, parameters.means, self.total_weight + weight, self.n_steps + 1)

    def of_all_rows(self) -> Statistics:
        """Return the statistics with the weight of all rows seen: what the prior is weighed against."""
        return _scaled(self.statistics, self.total_weight)


def moved(statistics: Statistics, means: Array, parameters: Parameters) -> Statistics:
    """Return statistics about the means of `parameters`, of such about other means.

    For a component of mass n whose rows have the mean m + u, m being what moments are about, second moments about m'
    are those about m, and n (u + m - m')(u + m - m')^T - n u u^T more.
    """
    form, mass, shift = parameters.closed_form, statistics.mass, means - parameters.means
    apart = statistics.first / np.maximum(mass, np.finfo(np.float64).tiny)[:, None]
    second = statistics.second.ravel()
    if not form.shared:
        of_each, origin = np.diag(mass), np.zeros_like(apart)
        added = form.second_moments(apart + shift, of_each, origin) - form.second_moments(apart, of_each, origin)
        second = second + added
    first = statistics.first + mass[:, None] * shift
    return replace(statistics, flat=np.concatenate([[statistics.log_likelihood], mass, first.ravel(), second]))


def _scaled(statistics: Statistics, by: float) -> Statistics:
    return replace(statistics, flat=by * statistics.flat)
