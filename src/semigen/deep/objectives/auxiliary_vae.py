"""ADGM and SDGM: the bound on log p(x, y) with an auxiliary variable a that correlates z with the class."""

from __future__ import annotations

from torch import Tensor

from semigen.deep.layers.distributions import DiagonalNormal


def pair_bounds(
    log_likelihood: Tensor,
    log_prior: Tensor,
    divergence: Tensor,
    a: Tensor,
    auxiliary_prior: DiagonalNormal,
    auxiliary_posterior: DiagonalNormal,
) -> Tensor:
    """Return log p(x | a, y, z) + log p(y) - KL(q(z | a, y, x) || p(z)) + log p(a | y, z) - log q(a | x) of pairs.

    Parameters
    ----------
    log_likelihood : tensor of shape (pairs,)
        Of one draw of a and z.
    log_prior : tensor of shape (pairs,)
        log p(y) of the pair's class.
    divergence : tensor of shape (pairs,)
        Of q(z | a, y, x) from the standard normal.
    a : tensor of shape (pairs, auxiliary)
        The draw from q(a | x); all classes of a row share it.
    auxiliary_prior, auxiliary_posterior : DiagonalNormal
        p(a | y, z) and q(a | x).

    Returns
    -------
    tensor of shape (pairs,)

    References
    ----------
    L. Maaløe, C. Sønderby, S. Sønderby, O. Winther, "Auxiliary deep generative models", ICML 2016.
    """
    return log_likelihood + log_prior - divergence + auxiliary_prior.log_prob(a) - auxiliary_posterior.log_prob(a)
