"""Parameters between the coordinates of the mixture and the units of the data."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.gaussian.parameters import Parameters
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.gaussian.scaling import Coordinates
from semigen.mixture.learning.em import Fit, with_factors


def start_from(
    weights: NDArray[np.float64],
    means: NDArray[np.float64],
    covariances: NDArray[np.float64],
    family: str,
    coordinates: Coordinates,
    prior: MixturePrior,
) -> Parameters:
    """Parameters in the coordinates of the mixture from those in the units of the data."""
    scale = coordinates.scale
    if family in ("full", "tied"):
        inner = covariances * np.outer(scale, scale)
    else:
        inner = covariances * (scale if family == "diag" else scale[0]) ** 2
    return with_factors(family, weights, coordinates.apply(means), inner, prior)


def in_units(
    parameters: Parameters, coordinates: Coordinates
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Means, covariances and scikit-learn's Cholesky factors of precisions, in the units of the data."""
    scale = coordinates.scale
    means = parameters.means / scale + coordinates.centre
    if parameters.family in ("full", "tied"):
        covariances = parameters.covariances / scale[:, None] / scale[None, :]
        return means, covariances, np.swapaxes(parameters.factors * scale, -1, -2).copy()
    step = scale if parameters.family == "diag" else scale[0]
    return means, parameters.covariances / step / step, parameters.factors * step


def log_likelihood_in_units(fit: Fit, coordinates: Coordinates, measured_weight: NDArray[np.float64]) -> float:
    """The log-likelihood of the rows, densities taken in the units of the data.

    log p(x) = log p(z) + the sum of log scale over the columns that were measured, for every row.
    """
    return fit.log_likelihood + float(measured_weight @ np.log(coordinates.scale))


def objective_offset(
    parameters: Parameters,
    prior: MixturePrior,
    coordinates: Coordinates,
    measured_weight: NDArray[np.float64],
    total_weight: float,
) -> float:
    """What turns the objective per unit weight of a fit into that in the units of the data.

    The rows as in `log_likelihood_in_units`, and log det Sigma_x = log det Sigma_z - 2 log_volume in the prior of every
    covariance.
    """
    n_covariances = 1 if parameters.family == "tied" else parameters.n_components
    of_rows = float(measured_weight @ np.log(coordinates.scale))
    return (of_rows + prior.pseudo_count * n_covariances * coordinates.log_volume) / total_weight
