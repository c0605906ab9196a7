"""Everything about one fit that does not change while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.gaussian.parameters import Parameters
from semigen.mixture.gaussian.prior import MixturePrior, automatic_pseudo_count, raised, variance_floor
from semigen.mixture.gaussian.scaling import Coordinates
from semigen.mixture.learning.em import Fit, maximize_objective
from semigen.mixture.learning.quasi_newton import QuasiNewton
from semigen.mixture.learning.shared_work import SharedWork
from semigen.mixture.rows.arrays import Passes, TrainingRows


@dataclass(frozen=True)
class Problem:
    """The rows, the model asked for, and how hard to try.

    Attributes
    ----------
    class_first : array of shape (classes + 1,)
        First component of each class, and the number of components.
    class_prior : array of shape (classes,) or None
        Fixed class probabilities; None to learn them.
    shrinkage : float or None
        Pseudo-rows that the target of a covariance is worth; None chooses by `automatic_pseudo_count`.
    accelerate : 'auto', 'quasi-newton' or None
        When to take steps longer than EM's.
    prune : bool
        Whether passes leave out what cannot matter.
    shared : SharedWork
        With fits to the same rows.
    """

    rows: TrainingRows
    coordinates: Coordinates
    family: str
    class_first: NDArray[np.int64]
    class_prior: NDArray[np.float64] | None
    shrinkage: float | None
    reg_covar: float
    max_iter: int
    tol: float
    accelerate: str | None
    prune: bool
    threads: int
    shared: SharedWork = field(default_factory=SharedWork)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Components of each class."""
        return np.diff(self.class_first)

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.class_first) - 1

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return int(self.rows.X.shape[1])

    def one_per_class(self) -> Problem:
        """The same problem with a single component in every class."""
        return replace(self, class_first=np.arange(self.n_classes + 1))

    def passes(self) -> Passes:
        """Passes over all rows that count."""

        def make() -> Passes:
            return Passes(self.rows, self.coordinates, self.class_first, self.threads, prune=self.prune)

        if not self.rows.incomplete:
            return make()
        # Grouping rows by what they lack takes longer than many a pass. Passes over complete rows are cheap to make,
        # and remember moments of passes before, which would change the last digits.
        return self.shared.once(("passes", self.rows, self.coordinates, self.class_first.tobytes()), make)

    def climb(
        self,
        passes: Passes,
        start: Parameters,
        prior: MixturePrior,
        on_iteration: Callable[[int, float], None] | None = None,
    ) -> Fit:
        """EM from a start, accelerated as the problem says."""
        accelerator = (
            None if self.accelerate is None else QuasiNewton(prior, self.threads, eager=self.accelerate != "auto")
        )
        return maximize_objective(
            passes,
            start,
            prior,
            max_iter=self.max_iter,
            tol=self.tol,
            accelerator=accelerator,
            on_iteration=on_iteration,
        )

    def pseudo_count(self, family: str) -> float:
        """Rows that the target of this family's covariances is worth."""
        return automatic_pseudo_count(family, self.n_features) if self.shrinkage is None else self.shrinkage

    def prior(self, family: str, target: NDArray[np.float64], pseudo_count: float) -> MixturePrior:
        """The prior that leans on `target`; a target narrower than the floor is raised to it."""
        floor = variance_floor(family, self.coordinates, self.reg_covar)
        safe = raised(target, floor) if family in ("full", "tied") else np.maximum(target, floor)
        return MixturePrior(family, pseudo_count, safe, floor, self.class_first, self.class_prior)
