"""Parameters of a mixture and sufficient statistics of a pass, as plain arrays with names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semigen import _core
from semigen.persistence.pickled import VersionedPart

FAMILIES = {family: getattr(_core.Family, family) for family in ("full", "tied", "diag", "spherical")}


class SingularCovarianceError(ValueError):
    """A component's covariance lost its rank and nothing (shrinkage, reg_covar) holds it up."""

    def __init__(self, component: int):
        super().__init__(component)
        self.component = component


def covariance_shape(family: str, n_components: int, n_features: int) -> tuple[int, ...]:
    """Shape of the covariances (and of their factors) of a family."""
    return {
        "full": (n_components, n_features, n_features),
        "tied": (n_features, n_features),
        "diag": (n_components, n_features),
        "spherical": (n_components,),
    }[family]


def free_parameters(family: str, n_components: int, n_features: int) -> int:
    """Free numbers in the means and covariances of a family."""
    triangle = n_features * (n_features + 1) // 2
    covariances = {
        "full": n_components * triangle,
        "tied": triangle,
        "diag": n_components * n_features,
        "spherical": n_components,
    }[family]
    return covariances + n_components * n_features


@dataclass(frozen=True)
class Parameters(VersionedPart):
    """A mixture in its own coordinates.

    Attributes
    ----------
    log_weights : array of shape (components,)
        log pi_m; the weights of all components of all classes sum to one.
    means : array of shape (components, features)
    covariances : array, shape by `covariance_shape`
    factors : array, shape by `covariance_shape`
        P with P^T P = covariance^-1, lower triangular; inverse standard deviations for 'diag' and 'spherical'.
    log_prior : float
        Log density of the prior at these covariances, up to a constant.
    """

    family: str
    log_weights: NDArray[np.float64]
    means: NDArray[np.float64]
    covariances: NDArray[np.float64]
    factors: NDArray[np.float64]
    log_prior: float = 0.0

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return int(self.means.shape[1])

    @property
    def n_components(self) -> int:
        """Components of all classes together."""
        return len(self.log_weights)


@dataclass(frozen=True)
class Statistics:
    """What one pass over the rows leaves behind: additive, so that passes over parts of the rows can be summed.

    Attributes
    ----------
    flat : array
        The log-likelihood, masses, first and second moments, in the layout of csrc/include/semigen/model.hpp.
    """

    family: str
    n_components: int
    n_features: int
    flat: NDArray[np.float64]

    def _part(self, index: int) -> NDArray[np.float64]:
        offsets = _core.statistics_offsets(FAMILIES[self.family], self.n_components, self.n_features)
        return self.flat[offsets[index] : offsets[index + 1]]

    @property
    def log_likelihood(self) -> float:
        """Weighted log-likelihood of the rows."""
        return float(self.flat[0])

    @property
    def mass(self) -> NDArray[np.float64]:
        """Sum of responsibilities per component."""
        return self._part(0)

    @property
    def first(self) -> NDArray[np.float64]:
        """Weighted sums of x - mean, of shape (components, features)."""
        return self._part(1).reshape(self.n_components, self.n_features)

    @property
    def second(self) -> NDArray[np.float64]:
        """Weighted second moments, packed; a row per component, or a single one for 'tied'."""
        return self._part(2).reshape(1 if self.family == "tied" else self.n_components, -1)

    def __add__(self, other: Statistics) -> Statistics:
        return Statistics(self.family, self.n_components, self.n_features, self.flat + other.flat)
