"""The kernels once more, in NumPy: slow, short, and meant to be read. Tests hold the C++ against them.

`TwinPasses` can stand in for `rows.Passes`, and `maximization` for `m_step.m_step`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import digamma, gammaln, logsumexp
from scipy.stats import multivariate_normal, multivariate_t

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
        if parameters.degrees_of_freedom is None:
            density = -0.5 * d * np.log(2 * np.pi) - 0.5 * distance.sum(axis=1)
        else:
            nu = parameters.degrees_of_freedom[m]
            density = gammaln((nu + d) / 2) - gammaln(nu / 2) - 0.5 * d * np.log(nu * np.pi)
            density = density - 0.5 * (nu + d) * np.log1p(distance.sum(axis=1) / nu)
        columns.append(parameters.log_weights[m] + log_determinant + density)
    return np.stack(columns, axis=1)


def _log_joint_of_row(z: NDArray[np.float64], parameters: Parameters) -> NDArray[np.float64]:
    seen = np.flatnonzero(~np.isnan(z))
    if not len(seen):
        return parameters.log_weights
    densities = []
    for m, mean in enumerate(parameters.means):
        moments = mean[seen], full_covariance(parameters, m)[np.ix_(seen, seen)]
        if parameters.degrees_of_freedom is None:
            densities.append(multivariate_normal.logpdf(z[seen], *moments))
        else:
            densities.append(multivariate_t.logpdf(z[seen], *moments, df=parameters.degrees_of_freedom[m]))
    return np.asarray(parameters.log_weights + densities)


def row_weights(
    Z: NDArray[np.float64], parameters: Parameters, m: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """E[W] and E[log W] of every row under component m, W being the weight of a row of a Student t component."""
    if parameters.degrees_of_freedom is None:
        return np.ones(len(Z)), np.zeros(len(Z))
    nu, covariance = parameters.degrees_of_freedom[m], full_covariance(parameters, m)
    if not np.isnan(Z).any():
        distance = (((Z - parameters.means[m]) @ full_factor(parameters, m).T) ** 2).sum(axis=1)
        shape, rate = np.full(len(Z), (nu + Z.shape[1]) / 2), (nu + distance) / 2
        return shape / rate, digamma(shape) - np.log(rate)
    shape, rate = np.empty(len(Z)), np.empty(len(Z))
    for row, z in enumerate(Z):
        seen = np.flatnonzero(~np.isnan(z))
        apart = (z - parameters.means[m])[seen]
        distance = apart @ np.linalg.solve(covariance[np.ix_(seen, seen)], apart)
        shape[row], rate[row] = (nu + len(seen)) / 2, (nu + distance) / 2
    return shape / rate, digamma(shape) - np.log(rate)


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
        weights = self.rows.effective_weights()
        if parameters.noise is not None:
            return self._beside_noise(Z, joint, weights, parameters)
        evidence = logsumexp(joint, axis=1)
        responsibilities = np.exp(joint - evidence[:, None]) * weights[:, None]
        return statistics_of(Z, responsibilities, parameters, float(weights @ evidence))

    def _beside_noise(
        self, Z: NDArray[np.float64], joint: NDArray[np.float64], weights: NDArray[np.float64], parameters: Parameters
    ) -> Statistics:
        """The same where rows without a sure label may be of no component."""
        noise, may_be = parameters.noise, self.rows.codes < 0
        assert noise is not None
        of_noise = np.log(noise.weight) + np.where(np.isnan(Z), 0.0, -noise.log_sides).sum(axis=1)
        if self.rows.log_prior is not None:
            of_noise = of_noise + np.where(self.rows.codes == UNSURE_CODE, self.rows.log_prior.min(axis=1), 0.0)
        of_noise = np.where(may_be, of_noise, -np.inf)
        joint = joint + np.where(may_be, np.log1p(-noise.weight), 0.0)[:, None]
        evidence = np.logaddexp(logsumexp(joint, axis=1), of_noise)
        responsibilities = np.exp(joint - evidence[:, None]) * weights[:, None]
        found = statistics_of(Z, responsibilities, parameters, float(weights @ evidence))
        at_end = [weights @ np.exp(of_noise - evidence), weights @ may_be]
        return replace(found, flat=np.concatenate([found.flat, at_end]), noise=True)


def statistics_of(
    Z: NDArray[np.float64], responsibilities: NDArray[np.float64], parameters: Parameters, log_likelihood: float
) -> Statistics:
    """Moments centred on the means of `parameters` ('tied': on the origin), in the layout of the C++ core."""
    n_components, d = parameters.means.shape
    lower = np.tril_indices(d)
    first, second, weight, log_weight = [], [], [], []
    for m, mean in enumerate(parameters.means):
        filled, spread = expected(Z, responsibilities[:, m], parameters, m)
        of_rows, log_of_rows = row_weights(Z, parameters, m)
        weights = responsibilities[:, m] * of_rows
        weight.append(weights.sum())
        log_weight.append(responsibilities[:, m] @ (log_of_rows - of_rows))
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
    heavy_tails = parameters.degrees_of_freedom is not None
    flat = np.concatenate([[log_likelihood], responsibilities.sum(axis=0), *first, *second])
    if heavy_tails:
        flat = np.concatenate([flat, weight, log_weight])
    return Statistics(parameters.family, n_components, d, flat, rank=parameters.form.rank, heavy_tails=heavy_tails)


def m_step(statistics: Statistics, parameters: Parameters, prior: MixturePrior) -> Parameters:
    """The M step for statistics in which every component has mass."""
    family, mass, rows = parameters.family, statistics.weight, statistics.mass
    d = parameters.means.shape[1]
    shifts = statistics.first / mass[:, None]
    means = parameters.means + shifts
    nu, target = prior.pseudo_count, prior.target
    if family == "tied":
        scatter = _symmetric(statistics.second[0], d) - (means.T * mass) @ means
        covariances = raised((scatter + nu * target) / (rows.sum() + nu), prior.floor)
    elif family == "full":
        scatters = [_symmetric(packed, d) for packed in statistics.second]
        scatters = [scatter - m * np.outer(s, s) for scatter, m, s in zip(scatters, mass, shifts, strict=True)]
        estimates = [(scatter + nu * target) / (n + nu) for scatter, n in zip(scatters, rows, strict=True)]
        covariances = np.stack([raised(estimate, prior.floor) for estimate in estimates])
    elif family == "diag":
        variances = statistics.second - mass[:, None] * shifts**2
        covariances = np.maximum((variances + nu * target) / (rows[:, None] + nu), prior.floor)
    elif family == "low_rank":
        seconds = statistics.second.reshape(parameters.covariances.shape)
        covariances = np.stack(
            [
                _factor_analysis(*each, prior)
                for each in zip(parameters.covariances, seconds, mass, rows, shifts, strict=True)
            ]
        )
    elif family == "tied_spherical":
        total = statistics.second[:, 0] - mass @ (means**2).sum(axis=1)
        covariances = np.maximum((total / d + nu * target) / (rows.sum() + nu), prior.floor)
    else:
        sums = statistics.second[:, 0] - mass * (shifts**2).sum(axis=1)
        covariances = np.maximum((sums / d + nu * target) / (rows + nu), prior.floor)
    degrees = parameters.degrees_of_freedom
    if degrees is not None and prior.learnt_degrees is not None:
        degrees = np.array([_most_likely_degrees(rows, statistics.log_weight, m, prior) for m in range(len(rows))])
    updated = replace(
        parameters,
        degrees_of_freedom=degrees,
        log_weights=log_weights(rows, prior),
        means=means,
        covariances=covariances,
        factors=_factors(family, covariances),
    )
    return replace(updated, log_prior=log_prior(updated, prior))


def _most_likely_degrees(
    rows: NDArray[np.float64], log_weight: NDArray[np.float64], m: int, prior: MixturePrior
) -> float:
    """The degrees of freedom of component m that maximise the expected log density of the weights of its rows."""
    if prior.learnt_degrees == "shared":
        n, total = rows.sum(), log_weight.sum()
    else:
        n, total = rows[m], log_weight[m]

    def loss(log_nu: float) -> float:
        half = np.exp(log_nu) / 2
        return float(gammaln(half) - half * np.log(half) - half * total / n)

    return float(np.exp(minimize_scalar(loss, bounds=np.log([1.0, 1000.0]), options={"xatol": 1e-9}).x))


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
    rows: float,
    shift: NDArray[np.float64],
    prior: MixturePrior,
) -> NDArray[np.float64]:
    """One step of EM for factor analysis, in which the prior is rows with the scatter nu * target."""
    spread, regression = latent_posterior(covariance)
    nu, target = prior.pseudo_count, _of_low_rank(prior.target)
    about_mean = second[0] - mass * shift**2 + nu * np.diag(target)
    products = second[1:].T - mass * np.outer(shift, regression @ shift) + nu * target @ regression.T
    loadings = products @ np.linalg.inv((rows + nu) * spread + regression @ products)
    noise = (about_mean - (loadings * products).sum(axis=1)) / (rows + nu)
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
