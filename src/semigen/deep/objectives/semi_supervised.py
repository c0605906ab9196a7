"""The objective of labelled and unlabelled rows together, from a bound per row and class."""

from __future__ import annotations

from torch import Tensor

from semigen.deep.layers.enumeration import Pairs


def marginal_bound(pair_bounds: Tensor, log_posterior: Tensor, pairs: Pairs) -> Tensor:
    """Return the bound sum_k q_k (L_k - log q_k) on log p(x) of unlabelled rows, with L_k a bound on log p(x, k).

    `log_posterior` is log q(y | x) of the unlabelled rows. Where some classes were left out of `pairs`, q is
    renormalised over the others: the result is then the bound of that smaller q, still below log p(x), and lower
    than the full one by what the classes left out would have added.

    Parameters
    ----------
    pair_bounds : tensor of shape (unlabelled pairs,)
    log_posterior : tensor of shape (unlabelled rows, classes)
    pairs : Pairs

    Returns
    -------
    tensor of shape (unlabelled rows,)

    References
    ----------
    D. Kingma, D. Rezende, S. Mohamed, M. Welling, "Semi-supervised learning with deep generative models", NeurIPS
    2014, equation 7.
    """
    if pairs.complete:
        per_class = pair_bounds.view(log_posterior.shape)
        return (log_posterior.exp() * (per_class - log_posterior)).sum(dim=1)
    rows, classes = pairs.of_unlabeled()
    # A row without a pair is one whose log q is NaN: its mass stays zero, and its bound becomes NaN as well.
    log_kept = log_posterior[rows, classes]
    mass = log_kept.new_zeros(len(log_posterior)).index_add(0, rows, log_kept.exp())
    log_kept = log_kept - mass.log().index_select(0, rows)
    terms = log_kept.exp() * (pair_bounds - log_kept)
    return mass.log().detach().mul(0).index_add(0, rows, terms)


def partly_trusted(log_posterior: Tensor, trust: float | Tensor) -> Tensor:
    """Return log q(y | x) itself, with gradients multiplied by `trust`.

    Before the decoder has learnt to generate the classes, its bounds carry no information on the class of a row, and a
    classifier that follows them forgets the labels. At trust 1 the gradient is that of the bound.
    """
    if not isinstance(trust, Tensor) and trust >= 1:
        return log_posterior
    return trust * log_posterior + (1 - trust) * log_posterior.detach()


def per_datum(
    labeled_bounds: Tensor,
    unlabeled_bounds: Tensor,
    log_posterior_of_label: Tensor,
    *,
    labeled_share: float,
    alpha: float,
    labeled_weights: Tensor | None,
    unlabeled_weights: Tensor | None,
) -> dict[str, Tensor]:
    """Return the loss per datum of Kingma et al. (2014), equation 9; it does not depend on the sizes of batches.

    Parameters
    ----------
    labeled_bounds : tensor of shape (labelled rows,)
        Bounds on log p(x, y).
    unlabeled_bounds : tensor of shape (unlabelled rows,)
        Bounds on log p(x).
    log_posterior_of_label : tensor of shape (labelled rows,)
        log q(y | x) of the given label.
    labeled_share : float
        Labelled rows among all rows of the training set (by weight), not of the batch.
    alpha : float
        What the classifier's mean cross-entropy on labelled rows weighs.
    labeled_weights, unlabeled_weights : tensors or None
        What each row counts, with mean one over the training set.

    Returns
    -------
    dict
        "loss", and what it is made of: "labeled_bound", "unlabeled_bound", "cross_entropy". A batch without rows of
        one sort has zeros there.
    """
    labeled_bound = _mean(labeled_bounds, labeled_weights)
    unlabeled_bound = _mean(unlabeled_bounds, unlabeled_weights)
    cross_entropy = _mean(-log_posterior_of_label, labeled_weights)
    objective = labeled_share * labeled_bound + (1 - labeled_share) * unlabeled_bound
    return {
        "loss": alpha * cross_entropy - objective,
        "bound": objective.detach(),
        "labeled_bound": labeled_bound.detach(),
        "unlabeled_bound": unlabeled_bound.detach(),
        "cross_entropy": cross_entropy.detach(),
    }


def per_row(
    labeled: Tensor,
    unlabeled: Tensor,
    *,
    labeled_share: float,
    labeled_weights: Tensor | None,
    unlabeled_weights: Tensor | None,
) -> Tensor:
    """Return an estimate of the mean over the training set of a value per row, from a batch of any composition."""
    of_labeled, of_unlabeled = _mean(labeled, labeled_weights), _mean(unlabeled, unlabeled_weights)
    return labeled_share * of_labeled + (1 - labeled_share) * of_unlabeled


def _mean(values: Tensor, weights: Tensor | None) -> Tensor:
    weighted = values if weights is None else values * weights
    return weighted.sum() / max(len(values), 1)
