"""Checkpoints: the state of a training in one file, checked before a training is resumed from it."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike
from typing import Any

import torch
from torch import Tensor

from semigen.persistence import archive
from semigen.persistence.schema import Integer, ListOf, MapOf, Real, Record, Sizes, check_names, shown

__all__ = ["Saved", "read", "set_generator", "write"]

# The numbers and lists of a checkpoint, besides the identity of its training.
_FACTS = Record(
    {
        "n_epochs": Integer(1, size="epochs"),
        "history": MapOf(ListOf(Real(finite=False), "epochs")),
        "best_objective": Real(finite=False),
        "epochs_without_gain": Integer(),
        "epochs_in_trouble": Integer(),
    }
)


@dataclass(frozen=True)
class Saved:
    """Contents of a checkpoint: tensors, and facts that were checked."""

    tensors: dict[str, Tensor]
    facts: dict[str, Any]

    def below(self, prefix: str) -> dict[str, Tensor]:
        """Return the tensors whose names begin with `prefix` and a dot, without them."""
        start = prefix + "."
        return {name[len(start) :]: tensor for name, tensor in self.tensors.items() if name.startswith(start)}


def write(path: str | PathLike[str], tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    """Write tensors and facts to `path`, whole or not at all."""
    archive.write(path, {name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}, facts)


def read(
    path: str | PathLike[str], identity: Mapping[str, Any], like: Mapping[str, Tensor], terms: Iterable[str]
) -> Saved:
    """Read what `write` wrote.

    Parameters
    ----------
    path : path
    identity : mapping
        Of the training that wants to go on.
    like : mapping of str to tensor
        For each tensor of the checkpoint, one of its type and shape.
    terms : iterable of str
        What the training records of each epoch.

    Raises
    ------
    ValueError
        If it is no checkpoint, one of another training, or damaged.
    OSError
        If there is no such file, or it cannot be read.
    """
    saved = archive.read(path)
    facts = dict(saved.facts)
    _check_same_training(facts.pop("identity", None), identity)
    try:
        _FACTS.check(facts, "the file", Sizes())
        check_names(facts["history"], list(terms), "history")
        check_names(saved.arrays, like, "the file")
        tensors = {name: torch.from_numpy(array) for name, array in saved.arrays.items()}
        for name, tensor in tensors.items():
            if tensor.dtype != like[name].dtype or tensor.shape != like[name].shape:
                raise ValueError(
                    f"{name} is of {tensor.dtype} and shape {tuple(tensor.shape)}, and this training has it of "
                    f"{like[name].dtype} and {tuple(like[name].shape)}"
                )
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)!r} is no sound checkpoint: {error}.{saved.written_by}") from None
    return Saved(tensors, facts)


def set_generator(generator: torch.Generator, state: Tensor, name: str) -> None:
    """Let a generator of torch go on from a state.

    Raises
    ------
    ValueError
        If it is no state that a generator can be in.
    """
    if generator.device.type == "cpu":
        # torch compares neither number with the other, and would draw from memory beyond the state: before the next
        # refill, `left` - 1 of the 624 words are taken from the word `following` on.
        _, left, _, following = struct.unpack_from("<QiiQ", state.numpy().tobytes())
        if not 1 <= left <= 624 or left + following > 625:
            raise ValueError(f"{name} is no state of a random generator")
    try:
        generator.set_state(state)
    except RuntimeError as error:
        raise ValueError(f"{name} is no state of a random generator: {shown(str(error))}") from None


def _check_same_training(theirs: Any, ours: Mapping[str, Any]) -> None:
    """Refuse a file that is no checkpoint of a training of this identity, and say what differs."""
    if theirs is None:
        raise ValueError("resume names a saved model, which can be used but not trained on; give a checkpoint.")
    if not isinstance(theirs, dict):
        raise ValueError(f"The checkpoint is damaged: it is of the training {shown(theirs)}, which is none.")
    there, here = _flat(theirs), _flat(ours)
    different = sorted(key for key in there.keys() | here.keys() if there.get(key) != here.get(key))
    if different:
        listed = ", ".join(
            f"{key if key in here else shown(key)} ({shown(there.get(key))} there, {shown(here.get(key))} here)"
            for key in different[:5]
        )
        raise ValueError(f"The checkpoint is of another training; they differ in {listed}.")


def _flat(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested mappings as one, with dotted keys, so that a difference can be named."""
    flat: dict[str, Any] = {}
    for key, value in nested.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return flat
