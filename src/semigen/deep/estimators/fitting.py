"""Steps of a fit that all deep estimators share: rows for the trainer, training from several starts, attributes."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from numbers import Real
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from torch import Tensor

from semigen.base import unchanged_if_failed
from semigen.deep.data.columns import ColumnCoding
from semigen.deep.data.mapped_arrays import is_mapped
from semigen.deep.data.steps import Model
from semigen.deep.estimators.fitted_networks import ROWS_AT_ONCE, NetworkCache, writable
from semigen.deep.training import callbacks
from semigen.deep.training.batches import DeviceRows, HostRows, Rows, TrainingRows
from semigen.deep.training.device import advice_when_out_of_memory, room_on, training_device
from semigen.deep.training.settings import Settings
from semigen.deep.training.trainer import Trainer, TrainingResult

_LARGEST_SEED = 2**31 - 1

# Parameters that a checkpoint shares with the fit that resumes it, besides those in the architecture.
_OF_THE_TRAINING = {
    *("max_epochs", "batch_size", "labeled_batch_size", "learning_rate", "schedule", "weight_decay"),
    *("max_gradient_norm", "averaging", "early_stopping", "validation_fraction", "n_iter_no_change", "tol"),
    "precision",
}


def check_parameters(estimator: Any) -> None:
    """Raise an error if parameters cannot be used."""
    estimator._validate_params()
    callbacks.check(estimator.callbacks)


@contextmanager
def fitting(estimator: Any) -> Iterator[None]:
    """Leave an estimator as it was if the fit in this context fails."""
    # Gradients are needed, also where the caller has turned them off.
    gradients = torch.inference_mode(False), torch.enable_grad()
    advice = advice_when_out_of_memory(int(estimator.batch_size))
    with unchanged_if_failed(estimator), gradients[0], gradients[1], advice:
        yield


def whole_numbers(name: str, given: Any) -> list[int]:
    """Return the value of a parameter that lists widths, checked."""
    widths: list[Any] = list(given)
    if not widths or not all(isinstance(width, int | np.integer) and width >= 1 for width in widths):
        raise ValueError(f"{name}={given!r}: give one or more whole numbers, each at least 1.")
    return [int(width) for width in widths]


def settings_of(estimator: Any) -> Settings:
    """Return the parameters of an estimator that its trainer needs."""
    given = {field.name: getattr(estimator, field.name) for field in fields(Settings) if hasattr(estimator, field.name)}
    return Settings(**given)


def counting_rows(X: NDArray[Any], weights: NDArray[np.float64]) -> NDArray[Any]:
    """Return the rows whose weight is not zero, without a copy if they are all of them."""
    return X if weights.all() else X[np.flatnonzero(weights)]


def column_coding(
    estimator: Any, X: NDArray[Any], weights: NDArray[np.float64], likelihood: str | Sequence[str]
) -> ColumnCoding:
    """Return how the columns are encoded, from the rows whose weight is not zero."""
    return ColumnCoding.of(counting_rows(X, weights), likelihood, getattr(estimator, "feature_names_in_", None))


def encoded_rows(X: NDArray[Any], numbers: NDArray[np.int64], coding: ColumnCoding, device: torch.device) -> Rows:
    """Return these rows for the trainer: on the device, or read from the host batch by batch if they don't fit."""
    if is_mapped(X) or not room_on(device, 4 * coding.likelihood.width * len(numbers)):
        return HostRows(X, numbers, coding.encode, device)
    values = torch.from_numpy(writable(coding.encode(X[numbers]).astype(np.float32, copy=False)))
    return DeviceRows(values.to(device))


def without_validation_rows(
    estimator: Any, numbers: NDArray[np.int64], called: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split numbers of rows into those to train on and those that early stopping holds out."""
    if not estimator.early_stopping:
        return numbers, numbers[:0]
    n_apart = int(np.ceil(estimator.validation_fraction * len(numbers)))
    if n_apart >= len(numbers):
        raise ValueError(
            f"early_stopping=True holds out validation_fraction={estimator.validation_fraction:g} of the {called}, of "
            f"which there are {len(numbers)}; give more of them, or set early_stopping=False."
        )
    order = np.random.default_rng(len(numbers)).permutation(len(numbers))
    return np.sort(numbers[order[n_apart:]]), np.sort(numbers[order[:n_apart]])


def identity(
    estimator: Any, X: NDArray[Any], weights: NDArray[np.float64], codes: NDArray[np.int64] | None = None
) -> dict[str, Any]:
    """Return what a checkpoint must share with the fit that resumes it, as JSON holds it. It reads all rows once."""
    checksum = zlib.crc32(weights.tobytes())
    for first in range(0, len(X), ROWS_AT_ONCE):
        encoded = estimator._coding.encode(X[first : first + ROWS_AT_ONCE])
        checksum = zlib.crc32(encoded.tobytes(), checksum)
    if codes is not None:
        checksum = zlib.crc32(codes.tobytes(), checksum)
    parameters = {
        name: value if isinstance(value, str | None) else float(value)
        for name, value in sorted(estimator.get_params(deep=False).items())
        if name in _OF_THE_TRAINING and isinstance(value, Real | str | None)
    }
    return {
        "estimator": type(estimator).__name__,
        "architecture": estimator._architecture,
        "device": training_device(estimator.device).type,
        "rows": len(X),
        "checksum of rows, labels and weights": checksum,
        **parameters,
    }


def train(
    estimator: Any,
    rows: TrainingRows,
    held_out: Rows | None,
    *,
    known: Callable[[], Mapping[str, Any]],
    resume: Any = None,
    start: Callable[[torch.Generator], Model] | None = None,
    preview: Callable[[Any, int, torch.Generator], Tensor] | None = None,
    settings: Settings | None = None,
    n_fits: int | None = None,
) -> tuple[Model, TrainingResult]:
    """Train the networks of an estimator from one or more starts, and return those with the best objective.

    Parameters
    ----------
    estimator : deep estimator
    rows : TrainingRows
    held_out : Rows or None
        For early stopping.
    known : callable
        Returns the identity of the training; called only if there is a checkpoint to write or to resume.
    resume : path, optional
    start : callable, optional
        From a generator to the networks before the first step; by default those of `_build`.
    preview : callable, optional
        From networks, a number of rows and a generator to encoded rows, for callbacks; by default `Model.preview`.
    settings, n_fits : optional
        Instead of the estimator's own.
    """
    settings = settings_of(estimator) if settings is None else settings
    n_fits = estimator.n_fits if n_fits is None else n_fits
    resumable = resume is not None or settings.checkpoint is not None
    if n_fits > 1 and resumable:
        raise ValueError("checkpoint and resume are for one training; they cannot be combined with n_fits > 1.")
    name = type(estimator).__name__
    identity_of_training = known() if resumable else {}
    random_state = own_random_state(estimator.random_state)
    best: tuple[float, Model, TrainingResult] | None = None
    for number in range(n_fits):
        seed = int(random_state.randint(_LARGEST_SEED))
        generator = torch.Generator().manual_seed(seed)
        module = (estimator._build if start is None else start)(generator).to(rows.codes.device)
        trainer = Trainer(
            f"{name} {number + 1}/{n_fits}" if n_fits > 1 else name,
            module,
            rows,
            settings,
            seed,
            held_out=None if held_out is None else _bound_of(held_out, module, seed, int(estimator.batch_size)),
            identity=identity_of_training,
            preview=_decoded_preview(estimator._coding, module, preview),
        )
        training = trainer.run(resume)
        objective = trainer.objective
        if best is None or objective > best[0]:
            best = (objective, module, training)
        if training.interrupted:
            best[2].interrupted = True
            best[2].converged = False
            break
    assert best is not None
    return best[1], best[2]


def keep_training(estimator: Any, module: Model, training: TrainingResult) -> None:
    """Set the attributes that every training leaves."""
    estimator._networks = NetworkCache()
    estimator._weights = {name: tensor.detach().cpu().numpy().copy() for name, tensor in module.state_dict().items()}
    estimator.training_history_ = {term: np.array(values) for term, values in training.history.items()}
    losses = [estimator.training_history_[player.loss_term] for player in module.players()]
    estimator.history_ = -losses[0] if len(losses) == 1 else -np.stack(losses, axis=1)
    estimator.n_iter_ = training.n_epochs
    estimator.converged_ = training.converged
    estimator._interrupted = training.interrupted


def own_random_state(random_state: Any) -> np.random.RandomState:
    """Return `check_random_state(random_state)`, but fresh entropy for None instead of NumPy's global generator."""
    if random_state is None:
        random_state = int(np.random.SeedSequence().generate_state(1)[0])
    checked: np.random.RandomState = check_random_state(random_state)
    return checked


def drawing_generator(estimator: Any, device: torch.device) -> torch.Generator:
    """Return a generator for `sample`, seeded by the estimator's `random_state`."""
    return torch.Generator(device).manual_seed(int(own_random_state(estimator.random_state).randint(_LARGEST_SEED)))


def _decoded_preview(
    coding: ColumnCoding, module: Model, preview: Callable[[Any, int, torch.Generator], Tensor] | None
) -> Callable[[int, torch.Generator], NDArray[Any]]:
    """Return a function that draws rows in the columns and units of X from networks in training."""

    def rows(n_rows: int, generator: torch.Generator) -> NDArray[Any]:
        encoded = module.preview(n_rows, generator) if preview is None else preview(module, n_rows, generator)
        return coding.decode(encoded.cpu().numpy())

    return rows


def _bound_of(rows: Rows, module: Any, seed: int, batch_size: int) -> Callable[[], float]:
    """Return a function that computes the mean bound of held-out rows, with the same noise in every call."""

    def bound() -> float:
        total = 0.0
        with torch.no_grad():
            for numbers in torch.split(torch.arange(len(rows), device=rows.home), max(batch_size, 512)):
                batch = rows.take(numbers)
                generator = torch.Generator(batch.device).manual_seed(seed)
                total += float(module.held_out_bound(batch, generator)) * len(batch)
        return total / len(rows)

    return bound
