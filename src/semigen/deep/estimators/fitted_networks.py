"""Networks of a fitted estimator: built from its architecture and weights, and applied to rows in slices."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from semigen._runtime.callers import outside
from semigen.deep.data.columns import ColumnCoding
from semigen.deep.data.steps import Model
from semigen.deep.training.device import prediction_device

# Rows that a prediction holds in the networks at once.
ROWS_AT_ONCE = 4096


class Fitted(Protocol):
    """Attributes of a fitted estimator from which its networks are built.

    The architecture and the coding of the columns say what the networks are, so that a saved model needs nothing else;
    weights are NumPy arrays, wherever they were trained.
    """

    device: str
    _architecture: dict[str, Any]
    _coding: ColumnCoding
    _weights: dict[str, NDArray[Any]]
    _networks: dict[tuple[str, str], torch.nn.Module]
    _prediction_dtype: Any

    def _build(self, generator: torch.Generator) -> Model:
        """Return the networks with starting weights drawn from `generator`."""


class NetworkCache(dict[tuple[str, str], torch.nn.Module]):
    """Networks by precision and device; copies and pickles are empty, and build their networks from the weights."""

    def __reduce__(self) -> tuple[type[NetworkCache], tuple[()]]:
        return NetworkCache, ()


def blueprint(estimator: Fitted) -> Model:
    """Return the networks without weights: they have shapes only, and take no memory."""
    with torch.device("meta"):
        return estimator._build(torch.Generator())


def networks(estimator: Fitted, dtype: Any) -> Any:
    """Return the networks with the fitted weights, in this precision, on the device for predictions."""
    device = prediction_device(estimator.device)
    key = (np.dtype(dtype).name, str(device))
    if key not in estimator._networks:
        module = blueprint(estimator)
        # Copies, so that nothing that happens to the networks changes the fitted weights.
        weights = {name: torch.tensor(value) for name, value in estimator._weights.items()}
        module.load_state_dict(weights, assign=True)
        precision = torch.float64 if np.dtype(dtype) == np.float64 else torch.float32
        estimator._networks[key] = module.to(device=device, dtype=precision).train(False)
    return estimator._networks[key]


def device_of(module: torch.nn.Module) -> torch.device:
    """Return the device of a module's parameters."""
    return next(module.parameters()).device


def apply_in_slices(
    estimator: Fitted, X: NDArray[Any], function: Callable[[Any, Tensor], Tensor], at_once: int = ROWS_AT_ONCE
) -> NDArray[Any]:
    """Return `function(networks, encoded rows)` of all rows, computed a slice at a time.

    Rows are computed in their own precision, or in that of the estimator if it has one.

    Warns
    -----
    UserWarning
        If rows have values outside [0, 1] in columns with a Bernoulli likelihood.
    """
    precision = estimator._prediction_dtype or X.dtype
    module = networks(estimator, precision)
    device = prediction_device(estimator.device)
    results = []
    beyond, example = 0, ""
    with torch.inference_mode():
        for first in range(0, len(X), at_once):
            some = X[first : first + at_once].astype(precision, copy=False)
            outside_bits, such_as = estimator._coding.beyond_bits(some)
            beyond, example = beyond + outside_bits, example or such_as
            encoded = torch.from_numpy(writable(estimator._coding.encode(some))).to(device)
            results.append(function(module, encoded).cpu().numpy())
    if beyond:
        warnings.warn(
            f"{beyond:,} of {len(X):,} rows have values outside [0, 1] in columns with a Bernoulli likelihood, "
            f"such as {example}, which count as 0 or 1. If the columns are real numbers, fit with "
            "likelihood='gaussian'; pixels from 0 to 255 are to be divided by 255, as those of the training rows.",
            stacklevel=outside(),
        )
    return np.concatenate(results)


def fixed_noise(shape: tuple[int, ...], like: Tensor) -> Tensor:
    """Return noise that is the same in every call, so that a row always gets the same prediction."""
    generator = torch.Generator().manual_seed(20141117)
    return torch.randn(shape, generator=generator, dtype=torch.float64).to(like)


def writable(rows: NDArray[Any]) -> NDArray[Any]:
    """Return contiguous rows that torch takes without a warning, which it gives of memory that is read-only."""
    return np.require(rows, requirements=["C", "W"])
