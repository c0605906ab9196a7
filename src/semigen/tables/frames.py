"""From the columns of a file to what learns: a frame of typed columns, or a matrix of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from semigen.tables import sentences
from semigen.tables.cells import Cells, cells_of
from semigen.tables.declare import declare
from semigen.tables.errors import TableError, listed
from semigen.tables.kinds import Ambiguity, Column, Kind, Why, asked_kinds
from semigen.tables.target import ignoring
from semigen.tables.values import Values, read_column


def declare_columns(
    table: pl.DataFrame,
    names: Sequence[str],
    column_kinds: Mapping[str, Any] | None = None,
    decimal: str | None = None,
    separator: str | None = None,
) -> tuple[list[Column], dict[str, Cells]]:
    """Declare the columns of a table from a file; a decimal comma in one column counts for all of the file.

    Parameters
    ----------
    table : DataFrame
    names : sequence of str
        The columns to learn from.
    column_kinds : mapping of name to kind, optional
    decimal : {".", ","}, optional
    separator : str, optional
        Of the file: where semicolons separate cells, a comma is a decimal sign rather than a group of digits.

    Returns
    -------
    columns : list of Column
    cells : dict of str to Cells
        What they were declared from, to be read.

    Raises
    ------
    TableError
    """
    asked = asked_kinds(column_kinds, names)
    cells = {name: cells_of(table[name]) for name in names}
    columns = [declare(name, cells[name], asked.get(name), decimal) for name in names]
    if decimal is None and separator not in (None, ",") and any(_decimal_comma(column) for column in columns):
        columns = [declare(name, cells[name], asked.get(name), ",") for name in names]
    return columns, cells


def _decimal_comma(column: Column) -> bool:
    return column.kind is Kind.NUMBER and (column.number.decimal == "," or column.ambiguity is Ambiguity.THOUSANDS)


def typed_frame(
    table: pl.DataFrame, columns: Sequence[Column], cells: Mapping[str, Cells], can_ignore: bool = True
) -> pl.DataFrame:
    """Return the columns that are used as numbers, dates, durations, booleans, categories or text.

    Limits and words among numbers have a boolean column of their own beside them. `can_ignore` says whether whoever
    gives the table may leave a column out.

    Raises
    ------
    TableError
        If a cell is infinite, or no column is left.
    """
    frame: dict[str, pl.Series] = {}
    infinite: dict[str, int] = {}
    for column in columns:
        if not column.used:
            continue
        series = table[column.name]
        if series.dtype.is_numeric() and column.kind is Kind.NUMBER:
            # As it is, but for NaN, which is a gap.
            frame[column.name] = series.cast(pl.Float64).fill_nan(None)
            for name in column.indicators:
                frame[sentences.indicator_name(column.name, name)] = pl.repeat(False, len(series), eager=True)
        else:
            values = read_column(cells[column.name], column)
            frame[column.name] = _typed(column, values)
            for name, rows in values.indicators.items():
                frame[sentences.indicator_name(column.name, name)] = pl.Series(rows)
        if frame[column.name].dtype == pl.Float64:
            ends = (frame[column.name].min(), frame[column.name].max())
            if float("-inf") in ends or float("inf") in ends:
                infinite[column.name] = int(frame[column.name].is_infinite().sum())
    refuse_infinite(infinite, can_ignore)
    if not frame:
        raise TableError("no column is left to learn from: each is blank, or says the same or another in every row")
    return pl.DataFrame(frame)


def _typed(column: Column, values: Values) -> pl.Series:
    if values.words is not None:
        kind = pl.String if column.kind is Kind.TEXT else pl.Categorical
        texts = pl.Series(values.words.texts, dtype=pl.String)
        codes = pl.Series(values.words.codes)
        return texts.gather(codes.set(codes < 0, None)).cast(kind)
    assert values.numbers is not None
    if values.numbers.dtype.kind in "mM":
        return pl.Series(values.numbers)
    numbers = pl.Series(values.numbers).fill_nan(None)
    return numbers.cast(pl.Boolean) if column.kind is Kind.BOOLEAN else numbers


def kinds_of_frame(columns: Sequence[Column]) -> dict[str, str]:
    """Return the kinds that a person asked for and the typed frame does not show."""
    shown = {Kind.ORDERED: Kind.NUMBER}
    return {
        column.name: shown.get(column.kind, column.kind).value
        for column in columns
        if column.why is Why.ASKED and column.used
    }


def number_matrix(
    table: pl.DataFrame, columns: Sequence[Column], cells: Mapping[str, Cells]
) -> tuple[NDArray[np.float64], list[str]]:
    """Return columns of numbers as a matrix with NaN for gaps, and what its columns are called.

    Numbers that say nothing, such as a numbering of the rows, are among them: who asks for numbers alone decides.

    Raises
    ------
    TableError
        If a column holds no numbers, is blank in every row, or has an infinite cell.
    """
    return matrix_of(columns_of_numbers(table, columns), cells)


def matrix_of(
    columns: Sequence[Column], cells: Mapping[str, Cells], can_ignore: bool = True
) -> tuple[NDArray[np.float64], list[str]]:
    """Return columns that are read as numbers as a matrix with NaN for gaps, and what its columns are called.

    `can_ignore` says whether whoever gives the table may leave a column out.

    Raises
    ------
    TableError
        If a cell is infinite.
    """
    blocks, names, infinite = [], [], {}
    for column in columns:
        values = read_column(cells[column.name], column)
        floats = values.as_floats()
        if np.isinf(floats).any():
            infinite[column.name] = int(np.isinf(floats).sum())
        blocks.append(floats)
        names.append(column.name)
        for name, rows in values.indicators.items():
            blocks.append(rows.astype(np.float64))
            names.append(sentences.indicator_name(column.name, name))
    refuse_infinite(infinite, can_ignore)
    return np.column_stack(blocks), names


def columns_of_numbers(table: pl.DataFrame, columns: Sequence[Column]) -> list[Column]:
    """Return the columns of which `number_matrix` makes numbers, as it reads them.

    Raises
    ------
    TableError
        If a column holds no numbers, or is blank in every row.
    """
    readable = [
        column if column.used else _as_numbers(column)
        for column in columns
        if column.used or column.why is not Why.ASKED
    ]
    _refuse_text([column for column in readable if not column.kind.numeric and column.why is not Why.BLANK], table)
    _refuse_blank([column.name for column in readable if column.why is Why.BLANK])
    return readable


def _as_numbers(column: Column) -> Column:
    """Return a column of numbers as one even if they say nothing, as a numbering does; any other as it is."""
    if column.why in (Why.SAME, Why.NUMBERING, Why.NAMED_ID) and column.share_of_numbers == 1:
        return replace(column, kind=Kind.NUMBER)
    return column


def refuse_infinite(counts: Mapping[str, int], can_ignore: bool) -> None:
    """Refuse infinite cells.

    Raises
    ------
    TableError
    """
    if counts:
        shown = ", ".join(f"{count:,} in {name!r}" for name, count in list(counts.items())[:5])
        more = f" and more in {len(counts) - 5} other columns" if len(counts) > 5 else ""
        or_else = f", or add {ignoring(list(counts))}" if can_ignore else ", or leave the cells blank"
        raise TableError(f"cells are infinite: {shown}{more}; correct or remove the rows{or_else}")


def _refuse_text(columns: Sequence[Column], table: pl.DataFrame) -> None:
    if not columns:
        return
    names = [column.name for column in columns]
    first = columns[0]
    series = table[first.name]
    row = int(series.is_not_null().arg_max() or 0)
    if series.dtype == pl.String:
        example = f"row {row + 1} of {first.name!r} says {sentences.cut(series[row] or '')!r}"
    else:
        example = f"type {series.dtype}"
    raise TableError(
        f"{_columns_are(names)} not numeric but {sentences.holds(first)} ({example}); add {ignoring(names)}, correct "
        "the cells, or take text and categories with --model auto"
    )


def _refuse_blank(blank: list[str]) -> None:
    if blank:
        raise TableError(f"{_columns_are(blank)} blank in every row; add {ignoring(blank)}")


def _columns_are(names: list[str]) -> str:
    return f"the column {names[0]!r} is" if len(names) == 1 else f"the columns {listed(names)} are"
