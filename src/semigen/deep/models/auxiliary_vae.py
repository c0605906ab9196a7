"""SDGM and ADGM: M2 with an auxiliary variable, which makes q(y | x) and q(z | x, y) richer."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import log_softmax

from semigen.deep.layers.distributions import DiagonalNormal, full_precision, log_mean_exp, standard_normal_log_prob
from semigen.deep.layers.enumeration import Pairs
from semigen.deep.layers.networks import ClassPerceptron, Disturbance, Perceptron
from semigen.deep.likelihoods import Likelihood
from semigen.deep.models.semi_supervised import Learning, SemiSupervisedModel
from semigen.deep.objectives import auxiliary_vae as objective

# Draws of a that a prediction averages over; fixed ones, so that a row always gets the same answer.
_DRAWS_FOR_PREDICTION = 10


class AuxiliaryM2(SemiSupervisedModel):
    """p(y) p(z) p(a | y, z) p(x | y, z, and a if `skip`) with q(a | x), q(y | a, x) and q(z | a, y, x)."""

    def __init__(
        self,
        likelihood: Likelihood,
        latent_dim: int,
        auxiliary_dim: int,
        hidden_dims: Sequence[int],
        activation: str,
        skip: bool,
        log_prior: Tensor,
        learning: Learning,
        generator: torch.Generator,
    ):
        super().__init__(log_prior, learning)
        width, n_classes = likelihood.width, len(log_prior)
        self.likelihood = likelihood
        self.latent_dim = latent_dim
        self.auxiliary_dim = auxiliary_dim
        self.skip = skip
        back = hidden_dims[::-1]
        decoded = latent_dim + auxiliary_dim if skip else latent_dim
        self.auxiliary_encoder = Perceptron(width, hidden_dims, 2 * auxiliary_dim, generator, activation)
        self.classifier = Perceptron(width + auxiliary_dim, hidden_dims, n_classes, generator, activation)
        self.encoder = ClassPerceptron(
            width + auxiliary_dim, n_classes, hidden_dims, 2 * latent_dim, generator, activation
        )
        self.auxiliary_decoder = ClassPerceptron(latent_dim, n_classes, back, 2 * auxiliary_dim, generator, activation)
        self.decoder = ClassPerceptron(decoded, n_classes, back, likelihood.n_parameters, generator, activation)
        fixed = torch.randn((_DRAWS_FOR_PREDICTION, 1, auxiliary_dim), generator=generator, dtype=torch.float32)
        self.prediction_noise: Tensor
        self.register_buffer("prediction_noise", fixed)

    def auxiliary_posterior(self, x: Tensor) -> DiagonalNormal:
        """Return q(a | x)."""
        return DiagonalNormal.from_parameters(self.auxiliary_encoder(x))

    def classified(self, x: Tensor, disturbance: Disturbance | None) -> Tensor:
        """Return log q(y | a, x) at the mean of a, with noise in the classifier if there is a disturbance."""
        return self._classified(x, self.auxiliary_posterior(x).mean, disturbance)

    def log_posterior(self, x: Tensor) -> Tensor:
        """Return log q(y | x) = log of the mean of q(y | a, x) over draws of a."""
        posterior = self.auxiliary_posterior(x)
        noise = self.prediction_noise.to(x.dtype)
        draws = [self._classified(x, posterior.sample(draw), None) for draw in noise]
        return log_mean_exp(torch.stack(draws))

    def bounds(self, x: Tensor, given: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Pairs]:
        """Return bounds on log p(x, y) of the pairs that matter, log q(y | a, x) of all rows, and those pairs."""
        of_a = self.auxiliary_posterior(x)
        a = of_a.sample(self.standard_normal((len(x), self.auxiliary_dim), x, generator))
        log_posterior = self._classified(x, a, self.disturbance(generator))
        pairs = self.pairs(given, log_posterior)
        with_a = torch.cat([x, a], dim=1)
        of_z = DiagonalNormal.from_parameters(self.encoder(with_a, pairs.classes, pairs.spread))
        z = of_z.sample(pairs.spread(self.standard_normal((len(x), self.latent_dim), x, generator)))
        a_of_pairs = pairs.spread(a)
        bounds = objective.pair_bounds(
            self.likelihood.log_prob(self._decode(z, a_of_pairs, pairs.classes), pairs.spread(x)),
            self.log_prior[pairs.classes],
            of_z.divergence(),
            a_of_pairs,
            self._prior_of_a(z, pairs.classes),
            DiagonalNormal(pairs.spread(of_a.mean), pairs.spread(of_a.log_variance)),
        )
        return bounds, log_posterior, pairs

    @property
    def noise_dim(self) -> int:
        """Width of the noise that `log_joint` wants."""
        return self.auxiliary_dim + self.latent_dim

    def latent(self, x: Tensor, classes: Tensor) -> Tensor:
        """Return mean of q(z | a, y, x) of rows with a class each, at the mean of a."""
        a = self.auxiliary_posterior(x).mean
        return DiagonalNormal.from_parameters(self.encoder(torch.cat([x, a], dim=1), classes)).mean

    def decode(self, z: Tensor, classes: Tensor) -> Tensor:
        """Return parameters of the likelihood, at the mean of p(a | y, z)."""
        return self._decode(z, self._prior_of_a(z, classes).mean, classes)

    def draw(self, classes: Tensor, generator: torch.Generator) -> Tensor:
        """Return parameters of the likelihood for a fresh z and a of each class."""
        z = self.standard_normal((len(classes), self.latent_dim), self.log_prior, generator)
        noise = self.standard_normal((len(classes), self.auxiliary_dim), self.log_prior, generator)
        return self._decode(z, self._prior_of_a(z, classes).sample(noise), classes)

    def log_joint(self, x: Tensor, noise: Tensor) -> Tensor:
        """Return importance-weighted bounds on log p(x, y); `noise` is (draws, 1, auxiliary + latent)."""
        of_a = self.auxiliary_posterior(x)
        a = of_a.sample(noise[..., : self.auxiliary_dim])
        with_a = torch.cat([x.expand(len(noise), -1, -1), a], dim=-1)
        columns = []
        for classes in self.each_class(x):
            of_z = DiagonalNormal.from_parameters(self.encoder(with_a, classes))
            z = of_z.sample(noise[..., self.auxiliary_dim :])
            generated = self.likelihood.log_prob(self._decode(z, a, classes), x)
            prior = standard_normal_log_prob(z) + self._prior_of_a(z, classes).log_prob(a)
            columns.append(log_mean_exp(generated + prior - of_z.log_prob(z) - of_a.log_prob(a)))
        return torch.stack(columns, dim=1) + self.log_prior

    def _decode(self, z: Tensor, a: Tensor, classes: Tensor) -> Tensor:
        parameters: Tensor = self.decoder(torch.cat([z, a], dim=-1) if self.skip else z, classes)
        return parameters

    def _classified(self, x: Tensor, a: Tensor, disturbance: Disturbance | None) -> Tensor:
        return log_softmax(full_precision(self.classifier(torch.cat([x, a], dim=1), disturbance)), dim=1)

    def _prior_of_a(self, z: Tensor, classes: Tensor) -> DiagonalNormal:
        return DiagonalNormal.from_parameters(self.auxiliary_decoder(z, classes))
