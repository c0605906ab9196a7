"""Mutations of model files and checkpoints: of their bytes, and of what they say, with a checksum that fits again."""

from __future__ import annotations

import copy
import json
import resource
import struct
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save as serialized

from semigen.persistence import archive

Rng = np.random.Generator

NAMES = ["checkpoint", "callbacks", "predict", "__dict__", "_weights", "vae", "classes_", "sha256", "é"]


@dataclass
class Parts:
    """What a file says; `content` makes a file of it whose checksum fits, as somebody who wants to deceive would."""

    metadata: dict[str, str]
    facts: Any
    arrays: dict[str, np.ndarray]

    @classmethod
    def of(cls, path: Any) -> Parts:
        with safe_open(str(path), framework="np") as file:
            metadata = dict(file.metadata())
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
        return cls(metadata, json.loads(metadata.pop("facts")), arrays)

    def content(self, text: str | None = None) -> bytes:
        metadata = {**self.metadata, "facts": json.dumps(self.facts) if text is None else text}
        if "sha256" in metadata and "version" in metadata:
            metadata["sha256"] = archive._checksum(metadata["version"], metadata["facts"], self.arrays)
        return serialized(self.arrays, metadata)


def hostile_value(rng: Rng) -> Any:
    """Something that no file says where this comes."""
    deep: Any = 0
    for _ in range(int(rng.integers(1, 40))):
        deep = [deep] if rng.random() < 0.5 else {"kind": deep}
    values = [
        *(None, True, False, -1, 0, 1, 2, 3, 7, 40_000, 2**31, 2**62, 2**63 - 1, 2**63, -(2**63) - 1, 10**30),
        *(0.0, -0.5, 1e-320, 1e308, float("nan"), float("inf"), -float("inf")),
        *("", "x", "auto", "gaussian", "relu", "/etc/passwd", "\x1b[2J", "\u202e", "\ud800", "é" * 300),
        *([], {}, [[]], [0], [1, 2, 3], ["a", "b"], [40_000, 40_000], [10**8] * 3, [0.5, 0.5], [None], deep),
        *({"kind": "plain", "value": 3}, {"kind": "tensor", "name": "weights"}, {"kind": "dict", "items": {}}),
    ]
    return values[int(rng.integers(len(values)))]


def mutated_json(tree: Any, rng: Rng) -> Any:
    """A copy with one to three of its values, names or members changed."""
    tree = copy.deepcopy(tree)
    for _ in range(int(rng.integers(1, 4))):
        places = list(_places(tree))
        if not places:
            break
        parent, key = places[int(rng.integers(len(places)))]
        what = rng.choice(["replace", "replace", "change", "delete", "rename", "add", "swap", "repeat"])
        if what == "replace":
            parent[key] = hostile_value(rng)
        elif what == "change":
            parent[key] = _slightly_other(parent[key], rng)
        elif what == "delete":
            del parent[key]
        elif what == "swap":
            other, there = places[int(rng.integers(len(places)))]
            parent[key], other[there] = copy.deepcopy(other[there]), copy.deepcopy(parent[key])
        elif isinstance(parent, dict):
            name = str(rng.choice(NAMES))
            parent[name] = parent.pop(key) if what == "rename" else hostile_value(rng)
        else:
            parent.extend(parent[key:][:1] * int(rng.integers(1, 50)))
    return tree


def _places(tree: Any) -> Any:
    """All pairs of a list or mapping and an index or name in it."""
    if isinstance(tree, dict | list):
        for key in list(tree) if isinstance(tree, dict) else range(len(tree)):
            yield tree, key
            yield from _places(tree[key])


def _slightly_other(value: Any, rng: Rng) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value * int(rng.choice([-1, 2, 1000, 10**9])) + int(rng.integers(-1, 2))
    if isinstance(value, str):
        return value[:-1] if rng.random() < 0.5 else value + "_"
    return list(reversed(value)) if isinstance(value, list) else value


def mutated_text(text: str, rng: Rng) -> str:
    """JSON with a piece of it doubled, cut, or made into something that parsers stumble over."""
    at = int(rng.integers(len(text)))
    piece = str(
        rng.choice(["[" * 100_000, '{"a":' * 3000, "9" * 5000, "1e999", "NaN", '"', "\\u0000", "", "}", "\x00"])
    )
    return text[:at] + piece + text[at + int(rng.integers(5)) :]


def mutated_arrays(arrays: dict[str, np.ndarray], rng: Rng) -> dict[str, np.ndarray]:
    """Arrays of which one is renamed, left out, reshaped, cast, or holds other numbers."""
    arrays = {name: array.copy() for name, array in arrays.items()}
    name = str(rng.choice(sorted(arrays)))
    array = arrays[name]
    what = rng.choice(["rename", "delete", "add", "reshape", "cut", "cast", "fill", "flip", "swap", "scale"])
    if what == "rename":
        other = str(rng.choice([name + "_", name[1:], "weights", "attributes.predict", *NAMES[:5]]))
        arrays[other] = arrays.pop(name)
    elif what == "delete":
        del arrays[name]
    elif what == "add":
        arrays[str(rng.choice(["weights.more", "attributes.checkpoint", "more"]))] = array
    elif what == "reshape":
        shapes = [(array.size,), (1, *array.shape), array.shape[::-1], (*array.shape, 1), (0, *array.shape)]
        shape = shapes[int(rng.integers(len(shapes)))]
        arrays[name] = np.resize(array, shape)
    elif what == "cut":
        arrays[name] = array[:-1] if array.ndim else array
    elif what == "cast":
        with np.errstate(all="ignore"):
            arrays[name] = array.astype(rng.choice(["f2", "f4", "f8", "i8", "i4", "u1", "?"]))
    elif what == "fill" and array.size:
        with np.errstate(all="ignore"):
            array.flat[int(rng.integers(array.size))] = array.dtype.type(
                rng.choice([0, 1, 3, 100] if array.dtype.kind in "ub" else [0, -1, 2**62, 1e30, np.nan, np.inf])
            )
    elif what == "flip" and array.size:
        arrays[name] = np.frombuffer(flipped(array.tobytes(), rng), array.dtype).reshape(array.shape)
    elif what == "swap":
        other = str(rng.choice(sorted(arrays)))
        arrays[name], arrays[other] = arrays[other], arrays[name]
    elif what == "scale" and array.dtype.kind == "f":
        array *= array.dtype.type(rng.choice([-1, 0, 1e10]))
    return arrays


def flipped(content: bytes, rng: Rng, first: int = 0, last: int | None = None) -> bytes:
    """One to three bits of a part of the bytes turned."""
    changed = bytearray(content)
    for at in rng.integers(first, len(content) if last is None else last, int(rng.integers(1, 4))):
        changed[at] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def damaged(content: bytes, rng: Rng) -> bytes:
    """Bytes as a bad disk, an interrupted copy, or somebody without a checksum leaves them."""
    header = 8 + struct.unpack_from("<Q", content)[0]
    a, b = sorted(int(at) for at in rng.integers(0, len(content), 2))
    ways: list[Callable[[], bytes]] = [
        lambda: flipped(content, rng),
        lambda: flipped(content, rng, 0, header),
        lambda: flipped(content, rng, header),
        lambda: flipped(content, rng, 0, 8),
        lambda: content[:a],
        lambda: content + content[a:b],
        lambda: content[:a] + content[b:],
        lambda: content[:a] + bytes(b - a) + content[b:],
        lambda: content + content,
        lambda: struct.pack("<Q", int(rng.choice([0, 1, 2**20, 10**8, 2**40, 2**63 - 1]))) + content[8:],
        lambda: _with_header(content, header, rng),
    ]
    return ways[int(rng.integers(len(ways)))]()


def _with_header(content: bytes, header: int, rng: Rng) -> bytes:
    """The header of safetensors with mutations, its length put right."""
    text = json.dumps(mutated_json(json.loads(content[8:header]), rng)).encode()
    return struct.pack("<Q", len(text)) + text + content[header:]


def mutated_parts(parts: Parts, rng: Rng) -> bytes:
    """A file that says something else, with a checksum that fits."""
    parts = copy.deepcopy(parts)
    what = rng.choice(["facts", "facts", "facts", "text", "arrays", "arrays", "metadata"])
    if what == "text":
        return parts.content(mutated_text(json.dumps(parts.facts), rng))
    if what == "facts":
        parts.facts = mutated_json(parts.facts, rng)
    elif what == "arrays":
        parts.arrays = mutated_arrays(parts.arrays, rng)
    else:
        name = str(rng.choice([*parts.metadata, "more"]))
        given = ["semigen 1", "semigen 2", "semigen 3", "", "pt", "\x1b[2J", "9.9"]
        parts.metadata[name] = str(rng.choice(given))
        if rng.random() < 0.3:
            del parts.metadata[name]
    return parts.content()


def check_sentence(error: Exception) -> None:
    """A message is a sentence of printable text on one line, which somebody can read."""
    text = str(error)
    assert text.endswith("."), text
    assert len(text) < 1500, text
    assert text.isprintable(), ascii(text)


@contextmanager
def bounded_memory(more: int = 2**30) -> Any:
    """While this lasts, the process may ask for so many bytes of addresses more than it has; on Linux, that is."""
    if not Path("/proc/self/statm").exists():
        yield
        return
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + more, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
