"""Random problems for kernel tests, and the passes over them in C++ and NumPy."""

from __future__ import annotations

import numpy as np

from semigen.labels import UNSURE_CODE
from semigen.mixture.families import FAMILIES, Family
from semigen.mixture.gaussian.m_step import with_factors
from semigen.mixture.gaussian.parameters import Parameters
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.rows.arrays import ArrayPasses, ArrayRows
from tests.mixture.twin import TwinPasses


def ranked(family: str, d: int) -> Family:
    """The family, with three latent factors if it has any."""
    return FAMILIES[family].of_rank(min(3, d))


def random_low_rank(shape: tuple[int, ...], rng) -> np.ndarray:
    """Variances of noise, and loadings beside them."""
    covariances = rng.normal(0, 0.6, shape)
    covariances[..., 0, :] = rng.uniform(0.3, 2.0, covariances[..., 0, :].shape)
    return covariances


def random_prior(family: str, d: int, class_first: np.ndarray, pseudo_count: float, rng, reg=1e-6) -> MixturePrior:
    form = ranked(family, d)
    if form.rank:
        target = random_low_rank((1 + form.rank, d), rng)
    elif form.correlated:
        root = rng.normal(size=(d, d)) / np.sqrt(d) + np.eye(d)
        target = root @ root.T
    else:
        target = FAMILIES[family].target(rng.uniform(0.5, 2, d))
    floor = FAMILIES[family].floor(np.ones(d), reg)
    return MixturePrior(family, pseudo_count, target, floor, class_first)


def random_parameters(family: str, sizes: np.ndarray, d: int, rng) -> Parameters:
    n_components = int(sizes.sum())
    form = ranked(family, d)
    shape = form.covariance_shape(n_components, d)
    if form.rank:
        covariances = random_low_rank(shape, rng)
    elif form.correlated:
        root = rng.normal(size=shape) / np.sqrt(d) + np.eye(d)
        # Without the last term some have a condition of 1e7, and no two ways to factorise them agree to 1e-11.
        covariances = root @ np.swapaxes(root, -1, -2) + 0.01 * np.eye(d)
    else:
        covariances = rng.uniform(0.3, 2.0, shape)
    weights = rng.dirichlet(np.full(n_components, 3.0))
    prior = random_prior(family, d, np.concatenate(([0], np.cumsum(sizes))), 0.0, rng)
    return with_factors(family, weights, rng.normal(0, 1, (n_components, d)), covariances, prior)


def random_rows(
    n: int,
    d: int,
    n_classes: int,
    rng,
    *,
    dtype=np.float64,
    weighted=True,
    unlabeled_weight=0.7,
    unsure=False,
    patterns=0,
):
    """Rows of which a third are labelled, with weights of which some are zero.

    Where asked, a quarter have unsure labels, some of them sets; and there are that many patterns of missing values,
    the first of which lacks everything.
    """
    X = rng.normal(0, 1.5, (n, d)).astype(dtype)
    codes = np.where(rng.random(n) < 0.33, rng.integers(0, n_classes, n), -1)
    weights = rng.integers(0, 4, n).astype(float) if weighted else None
    if weighted:
        weights[0] = 1.0
    log_prior = None
    if unsure:
        some = rng.random(n) < 0.25
        codes[some] = UNSURE_CODE
        log_prior = np.where(some[:, None], np.log(rng.dirichlet(np.ones(n_classes), n)), 0.0)
        impossible = some & (rng.random(n) < 0.5)
        log_prior[impossible, rng.integers(0, n_classes, n)[impossible]] = -np.inf
    if patterns:
        lacking = rng.random((patterns, d)) < 0.4
        lacking[0] = True
        lacking[1:][lacking[1:].all(axis=1)] = False
        X[lacking[rng.integers(0, patterns, n)]] = np.nan
    return ArrayRows(X, codes, weights, unlabeled_weight, log_prior, incomplete=patterns > 0)


def random_scaling(d: int, rng) -> Scaling:
    return Scaling(rng.normal(0, 0.2, d), 2.0 ** rng.integers(-1, 2, d), np.ones(d))


def both_passes(rows: ArrayRows, scaling: Scaling, class_first: np.ndarray, threads: int = 2):
    return ArrayPasses(rows, scaling, class_first, threads), TwinPasses(rows, scaling, class_first)
