"""A fitting problem: rows, their scaling and the options of a fit, none of which changes while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.blocks.product import BlockPrior
from semigen.mixture.families import FAMILIES, Family
from semigen.mixture.gaussian.class_weights import drawn_by_class
from semigen.mixture.gaussian.label_noise import LabelNoise
from semigen.mixture.gaussian.parameters import Parameters
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.gaussian.student_t import START
from semigen.mixture.learning.em import Fit, maximize_objective
from semigen.mixture.learning.quasi_newton import QuasiNewton
from semigen.mixture.learning.shared_work import SharedWork
from semigen.mixture.rows.noisy_labels import NoisyRows
from semigen.mixture.rows.source import Passes, Rows


@dataclass(frozen=True)
class MixtureOptions:
    """Options of a fit, checked.

    Attributes
    ----------
    family : str
        Name of the covariance family.
    sizes : array of shape (classes,)
        Components of each class.
    rank : int
        Latent factors of each covariance, where the family has loadings.
    by_bic : bool
        Whether the Bayesian information criterion chooses the number of components; `sizes` is then where it starts.
    class_prior : array of shape (classes,) or None
        Fixed class probabilities; None to learn them.
    drawn_by_class : bool
        Whether labels say nothing of how frequent classes are.
    shrinkage : float or None
        Rows that the target of a covariance is worth; None takes those of the family.
    reg_covar : float
        Least variance in any direction, as a part of the variance of the columns.
    max_iter, tol, n_init
        As in `SemiSupervisedGMM`.
    accelerate : 'auto', 'quasi-newton' or None
        When to take steps longer than EM's.
    prune : bool
        Whether passes leave out what cannot matter.
    threads : int
    missing_allowed : bool
        Whether rows with NaN were allowed in the fit; kept for files, and read by nothing.
    label_noise : LabelNoise or None
        How labels go wrong; None if all are right.
    degrees_of_freedom : float, "shared", "per_component" or None
        Of Student t components; if a name, they are learnt. None for Gaussian components.
    noise : bool
        Whether rows without a sure label may be uniform noise.
    n_novel : int
        How many of the last classes are unknown ones, which no labelled row is of.
    novel_by : 'bic', 'aic' or None
        Which criterion chooses how many.
    blocks : BlockPrior or None
        Of columns that are no numbers; None if there are none.
    """

    @property
    def learnt_degrees(self) -> str | None:
        """Which degrees of freedom are learnt; None if they are given, or there are none."""
        return self.degrees_of_freedom if isinstance(self.degrees_of_freedom, str) else None

    family: str
    sizes: NDArray[np.int64]
    by_bic: bool = False
    class_prior: NDArray[np.float64] | None = None
    drawn_by_class: bool = False
    shrinkage: float | None = None
    reg_covar: float = 1e-6
    max_iter: int = 200
    tol: float = 1e-5
    n_init: int = 1
    accelerate: str | None = "auto"
    prune: bool = True
    threads: int = 1
    missing_allowed: bool = False
    rank: int = 1
    label_noise: LabelNoise | None = None
    degrees_of_freedom: float | str | None = None
    noise: bool = False
    n_novel: int = 0
    novel_by: str | None = None
    blocks: BlockPrior | None = None


@dataclass(frozen=True)
class Problem:
    """Rows, their scaling and options, and what is computed once for fits to the same rows."""

    rows: Rows
    scaling: Scaling
    options: MixtureOptions
    shared: SharedWork = field(default_factory=SharedWork)

    @property
    def form(self) -> Family:
        """The covariance family."""
        return FAMILIES[self.options.family].of_rank(self.options.rank)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Components of each class."""
        return self.options.sizes

    @cached_property
    def class_first(self) -> NDArray[np.int64]:
        """First component of each class, and the number of components."""
        return np.concatenate(([0], np.cumsum(self.options.sizes)))

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.options.sizes)

    def with_sizes(self, sizes: NDArray[np.int64]) -> Problem:
        """Return the same problem with these numbers of components of the classes."""
        return replace(self, options=replace(self.options, sizes=sizes))

    def one_per_class(self) -> Problem:
        """Return the same problem with a single component in every class."""
        return self.with_sizes(np.ones(self.n_classes, dtype=np.int64))

    def with_right_labels(self) -> Problem:
        """Return the same problem with labels that count as right."""
        if not isinstance(self.rows, NoisyRows):
            return self
        return replace(self, rows=self.rows.rows, options=replace(self.options, label_noise=None))

    def passes(self) -> Passes:
        """Return passes over all rows that count."""

        def make() -> Passes:
            return self.rows.passes(self.scaling, self.class_first, self.options.threads, prune=self.options.prune)

        if not self.rows.incomplete:
            return make()
        # Grouping rows by what they lack takes longer than many a pass. Passes over complete rows are cheap to make,
        # and remember moments of passes before, which would change the last digits.
        return self.shared.once(("passes", self.rows, self.scaling, self.class_first.tobytes()), make)

    def climb(
        self,
        passes: Passes,
        start: Parameters,
        prior: MixturePrior,
        on_iteration: Callable[[int, float], None] | None = None,
    ) -> Fit:
        """Run EM from a start, accelerated as the options say."""
        accelerate, threads = self.options.accelerate, self.options.threads
        # Long steps know the slopes of numbers only.
        alone = accelerate is None or start.blocks is not None
        accelerator = None if alone else QuasiNewton(prior, threads, eager=accelerate != "auto")
        return maximize_objective(
            passes,
            start,
            prior,
            max_iter=self.options.max_iter,
            tol=self.options.tol,
            accelerator=accelerator,
            on_iteration=on_iteration,
        )

    def pseudo_count(self) -> float:
        """Return the number of rows that the target of a covariance is worth."""
        if self.options.shrinkage is None:
            return self.form.pseudo_count(self.rows.n_features)
        return self.options.shrinkage

    def prior(self, form: Family, target: NDArray[np.float64], pseudo_count: float) -> MixturePrior:
        """Return the prior that leans on `target`; a target narrower than the floor is raised to it."""
        floor = form.floor(self.scaling.variance, self.options.reg_covar)
        safe = form.raise_to(target, floor)
        drawn = None
        if self.options.drawn_by_class:
            drawn = drawn_by_class(self.rows.labeled_weight(self.n_classes), self.rows.unlabeled_weight)
        learnt = self.options.learnt_degrees
        weights = self.options.class_prior, drawn
        noise = self.options.label_noise
        return MixturePrior(form.name, pseudo_count, safe, floor, self.class_first, *weights, noise, learnt)

    def with_tails(self, start: Parameters) -> Parameters:
        """Return a start with the degrees of freedom that the options ask for, if components are Student t."""
        asked = self.options.degrees_of_freedom
        if asked is None:
            return start
        nu = START if isinstance(asked, str) else asked
        return replace(start, degrees_of_freedom=np.full(start.n_components, float(nu)))
