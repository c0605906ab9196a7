"""Players of a model with their optimizers: a step of each in turn, and what checkpoints keep of them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from semigen.deep.data.steps import Batch, Player
from semigen.deep.training.checkpoint import Saved
from semigen.deep.training.device import autocast
from semigen.deep.training.settings import Settings


class Players:
    """Players that take turns, each with an Adam of its own.

    Parameters
    ----------
    players : sequence of Player
    settings : Settings
    device : torch.device
    """

    def __init__(self, players: Sequence[Player], settings: Settings, device: torch.device):
        self._players = list(players)
        self._settings = settings
        self._device = device
        self._optimizers = [self._optimizer(player) for player in self._players]

    def __len__(self) -> int:
        return len(self._players)

    def step(self, batch: Batch, rate: float | Tensor, noise: torch.Generator) -> dict[str, Tensor]:
        """Let every player take a step at this learning rate; return the terms of all losses."""
        terms: dict[str, Tensor] = {}
        for player, optimizer in zip(self._players, self._optimizers, strict=True):
            with autocast(self._device, self._settings.precision):
                losses = player.terms(batch, noise)
            optimizer.zero_grad(set_to_none=True)
            # Gradients of the player's own parameters only: those of the other players are not used.
            losses["loss"].backward(inputs=list(player.parameters))  # type: ignore[no-untyped-call]
            if self._settings.max_gradient_norm is not None:
                torch.nn.utils.clip_grad_norm_(player.parameters, self._settings.max_gradient_norm)
            for group in optimizer.param_groups:
                if isinstance(group["lr"], Tensor):
                    group["lr"].copy_(torch.as_tensor(rate))
                else:
                    group["lr"] = rate
            optimizer.step()
            terms |= {_recorded_as(term, player): value.detach() for term, value in losses.items()}
        if len(self._players) > 1:
            terms["loss"] = torch.stack([terms[player.loss_term] for player in self._players]).sum()
        return terms

    def have_finite_losses(self, batch: Batch, noise: torch.Generator) -> bool:
        """Return whether the losses of all players on a batch are finite."""
        with autocast(self._device, self._settings.precision):
            losses = [player.terms(batch, noise)["loss"] for player in self._players]
        return bool(torch.stack(losses).isfinite().all())

    def terms(self, batch: Batch, noise: torch.Generator) -> set[str]:
        """Return the names of the terms that `step` returns, but for the sum of several losses."""
        return {_recorded_as(term, player) for player in self._players for term in player.terms(batch, noise)}

    def state(self) -> dict[str, Tensor]:
        """Return the moments of all optimizers, by name."""
        return {
            f"optimizer.{number}.{i}.{name}": torch.as_tensor(value)
            for number, optimizer in enumerate(self._optimizers)
            for i, moments in optimizer.state_dict()["state"].items()
            for name, value in moments.items()
        }

    def state_after_a_step(self) -> dict[str, Tensor]:
        """Return tensors like those of `state` once steps were taken: before the first, Adam has no moments."""
        state: dict[str, Tensor] = {}
        for number, player in enumerate(self._players):
            for i, parameter in enumerate(player.parameters):
                moments = {"step": torch.zeros((), dtype=torch.float32), "exp_avg": parameter, "exp_avg_sq": parameter}
                state |= {f"optimizer.{number}.{i}.{name}": like for name, like in moments.items()}
        return state

    def restore(self, saved: Saved) -> None:
        """Take the moments of all optimizers from a checkpoint."""
        for number, optimizer in enumerate(self._optimizers):
            described = optimizer.state_dict()
            for name, tensor in saved.below(f"optimizer.{number}").items():
                i, moment = name.split(".")
                described["state"].setdefault(int(i), {})[moment] = tensor
            optimizer.load_state_dict(described)

    def _optimizer(self, player: Player) -> torch.optim.Optimizer:
        rate = self._settings.learning_rate
        on_gpu = self._device.type == "cuda"
        return torch.optim.Adam(
            player.parameters,
            lr=torch.tensor(rate, device=self._device) if on_gpu else rate,
            capturable=on_gpu,
            betas=player.betas,
            weight_decay=self._settings.weight_decay,
            fused=True,
        )


def _recorded_as(term: str, player: Player) -> str:
    return player.loss_term if term == "loss" else term
