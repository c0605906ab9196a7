"""A normalising flow into a Gaussian mixture, one component for each class; with a single class, a flow alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from semigen.deep.data.steps import Batch, Model, Player
from semigen.deep.layers.invertible import AffineCoupling, Chain, Invertible, Rotation, Whitening
from semigen.deep.layers.splines import ColumnSplines
from semigen.deep.models.latent_start import held_apart
from semigen.deep.objectives import flow as objective
from semigen.deep.objectives.semi_supervised import per_datum, per_row
from semigen.deep.objectives.virtual_adversarial import virtual_adversarial_loss

# Rows are clipped to this many standard deviations: squares of larger values would overflow.
_FURTHEST = 1e120


@dataclass(frozen=True)
class FlowLearning:
    """Options of the training of a flow; its networks do not depend on them.

    Attributes
    ----------
    alpha : float
        What the mean cross-entropy on labelled rows weighs per datum.
    input_noise : float
        Standard deviation of noise on rows.
    start_weight : float
        What the cross-entropy to the answers weighs with which unlabelled rows came.
    consistency_weight, consistency_noise : float
        What the cross-entropy between the answers for unlabelled rows and for noisy copies of them weighs, and the
        standard deviation of that noise.
    adversarial_weight, adversarial_radius : float
        What the virtual adversarial loss of all rows weighs, and how far from a row it looks.
    """

    alpha: float = 1.0
    input_noise: float = 0.0
    start_weight: float = 0.0
    consistency_weight: float = 0.0
    consistency_noise: float = 0.0
    adversarial_weight: float = 0.0
    adversarial_radius: float = 0.1


class _Joint(NamedTuple):
    """Log p(x, y) of the rows of a step, each of shape (rows, classes)."""

    labeled: Tensor
    unlabeled: Tensor
    copies: Tensor


class FlowMixture(Model):
    """p(y) p(x | y), where an invertible map takes x to a standard normal around the mean of its class.

    A row of the training data is its encoded values; unlabelled rows may carry class probabilities behind them.

    Parameters
    ----------
    width : int
        Encoded values of a row.
    n_couplings : int
    hidden_dims : sequence of int
        Of the network in each coupling.
    activation : str
    log_prior : tensor of shape (classes,)
    cells : sequence of float
        How wide a cell each encoded value stands for, 0 for a point: rows get uniform noise as wide.
    learning : FlowLearning
    generator : torch.Generator
    """

    log_prior: Tensor
    means: Tensor
    cells: Tensor

    def __init__(
        self,
        width: int,
        n_couplings: int,
        hidden_dims: Sequence[int],
        activation: str,
        log_prior: Tensor,
        cells: Sequence[float],
        learning: FlowLearning,
        generator: torch.Generator,
    ):
        super().__init__()
        self.width = width
        self.learning = learning
        self.whitening = Whitening(width)
        maps: list[Invertible] = [ColumnSplines(width), self.whitening]
        # A single column has no other half, and so no couplings: the flow is its spline.
        for number in range(n_couplings if width > 1 else 0):
            # The halves change places in every coupling: two couplings transform all columns of one rotation.
            if number % 2 == 0:
                maps.append(Rotation(width, generator))
            maps.append(AffineCoupling(width, hidden_dims, activation, generator))
        self.flow = Chain(maps)
        self.register_buffer("log_prior", log_prior)
        self.register_buffer("means", torch.zeros((len(log_prior), width), dtype=torch.float32))
        self.register_buffer("cells", torch.tensor(cells, dtype=torch.float32))

    @torch.no_grad()
    def start_from(
        self,
        centre: NDArray[np.float64],
        covariance: NDArray[np.float64],
        class_means: NDArray[np.float64],
    ) -> None:
        """Start as the Gaussians of these means and this covariance: couplings are the identity before they learn."""
        self.whitening.centre.copy_(torch.from_numpy(centre))
        self.whitening.factor.copy_(torch.from_numpy(np.linalg.cholesky(covariance)))
        self.means.copy_(self.flow(torch.from_numpy(class_means.astype(np.float32)))[0])

    @torch.no_grad()
    def hold_apart(self, least: float, rng: np.random.Generator) -> None:
        """Move means that are nearer to others than so many standard deviations."""
        self.means.copy_(torch.from_numpy(held_apart(self.means.double().numpy(), least, rng)))

    @property
    def n_classes(self) -> int:
        """Classes of the model."""
        return len(self.log_prior)

    def players(self) -> list[Player]:
        """Return one player with all parameters."""
        return [Player(list(self.parameters()), self.terms)]

    def image(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return images of rows in the latent space, and the log-determinants of the map there."""
        furthest = min(_FURTHEST, torch.finfo(x.dtype).max)
        image, log_volume = self.flow(x.clamp(-furthest, furthest))
        return image, log_volume

    def row(self, z: Tensor) -> Tensor:
        """Return the rows that have these images."""
        return self.flow.inverse(z.clamp(-_FURTHEST, _FURTHEST))

    def log_joint(self, x: Tensor) -> Tensor:
        """Return log p(x, y) of every row and class."""
        z, log_volume = self.image(x)
        return objective.log_joint(z, log_volume, self.means, self.log_prior)

    def log_posterior(self, x: Tensor) -> Tensor:
        """Return log p(y | x) of every row, of shape (rows, classes)."""
        return torch.log_softmax(objective.class_scores(self.image(x)[0], self.means, self.log_prior), dim=1)

    def draw(self, classes: Tensor, generator: torch.Generator) -> Tensor:
        """Draw a row of each of these classes."""
        shape = (len(classes), self.width)
        noise = torch.randn(shape, generator=generator, device=self.means.device, dtype=self.means.dtype)
        return self.flow.inverse(self.means.index_select(0, classes) + noise)

    def preview(self, n_rows: int, generator: torch.Generator) -> Tensor:
        """Return fresh rows, whose classes take turns."""
        return self.draw(torch.arange(n_rows, device=self.means.device) % self.n_classes, generator)

    def terms(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        """Return the loss of a batch and its parts."""
        learning, given = self.learning, batch.codes
        n_given = len(given)
        unlabeled, answers = batch.unlabeled[:, : self.width], batch.unlabeled[:, self.width :]
        labeled = batch.labeled[:, : self.width] if n_given else unlabeled[:0]
        rows = self._disturbed(torch.cat([labeled, unlabeled]), learning.input_noise, generator)
        copies = rows[:0]
        if learning.consistency_weight > 0:
            copies = self._disturbed(unlabeled, learning.consistency_noise, generator)
        of_all = self.log_joint(torch.cat([rows, copies]))
        joint = _Joint(of_all[:n_given], of_all[n_given : len(rows)], of_all[len(rows) :])
        terms = per_datum(
            joint.labeled.gather(1, given.unsqueeze(1)).squeeze(1),
            torch.logsumexp(joint.unlabeled, dim=1),
            torch.log_softmax(joint.labeled, dim=1).gather(1, given.unsqueeze(1)).squeeze(1),
            labeled_share=batch.labeled_share,
            alpha=learning.alpha if n_given else 0.0,
            labeled_weights=batch.labeled_weights,
            unlabeled_weights=batch.unlabeled_weights,
        )
        for name, weight, of_labeled, of_unlabeled in self._penalties(rows, joint, answers, generator):
            penalty = per_row(
                of_labeled,
                of_unlabeled,
                labeled_share=batch.labeled_share,
                labeled_weights=batch.labeled_weights,
                unlabeled_weights=batch.unlabeled_weights,
            )
            terms["loss"] = terms["loss"] + weight * penalty
            terms[name] = penalty.detach()
        if n_given:
            terms["labeled_error"] = (joint.labeled.argmax(dim=1) != given).sum() / n_given
        return terms

    def _penalties(
        self, rows: Tensor, joint: _Joint, answers: Tensor, generator: torch.Generator
    ) -> Iterator[tuple[str, float, Tensor, Tensor]]:
        """Yield the penalties that are added to the loss: name, weight, values of labelled and of unlabelled rows."""
        learning, n_given = self.learning, len(joint.labeled)
        nothing = joint.labeled.new_zeros(n_given)
        if learning.start_weight > 0 and answers.shape[1]:
            values = objective.disagreement(joint.unlabeled, answers)
            yield "start_disagreement", learning.start_weight, nothing, values
        if learning.consistency_weight > 0:
            own = torch.softmax(joint.unlabeled.detach(), dim=1)
            yield "inconsistency", learning.consistency_weight, nothing, objective.disagreement(joint.copies, own)
        if learning.adversarial_weight > 0:
            values = virtual_adversarial_loss(self.log_posterior, rows, learning.adversarial_radius, generator)
            yield "adversarial", learning.adversarial_weight, values[:n_given], values[n_given:]

    def held_out_bound(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Return mean log p(x) of rows without labels, disturbed as in training."""
        rows = self._disturbed(x[:, : self.width], self.learning.input_noise, generator)
        return torch.logsumexp(self.log_joint(rows), dim=1).mean()

    def _disturbed(self, x: Tensor, deviation: float, generator: torch.Generator) -> Tensor:
        """Return rows with normal noise, and uniform noise over the cells that their values stand for."""
        normal = torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)
        uniform = torch.rand(x.shape, generator=generator, device=x.device, dtype=x.dtype)
        return x + deviation * normal + self.cells * (uniform - 0.5)
