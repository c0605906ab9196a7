"""Python values as JSON and arrays, and back: each tag stands for one type, and a file can name no other.

Numbers, text, truth values, None and lists are themselves. Anything else is a mapping with one tag::

    {"tuple": [...]}   {"set": [...]}   {"map": {name: value}}   {"pairs": [[key, value], ...]}   {"slice": [...]}
    {"array": name}    {"scalar": name}   {"dtype": "float64"}   {"type": "float64"}   {"bytes": hexadecimal}
    {"date": ISO 8601}   {"datetime": ISO 8601}   {"microseconds": number}
    {"member": [enumeration, name]}   {"object": number}

An object is one that comes earlier in the file's list, so that nothing goes round in a circle. Arrays that safetensors
cannot hold as they are have a form, which is told once for each (`Forms`).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.persistence import forms
from semigen.persistence.schema import shown

# Of arrays, which begin with their number.
_LONGEST_NAME = 60

_SKOPS = "use skops.io for this one (https://skops.readthedocs.io), which asks whoever loads it what to trust"


class Packing:
    """What a file will hold of objects and arrays, while values are added.

    Parameters
    ----------
    take_apart : callable
        From an object and where it is to its JSON without attributes, and groups of named values; None for an object
        that no file holds.
    """

    def __init__(self, take_apart: Callable[[Any, str], tuple[dict[str, Any], dict[str, dict[str, Any]]] | None]):
        self.arrays: dict[str, NDArray[Any]] = {}
        self.forms: dict[str, Any] = {}
        self.objects: list[dict[str, Any]] = []
        self._take_apart = take_apart
        self._numbers: dict[int, int | None] = {}
        self._names: dict[int, str] = {}
        # Identities are of living objects only.
        self._alive: list[Any] = []

    def value(self, value: Any, where: str) -> Any:
        """Return a value as JSON.

        Raises
        ------
        TypeError
            If it holds something that no file holds.
        """
        kind = type(value)
        if value is None or kind in (bool, str, float):
            return value
        if kind is int:
            if not -(2**63) <= value < 2**63:
                raise TypeError(f"{where} is {shown(value)}, and files hold whole numbers of 64 bits.")
            return value
        if kind is list:
            return self._members(value, where)
        if kind is tuple:
            return {"tuple": self._members(value, where)}
        if kind in (set, frozenset):
            return {"set": self._members(sorted(value, key=repr), where)}
        if kind is dict:
            if all(type(key) is str for key in value):
                return {"map": {key: self.value(each, f"{where}[{key!r}]") for key, each in value.items()}}
            return {"pairs": [self._members(pair, f"{where}[{pair[0]!r}]") for pair in value.items()]}
        if kind is slice:
            return {"slice": self._members((value.start, value.stop, value.step), where)}
        if kind is bytes:
            return {"bytes": value.hex()}
        if kind in (datetime.date, datetime.datetime) and getattr(value, "tzinfo", None) is None:
            return {kind.__name__: value.isoformat()}
        if kind is datetime.timedelta:
            return {"microseconds": value // datetime.timedelta(microseconds=1)}
        if isinstance(value, np.ndarray) and kind in (np.ndarray, np.memmap):
            return {"array": self._array(value, where)}
        if isinstance(value, np.generic):
            return {"scalar": self._array(np.asarray(value), where)}
        if isinstance(value, np.dtype) and value.kind in forms.PLAIN:
            return {"dtype": value.name}
        if isinstance(value, type) and issubclass(value, np.generic) and np.dtype(value).kind in forms.PLAIN:
            return {"type": np.dtype(value).name}
        return self._object(value, where)

    def _members(self, values: Any, where: str) -> list[Any]:
        return [self.value(each, f"{where}[{i}]") for i, each in enumerate(values)]

    def _array(self, array: NDArray[Any], where: str) -> str:
        if id(array) not in self._names:
            self._alive.append(array)
            name = f"{len(self.arrays)} {where.rpartition('.')[2]}"[:_LONGEST_NAME]
            try:
                self.arrays[name], form = forms.packed(array, lambda member: self.value(member, where))
            except TypeError as error:
                raise TypeError(f"{where} is an array that semigen cannot save: {error}") from None
            if form:
                self.forms[name] = form
            self._names[id(array)] = name
        return self._names[id(array)]

    def _object(self, value: Any, where: str) -> Any:
        if id(value) not in self._numbers:
            taken = self._take_apart(value, where)
            if taken is None:
                raise TypeError(f"{where} holds a {type(value).__name__}, which semigen cannot save safely; {_SKOPS}.")
            entry, groups = taken
            if isinstance(value, Enum):
                return {"member": [entry["class"], value.name]}
            self._alive.append(value)
            self._numbers[id(value)] = None
            for group, named in groups.items():
                entry[group] = {
                    name: self.value(each, f"{type(value).__name__}.{name}") for name, each in named.items()
                }
            self.objects.append(entry)
            self._numbers[id(value)] = len(self.objects) - 1
        number = self._numbers[id(value)]
        if number is None:
            raise TypeError(f"{where} holds the {type(value).__name__} that it is a part of, which no file can hold.")
        return {"object": number}


class Unpacking:
    """Values of a file: objects in their order, each from those before it.

    Parameters
    ----------
    arrays : dict of arrays
    forms : mapping
        Of the names of some arrays to their forms.
    member : callable
        From the names of an enumeration and a member to the member.
    """

    def __init__(
        self, arrays: dict[str, NDArray[Any]], array_forms: dict[str, Any], member: Callable[[str, str], Enum]
    ):
        self.objects: list[Any] = []
        self._arrays = arrays
        self._forms = array_forms
        self._member = member
        self._unpacked: dict[str, NDArray[Any]] = {}

    def check_all_used(self) -> None:
        """Refuse arrays and forms that nothing refers to."""
        for name in (*self._arrays, *self._forms):
            if name not in self._unpacked:
                raise ValueError(f"nothing refers to the array {shown(name)}")

    def value(self, packed: Any) -> Any:
        """Return the value that some JSON stands for.

        Raises
        ------
        ValueError
            If it stands for none.
        """
        if not isinstance(packed, dict | list):
            return packed
        if isinstance(packed, list):
            return [self.value(each) for each in packed]
        if len(packed) != 1:
            raise ValueError(f"there is {shown(packed)}, which is nothing that semigen writes")
        match packed:
            case {"object": int(number)} if 0 <= number < len(self.objects) and number is not False:
                return self.objects[number]
            case {"array": str(name)}:
                return self._array(name)
            case {"scalar": str(name)}:
                array = self._array(name)
                if array.ndim == 0 and array.dtype.kind != "O":
                    return array[()]
            case {"map": dict(named)}:
                return {name: self.value(each) for name, each in named.items()}
            case {"pairs": list(pairs)} if all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
                return {_hashable(self.value(key)): self.value(each) for key, each in pairs}
            case {"tuple": list(members)}:
                return tuple(self.value(each) for each in members)
            case {"set": list(members)}:
                return {_hashable(self.value(each)) for each in members}
            case {"slice": [start, stop, step]} if all(each is None or type(each) is int for each in packed["slice"]):
                return slice(start, stop, step)
            case {"bytes": str(digits)}:
                return bytes.fromhex(digits)
            case {"date": str(text)}:
                return datetime.date.fromisoformat(text)
            case {"datetime": str(text)}:
                return datetime.datetime.fromisoformat(text)
            case {"microseconds": int(number)} if abs(number) < 2**63 and not isinstance(number, bool):
                return datetime.timedelta(microseconds=number)
            case {"dtype": str(name)} if name in forms.DTYPES:
                return np.dtype(name)
            case {"type": str(name)} if name in forms.DTYPES:
                return np.dtype(name).type
            case {"member": [str(enumeration), str(name)]}:
                return self._member(enumeration, name)
        raise ValueError(f"there is {shown(packed)}, which is nothing that semigen writes")

    def _array(self, name: str) -> NDArray[Any]:
        if name not in self._unpacked:
            if name not in self._arrays:
                raise ValueError(f"there is no array {shown(name)}")
            # Noted before, so that no form can lead back to its own array.
            form, self._unpacked[name] = self._forms.get(name), self._arrays[name]
            if form is not None:
                self._unpacked[name] = forms.unpacked(self._arrays[name], form, name, self.value)
        return self._unpacked[name]


def _hashable(value: Any) -> Any:
    try:
        hash(value)
    except TypeError:
        raise ValueError(f"{shown(value)} stands where a name should") from None
    return value
