"""Small models and batches for the tests of objectives."""

from __future__ import annotations

import torch

from semigen.deep.data.steps import Batch
from semigen.deep.likelihoods import Bernoulli
from semigen.deep.models.auxiliary_vae import AuxiliaryM2
from semigen.deep.models.critic import Critic
from semigen.deep.models.gan import AdversarialPair, Game
from semigen.deep.models.generators import RowGenerator
from semigen.deep.models.m2 import M2
from semigen.deep.models.semi_supervised import Learning


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def small_m2(n_classes: int = 3, *, negligible: float = 0.0, alpha: float = 0.7, likelihood=None, latent_dim=2) -> M2:
    prior = torch.arange(1.0, n_classes + 1)
    return M2(
        likelihood or Bernoulli(5),
        latent_dim,
        [7],
        "relu",
        (prior / prior.sum()).log(),
        Learning(alpha=alpha, negligible=negligible),
        generator(1),
    ).double()


def small_auxiliary(n_classes: int = 3, *, skip: bool = True, likelihood=None) -> AuxiliaryM2:
    prior = torch.full((n_classes,), 1 / n_classes)
    return AuxiliaryM2(
        likelihood or Bernoulli(5), 1, 1, [6], "tanh", skip, prior.log(), Learning(alpha=0.5), generator(2)
    ).double()


def small_batch(n_labeled: int, n_unlabeled: int, n_classes: int = 3, width: int = 5) -> Batch:
    draw = generator(3)
    return Batch(
        torch.rand((n_labeled, width), generator=draw, dtype=torch.float64),
        torch.randint(n_classes, (n_labeled,), generator=draw),
        torch.rand((n_unlabeled, width), generator=draw, dtype=torch.float64),
        labeled_share=0.2 if n_labeled and n_unlabeled else float(n_labeled > 0),
    )


def noise_of(model: M2, n_rows: int, seed: int) -> torch.Tensor:
    """The noise that a step with this seed uses."""
    return torch.randn((n_rows, model.latent_dim), generator=generator(seed), dtype=torch.float64)


def gradients(model: torch.nn.Module, loss: torch.Tensor) -> list[torch.Tensor]:
    return list(torch.autograd.grad(loss, list(model.parameters())))


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=generator(seed), dtype=torch.float64)


def small_pair(n_classes: int = 3, **game: float) -> AdversarialPair:
    critic = Critic(5, [6, 4], n_classes, generator(1), "relu")
    maker = RowGenerator(2, [5], 5, generator(2), "relu")
    return AdversarialPair(Bernoulli(5), 2, critic, maker, Game(**game)).double()
