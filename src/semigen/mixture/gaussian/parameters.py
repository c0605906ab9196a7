"""Parameters of a mixture and sufficient statistics of a pass, as plain arrays with names."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from semigen import _core
from semigen.mixture.blocks.product import BlockParameters
from semigen.mixture.families import FAMILIES, ClosedForm, Family
from semigen.mixture.gaussian.noise import UniformNoise
from semigen.persistence.pickled import VersionedPart


class SingularCovarianceError(ValueError):
    """A component's covariance lost its rank and nothing (shrinkage, reg_covar) holds it up."""

    def __init__(self, component: int):
        super().__init__(component)
        self.component = component
        self.class_code: int | None = None

    def of_class(self, class_first: NDArray[np.int64], *, shared: bool) -> SingularCovarianceError:
        """Return the error with the code of the component's class, unless the covariance is shared."""
        if not shared:
            self.class_code = int(np.searchsorted(class_first, self.component, side="right")) - 1
        return self


@dataclass(frozen=True)
class Parameters(VersionedPart):
    """A mixture, of scaled columns.

    Attributes
    ----------
    family : str
        Name of the covariance family.
    log_weights : array of shape (components,)
        log pi_m; the weights of all components of all classes sum to one.
    means : array of shape (components, features)
    covariances : array, shape by the family
    factors : array, shape by the family
        P with P^T P = covariance^-1, lower triangular; inverse standard deviations where columns are uncorrelated; or
        what else the family reads.
    log_prior : float
        Log density of the prior at these parameters, up to a constant.
    confusion : array of shape (annotators, classes, classes) or None
        Probabilities of given labels (last axis) for each class, where they are estimated.
    degrees_of_freedom : array of shape (components,) or None
        Of Student t components (see `gaussian/student_t.py`); None if they are Gaussian.
    noise : UniformNoise or None
        Rows that are of no component (see `gaussian/noise.py`); None if all are of some.
    blocks : tuple of arrays, or None
        Parameters of columns that are no numbers (see `blocks/`), a block each; None if there are none, or only the
        numbers are asked for.
    """

    family: str
    log_weights: NDArray[np.float64]
    means: NDArray[np.float64]
    covariances: NDArray[np.float64]
    factors: NDArray[np.float64]
    log_prior: float = 0.0
    confusion: NDArray[np.float64] | None = None
    degrees_of_freedom: NDArray[np.float64] | None = None
    noise: UniformNoise | None = None
    blocks: BlockParameters | None = None

    @property
    def form(self) -> Family:
        """The covariance family."""
        return FAMILIES[self.family].like(self.covariances)

    @property
    def closed_form(self) -> ClosedForm:
        """The covariance family, where its M step has a closed form."""
        form = self.form
        if not isinstance(form, ClosedForm):
            raise TypeError(f"The covariance family {self.family!r} has no M step in closed form.")
        return form

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return int(self.means.shape[1])

    @property
    def n_components(self) -> int:
        """Components of all classes together."""
        return len(self.log_weights)


@dataclass(frozen=True, eq=False)
class Statistics(VersionedPart):
    """Sufficient statistics of rows for one M step; those of parts of the rows add up to those of all.

    `SemiSupervisedGMM.statistics` makes them and `SemiSupervisedGMM.update` uses them. They can be pickled and sent.
    First and second moments are about the means of the mixture that made them: statistics of different mixtures cannot
    be added, and a mixture can be updated only with its own.

    Attributes
    ----------
    family : str
        Name of the covariance family.
    n_components, n_features : int
    flat : array
        The log-likelihood, then masses, first and second moments, what Student t components need besides, what is
        noise and what may be, and sums of cells, in the layout of csrc/include/semigen/model.hpp.
    made_with : str
        Digest of the mixture; empty within a fit, where there is only one.
    rank : int
        Latent factors of each covariance; 0 in families without loadings.
    label_counts : array of shape (annotators, classes, classes) or None
        Sums of responsibilities by class and given label (last axis), where labels may be wrong.
    heavy_tails : bool
        Whether components are Student t.
    noise : bool
        Whether rows may be noise.

    Examples
    --------
    >>> import numpy as np
    >>> from semigen import SemiSupervisedGMM
    >>> X, y = np.array([[0.0], [0.2], [5.0], [5.1], [4.8]]), np.array([0, 0, 1, 1, -1])
    >>> model = SemiSupervisedGMM("diag").fit(X, y)
    >>> parts = model.statistics(X[:3], y[:3]) + model.statistics(X[3:], y[3:])
    >>> bool(np.isclose(parts.log_likelihood, model.statistics(X, y).log_likelihood))
    True
    """

    family: str
    n_components: int
    n_features: int
    flat: NDArray[np.float64]
    made_with: str = ""
    rank: int = 0
    label_counts: NDArray[np.float64] | None = None
    heavy_tails: bool = False
    noise: bool = False

    def _offsets(self) -> tuple[int, ...]:
        shape = self.n_components, self.n_features, self.rank
        return _core.statistics_offsets(FAMILIES[self.family].core, *shape, self.heavy_tails)

    def _part(self, index: int) -> NDArray[np.float64]:
        offsets = self._offsets()
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
        """Weighted second moments, packed, with a row for each covariance."""
        return self._part(2).reshape(FAMILIES[self.family].count(self.n_components), -1)

    @property
    def weight(self) -> NDArray[np.float64]:
        """What the moments of each component weigh: its mass, or less where rows far out weigh less."""
        return self._part(3) if self.heavy_tails else self.mass

    @property
    def log_weight(self) -> NDArray[np.float64]:
        """Sums of responsibilities times E[log W - W] of Student t components, W being the weights of rows."""
        return self._part(4)

    @property
    def noise_mass(self) -> float:
        """Expected weight of the rows that are noise."""
        return float(self.flat[self._offsets()[-1]]) if self.noise else 0.0

    @property
    def noise_total(self) -> float:
        """Weight of the rows that may be noise."""
        return float(self.flat[self._offsets()[-1] + 1]) if self.noise else 0.0

    @property
    def of_components(self) -> NDArray[np.float64]:
        """The flat array without what is said of noise and of cells."""
        return self.flat[: self._offsets()[-1]]

    @property
    def cell_sums(self) -> NDArray[np.float64]:
        """Sums of responsibilities by cell of columns that are no numbers, of shape (cells, components)."""
        return self.flat[self._offsets()[-1] + (2 if self.noise else 0) :].reshape(-1, self.n_components)

    def __radd__(self, other: object) -> Statistics:
        """Return these statistics added to the 0 that `sum` begins with."""
        return self if other == 0 else NotImplemented

    def __add__(self, other: Statistics) -> Statistics:
        if not isinstance(other, Statistics):
            return NotImplemented
        shapes = [(each.family, each.n_components, each.n_features, each.rank) for each in (self, other)]
        makers = [(each.made_with, each.heavy_tails, each.noise) for each in (self, other)]
        if shapes[0] != shapes[1] or makers[0] != makers[1]:
            raise ValueError(
                "These statistics were made with different mixtures, and are about different means; make both with "
                "the same one."
            )
        counts = self.label_counts
        if counts is not None and other.label_counts is not None:
            counts = counts + other.label_counts
        return replace(self, flat=self.flat + other.flat, label_counts=counts)
