"""Fitted deep models as files: weights as safetensors, all else as JSON; reading one cannot execute anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from semigen.deep.columns import ColumnCoding
from semigen.deep.device import prediction_device
from semigen.deep.training import checkpoint

if TYPE_CHECKING:
    from semigen.deep.estimator import DeepEstimator

# Parameters and attributes that belong to the run that trained, not to the model.
_OF_THE_RUN = ("callbacks", "checkpoint", "random_state", "verbose", "vae", "vae_", "start", "start_")


def save(estimator: DeepEstimator, path: str | PathLike[str]) -> None:
    """Write a fitted estimator to one file, whole or not at all."""
    tensors = {f"weights.{name}": torch.from_numpy(value) for name, value in estimator._weights.items()}
    attributes = {
        name: _packed(name, value, tensors)
        for name, value in vars(estimator).items()
        if name.endswith("_") and not name.startswith("_") and name not in _OF_THE_RUN
    }
    given = estimator.get_params(deep=False)
    if isinstance(given.get("class_prior"), Mapping):
        # JSON's keys are text, and classes need not be.
        given["class_prior"] = estimator._architecture["class_prior"]
    parameters = {name: _plain(name, value) for name, value in given.items() if name not in _OF_THE_RUN}
    facts = {
        "estimator": type(estimator).__name__,
        "parameters": parameters,
        "architecture": estimator._architecture,
        "coding": estimator._coding.to_json(),
        "attributes": attributes,
    }
    checkpoint.write(path, tensors, facts)


def read(path: str | PathLike[str], estimators: Mapping[str, type[DeepEstimator]], device: str) -> DeepEstimator:
    """The estimator that was saved to `path`."""
    saved = checkpoint.read(path)
    kind = str(saved.facts.get("estimator"))
    if kind not in estimators:
        raise ValueError(
            f"{str(path)!r} holds no saved model of {sorted(estimators)}; a checkpoint is for fit(resume=)."
        )
    try:
        return _rebuilt(saved, estimators[kind], device)
    except KeyError as error:
        raise ValueError(f"{str(path)!r} lacks the part {error}; it is damaged, or of another version.") from None


def _rebuilt(saved: checkpoint.Saved, kind: type[DeepEstimator], device: str) -> DeepEstimator:
    prediction_device(device)
    facts = saved.facts
    estimator = kind(**{**facts["parameters"], "device": device})
    for name, packed in facts["attributes"].items():
        setattr(estimator, name, _unpacked(packed, saved))
    estimator._networks = {}
    estimator._architecture = facts["architecture"]
    estimator._coding = ColumnCoding.from_json(facts["coding"])
    estimator._weights = {name: tensor.numpy() for name, tensor in saved.below("weights").items()}
    return estimator


def _plain(name: str, value: Any) -> Any:
    """A parameter as JSON holds it."""
    value = _of_python(value)
    try:
        # JSON keeps the text of a member of an Enum, and forgets that it was one.
        json.dumps(value)
        if not _is_plain(value):
            raise TypeError
    except TypeError:
        raise TypeError(
            f"{name}={value!r} cannot be saved: it is neither a number, text, nor a list of them. Set it to something "
            "plain with set_params before saving."
        ) from None
    return value


def _is_plain(value: Any) -> bool:
    """Whether a value, also within lists, is of a type of Python's own that JSON gives back."""
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return isinstance(value, dict) or type(value) in (str, int, float, bool, type(None))


def _of_python(value: Any) -> Any:
    """NumPy's scalars and arrays, also within lists, as Python's."""
    if isinstance(value, np.generic | np.ndarray) and value.dtype.kind not in "mM":  # which `tolist` makes numbers of
        return value.tolist()
    if isinstance(value, list | tuple | range):
        return [_of_python(item) for item in value]
    return value


def _packed(name: str, value: Any, tensors: dict[str, torch.Tensor]) -> dict[str, Any]:
    """An attribute: numbers of arrays go to `tensors`, the rest is JSON."""
    if isinstance(value, dict):
        return {"kind": "dict", "items": {key: _packed(f"{name}.{key}", item, tensors) for key, item in value.items()}}
    if not isinstance(value, np.ndarray):
        return {"kind": "plain", "value": _plain(name, value)}
    if value.dtype.kind in "biuf":
        native = value.astype(value.dtype.newbyteorder("="))
        tensors[f"attributes.{name}"] = torch.from_numpy(np.ascontiguousarray(native))
        return {"kind": "tensor", "name": name}
    return {"kind": "list", "value": _plain(name, value), "dtype": "object" if value.dtype == object else "str"}


def _unpacked(packed: dict[str, Any], saved: checkpoint.Saved) -> Any:
    if packed["kind"] == "dict":
        return {key: _unpacked(item, saved) for key, item in packed["items"].items()}
    if packed["kind"] == "plain":
        return packed["value"]
    if packed["kind"] == "tensor":
        values: NDArray[Any] = saved.tensors[f"attributes.{packed['name']}"].numpy()
        return values
    return np.array(packed["value"], dtype=object if packed["dtype"] == "object" else None)
