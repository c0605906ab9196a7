"""Conditional moments of missing values, given what was measured of their rows."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.gaussian.parameters import Parameters


def conditional_moments(
    Z: NDArray[np.float64],
    patterns: Iterable[tuple[NDArray[np.int64], NDArray[np.int64]]],
    parameters: Parameters,
    responsibilities: NDArray[np.float64],
    *,
    with_covariance: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Return the mean and covariance of every row given its measured values.

    Within a component the missing values M have the mean mu_M + Sigma_MO Sigma_OO^-1 (z_O - mu_O) and the covariance
    Sigma_MM - Sigma_MO Sigma_OO^-1 Sigma_OM; over components, means are averaged by responsibility, and the spread of
    the means about their average adds to the covariance.

    Parameters
    ----------
    Z : array of shape (n, d)
        Rows of scaled columns, NaN where missing.
    patterns : iterable of (columns, rows)
        Numbers of columns that were measured in the rows with these numbers; every row is in one.
    parameters : Parameters
    responsibilities : array of shape (n, components)
        Probability of every component given what was measured.
    with_covariance : bool

    Returns
    -------
    mean : array of shape (n, d)
        The rows with missing values replaced.
    covariance : array of shape (n, d, d) or None
        Zero in measured columns.

    Raises
    ------
    ValueError
        If covariances of Student t components are asked for: they depend on how far out what was measured lies.
    """
    if with_covariance and parameters.degrees_of_freedom is not None:
        raise ValueError(
            "return_covariance=True needs Gaussian components, and these are Student t: ask for the rows alone, or fit "
            "with distribution='normal'."
        )
    mean = np.nan_to_num(Z, nan=0.0)
    covariance = np.zeros((*Z.shape, Z.shape[1])) if with_covariance else None
    for seen, rows in patterns:
        unseen = np.setdiff1d(np.arange(Z.shape[1]), seen)
        if not len(unseen):
            continue
        weights = responsibilities[rows]
        expected = np.empty((parameters.n_components, len(rows), len(unseen)))
        spread = np.empty((parameters.n_components, len(unseen), len(unseen))) if with_covariance else None
        for m in range(parameters.n_components):
            if spread is None and not parameters.form.correlated:
                # Columns say nothing of one another.
                expected[m] = parameters.means[m][unseen]
                continue
            expected[m], conditional = _of_component(Z[np.ix_(rows, seen)], parameters, m, seen, unseen)
            if spread is not None:
                spread[m] = conditional
        average = np.einsum("im,mij->ij", weights, expected)
        mean[np.ix_(rows, unseen)] = average
        if covariance is not None and spread is not None:
            away = expected - average
            total = np.einsum("im,mjk->ijk", weights, spread) + np.einsum("im,mij,mik->ijk", weights, away, away)
            covariance[np.ix_(rows, unseen, unseen)] = total
    return mean, covariance


def _of_component(
    measured: NDArray[np.float64],
    parameters: Parameters,
    m: int,
    seen: NDArray[np.int64],
    unseen: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    mean = parameters.means[m]
    regression, conditional = parameters.form.regression(parameters.covariances, m, seen, unseen)
    return mean[unseen] + (measured - mean[seen]) @ regression, conditional
