"""Tables on disk: CSV, TSV, Parquet and Excel files read without changing a cell, and written whole or not at all."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import io
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from semigen._files import are_same_file, check_file, check_place, replacing
from semigen.tables.delimited import TextFile
from semigen.tables.errors import TableError, listed, reason
from semigen.tables.text_source import TextSource

SEPARATORS = {".csv": ",", ".tsv": "\t"}
_SUFFIXES = (*SEPARATORS, ".parquet")
_EXCEL = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_NAMED_SEPARATORS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "space": " ", "bar": "|", "pipe": "|"}
# What it raises where it does not expect to fail is no PolarsError.
_OF_POLARS = (pl.exceptions.PolarsError, pl.exceptions.PanicException)
# Days from 1970 to the first and the last day that Python has.
_DAYS = -719162, 2932896


@dataclass(frozen=True)
class FileTable:
    """A table as it stands in a file.

    Attributes
    ----------
    frame : DataFrame
        Columns of text files are text to the letter, but for those that hold nothing but plain numbers.
    separator : str or None
        Of a text file.
    remarks : tuple of str
        What was found out about the file.
    """

    frame: pl.DataFrame
    separator: str | None = None
    remarks: tuple[str, ...] = ()


def read_file(path: Path, separator: str | None = None, exact: Collection[str] | None = None) -> FileTable:
    """Read a table.

    Parameters
    ----------
    path : Path
        A file whose name ends in .csv, .tsv or .parquet, or that of a spreadsheet; text may be compressed (.gz).
    separator : str, optional
        What stands between the cells of a text file; by default what the first lines show.
    exact : collection of str, optional
        Columns of a text file that are needed to the letter; by default all.

    Raises
    ------
    TableError
        If there is no such file, or no table in it.
    """
    suffix = known_suffix(path, reading=True)
    with readable(path):
        check_file(path)
        if suffix == ".parquet":
            table = FileTable(_read_parquet(path))
        elif suffix in _EXCEL:
            table = _read_excel(path)
        else:
            table = _read_text(path, SEPARATORS[suffix], separator, exact)
    if table.frame.height == 0:
        raise TableError(f"{path} has no rows")
    check_dates(table.frame, path)
    return table


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what keeps a file from being read into a `TableError` that says why."""
    try:
        yield
    except TableError:
        raise
    except FileNotFoundError:
        raise TableError(f"there is no file {path}") from None
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error, *_OF_POLARS) as error:
        raise TableError(f"cannot read {path}: {_why_unreadable(error)}") from error


@contextmanager
def writable(out: Path) -> Iterator[None]:
    """Turn what keeps a file from being written into a `TableError` that says why."""
    try:
        yield
    except (OSError, *_OF_POLARS) as error:
        raise TableError(f"cannot write {out}: {reason(error)}") from error


def check_dates(table: pl.DataFrame, path: Path) -> None:
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
                raise TableError(
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
    TableError
    """
    known_suffix(out)
    if are_same_file(out, table_path):
        raise TableError(f"{out} is the table that is read; give another file with --out")
    check_writable(out)


def check_writable(out: Path) -> None:
    """Refuse a path where no file can be made.

    Raises
    ------
    TableError
    """
    try:
        check_place(out)
    except OSError as error:
        raise TableError(f"cannot write {out}: {reason(error)}") from error


def check_storable(table: pl.DataFrame, out: Path) -> None:
    """Refuse to write columns into a text file that only Parquet can hold.

    Raises
    ------
    TableError
    """
    if out.suffix.lower() == ".parquet":
        return
    unfit = [
        name for name, kind in table.schema.items() if kind.is_nested() or kind in (pl.Binary, pl.Object, pl.Duration)
    ]
    if unfit:
        raise TableError(
            f"the columns {listed(unfit)} hold lists, bytes or durations, which a {out.suffix} file cannot; write a "
            ".parquet file"
        )


def write_table(table: pl.DataFrame, out: Path) -> None:
    """Write a table whole or not at all, in the format that the name of the file asks for.

    Raises
    ------
    TableError
        If it cannot be written; `out` is then as it was.
    """
    suffix = known_suffix(out)
    with writable(out), replacing(out) as file:
        if suffix == ".parquet":
            table.write_parquet(file)
        elif out.suffix.lower() == ".gz":
            table.write_csv(file, separator=SEPARATORS[suffix], compression="gzip", check_extension=False)
        else:
            table.write_csv(file, separator=SEPARATORS[suffix])


def named_separator(separator: str) -> str:
    """Return the sign that a person means.

    Raises
    ------
    TableError
    """
    sign = _NAMED_SEPARATORS.get(separator.lower(), separator)
    if len(sign) != 1 or not sign.isascii() or sign in '"\r\n' or sign.isalnum():
        raise TableError(f"{separator!r} cannot separate cells; give one sign, as in ';', or 'tab'")
    return sign


def known_suffix(path: Path, reading: bool = False) -> str:
    """Return the suffix that says the format, without that of a compressed file."""
    suffix = path.suffix.lower()
    if suffix == ".gz" and Path(path.stem).suffix.lower() in SEPARATORS:
        return Path(path.stem).suffix.lower()
    if suffix not in _SUFFIXES and not (reading and suffix in _EXCEL):
        more = " (text may be compressed, .csv.gz), or be a spreadsheet such as .xlsx" if reading else ""
        raise TableError(f"{path} must end in one of {', '.join(_SUFFIXES)}, which says what format it has{more}")
    return suffix


def _read_parquet(path: Path) -> pl.DataFrame:
    # Polars gets an open file: a name may contain *, [ or key=value, or bytes that are no text.
    with path.open("rb") as file:
        return pl.read_parquet(file)


def _read_excel(path: Path) -> FileTable:
    """Read the first sheet of a spreadsheet by fastexcel, which polars knows."""
    if importlib.util.find_spec("fastexcel") is None:
        raise TableError(
            f'{path} is a spreadsheet, which fastexcel reads: pip install "semigen[excel]"; or export it there as CSV '
            "(UTF-8) and give that file"
        )
    import fastexcel

    try:
        sheets = fastexcel.read_excel(path.read_bytes()).sheet_names
        frame = pl.read_excel(io.BytesIO(path.read_bytes()), sheet_name=sheets[0], infer_schema_length=None)
    except (fastexcel.FastExcelError, pl.exceptions.PolarsError, ValueError) as error:
        raise TableError(f"cannot read {path}: {reason(error)}; export it as CSV (UTF-8) and give that file") from error
    remarks = (f"read the sheet {sheets[0]!r}, the first of {len(sheets)}",) if len(sheets) > 1 else ()
    return FileTable(frame, None, remarks)


def _read_text(path: Path, usual: str, separator: str | None, exact: Collection[str] | None) -> FileTable:
    text = TextSource.found(path, usual, separator)
    file = TextFile(path, path if text.plain else text.read(), text.separator)
    header = file.header()
    exact = header if exact is None or text.separator != "," else exact
    return FileTable(file.read(header, exact), text.separator, text.remarks)


def _why_unreadable(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8 text (byte {error.object[error.start]:#x}); save it as UTF-8"
    if isinstance(error, gzip.BadGzipFile | EOFError | zlib.error):
        return "its compressed data is cut off or damaged"
    return reason(error)
