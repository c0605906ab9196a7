"""The interface of a covariance family: everything in a mixture that depends on the form of its covariances.

A family is a subclass in a file of its own, an entry of the table in `semigen.mixture.families`, and a header of the
same name in `csrc/include/semigen/families` with its kernels. A subclass that lacks a method or an attribute cannot be
instantiated, so that an incomplete family is an error when the package is imported.

How parameters are held, for any family: `means` is an array of shape (components, features); `covariances` has the
shape that the user reads, from `covariance_shape`; `factors` has the shape that the kernels read, here the same. Arrays
"with a leading axis" have one entry for each covariance: one in all if components share it, else one for each.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from semigen import _core

Array = NDArray[np.float64]


class Moments(NamedTuple):
    """Moments of rows under a mixture and the prior's share, of which slopes of the objective are made.

    Attributes
    ----------
    mass : array of shape (components,)
    means : array of shape (components, features)
    first : array of shape (components, features)
        About the means.
    second : array with a leading axis
        As the kernels lay them out.
    pseudo_count : float
        Rows that the target is worth.
    target : array
        One covariance of the family.
    rows : array of shape (covariances,)
        Values behind every entry of a covariance's diagonal, the prior's share included.
    """

    mass: Array
    means: Array
    first: Array
    second: Array
    pseudo_count: float
    target: Array
    rows: Array


class Family(ABC):
    """A form of covariances.

    Attributes
    ----------
    name : str
        Value of `covariance_type`, and the name in the compiled core.
    shared : bool
        Whether one covariance serves all components. Their second moments are then one sum, about the origin.
    correlated : bool
        Whether columns may depend on one another within a component.
    one_scale : bool
        Whether the family needs the same scale for all columns.
    pools : str
        Name of the family, with a covariance that all classes share, by which starts measure distances.
    target_is_pooled : bool
        Whether the prior leans on the pooled covariance of a 'tied' fit, rather than on variances within classes.
    pessimistic_is_safe : bool
        Whether `guard` may try the contrastive pessimistic likelihood, which did harm too often in other families.
    weight_before_evidence : float
        Weight of the family's candidates in `SemiSupervisedGMMCV` before any evidence, beside 1 for others.
    """

    name: ClassVar[str]
    shared: ClassVar[bool]
    correlated: ClassVar[bool]
    one_scale: ClassVar[bool]
    pools: ClassVar[str]
    target_is_pooled: ClassVar[bool]
    pessimistic_is_safe: ClassVar[bool]
    weight_before_evidence: ClassVar[float]

    def __init__(self) -> None:
        lacking = [name for name in Family.__annotations__ if not hasattr(self, name)]
        if lacking:
            raise TypeError(f"The covariance family {type(self).__name__} must say {', '.join(lacking)}.")

    # Columns of the loadings; 0 in families without any.
    rank = 0

    @property
    def core(self) -> _core.Family:
        """The family in the compiled core."""
        found: _core.Family = getattr(_core.Family, self.name)
        return found

    def of_rank(self, rank: int) -> Family:
        """Return the family with so many latent factors; itself where it has none."""
        return self

    def like(self, covariances: Array) -> Family:
        """Return the family with the rank that these covariances, or factors, have."""
        return self

    def automatic_rank(self, n_features: int, n_rows: int) -> int:
        """Return the rank of `rank="auto"` for so many columns and rows that count; 0 in families without loadings."""
        return 0

    def directions(self, n_features: int) -> int:
        """Return in how many directions columns of a component may depend on one another."""
        return n_features

    def count(self, n_components: int) -> int:
        """Return the number of covariances."""
        return 1 if self.shared else n_components

    @abstractmethod
    def covariance_shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        """Return the shape of the covariances, and of their factors."""

    @abstractmethod
    def n_free(self, n_features: int) -> int:
        """Return the number of free parameters of one covariance."""

    def free_parameters(self, n_components: int, n_features: int) -> int:
        """Return the number of free parameters in the means and covariances."""
        return self.count(n_components) * self.n_free(n_features) + n_components * n_features

    def expand(self, covariance: Array, n_components: int, n_features: int) -> Array:
        """Return the same covariance for every component, in the shape of the family."""
        return np.broadcast_to(covariance, self.covariance_shape(n_components, n_features)).copy()

    def repeat(self, covariances: Array, sizes: NDArray[np.int64]) -> Array:
        """Return covariances of classes once for each of their components."""
        return covariances if self.shared else np.repeat(covariances, sizes, axis=0)

    # The prior of a covariance.

    @abstractmethod
    def pseudo_count(self, n_features: int) -> float:
        """Return the number of rows that the target of `shrinkage="auto"` is worth."""

    @abstractmethod
    def target(self, variance: Array) -> Array:
        """Return one covariance without correlations from the variances of the columns."""

    def floor(self, variance: Array, part: float) -> Array:
        """Return the least variances: a part of the variances of the columns over all rows.

        It is relative so that units do not matter. A column without any variance counts as having variance 1.
        """
        return part * np.where(variance > 0, variance, 1.0)

    @abstractmethod
    def raise_to(self, target: Array, floor: Array) -> Array:
        """Return a target that is nowhere narrower than the floor."""

    @abstractmethod
    def root(self, target: Array) -> Array:
        """Return what the kernels read of a target besides its entries: a root of it, or nothing."""

    # Units of the data.

    @abstractmethod
    def scaled(self, covariances: Array, scale: Array) -> Array:
        """Return the covariances of columns multiplied by `scale`."""

    @abstractmethod
    def unscaled(self, covariances: Array, factors: Array, scale: Array) -> tuple[Array, Array]:
        """Return covariances, and scikit-learn's Cholesky factors of precisions, of columns divided by `scale`."""

    @abstractmethod
    def check(self, covariances: Array, name: str) -> None:
        """Refuse covariances that are not symmetric or have a variance that is not positive, with a ValueError."""

    @abstractmethod
    def variances(self, covariances: Array, n_components: int, n_features: int) -> Array:
        """Return the variances of the columns, of shape (components, features)."""

    @abstractmethod
    def matrix(self, covariances: Array, component: int, n_features: int) -> Array:
        """Return a component's covariance as a matrix of shape (features, features)."""

    def regression(
        self, covariances: Array, component: int, seen: NDArray[np.int64], unseen: NDArray[np.int64]
    ) -> tuple[Array, Array]:
        """Return the coefficients of unseen columns on seen ones, (seen, unseen), and the covariance that is left."""
        covariance = self.matrix(covariances, component, len(seen) + len(unseen))
        across, left = covariance[np.ix_(seen, unseen)], covariance[np.ix_(unseen, unseen)]
        if not across.any():
            return np.zeros_like(across), left
        coefficients: Array = cho_solve(cho_factor(covariance[np.ix_(seen, seen)], lower=True), across)
        return coefficients, left - across.T @ coefficients

    # Free coordinates of a mixture (see gaussian/gradient.py).

    @abstractmethod
    def stacked(self, factors: Array, n_features: int) -> Array:
        """Return factors with a leading axis."""

    @abstractmethod
    def to_shape(self, factors: Array) -> Array:
        """Return the free coordinates of factors with a leading axis, one row for each covariance."""

    @abstractmethod
    def from_shape(self, shape: Array, n_features: int) -> Array:
        """Return the covariances at free coordinates, with a leading axis."""

    @abstractmethod
    def values_per_row(self, n_features: int) -> int:
        """Return how many values of a row speak for one entry of a covariance's diagonal."""

    @abstractmethod
    def slopes(self, factors: Array, moments: Moments) -> tuple[Array, Array]:
        """Return the slopes of the objective by the means and by the free coordinates, from stacked factors."""

    @abstractmethod
    def em_step(
        self, factors: Array, covariances: Array, of_means: Array, of_shape: Array, moments: Moments
    ) -> tuple[Array, Array]:
        """Return slopes times the inverse of the complete-data information: EM's step to first order."""

    # Rows of components.

    @abstractmethod
    def colour(self, noise: Array, factors: Array, component: NDArray[np.int64]) -> Array:
        """Return standard normal noise turned into deviations from the means of the rows' components."""

    @abstractmethod
    def whiten(self, rows: Array, factors: Array) -> Array:
        """Return rows as they are where the first component's covariance is the identity."""


class ClosedForm(Family):
    """A family whose M step is the maximum for given responsibilities: second moments of rows depend on no more."""

    @abstractmethod
    def second_moments(self, rows: Array, weights: Array, means: Array) -> Array:
        """Return second moments of rows as the kernels lay them out.

        Parameters
        ----------
        rows : array of shape (n, features)
        weights : array of shape (n, components)
        means : array of shape (components, features)
            What the moments are about, unless components share a covariance.
        """

    @abstractmethod
    def scatter(self, second: Array, first: Array, mass: Array, means: Array) -> Array:
        """Return second moments about the means, with a leading axis, in the form of covariances."""

    def scatter_with_prior(self, moments: Moments) -> Array:
        """Return second moments about the means, the prior's share included, with a leading axis."""
        values = self.values_per_row(moments.means.shape[1])
        scatter = self.scatter(moments.second, moments.first, moments.mass, moments.means)
        penalised: Array = scatter + moments.pseudo_count * values * moments.target
        return penalised
