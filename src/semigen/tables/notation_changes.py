"""Refuse a table whose numbers or dates are written in another way than those that a model learnt from."""

from __future__ import annotations

import numpy as np

from semigen.tables.cells import Cells, Form
from semigen.tables.dates import read_dates
from semigen.tables.errors import TableError
from semigen.tables.kinds import Column, Kind
from semigen.tables.notations import read_number
from semigen.tables.numbers import read_numbers

# Texts of a column in which a decimal point is looked for.
_LOOKED_AT = 1000
_SIGNS = {".": "point", ",": "comma"}


def check_notation(column: Column, cells: Cells) -> None:
    """Refuse cells that would be read as other values than they stand for.

    Parameters
    ----------
    column : Column
        As it was declared when a model learnt.
    cells : Cells
        Of another table.

    Raises
    ------
    TableError
        If numbers have another decimal sign, or days and months another order.
    """
    if cells.form is not Form.TEXTS:
        return
    if column.kind is Kind.NUMBER:
        _check_decimal(column, cells)
    elif column.kind is Kind.DATE and column.date.source in ("text", "type"):
        _check_order(column, cells)


def _check_decimal(column: Column, cells: Cells) -> None:
    sign = column.number.decimal
    # Plain numbers are not among the rest, and may have a point only.
    found = cells.distinct() if sign == "," or cells.rest is None else cells.rest
    readings = {text: read_number(text) for text in found.texts[:_LOOKED_AT]}
    other = {",": ".", ".": ","}[sign]
    example = next((text for text, reading in readings.items() if reading and reading.decimal == other), None)
    if example is None:
        return
    plain = None if sign == "," else cells.values
    if read_numbers(found.texts, found.counts, None, None, plain).written.decimal == other:
        raise TableError(
            f"the column {column.name!r} has numbers with a decimal {_SIGNS[other]}, such as {example!r}, where the "
            f"table that was learnt from has a decimal {_SIGNS[sign]}; write them alike, or say at the command "
            f"--decimal {other}"
        )


def _check_order(column: Column, cells: Cells) -> None:
    found = cells.distinct()
    own = read_dates(found.texts, found.counts)
    if own.written.day_first == column.date.day_first:
        return
    as_learnt = read_dates(found.texts, found.counts, column.date)
    if own.written.day_first or np.isnat(as_learnt.values).sum() > np.isnat(own.values).sum():
        order = ["month", "day"] if column.date.day_first else ["day", "month"]
        raise TableError(
            f"the column {column.name!r} has dates with the {order[0]} before the {order[1]}, which the table that was "
            "learnt from has not; write them with the year first, as in 2024-12-31"
        )
