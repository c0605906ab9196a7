"""Forms of arrays that safetensors cannot hold as they are: text, dates, Python objects, and the order of Fortran.

A form is a mapping with one tag: {"text": true}, {"bytes": true}, {"time": "<M8[D]"}, {"order": "F"}, or
{"objects": [...]}, of which the array then holds numbers. No form makes an array of more than twice the bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.persistence.schema import shown

# Kinds of elements, by NumPy's letters, that safetensors has too.
PLAIN = "biuf"
DTYPES = {
    *("bool", "float16", "float32", "float64"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
}

_TIME = re.compile(r"<[Mm]8\[(Y|M|W|D|h|m|s|ms|us|ns)\]")
_LARGEST_CODE_POINT = 0x10FFFF


def packed(array: NDArray[Any], of_member: Callable[[Any], Any]) -> tuple[NDArray[Any], dict[str, Any] | None]:
    """Return an array that safetensors can hold, and the form that makes the given one of it, if it is another.

    Parameters
    ----------
    array : array
    of_member : callable
        From a Python object in the array to its JSON.

    Raises
    ------
    TypeError
        If no form has such elements.
    """
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.dtype.kind == "O":
        numbers, members = _numbered(array)
        return numbers, {"objects": [of_member(each) for each in members]}
    if array.dtype.kind in "US":
        element = np.uint32 if array.dtype.kind == "U" else np.uint8
        width = max(array.dtype.itemsize // np.dtype(element).itemsize, 1)
        flat = np.ascontiguousarray(array).reshape(-1)
        codes = flat.view(element) if flat.size else np.zeros(0, element)
        return codes.reshape(*array.shape, width), {"text" if array.dtype.kind == "U" else "bytes": True}
    if array.dtype.kind in "Mm" and _TIME.fullmatch(array.dtype.str):
        return np.ascontiguousarray(array).view(np.int64).reshape(array.shape), {"time": array.dtype.str}
    if array.dtype.name not in DTYPES:
        raise TypeError(f"its elements are of the type {array.dtype}.")
    if array.flags.f_contiguous and not array.flags.c_contiguous:
        # Products of matrices depend on it in their last digits.
        return array.T, {"order": "F"}
    return array, None


def unpacked(array: NDArray[Any], form: Any, name: str, of_json: Callable[[Any], Any]) -> NDArray[Any]:
    """Return the array of a form.

    Raises
    ------
    ValueError
        If array and form do not go together.
    """
    match form:
        case {"objects": list(members)} if len(form) == 1 and array.dtype == np.int32:
            if not array.size or (array.min() >= 0 and array.max() < len(members)):
                distinct = np.empty(len(members), dtype=object)
                for i, each in enumerate(members):
                    distinct[i] = of_json(each)
                found: NDArray[Any] = distinct[array.reshape(-1)].reshape(array.shape)
                return found
        case {"text": True} if len(form) == 1 and array.dtype == np.uint32 and array.ndim and array.shape[-1]:
            if not array.size or array.max() <= _LARGEST_CODE_POINT:
                return _elements(array, "U")
        case {"bytes": True} if len(form) == 1 and array.dtype == np.uint8 and array.ndim and array.shape[-1]:
            return _elements(array, "S")
        case {"time": str(dtype)} if len(form) == 1 and _TIME.fullmatch(dtype) and array.dtype == np.int64:
            return array.view(dtype)
        case {"order": "F"} if len(form) == 1:
            return array.T
    raise ValueError(f"the array {shown(name)} is {shown(array)} and has the form {shown(form)}")


def _elements(codes: NDArray[Any], kind: str) -> NDArray[Any]:
    shape, width = codes.shape[:-1], codes.shape[-1]
    if not codes.size:
        return np.zeros(shape, dtype=f"{kind}1")
    return np.ascontiguousarray(codes).reshape(-1).view(f"{kind}{width}").reshape(shape)


def _numbered(array: NDArray[Any]) -> tuple[NDArray[np.int32], list[Any]]:
    """Return a number for each Python object in an array, and the different ones in the order of their numbers."""
    number_of: dict[Any, int] = {}
    members: list[Any] = []
    numbers = np.empty(array.size, dtype=np.int32)
    for i, member in enumerate(array.ravel().tolist()):
        key = _identity(member)
        if key not in number_of:
            number_of[key] = len(members)
            members.append(member)
        numbers[i] = number_of[key]
    return numbers.reshape(array.shape), members


def _identity(member: Any) -> Any:
    """Return the same for objects that are alike in every way: 1, True and 1.0 are equal, and not alike."""
    if isinstance(member, tuple):
        return tuple, tuple(map(_identity, member))
    if isinstance(member, float):
        return type(member), float(member).hex()
    if isinstance(member, str | int | bytes):
        return type(member), member
    return id(member)
