"""M1: the evidence lower bound of a variational autoencoder."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from semigen.deep.layers.distributions import DiagonalNormal, standard_normal_log_prob
from semigen.deep.likelihoods import Likelihood


def bound(
    x: Tensor, posterior: DiagonalNormal, decode: Callable[[Tensor], Tensor], likelihood: Likelihood, noise: Tensor
) -> tuple[Tensor, Tensor]:
    """Return E_q [log p(x | z)], by one draw of z, and KL(q(z | x) || p(z)); the bound is their difference.

    Parameters
    ----------
    x : tensor of shape (n, encoded values)
    posterior : DiagonalNormal
        q(z | x), of shape (n, latent).
    decode : callable
        From z to the parameters of `likelihood`.
    likelihood : Likelihood
    noise : tensor of shape (n, latent)
        Standard normal draws.

    Returns
    -------
    reconstruction, divergence : tensors of shape (n,)

    References
    ----------
    D. Kingma, M. Welling, "Auto-encoding variational Bayes", ICLR 2014.
    """
    return likelihood.log_prob(decode(posterior.sample(noise)), x), posterior.divergence()


def log_weights(
    x: Tensor, posterior: DiagonalNormal, decode: Callable[[Tensor], Tensor], likelihood: Likelihood, noise: Tensor
) -> Tensor:
    """Return the log of the importance weights p(x | z) p(z) / q(z | x), whose log mean is a bound on log p(x).

    The arguments are those of `bound`; more draws of z come in front of the rows of `noise`.

    References
    ----------
    Y. Burda, R. Grosse, R. Salakhutdinov, "Importance weighted autoencoders", ICLR 2016.
    """
    z = posterior.sample(noise)
    return likelihood.log_prob(decode(z), x) + standard_normal_log_prob(z) - posterior.log_prob(z)
