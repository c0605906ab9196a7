"""Scaling of columns: a mixture computes with columns that are centred and multiplied by powers of two.

Units must not matter: a column in nanometres is as good as one in light years. Scaling by powers of two changes no
digit, so a fit is the same to the last bit whatever power of two a column is multiplied by, and variances neither
overflow nor vanish.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.families import FAMILIES
from semigen.mixture.gaussian.m_step import with_factors
from semigen.mixture.gaussian.parameters import Parameters
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.persistence.pickled import VersionedPart

# A column whose standard deviation is this small beside its values is constant up to rounding.
_CONSTANT = 16 * np.finfo(np.float64).eps
# Standard deviations outside 2^-508 ... 2^508 have squares that float64 cannot hold.
_LARGEST_SCALE = {np.dtype(np.float64): 2.0**508, np.dtype(np.float32): 2.0**120}


@dataclass(frozen=True, eq=False)
class Scaling(VersionedPart):
    """The map z = (x - centre) * scale, and the variances of the columns of z: about 1, or 0 for a constant column."""

    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    variance: NDArray[np.float64]

    @classmethod
    def none(cls, n_features: int) -> Scaling:
        """Return the map that leaves columns as they are."""
        return cls(np.zeros(n_features), np.ones(n_features), np.ones(n_features))

    @property
    def log_volume(self) -> float:
        """Sum of log scale: log p(x) = log p(z) + log_volume."""
        return float(np.log(self.scale).sum())

    def apply(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Return the rows of X with scaled columns, in float64."""
        return (X - self.centre) * self.scale


def shrinkage_to_one(largest: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return powers of two by which columns with these largest absolute values become at most about 1.

    Squares of columns so shrunk stay within range.
    """
    return _power_of_two(largest)


def scaling_of(
    shrink: NDArray[np.float64],
    mean: NDArray[np.float64],
    variance: NDArray[np.float64],
    dtype: Any,
    *,
    one_scale: bool = False,
) -> Scaling:
    """Return the scaling of columns with these moments.

    Parameters
    ----------
    shrink : array of shape (d,)
        What the columns were multiplied by before their moments were taken.
    mean, variance : arrays of shape (d,)
    dtype : dtype
        Of the rows; scales and centres must fit in it.
    one_scale : bool, default=False
        Whether all columns get the same scale, as covariances with one variance for all columns need.

    Raises
    ------
    ValueError
        If a column varies so much, or so little, that its variance is not a floating-point number.
    """
    constant = np.sqrt(variance) <= _CONSTANT * np.maximum(np.abs(mean), np.finfo(np.float64).tiny)
    variance = np.where(constant, 0.0, variance)
    _check_range(np.sqrt(variance) / shrink, constant)

    # The kernels know the centre in the precision of the rows; everybody must mean the same point.
    centre = (mean / shrink).astype(dtype).astype(np.float64)
    if one_scale:
        # Compared in the units of the data: the widest column decides.
        deviation = np.sqrt(variance) / shrink
        widest = deviation.max()
        scale = np.full(len(mean), _power_of_two(np.array(widest if widest > 0 else 1.0)))
        return Scaling(centre, _within(dtype, scale), (deviation * scale) ** 2)
    stretch = _power_of_two(np.sqrt(np.where(constant, 1.0, variance)))
    scale = _within(dtype, shrink * stretch)
    return Scaling(centre, scale, variance * (scale / shrink) ** 2)


def from_original_units(
    weights: NDArray[np.float64],
    means: NDArray[np.float64],
    covariances: NDArray[np.float64],
    scaling: Scaling,
    prior: MixturePrior,
) -> Parameters:
    """Return parameters of scaled columns from those in the units of the data."""
    inner = FAMILIES[prior.family].scaled(covariances, scaling.scale)
    return with_factors(prior.family, weights, scaling.apply(means), inner, prior)


def in_original_units(
    parameters: Parameters, scaling: Scaling
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return means, covariances and scikit-learn's Cholesky factors of precisions, in the units of the data."""
    means = parameters.means / scaling.scale + scaling.centre
    covariances, factors = parameters.form.unscaled(parameters.covariances, parameters.factors, scaling.scale)
    return means, covariances, factors


def log_likelihood_in_original_units(
    log_likelihood: float, scaling: Scaling, measured_weight: NDArray[np.float64]
) -> float:
    """Return a log-likelihood of rows with densities in the units of the data.

    log p(x) = log p(z) + the sum of log scale over the columns that were measured, for every row.
    """
    return log_likelihood + float(measured_weight @ np.log(scaling.scale))


def objective_offset(
    parameters: Parameters,
    prior: MixturePrior,
    scaling: Scaling,
    measured_weight: NDArray[np.float64],
    total_weight: float,
) -> float:
    """Return what turns the objective per unit weight of a fit into that in the units of the data.

    Of the rows as in `log_likelihood_in_original_units`; and log det Sigma_x = log det Sigma_z - 2 log_volume in the
    prior of every covariance.
    """
    n_covariances = parameters.form.count(parameters.n_components)
    of_rows = float(measured_weight @ np.log(scaling.scale))
    return (of_rows + prior.pseudo_count * n_covariances * scaling.log_volume) / total_weight


def _power_of_two(size: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round 1 / size to a power of two; 1 where size is zero."""
    exponent = np.round(np.log2(np.where(size > 0, size, 1.0)))
    power: NDArray[np.float64] = np.ldexp(1.0, -np.clip(exponent, -1000, 1000).astype(int))
    return power


class ColumnRangeError(ValueError):
    """Raised where the variance of a column is not a floating-point number.

    Parameters
    ----------
    column : int
    deviation : float
    name : object, optional
        Of the column, where it has another than its number.
    """

    def __init__(self, column: int, deviation: float, name: Any = None) -> None:
        self.column, self.deviation, self.name = column, deviation, name
        super().__init__(
            f"Column {column if name is None else name!r} of X varies by about {deviation:.0e}, and the square of that "
            "is not a floating-point number. Rescale the column, or leave it out."
        )

    def __reduce__(self) -> tuple[type[ColumnRangeError], tuple[int, float, Any]]:
        return type(self), (self.column, self.deviation, self.name)

    def named(self, names: Sequence[Any]) -> ColumnRangeError:
        """Return the same of a table whose columns of numbers have these names."""
        return ColumnRangeError(self.column, self.deviation, names[self.column])


def _check_range(deviation: NDArray[np.float64], constant: NDArray[np.bool_]) -> None:
    limit = _LARGEST_SCALE[np.dtype(np.float64)]
    beyond = np.flatnonzero(~constant & ~((deviation < limit) & (deviation > 1 / limit)))
    if len(beyond):
        raise ColumnRangeError(int(beyond[0]), float(deviation[beyond[0]]))


def _within(dtype: Any, scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """Clip scales to what the dtype of the rows can hold."""
    limit = _LARGEST_SCALE[np.dtype(dtype)]
    return np.clip(scale, 1 / limit, limit)
