"""What a covariance leans on when its rows say too little, and how much: the prior of the mixture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.gaussian.parameters import covariance_shape
from semigen.mixture.gaussian.scaling import Coordinates
from semigen.persistence.pickled import VersionedPart


@dataclass(frozen=True)
class MixturePrior(VersionedPart):
    """An inverse-Wishart-like prior on every covariance, a floor under its variances, and a fixed class prior.

    The log density, up to a constant, is -pseudo_count/2 (log det Sigma + tr Sigma^-1 target) per covariance. Its
    posterior mode is (scatter + pseudo_count * target) / (mass + pseudo_count): the target counts as that many rows.

    Attributes
    ----------
    pseudo_count : float
        Rows that the target is worth.
    target : array
        One covariance of the family: (d, d), (d,) or a single value.
    floor : array
        Least variance per column (one value for 'spherical'); see `variance_floor`.
    class_first : array of shape (classes + 1,)
        First component of each class, and the number of components.
    class_prior : array of shape (classes,) or None
        Fixed class probabilities; None if they are learnt.
    """

    family: str
    pseudo_count: float
    target: NDArray[np.float64]
    floor: NDArray[np.float64]
    class_first: NDArray[np.int64]
    class_prior: NDArray[np.float64] | None = None
    roots: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        square = self.family in ("full", "tied")
        roots = upper_root(self.target) if square and self.pseudo_count > 0 else np.zeros(self.target.shape)
        object.__setattr__(self, "roots", roots if square else np.zeros(0))


def upper_root(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return U, upper triangular, with U^T U = matrix, whose eigenvalues are zero or more up to rounding."""
    try:
        return np.ascontiguousarray(np.linalg.cholesky(matrix).T)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(matrix)
        triangle: Any = np.linalg.qr(np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T, mode="r")
        return np.ascontiguousarray(triangle)


def variance_floor(family: str, coordinates: Coordinates, reg_covar: float) -> NDArray[np.float64]:
    """Least variance of every column: `reg_covar` times the column's variance over all rows.

    It is relative so that units do not matter. A column without any variance is taken to have variance 1 in the
    coordinates of the mixture.
    """
    variance = coordinates.variance
    if family == "spherical":
        variance = variance.mean(keepdims=True)
    return reg_covar * np.where(variance > 0, variance, 1.0)


def automatic_pseudo_count(family: str, n_features: int) -> float:
    """Rows that the target of `shrinkage="auto"` is worth.

    A full covariance needs d + 1 rows to be determined at all. 'tied' has a prior worth just that. 'full' leans on a
    target learnt from all rows, of which a third as many pseudo-rows suffice: multiples of d + 1 from 0.03 to 3 were
    tried on iris, wine, breast cancer and digits, on splits that no reported figure uses. A single variance is
    determined by two rows, which is the rule for 'diag' and 'spherical'.
    """
    return {"full": (n_features + 1) / 3, "tied": n_features + 1.0, "diag": 2.0, "spherical": 2.0}[family]


def within_class_variance(
    scatter: NDArray[np.float64],
    n_labeled: float | NDArray[np.float64],
    n_labeled_classes: float | NDArray[np.float64],
    overall: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Variance of each column within classes, from labelled rows, with two pseudo-rows of its overall variance.

    (scatter + 2 overall) / (labelled weight - labelled classes + 2): with one labelled row per class this is the
    overall variance, with many it is the pooled estimate.
    """
    degrees_of_freedom = np.maximum(n_labeled - n_labeled_classes, 0.0)
    variance: NDArray[np.float64] = (scatter + 2 * overall) / (degrees_of_freedom + 2)
    return variance


def target_from_variance(family: str, variance: NDArray[np.float64]) -> NDArray[np.float64]:
    """A target without correlations."""
    if family in ("full", "tied"):
        return np.diag(variance)
    return variance if family == "diag" else np.array([variance.mean()])


def raised(target: NDArray[np.float64], floor: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a (d, d) target whose every direction has at least the floor's variance, so that it is positive definite.

    A target that has it already comes back as it is. Cholesky finds that out; the eigenvalues, which take ten times as
    long and cannot be interrupted, are for the others.
    """
    safe = np.where(floor > 0, floor, np.finfo(np.float64).eps * np.maximum(np.diag(target), 1.0))
    root = np.sqrt(safe)
    scaled = target / np.outer(root, root)
    if _exceeds_identity(scaled):
        return target
    values, vectors = np.linalg.eigh(scaled)
    if values[0] >= 1:
        return target
    lifted: NDArray[np.float64] = (vectors * np.maximum(values, 1.0)) @ vectors.T * np.outer(root, root)
    symmetric: NDArray[np.float64] = (lifted + lifted.T) / 2
    return symmetric


def _exceeds_identity(matrix: NDArray[np.float64]) -> bool:
    """Whether every eigenvalue of a symmetric matrix is above one."""
    diagonal = np.diag(matrix)
    if not (diagonal > 1).all():
        return False
    if np.count_nonzero(matrix) == len(diagonal):
        return True
    try:
        np.linalg.cholesky(matrix - np.eye(len(matrix)))
    except np.linalg.LinAlgError:
        return False
    return True


def expand(family: str, covariance: NDArray[np.float64], n_components: int, n_features: int) -> NDArray[np.float64]:
    """The same covariance for every component, in the shape of the family."""
    shape = covariance_shape(family, n_components, n_features)
    return np.broadcast_to(covariance, shape).copy()
