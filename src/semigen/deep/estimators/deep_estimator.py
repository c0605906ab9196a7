"""What every deep estimator does alike: parameters, rows to tensors, training, weights, files."""

from __future__ import annotations

import warnings
import zlib
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from functools import partial
from numbers import Integral, Real
from os import PathLike
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from semigen._runtime.arithmetic import OrdinaryArithmetic
from semigen._runtime.callers import outside
from semigen.base import unchanged_if_failed
from semigen.deep.data.columns import ColumnCoding
from semigen.deep.data.mapped_arrays import is_mapped
from semigen.deep.data.steps import Model
from semigen.deep.estimators import saving
from semigen.deep.layers.networks import ACTIVATIONS
from semigen.deep.training import callbacks as hooks
from semigen.deep.training.batches import DeviceRows, HostRows, Rows, TrainingRows
from semigen.deep.training.device import advice_when_out_of_memory, prediction_device, room_on, training_device
from semigen.deep.training.schedule import SCHEDULES
from semigen.deep.training.settings import Settings
from semigen.deep.training.trainer import Outcome, Trainer
from semigen.persistence.pickled import VersionedPickle
from semigen.persistence.schema import WIDEST, Array, Flag, Integer, Kind, Labels, ListOf, MapOf, Text

# Rows that a prediction holds in the networks at once.
_PREDICTED_AT_ONCE = 4096

_LARGEST_SEED = 2**31 - 1

TRAINING_CONSTRAINTS: dict[str, Any] = {
    "latent_dim": [Interval(Integral, 1, None, closed="left")],
    "hidden_dims": ["array-like"],
    "activation": [StrOptions(set(ACTIVATIONS))],
    "likelihood": [StrOptions({"auto", "bernoulli", "gaussian", "categorical"}), "array-like"],
    "max_epochs": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "batch_size": [Interval(Integral, 1, None, closed="left")],
    "learning_rate": [Interval(Real, 0, None, closed="neither")],
    "schedule": [StrOptions(set(SCHEDULES))],
    "weight_decay": [Interval(Real, 0, None, closed="left")],
    "max_gradient_norm": [Interval(Real, 0, None, closed="neither"), None],
    "averaging": [Interval(Real, 0, 1, closed="left"), None],
    "early_stopping": ["boolean"],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
    "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
    "tol": [Interval(Real, 0, None, closed="left")],
    "n_fits": [Interval(Integral, 1, None, closed="left")],
    "device": [str],
    "precision": [StrOptions({"float32", "bfloat16"})],
    "cuda_graphs": ["boolean"],
    "random_state": ["random_state"],
    "checkpoint": [str, PathLike, None],
    "callbacks": [list, tuple],
    "on_interrupt": [StrOptions({"auto", "keep", "raise"})],
    "verbose": ["verbose"],
}

WIDTH = Integer(1, WIDEST)


class DeepEstimator(OrdinaryArithmetic, VersionedPickle, BaseEstimator):  # type: ignore[misc]
    """Base of the deep estimators.

    A subclass builds its networks in `_build` from `_architecture` and `_coding` alone, so that a saved model needs
    nothing else; a fit leaves the weights in `_weights`, as NumPy arrays, wherever it was trained.

    What a file holds, and so what it can set, is declared: the entries of `_architecture` and the fitted attributes.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = TRAINING_CONSTRAINTS
    _architecture_kinds: ClassVar[dict[str, Kind]] = {"hidden_dims": ListOf(WIDTH), "activation": Text(ACTIVATIONS)}
    _attribute_kinds: ClassVar[dict[str, Kind]] = {
        "n_features_in_": Integer(1, size="columns"),
        "feature_names_in_": Labels("columns", text=True),
        "history_": Array("f", ("epochs",)),
        "training_history_": MapOf(Array("f", ("epochs",))),
        "n_iter_": Integer(),
        "converged_": Flag(),
    }
    # Integers become float32, which is what networks train in; float64 rows are predicted in float64.
    _dtypes: tuple[type, ...] = (np.float32, np.float64)

    _architecture: dict[str, Any]
    _coding: ColumnCoding
    _weights: dict[str, NDArray[Any]]
    _interrupted: bool
    _networks: dict[tuple[str, str], torch.nn.Module]

    def __init__(
        self,
        latent_dim: int = 50,
        hidden_dims: Sequence[int] = (500,),
        *,
        activation: str = "relu",
        likelihood: str | Sequence[str] = "auto",
        max_epochs: int | str = "auto",
        batch_size: int = 200,
        learning_rate: float = 1e-3,
        schedule: str = "cosine",
        weight_decay: float = 0.0,
        max_gradient_norm: float | None = None,
        averaging: float | None = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        tol: float = 1e-4,
        n_fits: int = 1,
        device: str = "auto",
        precision: str = "float32",
        cuda_graphs: bool = True,
        random_state: Any = None,
        checkpoint: str | PathLike[str] | None = None,
        callbacks: Sequence[Any] = (),
        on_interrupt: str = "auto",
        verbose: int = 0,
    ):
        self.latent_dim = latent_dim
        self.hidden_dims = hidden_dims
        self.activation = activation
        self.likelihood = likelihood
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.weight_decay = weight_decay
        self.max_gradient_norm = max_gradient_norm
        self.averaging = averaging
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.n_fits = n_fits
        self.device = device
        self.precision = precision
        self.cuda_graphs = cuda_graphs
        self.random_state = random_state
        self.checkpoint = checkpoint
        self.callbacks = callbacks
        self.on_interrupt = on_interrupt
        self.verbose = verbose

    @abstractmethod
    def _describe(self, rows: NDArray[Any], weights: NDArray[np.float64]) -> dict[str, Any]:
        """What `_build` needs to know besides the coding of the columns, as JSON holds it."""

    @abstractmethod
    def _build(self, generator: torch.Generator) -> Model:
        """The networks, with starting weights drawn from `generator`."""

    @abstractmethod
    def _imagined(self, module: Any, n_rows: int, generator: torch.Generator) -> Tensor:
        """Encoded values of rows that networks of this kind make up, in training or after it."""

    def save(self, path: str | PathLike[str]) -> None:
        """Write the fitted model to a file, whole or not at all; `semigen.load` reads it back.

        The file holds safetensors and JSON: nothing in it can execute. What belongs to the training only
        (`random_state`, `callbacks`, `checkpoint`, `on_interrupt`, `verbose`, a `vae` or `start`, fitted or not) is
        left out, and so are attributes that somebody else set.

        Parameters
        ----------
        path : path

        Raises
        ------
        OSError
            If no file can be written there.
        TypeError
            If a parameter or a class is nothing that JSON can hold, or the estimator is of a class of one's own.
        ValueError
            If parameters or attributes were changed to what `semigen.load` would refuse.
        """
        check_is_fitted(self)
        saving.save(self, path)

    def __getstate__(self) -> dict[str, Any]:
        # Networks are built again from the weights, wherever the copy is used.
        return {**super().__getstate__(), "_networks": {}}

    def _fitted_or_as_before(self, fit: Callable[[], None]) -> None:
        """Run a fit; a failed or interrupted one leaves the estimator as it was."""
        with unchanged_if_failed(self):
            self._validate_params()
            hooks.check(self.callbacks)
            # Gradients are needed, also where the caller has turned them off.
            learning = torch.inference_mode(False), torch.enable_grad()
            with learning[0], learning[1], advice_when_out_of_memory(int(self.batch_size)):
                fit()

    def _whole_numbers(self, name: str) -> list[int]:
        """A parameter that lists widths, checked."""
        given = getattr(self, name)
        widths: list[Any] = list(given)
        if not widths or not all(isinstance(width, int | np.integer) and width >= 1 for width in widths):
            raise ValueError(f"{name}={given!r}: give one or more whole numbers, each at least 1.")
        return [int(width) for width in widths]

    def _settings(self) -> Settings:
        given = {field.name: getattr(self, field.name) for field in fields(Settings) if hasattr(self, field.name)}
        return Settings(**given)

    def _coding_of(self, X: NDArray[Any], weights: NDArray[np.float64]) -> ColumnCoding:
        """How columns are encoded, read off the rows that count."""
        return ColumnCoding.of(counting_rows(X, weights), self._likelihood, getattr(self, "feature_names_in_", None))

    @property
    def _likelihood(self) -> str | Sequence[str]:
        return self.likelihood

    def _held_apart(self, numbers: NDArray[np.int64], called: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Numbers of the rows to train on, and of those that early stopping watches."""
        if not self.early_stopping:
            return numbers, numbers[:0]
        n_apart = int(np.ceil(self.validation_fraction * len(numbers)))
        if n_apart >= len(numbers):
            raise ValueError(
                f"early_stopping=True holds out validation_fraction={self.validation_fraction:g} of the {called}, of "
                f"which there are {len(numbers)}; give more of them, or set early_stopping=False."
            )
        order = np.random.default_rng(len(numbers)).permutation(len(numbers))
        return np.sort(numbers[order[n_apart:]]), np.sort(numbers[order[:n_apart]])

    def _encoded(self, X: NDArray[Any], numbers: NDArray[np.int64], device: torch.device) -> Rows:
        """These rows for the trainer: on the device, or read from the host batch by batch if they don't fit."""
        width = self._coding.likelihood.width
        if is_mapped(X) or not room_on(device, 4 * width * len(numbers)):
            return HostRows(X, numbers, self._coding.encode, device)
        values = torch.from_numpy(_own(self._coding.encode(X[numbers]).astype(np.float32, copy=False)))
        return DeviceRows(values.to(device))

    def _trained(
        self,
        make: Callable[[torch.Generator], Model],
        rows: TrainingRows,
        held_out: Rows | None,
        identity: Callable[[], dict[str, Any]],
        resume: Any,
        settings: Settings,
        n_fits: int,
    ) -> tuple[Model, Outcome]:
        """Train so many models from different starts and keep the one of the best objective."""
        if n_fits > 1 and (resume is not None or settings.checkpoint is not None):
            raise ValueError("checkpoint and resume are for one training; they cannot be combined with n_fits > 1.")
        # It takes a look at all rows, so only where a checkpoint will ask for it.
        known = identity() if resume is not None or settings.checkpoint is not None else {}
        random_state = own_random_state(self.random_state)
        device = rows.codes.device
        best: tuple[float, Model, Outcome] | None = None
        for number in range(n_fits):
            seed = int(random_state.randint(_LARGEST_SEED))
            module = make(torch.Generator().manual_seed(seed)).to(device)
            name = type(self).__name__ + (f" {number + 1}/{n_fits}" if n_fits > 1 else "")
            trainer = Trainer(
                name,
                module,
                rows,
                settings,
                seed,
                held_out=None if held_out is None else _objective_on(held_out, module, seed, int(self.batch_size)),
                identity=known,
                imagined=partial(self._imagined_rows, module),
            )
            outcome = trainer.run(resume)
            objective = trainer.objective
            if best is None or objective > best[0]:
                best = (objective, module, outcome)
            if outcome.interrupted:
                best[2].interrupted = True
                best[2].settled = False
                break
        assert best is not None
        return best[1], best[2]

    def _imagined_rows(self, module: Model, n_rows: int, generator: torch.Generator) -> NDArray[Any]:
        """As `_imagined`, in the columns and units of X."""
        return self._coding.decode(self._imagined(module, n_rows, generator).cpu().numpy())

    def _identity(
        self, X: NDArray[Any], weights: NDArray[np.float64], codes: NDArray[np.int64] | None
    ) -> dict[str, Any]:
        """What a checkpoint must share with the fit that resumes it, as JSON holds it."""
        checksum = zlib.crc32(weights.tobytes())
        for first in range(0, len(X), _PREDICTED_AT_ONCE):
            encoded = self._coding.encode(X[first : first + _PREDICTED_AT_ONCE])
            checksum = zlib.crc32(encoded.tobytes(), checksum)
        if codes is not None:
            checksum = zlib.crc32(codes.tobytes(), checksum)
        settings = {
            name: value if isinstance(value, str | None) else float(value)
            for name, value in sorted(self.get_params(deep=False).items())
            if name in _SETTLING and isinstance(value, Real | str | None)
        }
        return {
            "estimator": type(self).__name__,
            "architecture": self._architecture,
            "device": training_device(self.device).type,
            "rows": len(X),
            "checksum of rows, labels and weights": checksum,
            **settings,
        }

    def _keep_training(self, module: torch.nn.Module, outcome: Outcome) -> None:
        """Set the attributes that any training leaves."""
        self._networks = {}
        self._weights = {name: tensor.detach().cpu().numpy().copy() for name, tensor in module.state_dict().items()}
        self.training_history_ = {term: np.array(values) for term, values in outcome.history.items()}
        self.history_ = -self.training_history_["loss"]
        self.n_iter_ = outcome.n_epochs
        self.converged_ = outcome.settled
        self._interrupted = outcome.interrupted

    def _precision(self, dtype: Any) -> Any:
        """In which rows of this precision are predicted."""
        return dtype

    @staticmethod
    def _device_of(module: torch.nn.Module) -> torch.device:
        return next(module.parameters()).device

    def _n_layers(self) -> int:
        """How many layers the architecture asks for, at the least."""
        return len(self._architecture["hidden_dims"])

    def _check_restored(self) -> None:
        """Refuse parts of a file that do not go together, by a ValueError; each by itself is as declared."""

    def _blueprint(self) -> Model:
        """The networks without weights, which takes no memory: they have shapes only."""
        with torch.device("meta"):
            return self._build(torch.Generator())

    def _module(self, dtype: Any) -> torch.nn.Module:
        """The networks with the fitted weights, in this precision, on the device for predictions."""
        device = prediction_device(self.device)
        key = (np.dtype(dtype).name, str(device))
        if key not in self._networks:
            module = self._blueprint()
            # Copies, so that nothing that happens to the networks changes the fitted weights.
            weights = {name: torch.tensor(value) for name, value in self._weights.items()}
            module.load_state_dict(weights, assign=True)
            precision = torch.float64 if np.dtype(dtype) == np.float64 else torch.float32
            self._networks[key] = module.to(device=device, dtype=precision).train(False)
        return self._networks[key]

    def _in_slices(
        self, X: NDArray[Any], function: Callable[[torch.nn.Module, Tensor], Tensor], at_once: int = _PREDICTED_AT_ONCE
    ) -> NDArray[Any]:
        """`function(networks, encoded rows)` of all rows, a slice at a time."""
        precision = self._precision(X.dtype)
        module = self._module(precision)
        device = prediction_device(self.device)
        results = []
        beyond, example = 0, ""
        with torch.inference_mode():
            for first in range(0, len(X), at_once):
                some = X[first : first + at_once].astype(precision, copy=False)
                outside_bits, such_as = self._coding.beyond_bits(some)
                beyond, example = beyond + outside_bits, example or such_as
                encoded = torch.from_numpy(_own(self._coding.encode(some))).to(device)
                results.append(function(module, encoded).cpu().numpy())
        if beyond:
            warnings.warn(
                f"{beyond:,} of {len(X):,} rows have values outside [0, 1] in columns with a Bernoulli likelihood, "
                f"such as {example}, which count as 0 or 1. If the columns are real numbers, fit with "
                "likelihood='gaussian'; pixels from 0 to 255 are to be divided by 255, as those of the training rows.",
                stacklevel=outside(),
            )
        return np.concatenate(results)

    def _fixed_noise(self, shape: tuple[int, ...], like: Tensor) -> Tensor:
        """Noise that every call and every row shares, so that a row always gets the same answer."""
        generator = torch.Generator().manual_seed(20141117)
        return torch.randn(shape, generator=generator, dtype=torch.float64).to(like)


# Parameters that settle where a training goes; those of the networks are in the architecture.
_SETTLING = {
    *("max_epochs", "batch_size", "labeled_batch_size", "learning_rate", "schedule", "weight_decay"),
    *("max_gradient_norm", "averaging", "early_stopping", "validation_fraction", "n_iter_no_change", "tol"),
    "precision",
}


def own_random_state(random_state: Any) -> np.random.RandomState:
    """As scikit-learn's `check_random_state`, but None is fresh entropy: NumPy's global generator stays untouched."""
    if random_state is None:
        random_state = int(np.random.SeedSequence().generate_state(1)[0])
    checked: np.random.RandomState = check_random_state(random_state)
    return checked


def _own(rows: NDArray[Any]) -> NDArray[Any]:
    """Contiguous rows that torch may take as they are: it warns of memory that cannot be written to."""
    return np.require(rows, requirements=["C", "W"])


def _objective_on(rows: Rows, module: Any, seed: int, batch_size: int) -> Callable[[], float]:
    """The bound per row of rows that were held out, with the same noise every time."""

    def objective() -> float:
        total = 0.0
        with torch.no_grad():
            for batch in _batches_of(rows, max(batch_size, 512)):
                generator = torch.Generator(batch.device).manual_seed(seed)
                total += float(module.held_out_bound(batch, generator)) * len(batch)
        return total / len(rows)

    return objective


def _batches_of(rows: Rows, size: int) -> Iterator[Tensor]:
    for numbers in torch.split(torch.arange(len(rows), device=rows.home), size):
        yield rows.take(numbers)


def counting_rows(X: NDArray[Any], weights: NDArray[np.float64]) -> NDArray[Any]:
    """The rows that are no absent ones, which have weight zero; all of them without a copy."""
    return X if weights.all() else X[np.flatnonzero(weights)]
