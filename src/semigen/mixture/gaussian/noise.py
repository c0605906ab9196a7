"""Uniform noise: rows that belong to no class, of constant density within a box.

A row without a sure label is noise with the probability w, and then has the density 1 / V, with V the volume of a box
that is measured once and then stays fixed (J. Banfield, A. Raftery, "Model-based Gaussian and non-Gaussian clustering",
Biometrics 49, 1993):

    p(x) = (1 - w) sum_m pi_m p(x | m) + w / V.

Rows far outside the box have that density as well: what matters is the level up to which classes explain a row better.
A sure label says that the row is of its class, so it counts by log p(x, y) as ever, and does not count in w. A label
that is unsure says of noise what it says of its least probable class. With N the weight of the rows that may be noise,
and N_0 of it what is noise in expectation, the M step is w = N_0 / N. Of a row that lacks values, the box has the
columns that were measured.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from semigen.persistence.pickled import VersionedPart

Vector = NDArray[np.float64]

# Where the weight begins, and the limits that it keeps: half of the rows at most are noise, as classes would otherwise
# not be what describes the rows.
START, LEAST, MOST = 0.02, 1e-9, 0.5


@dataclass(frozen=True, eq=False)
class UniformNoise(VersionedPart):
    """Noise of constant density beside the components of a mixture.

    Attributes
    ----------
    weight : float
        Probability that a row without a label is noise.
    log_sides : array of shape (features,)
        Logarithms of the sides of the box, in scaled columns.
    """

    weight: float
    log_sides: Vector

    @property
    def log_odds(self) -> float:
        """Return log w / (1 - w)."""
        return float(np.log(self.weight) - np.log1p(-self.weight))

    def for_kernels(self) -> Vector:
        """Return the log odds, and the log sides after them."""
        return np.concatenate([[self.log_odds], self.log_sides])

    def log_density(self, measured: NDArray[np.bool_]) -> Vector:
        """Return the log density of noise of rows in which these columns were measured, of shape (n,)."""
        return np.asarray(-(measured @ self.log_sides))

    def updated(self, mass: float, total: float) -> UniformNoise:
        """Return the noise of the weight that maximises the expected log-likelihood, within `LEAST` and `MOST`.

        Parameters
        ----------
        mass, total : float
            N_0 and N above; the present weight is kept if no row may be noise.
        """
        if not total > 0:
            return self
        return replace(self, weight=float(np.clip(mass / total, LEAST, MOST)))

    def slope(self, mass: float, total: float) -> float:
        """Return the gradient of the objective in the log odds; zero at a limit beyond which it points."""
        found = mass - total * self.weight
        blocked = (self.weight >= MOST and found > 0) or (self.weight <= LEAST and found < 0)
        return 0.0 if blocked else float(found)

    def em_step(self, slope: float, total: float, least: float) -> float:
        """Return a slope in the log odds times the inverse of the complete-data information."""
        # Weights may be so small that products of them are zero.
        return float(slope / max(total * self.weight * (1 - self.weight), least, float(np.finfo(np.float64).tiny)))

    def at(self, log_odds: float) -> UniformNoise:
        """Return the noise with these log odds, kept within the limits of the weight."""
        weight = 1 / (1 + np.exp(-np.clip(log_odds, -50.0, 50.0)))
        return replace(self, weight=float(np.clip(weight, LEAST, MOST)))
