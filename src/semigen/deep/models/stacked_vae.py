"""M1+M2: M2 on the latent variable of M1, trained on top of a fixed M1 or together with it."""

from __future__ import annotations

import torch
from torch import Tensor

from semigen.deep.layers.distributions import DiagonalNormal, log_mean_exp
from semigen.deep.layers.enumeration import Pairs
from semigen.deep.layers.networks import Disturbance
from semigen.deep.models.m1 import M1
from semigen.deep.models.m2 import M2
from semigen.deep.models.semi_supervised import SemiSupervisedModel
from semigen.deep.objectives import stacked_vae as objective


class FrozenStack(SemiSupervisedModel):
    """M2 on draws of z1 ~ q(z1 | x), a fresh one in every step.

    A row of the training data is what M1 says of z1: means, then log-variances, computed once.
    """

    def __init__(self, upper: M2):
        super().__init__(upper.log_prior, upper.learning)
        self.likelihood = upper.likelihood
        self.upper = upper

    def classified(self, x: Tensor, disturbance: Disturbance | None) -> Tensor:
        """Return log q(y | x), from the mean of z1: nothing is drawn, so a row always gets the same answer."""
        return self.upper.classified(DiagonalNormal.from_parameters(x).mean, disturbance)

    def bounds(self, x: Tensor, given: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Pairs]:
        """Return bounds on log p(z1, y) of the pairs that matter, log q(y | z1) of all rows, and those pairs."""
        of_latent = DiagonalNormal.from_parameters(x)
        latent = of_latent.sample(self.standard_normal(tuple(of_latent.mean.shape), x, generator))
        return self.upper.bounds(latent, given, generator)

    def draw(self, classes: Tensor, generator: torch.Generator) -> Tensor:
        """Return parameters of p(z1 | y, z2) for a fresh z2 of each class."""
        return self.upper.draw(classes, generator)

    def adversarial_penalties(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Return how much the class probabilities change near the mean of each row's z1."""
        return self.upper.adversarial_penalties(DiagonalNormal.from_parameters(x).mean, generator)


class JointStack(SemiSupervisedModel):
    """M1 and M2 as one model: p(y) p(z2) p(z1 | y, z2) p(x | z1), all of it learning."""

    def __init__(self, lower: M1, upper: M2):
        super().__init__(upper.log_prior, upper.learning)
        self.likelihood = lower.likelihood
        self.lower = lower
        self.upper = upper

    def classified(self, x: Tensor, disturbance: Disturbance | None) -> Tensor:
        """Return log q(y | x), from the mean of z1."""
        return self.upper.classified(self.lower.posterior(x).mean, disturbance)

    def bounds(self, x: Tensor, given: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Pairs]:
        """Return bounds on log p(x, y): those of M2 for a draw of z1, plus log p(x | z1) - log q(z1 | x)."""
        of_latent = self.lower.posterior(x)
        latent = of_latent.sample(self.standard_normal(tuple(of_latent.mean.shape), x, generator))
        bounds, log_posterior, pairs = self.upper.bounds(latent, given, generator)
        log_likelihood = self.lower.likelihood.log_prob(self.lower.decoder(latent), x)
        return objective.pair_bounds(bounds, log_likelihood, latent, of_latent, pairs), log_posterior, pairs

    def log_joint(self, x: Tensor, noise: Tensor) -> Tensor:
        """Return importance-weighted bounds on log p(x, y) of every row and class; `noise` is (draws, 1, z1 + z2)."""
        of_latent = self.lower.posterior(x)
        width = self.lower.latent_dim
        draws = []
        for draw in noise:
            latent = of_latent.sample(draw[:, :width])
            generated = self.lower.likelihood.log_prob(self.lower.decoder(latent), x) - of_latent.log_prob(latent)
            draws.append(generated.unsqueeze(1) + self.upper.log_joint(latent, draw[None, :, width:]))
        return log_mean_exp(torch.stack(draws))

    @property
    def noise_dim(self) -> int:
        """Width of the noise that `log_joint` wants."""
        return self.lower.latent_dim + self.upper.latent_dim

    def latent(self, x: Tensor, classes: Tensor) -> Tensor:
        """Return mean of q(z2 | z1, y) of rows with a class each, at the mean of z1."""
        return self.upper.latent(self.lower.posterior(x).mean, classes)

    def decode(self, z: Tensor, classes: Tensor) -> Tensor:
        """Return parameters of the likelihood, at the mean of p(z1 | y, z2)."""
        latent = self.upper.likelihood.expectation(self.upper.decode(z, classes))
        parameters: Tensor = self.lower.decoder(latent)
        return parameters

    def draw(self, classes: Tensor, generator: torch.Generator) -> Tensor:
        """Return parameters of the likelihood for a fresh z2 and z1 of each class."""
        latent = self.upper.likelihood.sample(self.upper.draw(classes, generator), generator)
        parameters: Tensor = self.lower.decoder(latent)
        return parameters
