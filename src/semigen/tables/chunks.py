"""Tables on disk that are read part by part, each part as the whole would be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from semigen._files import check_file
from semigen.tables import records
from semigen.tables.delimited import TextFile
from semigen.tables.errors import TableError, reason
from semigen.tables.files import SEPARATORS, check_dates, known_suffix, readable
from semigen.tables.text_source import TextSource

# Bytes of a file above which its table is read in parts; in memory it takes several times as many.
IN_MEMORY = 1 << 28
# Text that is compressed, and Parquet, take about so many times their size.
_COMPRESSED = 4
# Cells of a part of a Parquet file.
CELLS = 1 << 19


@dataclass(frozen=True)
class Chunk:
    """Rows of a table that stand one after the other.

    Attributes
    ----------
    frame : DataFrame
        Columns of text files are text to the letter.
    first : int
        The number of the first row, from 0.
    share : float
        Of the file, read to the end of the last row.
    """

    frame: pl.DataFrame
    first: int
    share: float

    @property
    def end(self) -> int:
        """The number of the row behind the last one."""
        return self.first + self.frame.height


@dataclass(frozen=True)
class ChunkedTable:
    """A table that is read part by part, anew each time that it is iterated over.

    Attributes
    ----------
    path : Path
    text : TextSource or None
        None of Parquet.
    state : tuple of int
        Size and time of the file, which must stay.
    """

    path: Path
    text: TextSource | None
    state: tuple[int, int]

    @property
    def separator(self) -> str | None:
        """Of a text file."""
        return None if self.text is None else self.text.separator

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was found out about the file."""
        return () if self.text is None else self.text.remarks

    def __iter__(self) -> Iterator[Chunk]:
        """Read the parts that have rows, one after the other.

        Raises
        ------
        TableError
            If the file cannot be read, has no rows, or is not what it was when it was opened.
        """
        first = 0
        with readable(self.path):
            for frame, share in self._of_parquet() if self.text is None else self._of_text(self.text):
                check_dates(frame, self.path)
                if frame.height:
                    yield Chunk(frame, first, share)
                    first += frame.height
            if _state(self.path) != self.state:
                raise self.changed()
        if not first:
            raise TableError(f"{self.path} has no rows")

    def changed(self) -> TableError:
        """Return the error that the file is not what it was."""
        return TableError(f"{self.path} has changed while it was read; try again when it does not change")

    def _of_text(self, text: TextSource) -> Iterator[tuple[pl.DataFrame, float]]:
        header: list[str] = []
        try:
            for some in records.records(text.blocks(records.BLOCK), text.separator):
                file = TextFile(self.path, some.text, text.separator, some.lines_before)
                header = header or file.header()
                yield file.read(header, header), some.share
        except records.LongRecordError as error:
            raise TableError(
                f"cannot read {self.path}: line {error.line}: a quote that opens there is not closed within "
                f"{records.LONGEST >> 20} MB"
            ) from None
        if not header:
            raise TableError(f"{self.path} is empty")

    def _of_parquet(self) -> Iterator[tuple[pl.DataFrame, float]]:
        arrow = pyarrow_with_parquet()
        with self.path.open("rb") as raw:
            try:
                # Left to itself it reads whole row groups ahead.
                file = arrow.parquet.ParquetFile(raw, pre_buffer=False, buffer_size=1 << 20)
                n_rows, read = max(file.metadata.num_rows, 1), 0
                for batch in file.iter_batches(max(CELLS // max(file.metadata.num_columns, 1), 1)):
                    frame = pl.DataFrame(pl.from_arrow(batch))
                    read += frame.height
                    yield frame, read / n_rows
            except arrow.ArrowException as error:
                raise TableError(f"cannot read {self.path}: {reason(error)}") from error


@contextmanager
def locating(chunk: Chunk) -> Iterator[None]:
    """Say of an error in which rows it is."""
    try:
        yield
    except TableError as error:
        raise TableError(f"rows {chunk.first + 1:,} to {chunk.end:,}: {error}") from error


def open_table(path: Path, separator: str | None = None) -> ChunkedTable:
    """Look at the beginning of a file whose rows are to be read part by part.

    Parameters
    ----------
    path : Path
        A file whose name ends in .csv, .tsv (or .gz of these) or .parquet.
    separator : str, optional
        What stands between the cells of a text file; by default what the first lines show.

    Raises
    ------
    TableError
        If there is no such file, or it cannot be read.
    """
    suffix = known_suffix(path)
    with readable(path):
        check_file(path)
        if suffix == ".parquet":
            pyarrow_with_parquet()
        text = None if suffix == ".parquet" else TextSource.found(path, SEPARATORS[suffix], separator)
        return ChunkedTable(path, text, _state(path))


def is_large(path: Path) -> bool:
    """Return whether a table is read in parts unless somebody says otherwise; a spreadsheet never is."""
    suffix = path.suffix.lower()
    if suffix not in (*SEPARATORS, ".parquet", ".gz"):
        return False
    try:
        n_bytes = path.stat().st_size
    except OSError:
        # Whoever reads the file says what is wrong with it.
        return False
    return n_bytes * (1 if suffix in SEPARATORS else _COMPRESSED) > IN_MEMORY


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def pyarrow_with_parquet() -> Any:
    """Return the package that reads and writes Parquet files in parts.

    Raises
    ------
    TableError
        If it is not installed.
    """
    try:
        import pyarrow.parquet
    except ImportError:
        raise TableError(
            'Parquet files are read and written in parts by pyarrow: pip install "semigen[arrow]"; or read the table '
            "whole, with --in-memory"
        ) from None
    return pyarrow
