"""Virtual adversarial loss: the change of class probabilities near a row in the worst direction."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

# Length of the first probe for the direction, in units of the radius: long enough for a difference in float32.
_PROBE = 0.1


def virtual_adversarial_loss(
    log_posterior: Callable[[Tensor], Tensor], x: Tensor, radius: float, generator: torch.Generator
) -> Tensor:
    """Return the KL divergence of each row's class probabilities from those `radius` away, in the worst direction.

    The direction is one power iteration from a random start: the gradient of the divergence a little way along it. The
    answer at the row itself is taken as given: the neighbour's is drawn to it, never the other way round.

    Parameters
    ----------
    log_posterior : callable
        From rows to log q(y | x) of shape (rows, classes); it must give the same rows the same answer every time.
    x : tensor of shape (rows, d)
    radius : float
        Root mean square, over the d values, of the step away from the row.
    generator : torch.Generator

    Returns
    -------
    tensor of shape (rows,)

    References
    ----------
    T. Miyato, S. Maeda, M. Koyama, S. Ishii, "Virtual adversarial training: a regularization method for supervised and
    semi-supervised learning", IEEE TPAMI 41 (2019), algorithm 1.
    """
    length = radius * x.shape[1] ** 0.5
    with torch.no_grad():
        answer = log_posterior(x)
    start = torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)
    with torch.enable_grad():
        probe = (_PROBE * length * _unit(start)).requires_grad_()
        (slope,) = torch.autograd.grad(_divergence(answer, log_posterior(x + probe)).sum(), probe)
    return _divergence(answer, log_posterior(x + length * _unit(slope.detach())))


def _divergence(log_p: Tensor, log_q: Tensor) -> Tensor:
    return (log_p.exp() * (log_p - log_q)).sum(dim=1)


def _unit(directions: Tensor) -> Tensor:
    """Return rows scaled to length one; a row of zeros, where the probabilities do not depend on x, stays as it is.

    Where the answer is all but certain, slopes are so small that their squares vanish: rows are scaled to a largest
    entry of one first, so that no length is too small to divide by.
    """
    largest = directions.abs().amax(dim=1, keepdim=True)
    scaled = torch.where(largest > 0, directions / largest, 0.0)
    lengths = torch.linalg.vector_norm(scaled, dim=1, keepdim=True)
    return torch.where(largest > 0, scaled / lengths, 0.0)
