"""Arrays and JSON in one safetensors file with a checksum: written whole or not at all, and nothing in it can execute.

The JSON ("facts"), the version of semigen and the checksum are metadata of the safetensors header. A file is read only
if all of it is as it was written; `semigen 1`, the first format, had no checksum and is read without that assurance.
The format also says what the facts are of: a deep model or a checkpoint up to `semigen 2`, any estimator as a list of
objects in `semigen 3`. What arrays and facts may be is for the caller to check, with `semigen.persistence.schema`.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from semigen._files import replacing
from semigen._legible import legible
from semigen._version import __version__
from semigen.persistence.schema import shown

DEEP, OBJECTS = "semigen 2", "semigen 3"

# The metadata that a file of each format has, all of it.
_CHECKED = {"format", "facts", "version", "sha256"}
_METADATA = {"semigen 1": {"format", "facts"}, DEEP: _CHECKED, OBJECTS: _CHECKED}

# Types of elements that NumPy and safetensors both have, and what safetensors calls them.
_TYPES = {
    "bool": "BOOL",
    **{f"float{bits}": f"F{bits}" for bits in (16, 32, 64)},
    **{f"int{bits}": f"I{bits}" for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": f"U{bits}" for bits in (8, 16, 32, 64)},
}

# Lists and mappings within each other; what semigen writes has seven. Deeper ones would exhaust Python's stack.
_DEEPEST = 32

# How files of other kinds begin, and what they are. None can be the length of a small header, which is how safetensors
# files begin.
_OTHERS = {
    rb"\x80[\x02-\x05][^\0]": (
        "a pickle, as joblib and pickle write, not a semigen model; semigen reads none, for a pickle can execute code. "
        "Where you trust it, joblib.load reads it, and semigen.save writes the model to a file for semigen.load"
    ),
    rb"PK\x03\x04": "a zip archive (as torch.save and numpy.savez write), not a semigen model",
    rb"\x93NUMPY": "an array of NumPy, not a semigen model",
    rb"\x1f\x8b\x08|BZh|\xfd7zXZ|x[\x01\x5e\x9c\xda][^\0]": "compressed (perhaps by joblib), not a semigen model",
}


@dataclass(frozen=True)
class Saved:
    """What a file held.

    Attributes
    ----------
    arrays : dict of arrays
    facts : dict
        As JSON holds it; whole numbers fit into 64 bits, and nothing is nested deeply.
    version : str or None
        Of semigen, which wrote it; None in the first format, which did not say.
    format : str
    """

    arrays: dict[str, NDArray[Any]]
    facts: dict[str, Any]
    version: str | None = None
    format: str = DEEP

    def below(self, prefix: str) -> dict[str, NDArray[Any]]:
        """Return the arrays whose names begin with `prefix` and a dot, without them."""
        start = prefix + "."
        return {name[len(start) :]: array for name, array in self.arrays.items() if name.startswith(start)}

    @property
    def written_by(self) -> str:
        """Who wrote it, for messages, where that is not this version."""
        if self.version in (None, __version__):
            return ""
        return f" It was written by semigen {self.version}, and this is semigen {__version__}."


def write(
    path: str | PathLike[str], arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, Any], format: str = DEEP
) -> None:
    """Write arrays and facts (anything that JSON holds) to `path`, replacing the file in one move.

    Raises
    ------
    OSError
        If the folder is not there or cannot be written to; a file at `path` is then as it was.
    """
    text = json.dumps(dict(facts))
    little = {name: array.astype(array.dtype.newbyteorder("<"), copy=False) for name, array in arrays.items()}
    metadata = {
        "format": format,
        "version": __version__,
        "facts": text,
        "sha256": _checksum(__version__, text, little),
    }
    with replacing(Path(path)) as file:
        _write_tensors(file, little, metadata)


def _write_tensors(file: IO[bytes], arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]) -> None:
    """Write what `safetensors.numpy.save` returns, which copies all arrays twice on the way."""
    header: dict[str, Any] = {"__metadata__": metadata}
    # Large elements first, so that each array begins at a multiple of its elements' size.
    names, end = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name)), 0
    for name in names:
        array = arrays[name]
        first, end = end, end + array.nbytes
        element = _TYPES[array.dtype.name]
        header[name] = {"dtype": element, "shape": array.shape, "data_offsets": [first, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file.write(len(text).to_bytes(8, "little") + text)
    for name in names:
        file.write(np.ascontiguousarray(arrays[name]).reshape(-1).view(np.uint8).data)


def read(path: str | PathLike[str]) -> Saved:
    """Read what `write` wrote.

    Raises
    ------
    ValueError
        If the file is cut short, damaged, or none of semigen's.
    OSError
        If there is no such file, or it cannot be read.
    TypeError
        If `path` is none.
    """
    if not isinstance(path, str | PathLike):
        raise TypeError(f"{shown(path)} is no path; give that of a file that semigen wrote.")
    name = os.fsdecode(path)
    _check_readable(name)
    try:
        with safe_open(name, framework="np") as file:
            metadata = file.metadata() or {}
            _check_metadata(name, metadata)
            arrays = {key: _array(file, key) for key in file.keys()}  # noqa: SIM118 (not a mapping)
    except SafetensorError as error:
        damaged = f"damaged or cut short: {shown(str(error))}. Use another copy of it"
        raise ValueError(f"{name!r} is {_other_kind(name) or damaged}.") from None
    if "sha256" in metadata and metadata["sha256"] != _checksum(metadata["version"], metadata["facts"], arrays):
        raise ValueError(f"{name!r} is damaged: its contents do not match its checksum. Use another copy of it.")
    try:
        facts = parsed(metadata["facts"])
    except ValueError as error:
        raise ValueError(f"{name!r} is damaged: {error}.") from None
    return Saved(arrays, facts, metadata.get("version"), metadata["format"])


def _check_readable(name: str) -> None:
    path = Path(name)
    _check_link(path)
    if path.is_dir():
        raise IsADirectoryError(f"{name!r} is a folder; give the path of a file.")
    if not path.exists():
        raise FileNotFoundError(f"There is no file {name!r}.")
    if not path.is_file():
        raise OSError(f"{name!r} is no ordinary file; give the path of a file that semigen wrote.")
    with path.open("rb") as file:  # says so itself if the file must not be read
        if not file.read(1):
            raise ValueError(f"{name!r} is empty, so it is no semigen model.")


def _check_link(path: Path) -> None:
    """Refuse a symbolic link that leads back to itself."""
    try:
        if path.is_symlink():
            path.stat()
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(f"{str(path)!r} is a symbolic link that leads back to itself; give another path.") from None


def _check_metadata(name: str, metadata: Mapping[str, str]) -> None:
    given = metadata.get("format")
    if given is None or not given.startswith("semigen "):
        raise ValueError(f"{name!r} was not written by semigen: it is a safetensors file of another program.")
    if given not in _METADATA:
        raise ValueError(
            f"{name!r} is of the format {shown(given)}, which semigen {__version__} does not know. If a newer semigen "
            "wrote it, install that one (pip install -U semigen); else the file is damaged."
        )
    if set(metadata) != _METADATA[given]:
        raise ValueError(
            f"{name!r} is damaged: its header should say {sorted(_METADATA[given])} and says {shown(sorted(metadata))}."
        )


def _array(file: Any, key: str) -> NDArray[Any]:
    about = file.get_slice(key)
    if about.get_dtype() not in _TYPES.values():
        raise SafetensorError(f"{key} has elements of the type {about.get_dtype()}")
    try:
        array: NDArray[Any] = file.get_tensor(key)
    except (ValueError, OverflowError) as error:
        # NumPy has no array of no elements with a side of 2⁶³.
        raise SafetensorError(f"{key} cannot have the shape {about.get_shape()}") from error
    return array


def parsed(text: str) -> dict[str, Any]:
    """Return the facts that a text holds.

    Raises
    ------
    ValueError
        If they are none that `read` takes: the end of a sentence says why.
    """
    try:
        facts = json.loads(text, parse_int=_whole)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"what it says of itself is no JSON ({shown(str(error))})") from None
    if not isinstance(facts, dict) or _nested_deeper(facts, _DEEPEST):
        raise ValueError("what it says of itself is no mapping, or nested too deeply")
    return facts


def sentence(error: ValueError) -> str:
    """Return an error's text on one line, shortened if it is long: scikit-learn shows parameters in full."""
    text = legible(" ".join(str(error).split())).rstrip(".")
    return f"{text}." if len(text) < 500 else f"{text[:400]} ... {text[-50:]}."


def _whole(digits: str) -> int:
    if len(digits) > 20 or not -(2**63) <= int(digits) < 2**63:
        raise ValueError("a whole number of more than 64 bits")
    return int(digits)


def _nested_deeper(value: Any, most: int) -> bool:
    """Return whether lists and mappings lie within each other more than so many times."""
    level = [value]
    for _ in range(most):
        inner: list[Any] = []
        for each in level:
            members = each.values() if isinstance(each, dict) else each
            inner.extend(member for member in members if isinstance(member, dict | list))
        if not inner:
            return False
        level = inner
    return True


def _checksum(version: str, facts: str, arrays: Mapping[str, NDArray[Any]]) -> str:
    """Return the SHA-256 of everything that a file says, array by array in the order of their names.

    Each part is preceded by its length, so that no two contents give the same bytes.
    """
    checksum = hashlib.sha256()

    def add(part: bytes) -> None:
        checksum.update(len(part).to_bytes(8, "little"))
        checksum.update(part)

    add(version.encode())
    add(facts.encode())
    for name in sorted(arrays):
        array = arrays[name]
        little = array.astype(array.dtype.newbyteorder("<"), copy=False)
        add(name.encode())
        add(f"{little.dtype.str} {array.shape}".encode())
        part = np.ascontiguousarray(little).reshape(-1).view(np.uint8)
        checksum.update(len(part).to_bytes(8, "little"))
        checksum.update(part.data)
    return checksum.hexdigest()


def _other_kind(name: str) -> str | None:
    """Return what a file that is no safetensors file is instead, by how it begins."""
    with open(name, "rb") as file:
        beginning = file.read(9)
    for start, kind in _OTHERS.items():
        if re.match(start, beginning, re.DOTALL):
            return kind
    # A header begins behind its length, which takes eight bytes.
    return None if beginning[8:] in (b"{", b"") else "not a semigen model, or its first bytes are damaged"
