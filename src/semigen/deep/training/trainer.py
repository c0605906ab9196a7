"""The one loop that trains every deep model: steps, epochs, the best weights, checkpoints, interruptions."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from torch import Tensor

from semigen._files import check_place
from semigen._runtime.callers import outside
from semigen.deep.data.steps import Model, Terms
from semigen.deep.training import callbacks, checkpoint
from semigen.deep.training.batches import DeviceRows, Stream, TrainingRows
from semigen.deep.training.graphs import GraphedStep
from semigen.deep.training.players import Players
from semigen.deep.training.schedule import epochs_for, rate_factor, rows_in_step
from semigen.deep.training.settings import Settings
from semigen.deep.training.training_progress import TrainingProgress
from semigen.deep.training.weights import KeptWeights

# A model that is in trouble for so many epochs in a row does not recover.
_MOST_EPOCHS_IN_TROUBLE = 5

# Largest share of the time that writing checkpoints may take.
_SHARE_FOR_CHECKPOINTS = 0.02


@dataclass
class TrainingResult:
    """Length, history and end of a training.

    Attributes
    ----------
    n_epochs : int
    history : dict of lists
        Mean of every term over each epoch.
    converged : bool
        Whether it ended as planned: all epochs, or early stopping.
    interrupted : bool
        Whether Ctrl-C ended it.
    """

    n_epochs: int = 0
    history: dict[str, list[float]] = field(default_factory=dict)
    converged: bool = False
    interrupted: bool = False


class Trainer:
    """Train the networks of `module` in place.

    Parameters
    ----------
    name : str
        What progress and messages call the model.
    module : Model
        All networks, on the device they train on.
    rows : TrainingRows
    settings : Settings
    seed : int
        Of the trainer's own generators; torch's global one is neither read nor changed.
    held_out : callable or None
        The objective on rows held out of the training, larger is better; needed for early stopping.
    identity : mapping
        What must be the same for a checkpoint to be resumed, as JSON holds it.
    preview : callable
        From a number of rows and a generator to rows drawn from the networks, for callbacks.
    """

    def __init__(
        self,
        name: str,
        module: Model,
        rows: TrainingRows,
        settings: Settings,
        seed: int,
        *,
        held_out: Callable[[], float] | None,
        identity: Mapping[str, Any],
        preview: Callable[[int, torch.Generator], NDArray[Any]],
    ):
        self.name = name
        self.module = module
        self.settings = settings
        self.result = TrainingResult()
        self._rows = rows
        self._held_out = held_out
        self._identity = dict(identity)
        self._preview = preview
        self._device = rows.codes.device
        self._noise = torch.Generator(self._device).manual_seed(seed)
        # Each stream shuffles on the device of its rows.
        self._shuffles = [
            torch.Generator(some.home).manual_seed(seed + 1 + i)
            for i, some in enumerate((rows.labeled, rows.unlabeled))
        ]
        self._labeled = Stream(len(rows.labeled), self._labeled_rows_in_step(), self._shuffles[0])
        of_unlabeled = rows_in_step(settings.batch_size, len(rows.unlabeled))
        self._unlabeled = Stream(len(rows.unlabeled), of_unlabeled, self._shuffles[1])
        self.steps_per_epoch = max(self._labeled.batches_per_round, self._unlabeled.batches_per_round, 1)
        given = settings.max_epochs
        self.max_epochs = given if isinstance(given, int) else epochs_for(settings.auto_steps, self.steps_per_epoch)
        self._players = Players(module.players(), settings, self._device)
        self._graphed = GraphedStep(self._play, self._noise) if self._can_be_graphed() else None
        self._kept = KeptWeights(list(module.state_dict().values()), settings.averaging)
        self._epochs_without_gain = 0
        self._epochs_in_trouble = 0
        self._stop_asked = False
        self._next_checkpoint = 0.0

    def run(self, resume: Any = None) -> TrainingResult:
        """Return train, or go on from the checkpoint `resume`; leaves the weights to keep in `module`.

        Raises
        ------
        FloatingPointError
            If the loss is not a number from the first epoch on.
        ValueError
            If `resume` belongs to another model, other data or other settings.
        KeyboardInterrupt
            If interrupted before the first epoch was over, or where `on_interrupt` says so.

        Warns
        -----
        ConvergenceWarning
            If the loss stopped being a number, or Ctrl-C came: the best weights so far are kept.
        """
        if self.settings.checkpoint is not None:
            check_place(Path(self.settings.checkpoint))
        if resume is not None:
            self._restore(checkpoint.read(resume, self._identity, self._expected(), self._terms()))
        self._call("on_train_begin", {})
        with TrainingProgress(
            self.name, self.settings.verbose, self.max_epochs, self.steps_per_epoch, self.result.n_epochs
        ) as progress:
            try:
                with torch.enable_grad():
                    self._epochs(progress)
            except KeyboardInterrupt:
                if self.result.n_epochs == 0 or not self.settings.keeps_interrupted():
                    raise
                self.result.interrupted = True
                self._stopped_by("Interrupted")
            finally:
                self._call("on_train_end", self._last_means())
        self._kept.put_in_place(best=self.settings.early_stopping or not self.result.converged)
        return self.result

    @property
    def objective(self) -> float:
        """The objective of the weights that were kept."""
        if self.settings.early_stopping or not self.result.converged:
            return self._kept.best_objective
        return -self.result.history["loss"][-1]

    def _epochs(self, progress: TrainingProgress) -> None:
        settings, result = self.settings, self.result
        while not self._is_over():
            if result.n_epochs < self.max_epochs / 2:
                # Only weights of the later half of the training are averaged.
                self._kept.begin_average()
            means = self._epoch(progress)
            if not (math.isfinite(means["loss"]) and self._is_sound()):
                remedy = f"Lower learning_rate (now {settings.learning_rate:g}), or look for wild values in X."
                if result.n_epochs == 0:
                    raise FloatingPointError(f"{self.name}: the loss ran away in the first epoch. {remedy}")
                self._stopped_by(f"The loss ran away in epoch {result.n_epochs + 1}. {remedy}")
                return
            if self._held_out is not None:
                with self._as_predicting():
                    means["held_out_bound"] = self._held_out()
            # An epoch counts once its weights are kept: Ctrl-C may come at any moment.
            self._note(means)
            result.n_epochs += 1
            result.history = self._history_with(means)
            progress.on_epoch_end(result.n_epochs, means)
            self._stop_asked = self._call("on_epoch_end", means).stop_asked
            self._write_checkpoint(now=self._is_over())
        trouble = self.module.trouble(result.history) if self._epochs_in_trouble else None
        if trouble is None:
            result.converged = True
        else:
            self._stopped_by(trouble)

    def _is_over(self) -> bool:
        return (
            self.result.n_epochs >= self.max_epochs
            or self._waited_enough()
            or self._stop_asked
            or self._epochs_in_trouble >= _MOST_EPOCHS_IN_TROUBLE
        )

    def _history_with(self, means: Mapping[str, float]) -> dict[str, list[float]]:
        return {term: [*self.result.history.get(term, []), value] for term, value in means.items()}

    def _note(self, means: Mapping[str, float]) -> None:
        """Keep the weights if they are the best so far, and count epochs without gain or in trouble."""
        in_trouble = self.module.trouble(self._history_with(means)) is not None
        objective = -math.inf if in_trouble else self._objective_of(means)
        previous = self._kept.best_objective
        gained = objective > previous + self.settings.tol * abs(objective) or not math.isfinite(previous)
        self._kept.note(objective)
        # While a classifier warms up, the bound need not gain.
        warming = self.result.n_epochs + 1 < self.module.warm_up * self.max_epochs
        self._epochs_without_gain = 0 if gained or warming else self._epochs_without_gain + 1
        self._epochs_in_trouble = self._epochs_in_trouble + 1 if in_trouble else 0

    def _objective_of(self, means: Mapping[str, float]) -> float:
        """Return the objective, larger is better; with several players, whose losses are none, the epoch."""
        if len(self._players) > 1:
            return float(self.result.n_epochs)
        return means.get("held_out_bound", -means["loss"])

    def _waited_enough(self) -> bool:
        return self.settings.early_stopping and self._epochs_without_gain >= self.settings.n_iter_no_change

    def _is_sound(self) -> bool:
        """Return whether the loss is finite after the last step of an epoch, on the rows of that step."""
        batch = self._rows.batch(*self._last_rows, self.result.n_epochs / self.max_epochs)
        generator = torch.Generator(self._device).manual_seed(0)
        with torch.no_grad(), self._as_predicting():
            return self._players.have_finite_losses(batch, generator)

    def _epoch(self, progress: TrainingProgress) -> dict[str, float]:
        """Take all steps of an epoch, and return the mean of every term; the host waits for the device once."""
        sums: dict[str, Tensor] = {}
        first = self.result.n_epochs * self.steps_per_epoch
        for step in range(first, first + self.steps_per_epoch):
            done = step / (self.max_epochs * self.steps_per_epoch)
            rate = self.settings.learning_rate * rate_factor(self.settings.schedule, done)
            self._last_rows = self._labeled.next(), self._unlabeled.next()
            for term, value in self._step(*self._last_rows, done, rate).items():
                sums[term] = sums[term] + value if term in sums else value.clone()
            progress.on_step_end()
        return {term: float(total) / self.steps_per_epoch for term, total in sums.items()}

    def _step(self, labeled: Tensor, unlabeled: Tensor, done: float, rate: float) -> Terms:
        """Take a step on the rows with these numbers, eagerly or as a CUDA graph."""
        if self._graphed is None:
            return self._play(labeled, unlabeled, done, rate)
        on_device = [torch.tensor(value, device=self._device) for value in (done, rate)]
        return self._graphed(labeled, unlabeled, *on_device)

    def _play(self, labeled: Tensor, unlabeled: Tensor, done: float | Tensor, rate: float | Tensor) -> Terms:
        """Let every player take a step on the rows with these numbers."""
        terms = self._players.step(self._rows.batch(labeled, unlabeled, done), rate, self._noise)
        self._kept.on_step_end()
        return terms

    def _can_be_graphed(self) -> bool:
        """Return whether every step has the same shapes and stays on a GPU."""
        rows = (self._rows.labeled, self._rows.unlabeled)
        return (
            self.settings.cuda_graphs
            and self._device.type == "cuda"
            and all(isinstance(some, DeviceRows) for some in rows)
            and self.module.fixed_shapes
        )

    def _labeled_rows_in_step(self) -> int:
        settings, rows = self.settings, self._rows
        if settings.labeled_batch_size is not None:
            return settings.labeled_batch_size
        if len(rows.unlabeled):
            return max(settings.batch_size // 2, 1)
        return rows_in_step(settings.batch_size, len(rows.labeled))

    @contextmanager
    def _as_predicting(self) -> Iterator[None]:
        """Let the module predict for a while: without noise, and with the averaged weights if there are any."""
        self.module.train(False)
        try:
            with self._kept.as_kept():
                yield
        finally:
            self.module.train(True)

    def _stopped_by(self, reason: str) -> None:
        kept = f"The best weights of {self.result.n_epochs} epochs are kept."
        if self._kept.best_objective == -math.inf:
            kept = f"None of {self.result.n_epochs} epochs was without trouble: the last weights are kept."
        warnings.warn(
            f"{self.name}: {reason.rstrip('.')}. {kept}",
            ConvergenceWarning,
            stacklevel=outside(),
        )

    def _call(self, hook: str, means: Mapping[str, float]) -> callbacks.Moment:
        moment = callbacks.Moment(self.result.n_epochs, self.max_epochs, means, self.module, self._sample)
        callbacks.call(self.settings.callbacks, hook, moment)
        return moment

    def _sample(self, n_rows: int) -> NDArray[Any]:
        with torch.no_grad(), self._as_predicting():
            return self._preview(n_rows, torch.Generator(self._device).manual_seed(0))

    def _last_means(self) -> dict[str, float]:
        return {term: values[-1] for term, values in self.result.history.items()}

    def _write_checkpoint(self, *, now: bool) -> None:
        """Write all that a later run needs to go on, if it is time."""
        began = time.monotonic()
        if self.settings.checkpoint is None or not (now or began >= self._next_checkpoint):
            return
        checkpoint.write(self.settings.checkpoint, self._state(), self._facts())
        took = time.monotonic() - began
        self._next_checkpoint = began + took / _SHARE_FOR_CHECKPOINTS

    def _facts(self) -> dict[str, Any]:
        return {
            "identity": self._identity,
            "n_epochs": self.result.n_epochs,
            "history": self.result.history,
            "best_objective": self._kept.best_objective,
            "epochs_without_gain": self._epochs_without_gain,
            "epochs_in_trouble": self._epochs_in_trouble,
        }

    def _state(self) -> dict[str, Tensor]:
        state = self._kept.state() | self._players.state()
        state |= {f"labeled.{name}": value for name, value in self._labeled.state().items()}
        state |= {f"unlabeled.{name}": value for name, value in self._unlabeled.state().items()}
        states = {f"shuffle.{i}": shuffle.get_state() for i, shuffle in enumerate(self._shuffles)}
        return state | states | {"noise": self._noise.get_state()}

    def _expected(self) -> dict[str, Tensor]:
        """Return tensors of the types and shapes that a checkpoint of this training has."""
        return self._state() | self._players.state_after_a_step()

    def _terms(self) -> set[str]:
        """Return the names of the terms that an epoch records."""
        rows, generator = self._rows, torch.Generator(self._device).manual_seed(0)
        some = [torch.arange(min(2, len(each)), device=each.home) for each in (rows.labeled, rows.unlabeled)]
        batch = rows.batch(some[0], some[1], 0.0)
        with torch.no_grad(), self._as_predicting():
            terms = self._players.terms(batch, generator)
        return terms | {"loss"} | (set() if self._held_out is None else {"held_out_bound"})

    def _restore(self, saved: checkpoint.Saved) -> None:
        """Take everything from a checkpoint of this training."""
        if saved.facts["n_epochs"] > self.max_epochs:
            raise ValueError(f"The checkpoint is of {saved.facts['n_epochs']} epochs, more than {self.max_epochs}.")
        self._kept.restore(saved.tensors, float(saved.facts["best_objective"]))
        self._players.restore(saved)
        self._labeled.restore(saved.below("labeled"))
        self._unlabeled.restore(saved.below("unlabeled"))
        checkpoint.set_generator(self._noise, saved.tensors["noise"], "noise")
        for number, shuffle in enumerate(self._shuffles):
            checkpoint.set_generator(shuffle, saved.tensors[f"shuffle.{number}"], f"shuffle.{number}")
        self.result.n_epochs = int(saved.facts["n_epochs"])
        self.result.history = {term: list(values) for term, values in saved.facts["history"].items()}
        self._epochs_without_gain = int(saved.facts["epochs_without_gain"])
        self._epochs_in_trouble = int(saved.facts["epochs_in_trouble"])
