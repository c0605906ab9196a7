"""Fitted deep models as files: weights as arrays, all else as JSON; a file can set what is declared, nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from semigen.deep.data.columns import ColumnCoding
from semigen.deep.estimators.fitted_networks import NetworkCache, blueprint
from semigen.deep.layers.networks import ACTIVATIONS
from semigen.deep.training.device import prediction_device
from semigen.persistence import archive
from semigen.persistence.archive import sentence
from semigen.persistence.schema import (
    WIDEST,
    Array,
    Flag,
    Integer,
    Kind,
    Labels,
    ListOf,
    MapOf,
    Plain,
    Record,
    Sizes,
    Text,
    check_names,
    is_scalar,
    shown,
)

WIDTH = Integer(1, WIDEST)

# What files of every deep estimator may hold: entries of the architecture, and fitted attributes.
NETWORK_KINDS: dict[str, Kind] = {"hidden_dims": ListOf(WIDTH), "activation": Text(ACTIVATIONS)}
TRAINING_KINDS: dict[str, Kind] = {
    "n_features_in_": Integer(1, size="columns"),
    "feature_names_in_": Labels("columns", text=True),
    "history_": Array("f", ("epochs",)),
    "training_history_": MapOf(Array("f", ("epochs",))),
    "n_iter_": Integer(),
    "converged_": Flag(),
}

# Parameters of the training, which are not part of the model. No file may set one: the next fit would write to a path
# among them.
_OF_THE_RUN = {"callbacks", "checkpoint", "on_interrupt", "random_state", "verbose", "vae", "start"}

# In characters.
_LONGEST_IN_AN_ARRAY_OF_TEXT = 200

_PARTS = ("estimator", "parameters", "architecture", "coding", "attributes")

# Attributes that not every fit sets.
_OPTIONAL = ("feature_names_in_",)


def save(self: Any, path: str | PathLike[str]) -> None:
    """Write the fitted model to a file, whole or not at all; `semigen.load` reads it back.

    The file holds safetensors and JSON: nothing in it can execute. What belongs to the training only
    (`random_state`, `callbacks`, `checkpoint`, `on_interrupt`, `verbose`, and `vae` or `start`, fitted or not) is
    left out, and so are attributes that other code added.

    Parameters
    ----------
    path : path

    Raises
    ------
    OSError
        If no file can be written there.
    TypeError
        If a parameter or a class cannot be represented in JSON, or if the estimator's class is not one of semigen.
    ValueError
        If parameters or attributes were changed to what `semigen.load` would refuse.
    """
    check_is_fitted(self)
    kind = type(self)
    if not kind.__module__.startswith("semigen."):
        raise TypeError(
            f"{kind.__name__} is no class of semigen, so semigen.load would not know it; pickle it instead."
        )
    facts, arrays = taken_apart(self)
    try:
        # Only what `restored` accepts is written.
        _rebuilt(archive.Saved(arrays, archive.parsed(json.dumps(facts))), kind, "cpu")
    except ValueError as error:
        raise ValueError(f"{kind.__name__} cannot be saved as it is: {sentence(error)}") from None
    archive.write(path, arrays, facts)


def taken_apart(estimator: Any) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the facts and arrays that a file holds of a deep model; of one that is not fitted, its parameters alone.

    Raises
    ------
    TypeError
        If a parameter or a class cannot be represented in JSON.
    """
    given = {name: value for name, value in estimator.get_params(deep=False).items() if name not in _OF_THE_RUN}
    if not hasattr(estimator, "_weights"):
        return {"parameters": {name: _plain(name, value) for name, value in given.items()}}, {}
    arrays = {f"weights.{name}": value for name, value in estimator._weights.items()}
    attributes = {
        name: _packed(name, getattr(estimator, name), arrays)
        for name in estimator._attribute_kinds
        if name not in _OPTIONAL or hasattr(estimator, name)
    }
    if isinstance(given.get("class_prior"), Mapping):
        # Keys of JSON are text, and classes need not be.
        given["class_prior"] = estimator._architecture["class_prior"]
    facts = {
        "estimator": type(estimator).__name__,
        "parameters": {name: _plain(name, value) for name, value in given.items()},
        "architecture": estimator._architecture,
        "coding": estimator._coding.to_json(),
        "attributes": attributes,
    }
    return facts, arrays


def put_together(saved: archive.Saved, kind: type[Any], device: str) -> Any:
    """Return the deep model that `taken_apart` took apart.

    Raises
    ------
    ValueError
        If facts and arrays are of none.
    """
    if saved.facts.keys() == {"parameters"} and not saved.arrays:
        return _with_parameters(saved.facts["parameters"], kind, device)
    return _rebuilt(saved, kind, device)


def restored(saved: archive.Saved, name: str, estimators: Mapping[str, type[Any]], device: str) -> Any:
    """Return the estimator that `save` wrote to a file of this name.

    Raises
    ------
    ValueError
        If the file holds none, or is damaged.
    """
    prediction_device(device)
    if "identity" in saved.facts:
        raise ValueError(f"{name!r} is a checkpoint, no saved model: fit(..., resume=) goes on from it.")
    kind = saved.facts.get("estimator")
    if not isinstance(kind, str) or kind not in estimators:
        raise ValueError(
            f"{name!r} holds no saved model, of which there are {sorted(estimators)}, but {shown(kind)}."
            f"{saved.written_by}"
        )
    try:
        return _rebuilt(saved, estimators[kind], device)
    except ValueError as error:
        raise ValueError(f"{name!r} holds no sound model: {sentence(error)}{saved.written_by}") from None


def _rebuilt(saved: archive.Saved, kind: type[Any], device: str) -> Any:
    """Return the estimator that a file describes, or raise a ValueError that names the part which is wrong."""
    facts = saved.facts
    check_names(facts, _PARTS, "the file")
    estimator = _with_parameters(facts["parameters"], kind, device)
    sizes = Sizes()
    used: list[str] = []
    attributes = _attributes(facts["attributes"], saved, used)
    Record(kind._attribute_kinds, _OPTIONAL).check(attributes, "attributes", sizes)
    Record(kind._architecture_kinds).check(facts["architecture"], "architecture", sizes)
    estimator.__dict__.update(attributes)
    estimator._coding = ColumnCoding.from_json(facts["coding"], sizes)
    estimator._architecture = facts["architecture"]
    estimator._networks = NetworkCache()
    estimator._weights = saved.below("weights")
    check_names(saved.arrays, [*used, *_checked_weights(estimator)], "the file")
    estimator._check_restored()
    return estimator


def _with_parameters(parameters: Any, kind: type[Any], device: str) -> Any:
    """Return an unfitted estimator; parameters that an earlier version did not have keep their defaults."""
    names = [name for name in kind._get_param_names() if name not in _OF_THE_RUN]
    Record(dict.fromkeys(names, Plain()), optional=names).check(parameters, "parameters", Sizes())
    estimator = kind(**{**parameters, "device": device})
    estimator._validate_params()
    return estimator


def _checked_weights(estimator: Any) -> list[str]:
    """Return the names of the weights in a file, checked against the networks that the file describes.

    Nothing of the size that the description asks for is allocated before that.
    """
    weights, n_layers = estimator._weights, _least_layers(estimator._architecture, estimator.n_features_in_)
    if n_layers > len(weights):
        raise ValueError(
            f"its networks are of {n_layers} layers or more, and there are {len(weights)} arrays of weights"
        )
    try:
        expected = blueprint(estimator).state_dict()
    except RuntimeError as error:
        raise ValueError(f"its networks cannot be built: {shown(str(error))}") from None
    check_names(weights, expected.keys(), "weights")
    for name, like in expected.items():
        found = weights[name]
        if found.dtype != np.float32 or found.shape != tuple(like.shape):
            raise ValueError(
                f"weights.{name} is of {found.dtype} and shape {found.shape}, and its networks have it of float32 and "
                f"{tuple(like.shape)}"
            )
        if not np.isfinite(found).all():
            raise ValueError(f"weights.{name} has elements that are no finite numbers")
    return [f"weights.{name}" for name in expected]


def _least_layers(architecture: Mapping[str, Any], n_columns: int) -> int:
    """Return how many layers an architecture asks for, at the least: one for each width that it lists.

    A flow has the layers of `hidden_dims` in each of its couplings; a flow of one column has no couplings.
    """
    listed = sum(len(value) for name, value in architecture.items() if name.endswith("_dims"))
    if "n_couplings" in architecture:
        listed *= architecture["n_couplings"] if n_columns > 1 else 0
    below = (_least_layers(value, n_columns) for value in architecture.values() if isinstance(value, dict))
    return listed + sum(below)


def _plain(name: str, value: Any) -> Any:
    """Return a parameter as JSON holds it."""
    value = _of_python(value)
    try:
        # JSON would write a member of an Enum as text.
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
    """Return whether a value, also within lists, is of a type of Python's own that JSON gives back."""
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return isinstance(value, dict) or type(value) in (str, int, float, bool, type(None))


def _of_python(value: Any) -> Any:
    """Return NumPy's scalars and arrays, also within lists, as Python's."""
    if isinstance(value, np.generic | np.ndarray) and value.dtype.kind not in "mM":  # which `tolist` makes numbers of
        return value.tolist()
    if isinstance(value, list | tuple | range):
        return [_of_python(item) for item in value]
    return value


def _packed(name: str, value: Any, arrays: dict[str, NDArray[Any]]) -> dict[str, Any]:
    """Return an attribute as JSON; arrays of numbers are added to `arrays`."""
    if isinstance(value, dict):
        return {"kind": "dict", "items": {key: _packed(f"{name}.{key}", item, arrays) for key, item in value.items()}}
    if not isinstance(value, np.ndarray):
        return {"kind": "plain", "value": _plain(name, value)}
    if value.dtype.kind in "biuf":
        arrays[f"attributes.{name}"] = value.astype(value.dtype.newbyteorder("="))
        return {"kind": "tensor", "name": name}
    return {"kind": "list", "value": _plain(name, value), "dtype": "object" if value.dtype == object else "str"}


def _attributes(packed: Any, saved: archive.Saved, used: list[str]) -> dict[str, Any]:
    """Return attributes as they were before `_packed`, not checked; names of their arrays are added to `used`."""
    if not isinstance(packed, dict):
        raise ValueError(f"attributes is {shown(packed)} and should be a mapping")
    return {name: _unpacked(name, each, saved, used) for name, each in packed.items()}


def _texts(members: list[str]) -> NDArray[Any]:
    """Return an array of text, or of Python objects if one text is so long that every cell would take its memory."""
    kind = object if max(map(len, members), default=0) > _LONGEST_IN_AN_ARRAY_OF_TEXT else str
    return np.array(members, dtype=kind)


def _unpacked(name: str, packed: Any, saved: archive.Saved, used: list[str]) -> Any:
    match packed:
        case {"kind": "plain", "value": value, **others} if not others:
            return value
        case {"kind": "tensor", "name": str(given), **others} if not others and given == name:
            if f"attributes.{name}" in saved.arrays:
                used.append(f"attributes.{name}")
                return saved.arrays[used[-1]]
        case {"kind": "list", "value": list(members), "dtype": "object", **others} if not others:
            if all(map(is_scalar, members)):
                array = np.empty(len(members), dtype=object)
                array[:] = members
                return array
        case {"kind": "list", "value": list(members), "dtype": "str", **others} if not others:
            if all(isinstance(member, str) for member in members):
                return _texts(members)
        case {"kind": "dict", "items": dict(items), **others} if not others:
            return {key: _unpacked(f"{name}.{key}", item, saved, used) for key, item in items.items()}
    raise ValueError(f"the attribute {shown(name)} is {shown(packed)}, which is nothing that semigen writes")
