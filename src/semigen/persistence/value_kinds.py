"""Checks of values that are more than JSON: objects of given classes, unions, and what annotations say."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

from semigen.persistence.schema import Array, Flag, Integer, Kind, Labels, Nullable, Sizes, Text, shown


@dataclass(frozen=True)
class Anything:
    """Any value that a file can hold: a parameter, or a class's label."""

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Refuse nothing."""


@dataclass(frozen=True)
class Nothing:
    """None, for what no file may set."""

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Refuse all else."""
        if value is not None:
            raise ValueError(f"{where} is {shown(value)}, and can be saved and loaded as None only")


@dataclass(frozen=True)
class Only:
    """One of a few values."""

    options: tuple[Any, ...]

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Refuse all else."""
        if not any(type(value) is type(option) and value == option for option in self.options):
            raise ValueError(f"{where} is {shown(value)}, and can be saved and loaded as {shown(self.options)} only")


class Instance:
    """An object of one of these classes, by name: those of a file are all from one table."""

    def __init__(self, *names: str):
        self._names = names

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Refuse all else."""
        if type(value).__name__ not in self._names:
            raise ValueError(f"{where} is {_described(value)} and should be of {' or '.join(self._names)}")


class Having:
    """An estimator with these methods."""

    def __init__(self, *methods: str):
        self._methods = methods

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Refuse all else."""
        for name in ("get_params", *self._methods):
            if isinstance(value, type) or not hasattr(value, name):
                raise ValueError(f"{where} is {_described(value)}, which has no {name}")


@dataclass(frozen=True)
class Either:
    """What one of several kinds says."""

    kinds: tuple[Kind, ...]

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Refuse all else."""
        for kind in self.kinds[:-1]:
            with suppress(ValueError):
                kind.check(value, where, sizes)
                return
        self.kinds[-1].check(value, where, sizes)


@dataclass(frozen=True)
class Each:
    """A list or tuple, also an empty one, whose members are all of a kind; perhaps one for each of something."""

    kind: Kind
    of: type = list
    length: int | str | None = None

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Refuse all else."""
        if not isinstance(value, list | tuple) or type(value) is not self.of:
            raise ValueError(f"{where} is {_described(value)} and should be a {self.of.__name__}")
        if isinstance(self.length, str):
            sizes.agree(self.length, len(value), where)
        elif self.length is not None and self.length != len(value):
            raise ValueError(f"{where} has {len(value)} members and should have {self.length}")
        for i, member in enumerate(value):
            self.kind.check(member, f"{where}[{i}]", sizes)


@dataclass(frozen=True)
class Keyed:
    """A dict whose keys and values are of a kind each."""

    key: Kind
    kind: Kind

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Refuse all else."""
        if type(value) is not dict:
            raise ValueError(f"{where} is {_described(value)} and should be a mapping")
        for key, member in value.items():
            self.key.check(key, f"a name in {where}", sizes)
            self.kind.check(member, f"{where}[{shown(key)}]", sizes)


class Number:
    """A number, finite or not."""

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Refuse all else."""
        if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
            raise ValueError(f"{where} is {_described(value)} and should be a number")


class Dtype:
    """A dtype of NumPy."""

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Refuse all else."""
        if not isinstance(value, np.dtype):
            raise ValueError(f"{where} is {_described(value)} and should be a dtype")


COLUMN_NAMES = Labels("columns", text=True)
CLASS_NAMES = Labels("classes", distinct=True)


def finite(*shape: int | str) -> Array:
    """Return the kind of an array of finite floating-point numbers of this shape."""
    return _Finite("f", shape)


class _Finite(Array):
    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        super().check(value, where, sizes)
        if not np.isfinite(value).all():
            raise ValueError(f"{where} has elements that are no finite numbers")


def kinds_of(cls: type[Any], known: Mapping[str, Kind]) -> dict[str, Kind]:
    """Return the kinds of a dataclass's fields, those that are known and others as their annotations say.

    Raises
    ------
    TypeError
        If an annotation is one that no kind is known for.
    """
    hints = get_type_hints(cls)
    names = [field.name for field in fields(cls)]
    return {name: known[name] if name in known else _kind_of(hints[name]) for name in names}


def _kind_of(hint: Any) -> Kind:
    """Return what an annotation allows."""
    plain: dict[Any, Kind] = {float: Number(), int: Integer(-(2**63)), bool: Flag(), str: Text(), Any: Anything()}
    if hint in plain:
        return plain[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        inner = tuple(_kind_of(each) for each in arguments if each is not type(None))
        kind = inner[0] if len(inner) == 1 else Either(inner)
        return Nullable(kind) if type(None) in arguments else kind
    if origin is np.ndarray:
        return Array("f" if issubclass(get_args(arguments[1])[0], np.floating) else "iu", None)
    if origin is tuple:
        return Each(_kind_of(arguments[0]), tuple)
    if origin in (list, Sequence):
        return Each(_kind_of(arguments[0]), list)
    if origin in (dict, Mapping):
        return Keyed(*map(_kind_of, arguments))
    if isinstance(hint, type) and (is_dataclass(hint) or issubclass(hint, Enum)):
        return Instance(hint.__name__)
    raise TypeError(f"no kind is known for the annotation {hint}")


def _described(value: Any) -> str:
    if isinstance(value, np.ndarray | str | int | float | None | list | tuple | dict):
        return shown(value)
    return f"a {type(value).__name__}"
