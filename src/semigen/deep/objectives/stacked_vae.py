"""M1+M2: the bound on log p(x, y) of two models, one on top of the other's latent variable."""

from __future__ import annotations

from torch import Tensor

from semigen.deep.layers.distributions import DiagonalNormal
from semigen.deep.layers.enumeration import Pairs


def pair_bounds(
    upper_bounds: Tensor, log_likelihood: Tensor, latent: Tensor, posterior: DiagonalNormal, pairs: Pairs
) -> Tensor:
    """Return log p(x | z1) - log q(z1 | x) + [the upper model's bound on log p(z1, y)], for one draw of z1.

    Parameters
    ----------
    upper_bounds : tensor of shape (pairs,)
        Bounds on log p(z1, y).
    log_likelihood : tensor of shape (rows,)
        log p(x | z1).
    latent : tensor of shape (rows, latent)
        The draw of z1, which all classes of a row share.
    posterior : DiagonalNormal
        q(z1 | x).
    pairs : Pairs

    Returns
    -------
    tensor of shape (pairs,)

    References
    ----------
    D. Kingma, D. Rezende, S. Mohamed, M. Welling, "Semi-supervised learning with deep generative models", NeurIPS
    2014, section 3.1.
    """
    return upper_bounds + pairs.spread(log_likelihood - posterior.log_prob(latent))
