"""A critic that sorts rows into K classes and knows generated ones, and the generator it plays against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, interpolate, log_softmax

from semigen.deep.distributions import full_precision
from semigen.deep.likelihoods import Likelihood
from semigen.deep.networks import ACTIVATIONS, Convolution, Disturbance, Linear, Standardised, WeightNormalised
from semigen.deep.objectives.adversarial import critic_loss, feature_matching, pull_away, variety
from semigen.deep.objectives.virtual_adversarial import virtual_adversarial_loss
from semigen.deep.steps import Batch, Model, Player

# The first moments' decay in Adam that suits a game: long memories of the gradient chase where the other was.
_BETAS = (0.5, 0.999)

# A generator has collapsed if it kept less than this share of the variety it once had, ...
_LOST_VARIETY = 0.1

# ... or has less than this share of the data's, when it is no longer young: so many epochs old.
_NO_VARIETY = 1e-3
_YOUTH = 10

# A critic that tells generated rows from real ones this surely learns nothing from them any more.
_SATURATED = 0.999

ImageShape = tuple[int, int, int]


@dataclass(frozen=True)
class Game:
    """How the pair learns; what it is does not depend on it.

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


class Critic(nn.Module):
    """Weight-normalised layers with noise between them, the last of K logits; the one before gives the features.

    Only the last layer learns its gains, so that no other can drown the noise by making its units larger.
    """

    def __init__(
        self,
        width: int,
        hidden_dims: Sequence[int],
        n_classes: int,
        generator: torch.Generator,
        activation: str,
        image_shape: ImageShape | None = None,
    ):
        super().__init__()
        self._image_shape = image_shape
        self._activation = ACTIVATIONS[activation]
        layers = []
        if image_shape is None:
            widths = [width, *hidden_dims]
            layers += [
                WeightNormalised((after, before), generator, learns_gain=False) for before, after in pairwise(widths)
            ]
        else:
            channels, height, width = image_shape
            for after in hidden_dims:
                layers.append(WeightNormalised((after, channels, 3, 3), generator, learns_gain=False, stride=2))
                channels, height, width = after, -(-height // 2), -(-width // 2)
            layers.append(WeightNormalised((hidden_dims[-1], channels * height * width), generator, learns_gain=False))
        self.layers = nn.ModuleList(layers)
        self.last = WeightNormalised((n_classes, hidden_dims[-1]), generator, learns_gain=True)

    def features(self, x: Tensor, disturbance: Disturbance | None = None) -> Tensor:
        """Units of the last hidden layer."""
        units = x if disturbance is None else disturbance.inputs(x)
        if self._image_shape is not None:
            units = units.view(-1, *self._image_shape)
        for number, layer in enumerate(self.layers):
            if number and disturbance is not None:
                units = disturbance.hidden(units)
            units = self._activation(layer(units))
        return units

    def forward(self, x: Tensor, disturbance: Disturbance | None = None) -> Tensor:
        """Logits of the K classes."""
        units = self.features(x, disturbance)
        logits: Tensor = self.last(units if disturbance is None else disturbance.hidden(units))
        return full_precision(logits)

    def start_from(self, x: Tensor) -> None:
        """Give every layer gains and biases that suit these rows."""
        units = x if self._image_shape is None else x.view(-1, *self._image_shape)
        for layer in self.layers:
            units = self._activation(layer.start_from(units))  # type: ignore[operator]
        self.last.start_from(units)


class RowGenerator(nn.Module):
    """Batch-normalised hidden layers from noise to a decoder's outputs."""

    def __init__(
        self, latent_dim: int, hidden_dims: Sequence[int], n_outputs: int, generator: torch.Generator, activation: str
    ):
        super().__init__()
        self._activation = ACTIVATIONS[activation]
        self.layers = nn.ModuleList(
            Linear(before, after, generator, bias=False) for before, after in pairwise([latent_dim, *hidden_dims])
        )
        self.norms = nn.ModuleList(Standardised(width) for width in hidden_dims)
        self.last = Linear(hidden_dims[-1], n_outputs, generator)

    def forward(self, z: Tensor) -> Tensor:
        """Outputs for rows of noise."""
        for layer, norm in zip(self.layers, self.norms, strict=True):
            z = self._activation(norm(layer(z)))
        outputs: Tensor = self.last(z)
        return outputs


class ImageGenerator(nn.Module):
    """From noise to a small image of many channels, which doubles its size and halves its channels to the last."""

    def __init__(
        self,
        latent_dim: int,
        channels: Sequence[int],
        n_outputs: int,
        image_shape: ImageShape,
        generator: torch.Generator,
        activation: str,
    ):
        super().__init__()
        _, height, width = image_shape
        self._activation = ACTIVATIONS[activation]
        self._sizes = [(-(-height // 2**i), -(-width // 2**i)) for i in range(len(channels), -1, -1)]
        smallest = self._sizes[0][0] * self._sizes[0][1]
        self.first = Linear(latent_dim, channels[0] * smallest, generator, bias=False)
        self.norms = nn.ModuleList(Standardised(n) for n in channels)
        following = [*channels[1:], n_outputs // (height * width)]
        self.layers = nn.ModuleList(
            Convolution(before, after, generator) for before, after in zip(channels, following, strict=True)
        )

    def forward(self, z: Tensor) -> Tensor:
        """Outputs for rows of noise, flat."""
        maps = self.first(z).unflatten(1, (-1, *self._sizes[0]))
        for norm, layer, size in zip(self.norms, self.layers, self._sizes[1:], strict=True):
            maps = layer(interpolate(self._activation(norm(maps)), size=size))
        outputs: Tensor = maps.flatten(1)
        return outputs


class AdversarialPair(Model):
    """Both players and their losses."""

    def __init__(self, likelihood: Likelihood, latent_dim: int, critic: Critic, generator: nn.Module, game: Game):
        super().__init__()
        self.likelihood = likelihood
        self.latent_dim = latent_dim
        self.critic = critic
        self.generator = generator
        self.game = game

    def players(self) -> list[Player]:
        """The critic, then the generator."""
        return [
            Player(list(self.critic.parameters()), self.critic_terms, _BETAS, "critic"),
            Player(list(self.generator.parameters()), self.generator_terms, _BETAS, "generator"),
        ]

    def log_posterior(self, x: Tensor) -> Tensor:
        """Log q(y | x) of every row, of shape (rows, classes)."""
        return log_softmax(self.critic(x), dim=1)

    def generate(self, n_rows: int, generator: torch.Generator) -> Tensor:
        """Encoded values of generated rows."""
        like = next(self.parameters())
        z = torch.randn((n_rows, self.latent_dim), generator=generator, device=like.device, dtype=like.dtype)
        return self.likelihood.expectation(self.generator(z))

    def critic_terms(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        """The critic's loss: sort the labelled rows, tell real rows from generated ones."""
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
        """The generator's loss: match the mean of the critic's features, keep rows apart."""
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
        """What is wrong with the game after these epochs, and what to change.

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
    """Rows that show what the data are like: the unlabelled ones, or the labelled ones where there are no others."""
    if len(batch.unlabeled):
        return batch.unlabeled, batch.unlabeled_weights
    return batch.labeled, batch.labeled_weights
