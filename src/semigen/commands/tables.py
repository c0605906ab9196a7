"""Tables on disk: CSV, TSV and Parquet files read without changing a cell, and written whole or not at all."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import polars as pl

from semigen.commands.errors import CommandError, listed, reason
from semigen.files import are_same_file, check_file, check_place, replacing

_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_SUFFIXES = (*_SEPARATORS, ".parquet")
# The csv module refuses cells longer than 128 KiB unless told otherwise.
_LONGEST_CELL = 2**31 - 1
# What it raises where it does not expect to fail is no PolarsError.
_OF_POLARS = (pl.exceptions.PolarsError, pl.exceptions.PanicException)
# Days from 1970 to the first and the last day that Python has.
_DAYS = -719162, 2932896


def read_table(path: Path) -> pl.DataFrame:
    """Read a table; every column of a CSV file is text, exactly as it stands in the file.

    Parameters
    ----------
    path : Path
        A file whose name ends in .csv, .tsv or .parquet.

    Raises
    ------
    CommandError
        If there is no such file, or no table in it.
    """
    suffix = _known_suffix(path)
    try:
        check_file(path)
        table = _read_parquet(path) if suffix == ".parquet" else _read_text(path, _SEPARATORS[suffix])
    except FileNotFoundError:
        raise CommandError(f"there is no file {path}") from None
    except (OSError, UnicodeDecodeError, csv.Error, *_OF_POLARS) as error:
        raise CommandError(f"cannot read {path}: {_why_unreadable(error)}") from error
    if table.height == 0:
        raise CommandError(f"{path} has no rows")
    _check_dates(table, path)
    return table


def _check_dates(table: pl.DataFrame, path: Path) -> None:
    """Refuse dates that neither Python nor, in part, polars can write."""
    for column in table:
        kind = column.dtype
        if kind == pl.Date:
            days = 1
        elif isinstance(kind, pl.Datetime | pl.Duration):
            days = 86400 * {"ms": 10**3, "us": 10**6, "ns": 10**9}[kind.time_unit]
        else:
            continue
        # In a time zone it may be a day more or less.
        spared = isinstance(kind, pl.Datetime) and kind.time_zone is not None
        if column.null_count() < len(column):
            physical = column.to_physical()
            low, high = int(physical.min()) // days - spared, int(physical.max()) // days + spared  # type: ignore[arg-type]
            if low < _DAYS[0] or high > _DAYS[1]:
                raise CommandError(
                    f"cannot read {path}: dates of the column {column.name!r} are before the year 1 or after 9999"
                )


def check_output(out: Path, table_path: Path) -> None:
    """Refuse an output that could not be written later, before anything is computed.

    Parameters
    ----------
    out : Path
        The file to write.
    table_path : Path
        The file that is read, which must not be overwritten.

    Raises
    ------
    CommandError
    """
    _known_suffix(out)
    if are_same_file(out, table_path):
        raise CommandError(f"{out} is the table that is read; give another file with --out")
    check_writable(out)


def check_writable(out: Path) -> None:
    """Refuse a path where no file can be made.

    Raises
    ------
    CommandError
    """
    try:
        check_place(out)
    except OSError as error:
        raise CommandError(f"cannot write {out}: {reason(error)}") from error


def check_storable(table: pl.DataFrame, out: Path) -> None:
    """Refuse to write columns into a text file that only Parquet can hold.

    Raises
    ------
    CommandError
    """
    if out.suffix.lower() == ".parquet":
        return
    unfit = [
        name for name, kind in table.schema.items() if kind.is_nested() or kind in (pl.Binary, pl.Object, pl.Duration)
    ]
    if unfit:
        raise CommandError(
            f"the columns {listed(unfit)} hold lists, bytes or durations, which a {out.suffix} file cannot; write a "
            ".parquet file"
        )


def write_table(table: pl.DataFrame, out: Path) -> None:
    """Write a table whole or not at all, in the format that the name of the file asks for.

    Raises
    ------
    CommandError
        If it cannot be written; `out` is then as it was.
    """
    suffix = _known_suffix(out)
    try:
        with replacing(out) as file:
            if suffix == ".parquet":
                table.write_parquet(file)
            else:
                table.write_csv(file, separator=_SEPARATORS[suffix])
    except (OSError, *_OF_POLARS) as error:
        raise CommandError(f"cannot write {out}: {reason(error)}") from error


def _known_suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        raise CommandError(f"{path} must end in one of {', '.join(_SUFFIXES)}, which says what format it has")
    return suffix


def _read_parquet(path: Path) -> pl.DataFrame:
    # Polars gets an open file: a name may contain *, [ or key=value, or bytes that are no text.
    with path.open("rb") as file:
        return pl.read_parquet(file)


def _read_text(path: Path, separator: str) -> pl.DataFrame:
    header, height = _scan(path, separator)
    if height == 0:
        return pl.DataFrame(schema=dict.fromkeys(header, pl.String))
    with path.open("rb") as file:
        table = pl.read_csv(file, separator=separator, infer_schema=False)
    # Polars makes rows of the blank lines at the end; any other difference means that cells may have moved.
    if table.width != len(header) or table.slice(height).select(pl.all().is_null().all()).row(0) != (True,) * len(
        header
    ):
        raise CommandError(f"cannot read {path}: its quotes or ends of lines are unusual; save it again as plain CSV")
    table = table.head(height)
    table.columns = header
    return table


def _scan(path: Path, separator: str) -> tuple[list[str], int]:
    """Names of the columns and number of rows, in a file whose rows are all of the same length.

    Polars fills up short rows and renames columns silently; the csv module shows both as they are.
    """
    csv.field_size_limit(_LONGEST_CELL)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=separator, strict=True)
        header = next((record for record in reader if record), None)
        if header is None:
            raise CommandError(f"{path} is empty")
        _check_header(header, path, separator)
        height, blank_line = 0, 0
        for record in reader:
            if not record:
                blank_line = blank_line or reader.line_num
                continue
            if blank_line:
                raise CommandError(f"cannot read {path}: line {blank_line} is blank")
            if len(record) != len(header):
                raise CommandError(
                    f"cannot read {path}: line {reader.line_num} has {len(record)} cells and the first line has "
                    f"{len(header)}"
                )
            height += 1
    return header, height


def _check_header(header: list[str], path: Path, separator: str) -> None:
    repeated = [name for name, times in Counter(header).items() if times > 1]
    if repeated:
        raise CommandError(f"{path} has more than one column of the name {listed(repeated)}; rename them")
    if len(header) == 1:
        for other, name in ((";", "semicolons"), ("\t", "tabs"), (",", "commas")):
            if other != separator and other in header[0]:
                advice = "save it with commas" if other == ";" else "name it .tsv" if other == "\t" else "name it .csv"
                raise CommandError(f"{path} has one column only and seems to be separated by {name}; {advice}")


def _why_unreadable(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text; save it as UTF-8"
    return reason(error)
