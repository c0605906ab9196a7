"""The same cells give the same kind and the same numbers, whatever holds them, at fit and on other rows."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from semigen import encoder_for, read_table
from semigen.tables.kinds import Kind

N = 60
_rng = np.random.default_rng(3)
_DAYS = [datetime.datetime(2020, 1, 1) + datetime.timedelta(days=int(d), microseconds=int(d)) for d in range(N)]

# What cells hold, as Python objects with None for gaps, the kind, and the numbers that are meant (None: one-hot).
CELLS: dict[str, tuple[list[Any], Kind, Callable[[Any], float] | None]] = {
    "numbers with words": (
        ["n.d." if i % 6 == 0 else f"${1000 + 7.5 * i:,.2f}" for i in range(N)],
        Kind.NUMBER,
        lambda cell: np.nan if cell == "n.d." else float(cell.replace("$", "").replace(",", "")),
    ),
    "whole numbers with gaps": (
        [None if i % 9 == 0 else int(i) for i in _rng.integers(3, 40, N)],
        Kind.NUMBER,
        lambda cell: np.nan if cell is None else cell,
    ),
    "dates": (
        [None if i % 8 == 0 else day for i, day in enumerate(_DAYS)],
        Kind.DATE,
        lambda cell: np.nan if cell is None else (cell - datetime.datetime(1970, 1, 1)) / datetime.timedelta(days=1),
    ),
    "durations": (
        [None if i % 8 == 0 else datetime.timedelta(minutes=17 * i, seconds=0.5) for i in range(1, N + 1)],
        Kind.DURATION,
        lambda cell: np.nan if cell is None else cell.total_seconds(),
    ),
    "ids": ([f"ID-{i:03d}-x" for i in range(N)], Kind.IDENTIFIER, None),
    "truth values": (
        [None if i % 7 == 0 else bool(i % 3) for i in range(N)],
        Kind.BOOLEAN,
        lambda cell: np.nan if cell is None else float(cell),
    ),
    "categories": ([["red", "green", None, "blue"][i % 4] for i in range(N)], Kind.CATEGORY, None),
}


def _text(cell: Any) -> str:
    if isinstance(cell, datetime.timedelta):
        return str(pd.Timedelta(cell))
    return "" if cell is None else str(cell)


def _typed(cells: list[Any]) -> pd.Series:
    """The pandas series that people have: nullable types, datetimes and durations."""
    series = pd.Series(cells)
    if any(isinstance(cell, bool) for cell in cells):
        return series.astype("boolean")
    if any(isinstance(cell, int) for cell in cells):
        return series.astype("Int64")
    if any(isinstance(cell, str) for cell in cells):
        return series.astype("string")
    return series


def _of_file(cells: list[Any], folder: Any, suffix: str) -> Any:
    path = folder / f"t{suffix}"
    frame = pl.DataFrame({"x": np.arange(len(cells)) / 7, "c": cells, "y": ["a", "b"] * (len(cells) // 2)})
    if suffix == ".parquet":
        frame.write_parquet(path)
    else:
        texts = frame.with_columns(c=pl.Series([_text(cell) for cell in cells]))
        texts.write_csv(path, separator="," if suffix == ".csv" else "\t")
    return read_table(path, "y")[0]


def _matrix(cells: list[Any]) -> list[list[Any]]:
    return [[i / 7, cell] for i, cell in enumerate(cells)]


CONTAINERS: dict[str, Callable[[list[Any], Any], Any]] = {
    "CSV": lambda cells, folder: _of_file(cells, folder, ".csv"),
    "TSV": lambda cells, folder: _of_file(cells, folder, ".tsv"),
    "Parquet": lambda cells, folder: _of_file(cells, folder, ".parquet"),
    "pandas object": lambda cells, _: pd.DataFrame(
        {"x": np.arange(len(cells)) / 7, "c": pd.Series(cells, dtype=object)}
    ),
    "pandas nullable": lambda cells, _: pd.DataFrame({"x": np.arange(len(cells)) / 7, "c": _typed(cells)}),
    "pandas arrow": lambda cells, _: pd.DataFrame(
        {"x": np.arange(len(cells)) / 7, "c": pd.Series(pd.arrays.ArrowExtensionArray(pa.array(cells)))}
    ),
    "pandas text": lambda cells, _: pd.DataFrame(
        {"x": np.arange(len(cells)) / 7, "c": [_text(cell) for cell in cells]}
    ),
    "polars": lambda cells, _: pl.DataFrame({"x": np.arange(len(cells)) / 7, "c": cells}),
    "numpy": lambda cells, _: np.array(_matrix(cells), dtype=object),
    "list": lambda cells, _: _matrix(cells),
}


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("what", CELLS)
def test_the_kind_and_the_numbers_do_not_depend_on_the_container(tmp_path, container, what):
    cells, kind, meant = CELLS[what]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"The column '(c|1)' is left out")
        table = CONTAINERS[container](cells, tmp_path)
        encoder = encoder_for(table)
    if kind is Kind.IDENTIFIER:
        # Read from a file, the column is left out already.
        assert encoder is None or encoder.fit_transform(table).shape == (N, 1)
        return
    rows = np.asarray(table, dtype=np.float64) if encoder is None else encoder.fit_transform(table)
    if encoder is not None:
        assert encoder.columns[1].kind is kind
        if container not in ("CSV", "TSV", "Parquet"):
            some = slice(11, 19)
            other = CONTAINERS[container](cells[some], tmp_path)
            np.testing.assert_allclose(encoder.transform(other)[:, 1:], rows[some, 1:], rtol=1e-12)
    if meant is None:
        assert rows.shape == (N, 5)
        assert rows[:4, 1:].argmax(axis=1).tolist() == [3, 2, 0, 1]
    else:
        np.testing.assert_allclose(rows[:, 1], [meant(cell) for cell in cells], rtol=1e-12)


MIXED = {
    "numbers and strings": ([1, "2", 3.5, None, "n.d."] * 12, Kind.NUMBER),
    "numbers and words": (["red", 1, 2, "green", "blue"] * 12, Kind.CATEGORY),
    "dates and strings": ([datetime.date(2020, 1, 5), "2021-03-07", None] * 20, Kind.DATE),
    "times of day": ([datetime.time(8, 30), datetime.time(9, 45, 10), None] * 20, Kind.DURATION),
    "periods": (list(pd.period_range("2020-01", periods=60, freq="M")), Kind.DATE),
    "intervals": ([pd.Interval(0, 10), pd.Interval(10, 20), pd.Interval(20, 40)] * 20, Kind.ORDERED),
    "bytes": ([b"red", b"green", b"blue"] * 20, Kind.CATEGORY),
    "zones": ([pd.Timestamp("2020-01-01", tz="Europe/Berlin"), pd.Timestamp("2020-06-01", tz="UTC")] * 30, Kind.DATE),
}


@pytest.mark.parametrize("what", MIXED)
@pytest.mark.parametrize(
    "make", [lambda cells: pd.Series(cells, dtype=object), np.array, list], ids=["pandas", "numpy", "list"]
)
def test_mixed_types_are_read_as_what_they_say(what, make):
    cells, kind = MIXED[what]
    if make is np.array:
        column = np.empty(len(cells), dtype=object)
        column[:] = cells
        table: Any = np.column_stack([np.arange(60) / 7, column])
    elif make is list:
        table = [[i / 7, cell] for i, cell in enumerate(cells)]
    else:
        table = pd.DataFrame({"x": np.arange(60) / 7, "c": make(cells)})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"The column '(c|1)' is used as categories")
        encoder = encoder_for(table)
    assert encoder.columns[1].kind is kind
    encoder.fit_transform(table)


def test_masked_cells_are_gaps():
    rows = np.ma.masked_values([[1.0, -9999.0], [2.0, 3.0], [4.0, 5.0]], -9999.0)
    assert np.isnan(encoder_for(rows).fit_transform(rows)[0, 1])


def test_dates_that_arrive_as_text_are_those_of_training():
    days = pd.DataFrame({"day": pd.to_datetime(["2020-01-05", "2020-02-07", "2021-03-01"])})
    encoder = encoder_for(days).fit(days)
    text = pd.DataFrame({"day": ["2020-02-07", "2021-03-01T00:00:00Z"]})
    np.testing.assert_array_equal(encoder.transform(text), encoder.transform(days)[1:])


def test_datetimes_are_kept_to_the_microsecond():
    moments = np.datetime64("2026-01-31T10:30:00", "us") + np.arange(50).astype("timedelta64[us]")
    days = encoder_for(pl.DataFrame({"t": moments})).fit_transform(pl.DataFrame({"t": moments}))
    np.testing.assert_allclose(np.diff(days[:, 0]) * 86400e6, 1, atol=0.6)
    assert len(np.unique(days)) == 50


def test_a_series_of_texts_is_a_table():
    texts = pd.Series(
        ["the parcel came late again", "the box was open when it came"] * 2 + [f"a {i} b c d" for i in range(40)]
    )
    encoder = encoder_for(texts, {"0": "text"})
    assert encoder.fit_transform(texts).shape[0] == 44
    np.testing.assert_allclose(encoder.transform(texts[:3]), encoder.transform(texts)[:3], atol=1e-12)


def test_categories_of_arrow_are_categories_whatever_their_names_look_like():
    table = pa.table({"x": pa.array([1, 2, 3] * 20).dictionary_encode(), "z": np.arange(60) / 7})
    assert [column.kind for column in encoder_for(table).columns] == [Kind.CATEGORY, Kind.NUMBER]
