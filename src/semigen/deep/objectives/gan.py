"""Losses of the K-class game between a critic and a generator, and the distance to what a generator should match."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize, softplus


def critic_loss(
    real_log_evidence: Tensor, generated_log_evidence: Tensor, real_weights: Tensor | None = None
) -> Tensor:
    """Return half the cross-entropy of "real" against "generated", for a critic of K logits.

    With Z = logsumexp of the K logits, a (K + 1)-th logit that is always zero makes D(x) = sigmoid(Z) the probability
    of the first K classes together: -log D = softplus(-Z) for real rows, -log(1 - D) = softplus(Z) for generated ones.

    Parameters
    ----------
    real_log_evidence, generated_log_evidence : tensors of shape (rows,)
        Z of either sort of rows.
    real_weights : tensor of shape (rows,), optional
        What each real row counts, with mean one over the training set.

    References
    ----------
    T. Salimans, I. Goodfellow, W. Zaremba, V. Cheung, A. Radford, X. Chen, "Improved techniques for training GANs",
    NeurIPS 2016, section 5.
    """
    of_real = softplus(-real_log_evidence)
    if real_weights is not None:
        of_real = of_real * real_weights
    return 0.5 * (of_real.mean() + softplus(generated_log_evidence).mean())


def feature_matching(real_features: Tensor, generated_features: Tensor, real_weights: Tensor | None = None) -> Tensor:
    """Return squared distance of the critic's mean features of generated rows from those of real ones.

    References
    ----------
    Salimans et al. (2016), section 3.1.
    """
    if real_weights is not None:
        real_features = real_features * real_weights.unsqueeze(1)
    return (real_features.mean(dim=0) - generated_features.mean(dim=0)).square().sum()


def pull_away(features: Tensor) -> Tensor:
    """Return the mean squared cosine between features of different rows: small if generated rows differ.

    References
    ----------
    J. Zhao, M. Mathieu, Y. LeCun, "Energy-based generative adversarial networks", ICLR 2017, equation 7; in this game:
    Z. Dai, Z. Yang, F. Yang, W. Cohen, R. Salakhutdinov, "Good semi-supervised learning that requires a bad GAN",
    NeurIPS 2017.
    """
    n_rows = len(features)
    directions = normalize(features, dim=1)
    cosines = directions @ directions.T
    return (cosines.square().sum() - cosines.diagonal().square().sum()) / max(n_rows * (n_rows - 1), 1)


def variety(generated: Tensor, real: Tensor) -> Tensor:
    """Return the total variance of generated rows over that of real ones: near 0 if all generated rows are alike.

    Where the real rows are all the same there is no variety to ask for, and the answer is 1.
    """
    of_generated, of_real = (rows.var(dim=0, correction=0).sum() for rows in (generated, real))
    return torch.where(of_real > 0, of_generated / of_real, 1.0)
