"""M2: a variational autoencoder whose decoder knows the class, and a classifier beside it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import log_softmax

from semigen.deep.layers.distributions import DiagonalNormal, full_precision, log_mean_exp
from semigen.deep.layers.enumeration import Pairs
from semigen.deep.layers.networks import ClassPerceptron, Disturbance, Perceptron
from semigen.deep.likelihoods import Likelihood
from semigen.deep.models.semi_supervised import Learning, SemiSupervisedModel
from semigen.deep.objectives import m1, m2


class M2(SemiSupervisedModel):
    """p(y) p(z) p(x | y, z) with q(y | x) and q(z | x, y)."""

    def __init__(
        self,
        likelihood: Likelihood,
        latent_dim: int,
        hidden_dims: Sequence[int],
        activation: str,
        log_prior: Tensor,
        learning: Learning,
        generator: torch.Generator,
    ):
        super().__init__(log_prior, learning)
        width, n_classes = likelihood.width, len(log_prior)
        self.likelihood = likelihood
        self.latent_dim = latent_dim
        self.classifier = Perceptron(width, hidden_dims, n_classes, generator, activation)
        self.encoder = ClassPerceptron(width, n_classes, hidden_dims, 2 * latent_dim, generator, activation)
        self.decoder = ClassPerceptron(
            latent_dim, n_classes, hidden_dims[::-1], likelihood.n_parameters, generator, activation
        )

    def classified(self, x: Tensor, disturbance: Disturbance | None) -> Tensor:
        """Return log q(y | x), with noise in the classifier if there is a disturbance."""
        return log_softmax(full_precision(self.classifier(x, disturbance)), dim=1)

    def posterior(self, x: Tensor, classes: Tensor) -> DiagonalNormal:
        """Return q(z | x, y) of rows with a class each."""
        return DiagonalNormal.from_parameters(self.encoder(x, classes))

    def bounds(self, x: Tensor, given: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Pairs]:
        """Return bounds on log p(x, y) of the pairs that matter, log q(y | x) of all rows, and those pairs."""
        log_posterior = self.classified(x, self.disturbance(generator))
        pairs = self.pairs(given, log_posterior)
        posterior = DiagonalNormal.from_parameters(self.encoder(x, pairs.classes, pairs.spread))
        noise = self.standard_normal((len(x), self.latent_dim), x, generator)
        bounds = m2.pair_bounds(x, pairs, posterior, self.decoder, self.likelihood, self.log_prior, noise)
        return bounds, log_posterior, pairs

    def log_joint(self, x: Tensor, noise: Tensor) -> Tensor:
        """Return importance-weighted bounds on log p(x, y) of every row and class; `noise` is (draws, 1, latent)."""
        columns = []
        for classes in self.each_class(x):
            log_weights = m1.log_weights(
                x, self.posterior(x, classes), partial(self.decode, classes=classes), self.likelihood, noise
            )
            columns.append(log_mean_exp(log_weights))
        return torch.stack(columns, dim=1) + self.log_prior

    @property
    def noise_dim(self) -> int:
        """Width of the noise that `log_joint` wants."""
        return self.latent_dim

    def latent(self, x: Tensor, classes: Tensor) -> Tensor:
        """Return mean of q(z | x, y) of rows with a class each."""
        return self.posterior(x, classes).mean

    def decode(self, z: Tensor, classes: Tensor) -> Tensor:
        """Return parameters of the likelihood."""
        parameters: Tensor = self.decoder(z, classes)
        return parameters

    def draw(self, classes: Tensor, generator: torch.Generator) -> Tensor:
        """Return parameters of the likelihood for a fresh z of each class."""
        z = self.standard_normal((len(classes), self.latent_dim), self.log_prior, generator)
        return self.decode(z, classes)
