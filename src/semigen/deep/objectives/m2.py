"""M2: the bound on log p(x, y) of a variational autoencoder whose decoder knows the class."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from semigen.deep.layers.distributions import DiagonalNormal
from semigen.deep.layers.enumeration import Pairs
from semigen.deep.likelihoods import Likelihood
from semigen.deep.objectives import m1


def pair_bounds(
    x: Tensor,
    pairs: Pairs,
    posterior: DiagonalNormal,
    decode: Callable[[Tensor, Tensor], Tensor],
    likelihood: Likelihood,
    log_prior: Tensor,
    noise: Tensor,
) -> Tensor:
    """Return E_q [log p(x | y, z)] + log p(y) - KL(q(z | x, y) || p(z)) of every pair of a row and a class.

    Parameters
    ----------
    x : tensor of shape (rows, encoded values)
    pairs : Pairs
    posterior : DiagonalNormal
        q(z | x, y), of shape (pairs, latent).
    decode : callable
        From z and classes to the parameters of `likelihood`.
    likelihood : Likelihood
    log_prior : tensor of shape (classes,)
        log p(y).
    noise : tensor of shape (rows, latent)
        Standard normal draws. The classes of a row share its draw, so that what they differ in is not noise.

    Returns
    -------
    tensor of shape (pairs,)

    References
    ----------
    D. Kingma, D. Rezende, S. Mohamed, M. Welling, "Semi-supervised learning with deep generative models", NeurIPS
    2014, equation 6.
    """
    reconstruction, divergence = m1.bound(
        pairs.spread(x), posterior, lambda z: decode(z, pairs.classes), likelihood, pairs.spread(noise)
    )
    return reconstruction - divergence + log_prior[pairs.classes]
