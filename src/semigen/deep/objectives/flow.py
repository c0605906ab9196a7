"""Flows: log p(x, y) of Gaussians in the latent space of an invertible map, and agreement with given answers."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def log_joint(z: Tensor, log_volume: Tensor, means: Tensor, log_prior: Tensor) -> Tensor:
    """Return log p(x, k) = log N(z; mean_k, I) + log p(k) + log |det dz/dx|, with z the image of x.

    Parameters
    ----------
    z : tensor of shape (n, d)
    log_volume : tensor of shape (n,)
        Log-determinants of the map at each row.
    means : tensor of shape (classes, d)
        One component for each class, with the identity as its covariance.
    log_prior : tensor of shape (classes,)

    Returns
    -------
    tensor of shape (n, classes)

    References
    ----------
    P. Izmailov, P. Kirichenko, M. Finzi, A. G. Wilson, "Semi-supervised learning with normalizing flows", ICML 2020.
    """
    centred = z - means.mean(dim=0)
    background = log_volume - 0.5 * (centred.square().sum(dim=1) + z.shape[1] * math.log(2 * math.pi))
    return background.unsqueeze(1) + class_scores(z, means, log_prior)


def class_scores(z: Tensor, means: Tensor, log_prior: Tensor) -> Tensor:
    """Return log p(x, k) up to a constant of each row, of shape (n, classes).

    The square of z is common to all classes, so scores are linear in it: they do not cancel far from the means, and
    take one product of matrices. Of means less their centre, so that what cancels near them is small as well.

    Parameters
    ----------
    z : tensor of shape (n, d)
    means : tensor of shape (classes, d)
    log_prior : tensor of shape (classes,)
    """
    centre = means.mean(dim=0)
    offsets = means - centre
    return (z - centre) @ offsets.T - 0.5 * offsets.square().sum(dim=1) + log_prior


def disagreement(log_joint: Tensor, answer: Tensor) -> Tensor:
    """Return cross-entropy of p(y | x) to the class probabilities `answer`, row by row.

    Added to -log p(x), which makes it -sum_k answer_k log p(x, k) at weight one: the answers count as responsibilities
    of an EM step. At a smaller weight w its gradient is that of responsibilities w answer + (1 - w) p(y | x); at a
    larger one the answers draw the model more strongly than labels would.

    Parameters
    ----------
    log_joint, answer : tensors of shape (n, classes)

    Returns
    -------
    tensor of shape (n,)
    """
    return -(answer * torch.log_softmax(log_joint, dim=1)).sum(dim=1)
