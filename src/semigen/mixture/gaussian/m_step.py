"""The M step: the parameters that maximise the expected penalised log-likelihood."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from semigen import _core
from semigen.mixture.families import FAMILIES
from semigen.mixture.gaussian.parameters import Parameters, SingularCovarianceError, Statistics
from semigen.mixture.gaussian.prior import MixturePrior

# A component's weight never falls below this, so that its logarithm stays finite.
_LEAST_WEIGHT = 1e-300


def m_step(statistics: Statistics, parameters: Parameters, prior: MixturePrior, threads: int = 1) -> Parameters:
    """Return the parameters that maximise the expected penalised log-likelihood.

    Raises
    ------
    SingularCovarianceError
        If a covariance is singular and neither prior nor floor forbids it.
    """
    means, covariances, factors, log_prior, singular = _core.maximize(
        parameters.form.core,
        statistics.flat,
        parameters.means,
        parameters.covariances,
        pseudo_count=prior.pseudo_count,
        target=prior.target,
        root=prior.root,
        floor=prior.floor,
        threads=threads,
    )
    if singular >= 0:
        raise SingularCovarianceError(singular)
    return replace(
        parameters,
        log_weights=log_weights(statistics.mass, prior),
        means=means,
        covariances=covariances,
        factors=factors,
        log_prior=log_prior,
    )


def log_weights(mass: NDArray[np.float64], prior: MixturePrior) -> NDArray[np.float64]:
    """Return log mixing weights: shares of mass, each class's total fixed where the caller fixed the class prior."""
    if prior.class_prior is None:
        total = mass.sum()
        weights = mass / total if total > 0 else np.full(len(mass), 1 / len(mass))
    else:
        class_mass = np.add.reduceat(mass, prior.class_first[:-1])
        sizes = np.diff(prior.class_first)
        share = np.where(class_mass > 0, prior.class_prior / np.where(class_mass > 0, class_mass, 1.0), 0.0)
        weights = mass * np.repeat(share, sizes)
        empty = np.repeat(class_mass <= 0, sizes)
        weights = np.where(empty, np.repeat(prior.class_prior / sizes, sizes), weights)
    result: NDArray[np.float64] = np.log(np.maximum(weights, _LEAST_WEIGHT))
    return result


def with_factors(
    family: str,
    weights: NDArray[np.float64],
    means: NDArray[np.float64],
    covariances: NDArray[np.float64],
    prior: MixturePrior,
    threads: int = 1,
) -> Parameters:
    """Return parameters from weights, means and covariances, raised to the prior's floor where needed.

    Raises
    ------
    SingularCovarianceError
        If a covariance is singular and the floor is zero.
    """
    raised, factors, log_prior, singular = _core.factorise(
        FAMILIES[family].core,
        means.shape[0],
        means.shape[1],
        covariances,
        pseudo_count=prior.pseudo_count,
        target=prior.target,
        root=prior.root,
        floor=prior.floor,
        threads=threads,
    )
    if singular >= 0:
        raise SingularCovarianceError(singular)
    safe_weights = np.maximum(weights, _LEAST_WEIGHT)
    return Parameters(family, np.log(safe_weights), np.ascontiguousarray(means), raised, factors, log_prior)
