"""Archives: what is written is read back; damaged files and files of other programs are refused."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import struct
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from safetensors.numpy import save as serialized

from semigen.persistence import archive

FACTS = {
    "name": "é\x1b\u202e",
    "numbers": [1, -(2**63), 2**63 - 1, 0.1, -0.0, float("inf")],
    "none": None,
    "in": {"a": [True]},
}
ARRAYS = {
    "floats": np.linspace(0, 1, 3, dtype=np.float32),
    "wide": np.arange(6.0).reshape(2, 3)[:, ::-1],
    "other order": np.arange(3, dtype=">i4"),
    "scalar": np.array(7),
    "empty": np.zeros((0, 4), dtype=np.uint8),
    "flags": np.array([True, False]),
    "é.": np.array([[1]], dtype=np.int8),
}


def saved(path: Path, arrays: dict[str, Any] = ARRAYS, facts: Any = FACTS) -> Path:
    archive.write(path, arrays, facts)
    return path


def same(one: archive.Saved, other: archive.Saved) -> bool:
    return one.facts == other.facts and {name: (a.tolist(), a.shape, a.dtype) for name, a in one.arrays.items()} == {
        name: (a.tolist(), a.shape, a.dtype) for name, a in other.arrays.items()
    }


def test_what_is_written_is_read_back(tmp_path):
    found = archive.read(saved(tmp_path / "a"))
    assert found.facts == FACTS
    assert found.arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert np.array_equal(found.arrays[name], array)
        assert found.arrays[name].shape == array.shape
        assert found.arrays[name].flags.writeable
    assert found.below("é") == {"": ARRAYS["é."]}


def test_any_flipped_bit_is_refused_or_changes_nothing(tmp_path):
    """Every bit of a file is turned; what still loads says the same (white space, escapes of text)."""
    path = saved(tmp_path / "a", {"x": ARRAYS["floats"], "y": ARRAYS["scalar"]}, {"é": [1, "b"]})
    content, whole, n_read = path.read_bytes(), archive.read(path), 0
    file = os.open(path, os.O_RDWR)
    for at, byte in enumerate(content):
        for bit in range(8):
            os.pwrite(file, bytes([byte ^ 1 << bit]), at)
            with contextlib.suppress(ValueError):
                assert same(archive.read(path), whole)
                n_read += 1
        os.pwrite(file, bytes([byte]), at)
    os.close(file)
    assert n_read < 0.02 * 8 * len(content)


def test_any_truncation_and_any_addition_is_refused(tmp_path):
    path = saved(tmp_path / "a")
    content = path.read_bytes()
    for more in (b"\0", content):
        path.write_bytes(content + more)
        with pytest.raises(ValueError, match="damaged or cut short"):
            archive.read(path)
    for length in reversed(range(len(content))):
        os.truncate(path, length)
        with pytest.raises(ValueError, match=r"damaged or cut short|is empty"):
            archive.read(path)


def test_the_checksum_is_of_everything_and_of_no_order():
    def checksum(facts: str = "{}", **arrays: Any) -> str:
        return archive._checksum("1", facts, {name: np.asarray(array) for name, array in arrays.items()})

    assert checksum(a=[1.0], b=[2.0]) == checksum(b=[2.0], a=[1.0])
    different = [
        checksum(a=[1.0, 2.0]),
        checksum(a=[[1.0, 2.0]]),
        checksum(a=[[1.0], [2.0]]),
        checksum(b=[1.0, 2.0]),
        checksum(a=[1.0], b=[2.0]),
        checksum(a=np.array([1.0, 2.0]).view(np.int64)),
        checksum(a=[2.0, 1.0]),
        checksum("{ }", a=[1.0, 2.0]),
        archive._checksum("2", "{}", {"a": np.array([1.0, 2.0])}),
    ]
    assert len(set(different)) == len(different)
    assert checksum(a=np.array([1.0, 2.0], dtype=">f8")) == checksum(a=[1.0, 2.0])


def others(folder: Path) -> dict[str, bytes]:
    """Files of other programs that people give by mistake."""
    model = {"a": np.arange(1000.0)}
    found = {f"a pickle, {n}": pickle.dumps(model, protocol=n) for n in range(2, pickle.HIGHEST_PROTOCOL + 1)}
    for called, level in [("a pickle", 0), ("compressed", 3), ("compressed", ("gzip", 3)), ("compressed", ("xz", 3))]:
        joblib.dump(model, folder / "j", compress=level)
        found[f"{called}, joblib {level}"] = (folder / "j").read_bytes()
    np.savez(folder / "n.npz", **model)
    np.save(folder / "n.npy", model["a"])
    return found | {
        "a zip archive": (folder / "n.npz").read_bytes(),
        "an array of NumPy": (folder / "n.npy").read_bytes(),
        "a safetensors file of another program": serialized(model),
        "a safetensors file of another program, pt": serialized(model, {"format": "pt"}),
        "is empty": b"",
        "not a semigen model, text": b"a,b,c\n1,2,3\n" * 30,
        "damaged or cut short, terabytes": struct.pack("<Q", 2**50) + b"{}",
        "damaged or cut short, short": b"\x01\x02",
        "a newer semigen": serialized(model, {"format": "semigen 4", "facts": "{}"}),
    }


def test_files_of_other_programs_are_called_what_they_are_in_a_sentence(tmp_path):
    for what, content in others(tmp_path).items():
        path = tmp_path / "file"
        path.write_bytes(content)
        with pytest.raises(ValueError, match=what.split(",")[0]) as refused:
            archive.read(path)
        assert str(refused.value).startswith(repr(str(path)))
        assert str(refused.value).endswith(".")


def test_a_tensor_that_promises_terabytes_is_refused(tmp_path):
    for shape, end in [([2**40], 2**42), ([2**62, 2**62], 8), ([0, 2**63], 0), ([0, 2**64 - 1], 0)]:
        header = json.dumps(
            {
                "__metadata__": {"format": "semigen 1", "facts": "{}"},
                "x": {"dtype": "F32", "shape": shape, "data_offsets": [0, end]},
            }
        ).encode()
        (tmp_path / "a").write_bytes(struct.pack("<Q", len(header)) + header)
        with pytest.raises(ValueError, match="damaged or cut short"):
            archive.read(tmp_path / "a")


@pytest.mark.parametrize(
    "facts",
    [
        "[" * 200_000,
        '{"a":' * 40 + "0" + "}" * 40,
        "[]",
        "3",
        "",
        "{",
        '{"a": 1' + "0" * 30 + "}",
        '{"a": ' + "9" * 5000 + "}",
    ],
    ids=lambda text: text[:8],
)
def test_facts_that_are_no_plain_json_are_refused(facts, tmp_path):
    (tmp_path / "a").write_bytes(serialized({}, {"format": "semigen 1", "facts": facts}))
    with pytest.raises(ValueError, match="what it says of itself"):
        archive.read(tmp_path / "a")


def test_types_of_elements_that_numpy_lacks_are_refused(tmp_path):
    header = json.dumps(
        {
            "__metadata__": {"format": "semigen 1", "facts": "{}"},
            "x": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]},
        }
    ).encode()
    (tmp_path / "a").write_bytes(struct.pack("<Q", len(header)) + header + b"\0\0")
    with pytest.raises(ValueError, match="elements of the type BF16"):
        archive.read(tmp_path / "a")


def test_the_header_says_what_its_format_says_and_nothing_else(tmp_path):
    for metadata in [{"format": "semigen 1", "facts": "{}", "sha256": ""}, {"format": "semigen 2", "facts": "{}"}]:
        (tmp_path / "a").write_bytes(serialized({}, metadata))
        with pytest.raises(ValueError, match="its header should say"):
            archive.read(tmp_path / "a")
    (tmp_path / "a").write_bytes(serialized({}, {"format": "semigen 1", "facts": '{"a": 1}'}))
    assert archive.read(tmp_path / "a").facts == {"a": 1}


def test_places_where_no_file_is_are_named(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "nowhere").symlink_to("missing")
    os.mkfifo(tmp_path / "pipe")
    for place, kind, what in [
        (tmp_path, IsADirectoryError, "is a folder"),
        (tmp_path / "loop", OSError, "leads back to itself"),
        (tmp_path / "nowhere", FileNotFoundError, "no file"),
        (tmp_path / "missing" / "file", FileNotFoundError, "no file"),
        (tmp_path / "pipe", OSError, "no ordinary file"),
        (tmp_path / "loop" / "file", FileNotFoundError, "no file"),
        ("", IsADirectoryError, "folder"),
        ("a\0b", FileNotFoundError, "no file"),
        (None, TypeError, "no path"),
    ]:
        with pytest.raises(kind, match=what):
            archive.read(place)
    for place, kind, what in [
        (tmp_path, IsADirectoryError, "is a directory"),
        (tmp_path / "loop", OSError, "leads back to itself"),
        (tmp_path / "missing" / "file", FileNotFoundError, "make it first"),
        (tmp_path / "loop" / "file", OSError, "leads back to itself"),
        (tmp_path / "pipe", OSError, "no ordinary file"),
    ]:
        with pytest.raises(kind, match=what):
            archive.write(place, ARRAYS, FACTS)
    saved(tmp_path / "nowhere")
    assert (tmp_path / "nowhere").is_symlink()
    assert same(archive.read(tmp_path / "missing"), archive.read(tmp_path / "nowhere"))
