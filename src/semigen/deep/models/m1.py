"""M1: a variational autoencoder of the rows alone."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from semigen.deep.data.steps import Batch, Model, Player
from semigen.deep.layers.distributions import DiagonalNormal, log_mean_exp
from semigen.deep.layers.networks import Perceptron
from semigen.deep.likelihoods import Likelihood
from semigen.deep.objectives import m1


class M1(Model):
    """p(z) p(x | z) and q(z | x)."""

    def __init__(
        self,
        likelihood: Likelihood,
        latent_dim: int,
        hidden_dims: Sequence[int],
        activation: str,
        generator: torch.Generator,
    ):
        super().__init__()
        self.likelihood = likelihood
        self.latent_dim = latent_dim
        self.activation = activation
        self.encoder = Perceptron(likelihood.width, hidden_dims, 2 * latent_dim, generator, activation)
        self.decoder = Perceptron(latent_dim, hidden_dims[::-1], likelihood.n_parameters, generator, activation)

    def players(self) -> list[Player]:
        """Return one player with all parameters."""
        return [Player(list(self.parameters()), self.terms)]

    def posterior(self, x: Tensor) -> DiagonalNormal:
        """Return q(z | x)."""
        return DiagonalNormal.from_parameters(self.encoder(x))

    def terms(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        """Return the loss of a batch of unlabelled rows, and its parts."""
        reconstruction, divergence = self._bound(batch.unlabeled, generator)
        bounds = reconstruction - divergence
        if batch.unlabeled_weights is not None:
            bounds = bounds * batch.unlabeled_weights
        bound = bounds.mean()
        return {"loss": -bound, "bound": bound.detach(), "divergence": divergence.detach().mean()}

    def held_out_bound(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Return mean bound on log p(x)."""
        reconstruction, divergence = self._bound(x, generator)
        return (reconstruction - divergence).mean()

    def _bound(self, x: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return the two terms of the bound on log p(x) of every row: reconstruction and divergence."""
        noise = torch.randn((len(x), self.latent_dim), generator=generator, device=x.device, dtype=x.dtype)
        return m1.bound(x, self.posterior(x), self.decoder, self.likelihood, noise)

    def preview(self, n_rows: int, generator: torch.Generator) -> Tensor:
        """Return means of p(x | z) for drawn z."""
        device = next(self.parameters()).device
        z = torch.randn((n_rows, self.latent_dim), generator=generator, device=device)
        return self.likelihood.expectation(self.decoder(z))

    def reduced(self, active: Sequence[int]) -> M1:
        """Return the same model with these latent variables only."""
        widths = [layer.out_features for layer in (self.encoder.first, *self.encoder.layers)][:-1]
        smaller = M1(self.likelihood, len(active), widths, self.activation, torch.Generator())
        weights = self.state_dict()
        last = f"encoder.layers.{len(widths) - 1}"
        outputs = [*active, *(self.latent_dim + i for i in active)]
        for name in (f"{last}.weight", f"{last}.bias"):
            weights[name] = weights[name][outputs]
        weights["decoder.first.weight"] = weights["decoder.first.weight"][:, list(active)]
        smaller.load_state_dict(weights)
        return smaller

    def log_evidence(self, x: Tensor, noise: Tensor) -> Tensor:
        """Return importance-weighted bound on log p(x); `noise` has shape (draws, 1, latent) and all rows share it."""
        log_weights = m1.log_weights(x, self.posterior(x), self.decoder, self.likelihood, noise)
        return log_mean_exp(log_weights)
