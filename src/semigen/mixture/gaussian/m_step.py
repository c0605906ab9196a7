"""The M step: the parameters that maximise the expected penalised log-likelihood."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from semigen import _core
from semigen.mixture.blocks.product import BlockParameters, BlockPrior
from semigen.mixture.families import FAMILIES
from semigen.mixture.gaussian import student_t
from semigen.mixture.gaussian.class_weights import log_weights, safe_log
from semigen.mixture.gaussian.label_noise import LabelNoise
from semigen.mixture.gaussian.parameters import Parameters, SingularCovarianceError, Statistics
from semigen.mixture.gaussian.prior import MixturePrior


def m_step(statistics: Statistics, parameters: Parameters, prior: MixturePrior, threads: int = 1) -> Parameters:
    """Return the parameters that maximise the expected penalised log-likelihood.

    Raises
    ------
    SingularCovarianceError
        If a covariance is singular and neither prior nor floor forbids it.
    """
    means, covariances, factors, log_prior, singular = _core.maximize(
        parameters.form.core,
        statistics.of_components,
        parameters.means,
        parameters.covariances,
        pseudo_count=prior.pseudo_count,
        target=prior.target,
        root=prior.root,
        floor=prior.floor,
        threads=threads,
        heavy_tails=statistics.heavy_tails,
    )
    if singular >= 0:
        raise SingularCovarianceError(singular)
    degrees = parameters.degrees_of_freedom
    if degrees is not None:
        degrees = student_t.updated(degrees, statistics.mass, statistics.log_weight, prior.learnt_degrees)
    noise = parameters.noise
    updated = replace(
        parameters,
        noise=None if noise is None else noise.updated(statistics.noise_mass, statistics.noise_total),
        degrees_of_freedom=degrees,
        log_weights=log_weights(statistics.mass, prior),
        means=means,
        covariances=covariances,
        factors=factors,
        log_prior=log_prior,
    )
    if prior.blocks is not None and parameters.blocks is not None:
        updated = with_blocks(updated, prior.blocks.mode(statistics.cell_sums), prior.blocks)
    if prior.label_noise is None:
        return updated
    return with_confusion(updated, prior.label_noise.mode(statistics.label_counts), prior.label_noise)


def with_factors(
    family: str,
    weights: NDArray[np.float64],
    means: NDArray[np.float64],
    covariances: NDArray[np.float64],
    prior: MixturePrior,
    threads: int = 1,
) -> Parameters:
    """Return parameters from weights, means and covariances, raised to the prior's floor where needed.

    Probabilities of given labels are those that their estimate starts from.

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
    found = Parameters(family, safe_log(weights), np.ascontiguousarray(means), raised, factors, log_prior)
    return found if prior.label_noise is None else with_confusion(found, prior.label_noise.estimated, prior.label_noise)


def with_confusion(parameters: Parameters, confusion: NDArray[np.float64] | None, noise: LabelNoise) -> Parameters:
    """Return parameters whose log prior is of the covariances alone, with these probabilities of given labels."""
    return replace(parameters, confusion=confusion, log_prior=parameters.log_prior + noise.log_density(confusion))


def with_blocks(parameters: Parameters, blocks: BlockParameters, prior: BlockPrior) -> Parameters:
    """Return parameters whose log prior is of the numbers alone, with these of columns that are no numbers."""
    return replace(parameters, blocks=blocks, log_prior=parameters.log_prior + prior.log_density(blocks))
