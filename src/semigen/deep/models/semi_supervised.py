"""SemiSupervisedModel: a classifier, a bound per row and class, and the loss made of both."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from semigen.deep.data.steps import Batch, Model, Player
from semigen.deep.layers.enumeration import Pairs
from semigen.deep.layers.networks import Disturbance
from semigen.deep.likelihoods import Likelihood
from semigen.deep.objectives.semi_supervised import marginal_bound, partly_trusted, per_datum, per_row
from semigen.deep.objectives.virtual_adversarial import virtual_adversarial_loss


@dataclass(frozen=True)
class Learning:
    """Options of the training of a semi-supervised model; its networks do not depend on them.

    Attributes
    ----------
    alpha : float
        What the classifier's mean cross-entropy on labelled rows weighs per datum.
    warm_up : float
        Fraction of the training after which the classifier follows the unlabelled rows' bound in full; in the first
        third of it, the classifier learns from labels alone.
    input_noise, dropout : float
        Disturbance of the classifier in training.
    negligible : float
        Classes of an unlabelled row with less probability than this are left out of a step; 0 leaves out none.
    adversarial_weight, adversarial_radius : float
        What the virtual adversarial loss of all rows weighs, and how far from a row it looks.
    """

    alpha: float = 1.0
    warm_up: float = 0.0
    input_noise: float = 0.0
    dropout: float = 0.0
    negligible: float = 0.0
    adversarial_weight: float = 0.0
    adversarial_radius: float = 0.1

    def trust(self, done: float | Tensor) -> float | Tensor:
        """Return the weight of the unlabelled rows for the classifier when `done` of the training is over."""
        if self.warm_up == 0:
            return 1.0
        grown = 1.5 * done / self.warm_up - 0.5
        return grown.clamp(0, 1) if isinstance(grown, Tensor) else min(max(grown, 0.0), 1.0)


class SemiSupervisedModel(Model):
    """p(y) p(x | y) with a latent variable, and q(y | x).

    Parameters
    ----------
    log_prior : tensor of shape (classes,)
        log p(y).
    learning : Learning
    """

    log_prior: Tensor
    likelihood: Likelihood

    def __init__(self, log_prior: Tensor, learning: Learning):
        super().__init__()
        self.register_buffer("log_prior", log_prior)
        self.learning = learning

    @property
    def n_classes(self) -> int:
        """Classes of the model."""
        return len(self.log_prior)

    @property
    def warm_up(self) -> float:
        """Fraction of the training in which the classifier does not follow the unlabelled rows in full."""
        return self.learning.warm_up

    @property
    def fixed_shapes(self) -> bool:
        """Whether every step has the same shapes."""
        return self.learning.negligible == 0

    def players(self) -> list[Player]:
        """Return one player with all parameters that learn."""
        learning = [parameter for parameter in self.parameters() if parameter.requires_grad]
        return [Player(learning, self.terms)]

    @abstractmethod
    def classified(self, x: Tensor, disturbance: Disturbance | None) -> Tensor:
        """Return log q(y | x) of shape (rows, classes), with noise in the classifier if there is a disturbance."""

    def log_posterior(self, x: Tensor) -> Tensor:
        """Return log q(y | x) of every row, of shape (rows, classes)."""
        return self.classified(x, None)

    @abstractmethod
    def bounds(self, x: Tensor, given: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Pairs]:
        """Return bounds on log p(x, y) of the pairs that matter, log q(y | x) of all rows, and those pairs.

        The first rows of x have the classes `given`.
        """

    @abstractmethod
    def draw(self, classes: Tensor, generator: torch.Generator) -> Tensor:
        """Return parameters of the likelihood for a fresh latent variable of each class."""

    def preview(self, n_rows: int, generator: torch.Generator) -> Tensor:
        """Return means of p(x | y, z) for drawn z."""
        return self.likelihood.expectation(self.draw(self.classes_in_turn(n_rows), generator))

    def classes_in_turn(self, n_rows: int) -> Tensor:
        """Return class codes 0, 1, ... over and over."""
        return torch.arange(n_rows, device=self.log_prior.device) % self.n_classes

    def each_class(self, x: Tensor) -> Iterator[Tensor]:
        """Return, for one class after the other, its code for every row of x."""
        return (torch.full((len(x),), k, device=x.device) for k in range(self.n_classes))

    def pairs(self, given: Tensor, log_posterior: Tensor) -> Pairs:
        """Return the pairs of labelled rows with their class, and of others with classes that are not negligible."""
        of_unlabeled = log_posterior[len(given) :]
        if self.learning.negligible > 0:
            return Pairs.that_matter(given, of_unlabeled, self.learning.negligible)
        return Pairs.every(given, len(of_unlabeled), self.n_classes)

    def terms(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        """Return the loss of a batch and its parts."""
        given = batch.codes
        n_given = len(given)
        bounds, log_posterior, pairs = self.bounds(batch.rows, given, generator)
        of_given, of_rest = log_posterior[:n_given], log_posterior[n_given:]
        terms = per_datum(
            bounds[:n_given],
            marginal_bound(bounds[n_given:], partly_trusted(of_rest, self.learning.trust(batch.done)), pairs),
            of_given.gather(1, given.unsqueeze(1)).squeeze(1),
            labeled_share=batch.labeled_share,
            alpha=self.learning.alpha,
            labeled_weights=batch.labeled_weights,
            unlabeled_weights=batch.unlabeled_weights,
        )
        if self.learning.adversarial_weight > 0:
            penalties = self.adversarial_penalties(batch.rows, generator)
            penalty = per_row(
                penalties[:n_given],
                penalties[n_given:],
                labeled_share=batch.labeled_share,
                labeled_weights=batch.labeled_weights,
                unlabeled_weights=batch.unlabeled_weights,
            )
            terms["loss"] = terms["loss"] + self.learning.adversarial_weight * penalty
            terms["adversarial"] = penalty.detach()
        terms["labeled_error"] = (of_given.argmax(dim=1) != given).sum() / max(n_given, 1)
        return terms

    def adversarial_penalties(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Return how much the class probabilities change near each row."""
        disturbance = self.disturbance(generator, repeats=True)
        return virtual_adversarial_loss(
            lambda near: self.classified(near, disturbance), x, self.learning.adversarial_radius, generator
        )

    def held_out_bound(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Return mean bound on log p(x) of rows without labels."""
        nothing = torch.empty(0, dtype=torch.long, device=x.device)
        bounds, log_posterior, pairs = self.bounds(x, nothing, generator)
        return marginal_bound(bounds, log_posterior, pairs).mean()

    def disturbance(self, generator: torch.Generator, *, repeats: bool = False) -> Disturbance | None:
        """Return noise for the classifier in training, None otherwise."""
        if not self.training:
            return None
        return Disturbance(self.learning.input_noise, self.learning.dropout, generator, repeats=repeats)

    def standard_normal(self, shape: tuple[int, ...], like: Tensor, generator: torch.Generator) -> Tensor:
        """Return standard normal noise on the device and in the precision of `like`."""
        return torch.randn(shape, generator=generator, device=like.device, dtype=like.dtype)
