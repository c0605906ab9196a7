"""Tensors and JSON in one safetensors file: written whole or not at all, and nothing in it can execute."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialized
from torch import Tensor

from semigen.files import replacing

_FORMAT = "semigen 1"


@dataclass(frozen=True)
class Saved:
    """What a file held."""

    tensors: dict[str, Tensor]
    facts: dict[str, Any]

    def below(self, prefix: str) -> dict[str, Tensor]:
        """The tensors whose names begin with `prefix` and a dot, without them."""
        start = prefix + "."
        return {name[len(start) :]: tensor for name, tensor in self.tensors.items() if name.startswith(start)}


def write(path: str | PathLike[str], tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    """Write tensors and facts (anything that JSON holds) to `path`, replacing the file in one move.

    Raises
    ------
    OSError
        If the folder is not there or cannot be written to; a file at `path` is then as it was.
    """
    metadata = {"format": _FORMAT, "facts": json.dumps(dict(facts))}
    contiguous = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    with replacing(Path(path)) as file:
        file.write(serialized(contiguous, metadata))


def read(path: str | PathLike[str]) -> Saved:
    """Read what `write` wrote.

    Raises
    ------
    ValueError
        If the file is cut short, damaged, or none of semigen's.
    FileNotFoundError
        If there is no such file.
    TypeError
        If `path` is none.
    """
    if not isinstance(path, str | PathLike):
        raise TypeError(f"{path!r} is no path; give that of a file that semigen wrote.")
    if not Path(path).is_file():
        raise FileNotFoundError(f"There is no file {os.fspath(path)!r}.")
    try:
        with safe_open(os.fspath(path), framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != _FORMAT:
                raise ValueError(f"{os.fspath(path)!r} was not written by semigen, or by another version's format.")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
            return Saved(tensors, json.loads(metadata["facts"]))
    except (SafetensorError, OSError, KeyError, json.JSONDecodeError) as error:
        raise ValueError(f"{os.fspath(path)!r} is damaged or cut short: {error}.") from None


def check_same_training(saved: Saved, identity: Mapping[str, Any]) -> None:
    """Refuse a file that is no checkpoint of a training of this identity, and say what differs."""
    theirs = saved.facts.get("identity")
    if theirs is None:
        raise ValueError("resume names a saved model, which can be used but not trained on; give a checkpoint.")
    ours, given = _flat(identity), _flat(theirs)
    different = sorted(key for key in ours.keys() | given.keys() if ours.get(key) != given.get(key))
    if different:
        listed = ", ".join(f"{key} ({given.get(key)!r} there, {ours.get(key)!r} here)" for key in different)
        raise ValueError(f"The checkpoint is of another training; they differ in {listed}.")


def _flat(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings as one, with dotted keys, so that a difference can be named."""
    flat: dict[str, Any] = {}
    for key, value in nested.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return flat
