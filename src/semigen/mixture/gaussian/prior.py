"""The prior of a mixture: what covariances lean on where their rows say too little, and how much."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.blocks.product import BlockPrior
from semigen.mixture.families import FAMILIES
from semigen.mixture.gaussian.label_noise import LabelNoise
from semigen.persistence.pickled import VersionedPart


@dataclass(frozen=True)
class MixturePrior(VersionedPart):
    """An inverse-Wishart-like prior on every covariance, its floor, and what class weights and labels go by.

    The log density, up to a constant, is -pseudo_count/2 (log det Sigma + tr Sigma^-1 target) per covariance. Its
    posterior mode is (scatter + pseudo_count * target) / (mass + pseudo_count): the target counts as that many rows.

    Attributes
    ----------
    family : str
        Name of the covariance family.
    pseudo_count : float
        Rows that the target is worth.
    target : array
        One covariance of the family: (d, d), (d,) or a single value.
    floor : array
        Least variances, in the form that `Family.floor` gives them.
    class_first : array of shape (classes + 1,)
        First component of each class, and the number of components.
    class_prior : array of shape (classes,) or None
        Fixed class probabilities; None if they are learnt.
    drawn_by_class : array of shape (classes,) or None
        Weight of the labelled rows that do not say how frequent their class is (see `gaussian/class_weights.py`); None
        if all do.
    label_noise : LabelNoise or None
        How labels go wrong; None if all are right.
    learnt_degrees : {"shared", "per_component"} or None
        Which degrees of freedom of Student t components are learnt; None if they are given, or there are none.
    blocks : BlockPrior or None
        Of columns that are no numbers; None if there are none.
    """

    family: str
    pseudo_count: float
    target: NDArray[np.float64]
    floor: NDArray[np.float64]
    class_first: NDArray[np.int64]
    class_prior: NDArray[np.float64] | None = None
    drawn_by_class: NDArray[np.float64] | None = None
    label_noise: LabelNoise | None = None
    learnt_degrees: str | None = None
    blocks: BlockPrior | None = None

    @cached_property
    def root(self) -> NDArray[np.float64]:
        """What the M step reads of the target besides its entries; see `Family.root`."""
        return FAMILIES[self.family].root(self.target)


def within_class_variance(
    scatter: NDArray[np.float64],
    n_labeled: float | NDArray[np.float64],
    n_labeled_classes: float | NDArray[np.float64],
    overall: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the variance of each column within classes, with two pseudo-rows of its overall variance.

    (scatter + 2 overall) / (labelled weight - labelled classes + 2): with one labelled row per class this is the
    overall variance, with many it is the pooled estimate.
    """
    degrees_of_freedom = np.maximum(n_labeled - n_labeled_classes, 0.0)
    variance: NDArray[np.float64] = (scatter + 2 * overall) / (degrees_of_freedom + 2)
    return variance
