"""AdversarialPair: a critic of K classes, which tells generated rows from real ones, and a generator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, log_softmax

from semigen.deep.data.steps import Batch, Model, Player
from semigen.deep.layers.distributions import full_precision
from semigen.deep.layers.networks import Disturbance
from semigen.deep.likelihoods import Likelihood
from semigen.deep.models.critic import Critic
from semigen.deep.objectives.gan import critic_loss, feature_matching, pull_away, variety
from semigen.deep.objectives.virtual_adversarial import virtual_adversarial_loss

# Adam's decay rates. Gradients change as the other player learns, so their average is short.
_BETAS = (0.5, 0.999)

# A generator has collapsed if its variety is less than this share of the largest that it had, ...
_LOST_VARIETY = 0.1

# ... or, after so many epochs, less than this share of the data's.
_NO_VARIETY = 1e-3
_YOUTH = 10

# A critic that separates generated rows from real ones by this probability learns nothing more from them.
_SATURATED = 0.999


@dataclass(frozen=True)
class Game:
    """Options of the training of the pair; its networks do not depend on them.

    Attributes
    ----------
    input_noise, layer_noise, dropout : float
        Disturbance of the critic in training.
    pull_away : float
        What the pull-away term weighs beside feature matching.
    adversarial_weight, adversarial_radius : float
        What the virtual adversarial loss weighs, and how far it looks.
    """

    input_noise: float = 0.3
    layer_noise: float = 0.5
    dropout: float = 0.0
    pull_away: float = 0.0
    adversarial_weight: float = 0.0
    adversarial_radius: float = 0.1


class AdversarialPair(Model):
    """Critic and generator with their losses."""

    def __init__(self, likelihood: Likelihood, latent_dim: int, critic: Critic, generator: nn.Module, game: Game):
        super().__init__()
        self.likelihood = likelihood
        self.latent_dim = latent_dim
        self.critic = critic
        self.generator = generator
        self.game = game

    def players(self) -> list[Player]:
        """Return the critic, then the generator."""
        return [
            Player(list(self.critic.parameters()), self.critic_terms, _BETAS, "critic"),
            Player(list(self.generator.parameters()), self.generator_terms, _BETAS, "generator"),
        ]

    def log_posterior(self, x: Tensor) -> Tensor:
        """Return log q(y | x) of every row, of shape (rows, classes)."""
        return log_softmax(self.critic(x), dim=1)

    def generate(self, n_rows: int, generator: torch.Generator) -> Tensor:
        """Return encoded values of generated rows."""
        like = next(self.parameters())
        z = torch.randn((n_rows, self.latent_dim), generator=generator, device=like.device, dtype=like.dtype)
        return self.likelihood.expectation(self.generator(z))

    def preview(self, n_rows: int, generator: torch.Generator) -> Tensor:
        """Return encoded values of generated rows, whose classes the generator chooses."""
        return self.generate(n_rows, generator)

    def critic_terms(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        """Return the critic's loss, of labelled rows and of real against generated ones, and its parts."""
        real, weights = _real_rows(batch)
        with torch.no_grad():
            generated = self.generate(len(real), generator)
        n_labeled = len(batch.labeled)
        logits = self.critic(torch.cat([batch.labeled, real, generated]), self._disturbance(generator))
        of_labeled, of_real, of_generated = logits.split([n_labeled, len(real), len(real)])
        losses = cross_entropy(of_labeled, batch.codes, reduction="none")
        if batch.labeled_weights is not None:
            losses = losses * batch.labeled_weights
        label_loss = losses.sum() / max(n_labeled, 1)
        z_real, z_generated = of_real.logsumexp(dim=1), of_generated.logsumexp(dim=1)
        loss = label_loss + critic_loss(z_real, z_generated, weights)
        terms = {
            "cross_entropy": label_loss.detach(),
            "labeled_error": (of_labeled.detach().argmax(dim=1) != batch.codes).sum() / max(n_labeled, 1),
            "real_believed": z_real.detach().sigmoid().mean(),
            "generated_believed": z_generated.detach().sigmoid().mean(),
        }
        if self.game.adversarial_weight > 0:
            disturbance = self._disturbance(generator, repeats=True)
            penalties = virtual_adversarial_loss(
                lambda x: log_softmax(self.critic(x, disturbance), dim=1),
                real,
                self.game.adversarial_radius,
                generator,
            )
            penalty = (penalties if weights is None else penalties * weights).mean()
            loss = loss + self.game.adversarial_weight * penalty
            terms["adversarial"] = penalty.detach()
        return {"loss": loss, **terms}

    def generator_terms(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        """Return the generator's loss, of matching the mean of the critic's features and of keeping rows apart."""
        real, weights = _real_rows(batch)
        generated = self.generate(len(real), generator)
        disturbance = self._disturbance(generator)
        with torch.no_grad():
            wanted = full_precision(self.critic.features(real, disturbance))
        features = full_precision(self.critic.features(generated, disturbance))
        loss = feature_matching(wanted, features, weights)
        if self.game.pull_away > 0:
            loss = loss + self.game.pull_away * pull_away(features)
        return {"loss": loss, "variety": variety(generated.detach(), real)}

    def trouble(self, history: Mapping[str, Sequence[float]]) -> str | None:
        """Return what is wrong with the game after these epochs, and what to change.

        A young generator makes much the same row at first, and one of expected values never has the variety of bits:
        so it has collapsed when it had more variety before, or has none to speak of after many epochs.
        """
        varieties = history["variety"]
        lost = varieties[-1] < _LOST_VARIETY * max(varieties)
        if lost or (len(varieties) > _YOUTH and varieties[-1] < _NO_VARIETY):
            return (
                f"The generator has collapsed: its rows vary {varieties[-1]:.3g} times as much as the data. Set "
                "pull_away=1, lower learning_rate, or raise batch_size."
            )
        believed = history["real_believed"][-1] - history["generated_believed"][-1]
        if len(varieties) > _YOUTH and believed > _SATURATED:
            return (
                "The critic tells every generated row from a real one, and so learns nothing from unlabelled rows. "
                "Raise input_noise and layer_noise, or lower learning_rate."
            )
        return None

    def _disturbance(self, generator: torch.Generator, *, repeats: bool = False) -> Disturbance | None:
        if not self.training:
            return None
        game = self.game
        return Disturbance(game.input_noise, game.dropout, generator, game.layer_noise, repeats)


def _real_rows(batch: Batch) -> tuple[Tensor, Tensor | None]:
    """Return the real rows for the critic: the unlabelled ones, or the labelled ones if there are no others."""
    if len(batch.unlabeled):
        return batch.unlabeled, batch.unlabeled_weights
    return batch.labeled, batch.labeled_weights
