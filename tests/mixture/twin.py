"""The kernels once more, in NumPy: slow, short, and meant to be read. Tests hold the C++ against them.

`TwinPasses` can stand in for `rows.Passes`, and `maximization` for `m_step.m_step`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from semigen.labels import UNSURE_CODE
from semigen.mixture.families.dense import raised
from semigen.mixture.gaussian.class_weights import log_weights
from semigen.mixture.gaussian.parameters import Parameters, Statistics
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.rows.arrays import ArrayRows


def log_joint(Z: NDArray[np.float64], parameters: Parameters) -> NDArray[np.float64]:
    """Log pi_m p(what was measured of z | m), of shape (n, components)."""
    if np.isnan(Z).any():
        return np.array([_log_joint_of_row(z, parameters) for z in Z])
    d = Z.shape[1]
    columns = []
    for m, mean in enumerate(parameters.means):
        factor = full_factor(parameters, m)
        distance = ((Z - mean) @ factor.T) ** 2
        log_determinant = np.log(np.diag(factor)).sum()
        columns.append(
            parameters.log_weights[m] + log_determinant - 0.5 * d * np.log(2 * np.pi) - 0.5 * distance.sum(axis=1)
        )
    return np.stack(columns, axis=1)


def _log_joint_of_row(z: NDArray[np.float64], parameters: Parameters) -> NDArray[np.float64]:
    seen = np.flatnonzero(~np.isnan(z))
    if not len(seen):
        return parameters.log_weights
    densities = [
        multivariate_normal.logpdf(z[seen], mean[seen], full_covariance(parameters, m)[np.ix_(seen, seen)])
        for m, mean in enumerate(parameters.means)
    ]
    return np.asarray(parameters.log_weights + densities)


def full_covariance(parameters: Parameters, m: int) -> NDArray[np.float64]:
    """Component m's covariance as a (d, d) matrix, whatever the family."""
    inverse = np.linalg.inv(full_factor(parameters, m))
    return np.asarray(inverse @ inverse.T)


def expected(
    Z: NDArray[np.float64], weights: NDArray[np.float64], parameters: Parameters, m: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What component m expects of missing values, and the weighted sum of the covariances about that."""
    filled, spread = Z.copy(), np.zeros((Z.shape[1], Z.shape[1]))
    mean, covariance = parameters.means[m], full_covariance(parameters, m)
    for row in np.flatnonzero(np.isnan(Z).any(axis=1)):
        z = Z[row]
        seen, unseen = np.flatnonzero(~np.isnan(z)), np.flatnonzero(np.isnan(z))
        regression = covariance[np.ix_(unseen, seen)] @ np.linalg.inv(covariance[np.ix_(seen, seen)])
        filled[row, unseen] = mean[unseen] + regression @ (z[seen] - mean[seen])
        spread[np.ix_(unseen, unseen)] += weights[row] * (
            covariance[np.ix_(unseen, unseen)] - regression @ covariance[np.ix_(seen, unseen)]
        )
    return filled, spread


def full_factor(parameters: Parameters, m: int) -> NDArray[np.float64]:
    """Component m's factor P as a (d, d) matrix, whatever the family."""
    d = parameters.means.shape[1]
    if parameters.family == "full":
        return np.asarray(parameters.factors[m])
    if parameters.family == "tied":
        return parameters.factors
    if parameters.family == "diag":
        return np.diag(parameters.factors[m])
    if parameters.family == "low_rank":
        return np.asarray(np.linalg.inv(np.linalg.cholesky(_of_low_rank(parameters.covariances[m]))))
    return np.asarray(parameters.factors[m if parameters.family == "spherical" else 0] * np.eye(d))


@dataclass
class TwinPasses:
    """Passes over rows in memory, with responsibilities stored and nothing skipped."""

    rows: ArrayRows
    scaling: Scaling
    class_first: NDArray[np.int64]
    threads: int = 1
    rounding: float = 1e-9

    @property
    def total_weight(self) -> float:
        """What all rows count together."""
        return float(self.rows.effective_weights().sum())

    def expectation(self, parameters: Parameters) -> Statistics:
        """The E step: log-likelihood and sufficient statistics at these parameters."""
        Z = self.scaling.apply(self.rows.X.astype(np.float64))
        component_class = np.repeat(np.arange(len(self.class_first) - 1), np.diff(self.class_first))
        codes = self.rows.codes[:, None]
        allowed = (codes < 0) | (codes == component_class)
        joint = np.where(allowed, log_joint(Z, parameters), -np.inf)
        if self.rows.log_prior is not None:
            joint += np.where(codes == UNSURE_CODE, self.rows.log_prior[:, component_class], 0.0)
        evidence = logsumexp(joint, axis=1)
        weights = self.rows.effective_weights()
        responsibilities = np.exp(joint - evidence[:, None]) * weights[:, None]
        return statistics_of(Z, responsibilities, parameters, float(weights @ evidence))


def statistics_of(
    Z: NDArray[np.float64], responsibilities: NDArray[np.float64], parameters: Parameters, log_likelihood: float
) -> Statistics:
    """Moments centred on the means of `parameters` ('tied': on the origin), in the layout of the C++ core."""
    n_components, d = parameters.means.shape
    lower = np.tril_indices(d)
    first, second = [], []
    for m, mean in enumerate(parameters.means):
        weights = responsibilities[:, m]
        filled, spread = expected(Z, weights, parameters, m)
        centred = filled - mean
        first.append(weights @ centred)
        scatter = (centred.T * weights) @ centred + spread
        if parameters.family == "full":
            second.append(scatter[lower])
        elif parameters.family == "diag":
            second.append(np.diag(scatter))
        elif parameters.family == "low_rank":
            _, regression = latent_posterior(parameters.covariances[m])
            second.append(np.vstack([np.diag(scatter), regression @ scatter]).ravel())
        elif parameters.family == "spherical":
            second.append(np.array([np.trace(scatter)]))
        else:
            about_origin = (filled.T * weights) @ filled + spread
            packed = about_origin[lower] if parameters.family == "tied" else np.array([np.trace(about_origin)])
            second = [packed + sum(second)]
    flat = np.concatenate([[log_likelihood], responsibilities.sum(axis=0), *first, *second])
    return Statistics(parameters.family, n_components, d, flat, rank=parameters.form.rank)


def m_step(statistics: Statistics, parameters: Parameters, prior: MixturePrior) -> Parameters:
    """The M step for statistics in which every component has mass."""
    family, mass = parameters.family, statistics.mass
    d = parameters.means.shape[1]
    shifts = statistics.first / mass[:, None]
    means = parameters.means + shifts
    nu, target = prior.pseudo_count, prior.target
    if family == "tied":
        scatter = _symmetric(statistics.second[0], d) - (means.T * mass) @ means
        covariances = raised((scatter + nu * target) / (mass.sum() + nu), prior.floor)
    elif family == "full":
        scatters = [_symmetric(packed, d) for packed in statistics.second]
        scatters = [scatter - m * np.outer(s, s) for scatter, m, s in zip(scatters, mass, shifts, strict=True)]
        estimates = [(scatter + nu * target) / (m + nu) for scatter, m in zip(scatters, mass, strict=True)]
        covariances = np.stack([raised(estimate, prior.floor) for estimate in estimates])
    elif family == "diag":
        variances = statistics.second - mass[:, None] * shifts**2
        covariances = np.maximum((variances + nu * target) / (mass[:, None] + nu), prior.floor)
    elif family == "low_rank":
        seconds = statistics.second.reshape(parameters.covariances.shape)
        covariances = np.stack(
            [_factor_analysis(*each, prior) for each in zip(parameters.covariances, seconds, mass, shifts, strict=True)]
        )
    elif family == "tied_spherical":
        total = statistics.second[:, 0] - mass @ (means**2).sum(axis=1)
        covariances = np.maximum((total / d + nu * target) / (mass.sum() + nu), prior.floor)
    else:
        sums = statistics.second[:, 0] - mass * (shifts**2).sum(axis=1)
        covariances = np.maximum((sums / d + nu * target) / (mass + nu), prior.floor)
    updated = replace(
        parameters,
        log_weights=log_weights(mass, prior),
        means=means,
        covariances=covariances,
        factors=_factors(family, covariances),
    )
    return replace(updated, log_prior=log_prior(updated, prior))


def log_prior(parameters: Parameters, prior: MixturePrior) -> float:
    """-nu/2 (log det Sigma + tr Sigma^-1 target), summed over the covariances of the model."""
    d = parameters.means.shape[1]
    target = prior.target
    if parameters.family == "low_rank":
        target = _of_low_rank(target)
    elif parameters.family not in ("full", "tied"):
        target = np.diag(np.broadcast_to(target, d))
    total = 0.0
    for m in range(1 if parameters.family in ("tied", "tied_spherical") else parameters.n_components):
        factor = full_factor(parameters, m)
        total += np.trace(factor @ target @ factor.T) - 2 * np.log(np.diag(factor)).sum()
    return float(-0.5 * prior.pseudo_count * total)


def _of_low_rank(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lambda Lambda^T + Psi."""
    noise, loadings = covariance[0], covariance[1:].T
    return np.asarray(loadings @ loadings.T + np.diag(noise))


def latent_posterior(covariance: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """G and beta: given a row x, its latent factors have the covariance G and the mean beta (x - mu)."""
    loadings = covariance[1:].T
    regression = loadings.T @ np.linalg.inv(_of_low_rank(covariance))
    return np.eye(loadings.shape[1]) - regression @ loadings, regression


def _factor_analysis(
    covariance: NDArray[np.float64],
    second: NDArray[np.float64],
    mass: float,
    shift: NDArray[np.float64],
    prior: MixturePrior,
) -> NDArray[np.float64]:
    """One step of EM for factor analysis, in which the prior is rows with the scatter nu * target."""
    spread, regression = latent_posterior(covariance)
    nu, target = prior.pseudo_count, _of_low_rank(prior.target)
    about_mean = second[0] - mass * shift**2 + nu * np.diag(target)
    products = second[1:].T - mass * np.outer(shift, regression @ shift) + nu * target @ regression.T
    loadings = products @ np.linalg.inv((mass + nu) * spread + regression @ products)
    noise = (about_mean - (loadings * products).sum(axis=1)) / (mass + nu)
    return np.vstack([np.maximum(noise, prior.floor), loadings.T])


def _symmetric(packed: NDArray[np.float64], d: int) -> NDArray[np.float64]:
    matrix = np.zeros((d, d))
    matrix[np.tril_indices(d)] = packed
    return matrix + np.tril(matrix, -1).T


def _factors(family: str, covariances: NDArray[np.float64]) -> NDArray[np.float64]:
    if family in ("full", "tied"):
        return np.asarray(np.linalg.inv(np.linalg.cholesky(covariances)))
    if family == "low_rank":
        noise = covariances[:, :1]
        return np.concatenate([1 / np.sqrt(noise), covariances[:, 1:] / np.sqrt(noise)], axis=1)
    return np.asarray(1 / np.sqrt(covariances))
