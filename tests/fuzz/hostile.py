"""Tables as nobody wants them: names, cells and files made to break what reads them. For `test_hostile_tables`."""

from __future__ import annotations

import csv
import datetime
import decimal
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

TEXTS = [
    "",
    " ",
    "\x1b[2J\x1b[31m",
    "\x1b]0;owned\x07",
    "\x9b2J",
    "\u202egnp.exe\u202c",
    "\u2066a\u2069",
    "a\0b",
    "\0",
    "\x7f\x08\x08",
    "one\ntwo",
    "one\rtwo",
    "tab\there",
    "\u2028\u2029\x85\x1c",
    "\ufeffmark",
    'quo"te',
    '""',
    "'",
    "a,b;c\td",
    "=1+1",
    "=cmd|' /C calc'!A0",
    "@SUM(A1)",
    "+49",
    "-",
    "--help",
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "&amp;",
    "[red]bold[/red]",
    "[/]",
    "{0} %s %(x)s {name!r}",
    "$x_$ $",
    "\\",
    "\\x1b",
    "é",
    "e\u0301" * 20,
    "漢字",
    "👩‍👩‍👧",
    "می‌خواهم",
    "ʼn" * 100,
    "NA",
    "null",
    "None",
    "nan",
    "?",
    "-1",
    "true",
    "FALSE",
    "long " * 4000,
    "🦄" * 5000,
]
NUMBERS = [
    "0",
    "-0",
    "1e400",
    "-1e400",
    "inf",
    "nan",
    "1e-320",
    "1e308",
    "1_000",
    "0x1F",
    "1,5",
    "١٢",
    "9" * 400,
    "9" * 30,
    "18446744073709551616",
    "-9223372036854775809",
    " 7 ",
    "007",
    "1.",
    ".5",
    "+3",
    "1e",
    "12abc",
]
DATES = [
    "2020-01-31",
    "2020-02-30",
    "0000-01-01",
    "9999-12-31",
    "2020-01-01 25:00:00",
    "2020-01-01T10:00:00",
    "31.12.2020",
]


@dataclass(frozen=True)
class Hostile:
    """A file, what is asked of it, and the records that are in it if these are known."""

    path: Path
    target: str
    ignored: list[str]
    marker: str | None


def hostile_table(rng: np.random.Generator, folder: Path) -> Hostile:
    """Write a table to a folder."""
    n = int(rng.choice([1, 2, 5, 12, 30, 60], p=[0.05, 0.05, 0.1, 0.2, 0.3, 0.3]))
    n_columns = int(rng.choice([0, 1, 2, 3, 6], p=[0.05, 0.2, 0.3, 0.3, 0.15]))
    as_parquet = rng.random() < 0.4
    names = [_name(rng) for _ in range(n_columns)]
    target = _name(rng) if rng.random() < 0.5 else "kind"
    where = int(rng.integers(len(names) + 1))
    names.insert(where, target)
    if as_parquet and rng.random() < 0.9:
        names = list(dict.fromkeys(names))
        where = names.index(target)
    stem = "table" if rng.random() < 0.7 else _name(rng).replace("/", "_").replace("\0", "_")[:40] or "x"
    path = folder / f"{stem}.{'parquet' if as_parquet else rng.choice(['csv', 'csv', 'tsv'])}"
    if as_parquet:
        content = _parquet(rng, names, where, n)
    else:
        content = _text_file(rng, names, where, n, "\t" if path.suffix == ".tsv" else ",")
    path.write_bytes(_damaged(rng, content) if rng.random() < 0.08 else content)
    ignored = [name for name in names if name != target and rng.random() < 0.2]
    return Hostile(path, target, ignored, str(rng.choice(TEXTS[15:20])) if rng.random() < 0.2 else None)


def _name(rng: np.random.Generator) -> str:
    kind = rng.random()
    if kind < 0.5:
        return f"{rng.choice(list('abcxyz'))}{rng.integers(100)}"
    if kind < 0.9:
        return str(_one_of(rng, TEXTS))[:3000]
    return str(_one_of(rng, ["kind_predicted", "kind_probability", "__index_level_0__", "kind", "n" * 20_000]))


def _one_of(rng: np.random.Generator, values: list[Any]) -> Any:
    return values[int(rng.integers(len(values)))]


def _labels(rng: np.random.Generator, n: int) -> list[str]:
    """Most often two or three classes of which some rows have a label."""
    kind = rng.random()
    if kind < 0.8:
        classes = [str(_one_of(rng, TEXTS)) if rng.random() < 0.5 else f"c{k}" for k in range(int(rng.integers(2, 4)))]
        share = rng.choice([0.3, 0.6, 1.0], p=[0.45, 0.45, 0.1])
        return [classes[i % len(classes)] if i < 6 or rng.random() < share else "" for i in range(n)]
    return _cells(rng, n)


def _cells(rng: np.random.Generator, n: int) -> list[str]:
    """Cells of a column of a text file."""
    kind = rng.integers(10)
    if kind <= 3:
        numbers = [f"{value:.3f}" for value in rng.normal(size=n) + 3 * (np.arange(n) % 2)]
        if kind == 3:
            numbers[int(rng.integers(n))] = str(_one_of(rng, NUMBERS + TEXTS))
        return numbers
    if kind == 4:
        return [str(_one_of(rng, NUMBERS)) for _ in range(n)]
    if kind == 5:
        return [str(_one_of(rng, DATES)) for _ in range(n)]
    if kind == 6:
        few = [str(_one_of(rng, TEXTS)) for _ in range(2)]
        return [str(_one_of(rng, few)) for _ in range(n)]
    if kind == 7:
        return [""] * n
    if kind == 8:
        return [str(i) for i in range(n)]
    return [str(_one_of(rng, TEXTS + NUMBERS + DATES)) for _ in range(n)]


def _text_file(rng: np.random.Generator, names: list[str], where: int, n: int, separator: str) -> bytes:
    columns = [_labels(rng, n) if j == where else _cells(rng, n) for j in range(len(names))]
    records = [names, *([column[i] for column in columns] for i in range(n))]
    if rng.random() < 0.1:
        record = records[int(rng.integers(len(records)))]
        record.append("x") if rng.random() < 0.5 else record.pop()
    quoting = _one_of(rng, [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
    line_end = str(rng.choice(["\n", "\r\n", "\r", "\n\r\n"], p=[0.7, 0.2, 0.05, 0.05]))
    text = io.StringIO()
    csv.writer(text, delimiter=separator, quoting=quoting, lineterminator=line_end).writerows(records)
    whole = text.getvalue()
    if rng.random() < 0.2:
        whole = whole.rstrip("\r\n")
    encoding = str(rng.choice(["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"], p=[0.8, 0.08, 0.04, 0.04, 0.04]))
    content = whole.encode(encoding, errors="replace")
    # Two programs wrote it.
    return content + b"caf\xe9\n" if rng.random() < 0.05 else content


def _damaged(rng: np.random.Generator, content: bytes) -> bytes:
    kind = rng.integers(4)
    if kind == 0 or not content:
        return b""
    at = int(rng.integers(len(content)))
    if kind == 1:
        return content[:at]
    changed = bytearray(content)
    changed[at : at + 1] = bytes([int(rng.integers(256))]) if kind == 2 else b'"\0\xff'
    return bytes(changed)


def _parquet(rng: np.random.Generator, names: list[str], where: int, n: int) -> bytes:
    arrays = [_label_array(rng, n) if j == where else _array(rng, n) for j in range(len(names))]
    schema = pa.schema([pa.field(name, array.type) for name, array in zip(names, arrays, strict=True)])
    file = io.BytesIO()
    try:
        pq.write_table(pa.Table.from_arrays(arrays, schema=schema), file)
    except (pa.ArrowException, ValueError):
        # What Arrow itself does not write is no file to read.
        return _parquet(rng, names, where, n)
    return file.getvalue()


def _label_array(rng: np.random.Generator, n: int) -> pa.Array:
    if rng.random() < 0.1:
        return _array(rng, n)
    labels = [None if label == "" else label for label in _labels(rng, n)]
    if rng.random() < 0.2:
        return pa.array(labels).dictionary_encode()
    return pa.array(labels, type=pa.string() if rng.random() < 0.8 else pa.large_string())


_SPECIAL = [0.0, -0.0, np.nan, np.inf, 1e308, 5e-324, None]
_DAY = datetime.datetime(2020, 1, 31, 23, 59, 59, 999999)
_NESTED: list[Callable[[int], pa.Array]] = [
    lambda n: pa.array([[[["a"]]], None, []][i % 3] for i in range(n)),
    lambda n: pa.array([{"a": {"b": [{"c": i}]}} for i in range(n)]),
    lambda n: pa.array([[("k", i)] for i in range(n)], type=pa.map_(pa.string(), pa.int64())),
    lambda n: pa.array([[float(i)] * 3 for i in range(n)], type=pa.list_(pa.float32(), 3)),
    lambda n: pa.array([b"\x00\xff\x1b"] * n),
    lambda n: pa.array([b"ab"] * n, type=pa.binary(2)),
    lambda n: pa.array([{}] * n, type=pa.struct([])),
]
_PLAIN: list[Callable[[int], pa.Array]] = [
    lambda n: pa.nulls(n),
    lambda n: pa.array([2**64 - 1 - i for i in range(n)], type=pa.uint64()),
    lambda n: pa.array([-128 + i for i in range(n)], type=pa.int8()),
    lambda n: pa.array(np.arange(n, dtype=np.float16)),
    lambda n: pa.array([_SPECIAL[i % len(_SPECIAL)] for i in range(n)]),
    lambda n: pa.array([decimal.Decimal("9" * 38)] * n, type=pa.decimal128(38, 0)),
    lambda n: pa.array([decimal.Decimal("-1.5")] * n, type=pa.decimal256(76, 5)),
    lambda n: pa.array([i % 2 == 0 for i in range(n)]),
    lambda n: pa.array([_DAY.date()] * n, type=pa.date64()),
    lambda n: pa.array([-719162 - i for i in range(n)], type=pa.int32()).cast(pa.date32()),
    lambda n: pa.array([_DAY] * n, type=pa.timestamp("us", tz="Asia/Kathmandu")),
    lambda n: pa.array([2**62 + i for i in range(n)], type=pa.int64()).cast(pa.timestamp("ns")),
    lambda n: pa.array([2**62] * n, type=pa.int64()).cast(pa.timestamp("s")),
    lambda n: pa.array([2**62] * n, type=pa.int64()).cast(pa.timestamp("ms", tz="UTC")),
    lambda n: pa.array([2**31 - 1] * n, type=pa.int32()).cast(pa.date32()),
    lambda n: pa.array([2**62] * n, type=pa.int64()).cast(pa.duration("ms")),
    lambda n: pa.array([_DAY.time()] * n, type=pa.time64("us")),
    lambda n: pa.array([datetime.timedelta(days=i) for i in range(n)]),
]


def _array(rng: np.random.Generator, n: int) -> pa.Array:
    kind = rng.random()
    if kind < 0.35:
        return pa.array(rng.normal(size=n) + 3 * (np.arange(n) % 2))
    if kind < 0.6:
        return pa.array([None if cell == "" else cell for cell in _cells(rng, n)], type=pa.string())
    return _one_of(rng, _NESTED if kind < 0.7 else _PLAIN)(n)
