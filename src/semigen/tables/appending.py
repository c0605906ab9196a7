"""Tables that are written part by part, the file whole or not at all."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import polars as pl

from semigen._files import replacing
from semigen.tables.chunks import pyarrow_with_parquet
from semigen.tables.files import SEPARATORS, known_suffix, writable

Append = Callable[[pl.DataFrame], None]


@contextmanager
def appending(out: Path) -> Iterator[Append]:
    """Open a table to which frames of the same columns are appended, in the format that the name asks for.

    Parameters
    ----------
    out : Path
        .csv, .tsv, .csv.gz, .tsv.gz or .parquet.

    Yields
    ------
    callable
        Takes the next rows.

    Raises
    ------
    TableError
        If the file cannot be written; `out` is then as it was, as after any other error within the block.
    """
    suffix = known_suffix(out)
    with writable(out), replacing(out) as file:
        if suffix == ".parquet":
            with _to_parquet(file, pyarrow_with_parquet()) as append:
                yield append
        elif out.suffix.lower() == ".gz":
            # Without the name and the time, so that the same table gives the same bytes.
            with gzip.GzipFile("", "wb", 6, file, 0) as compressed:
                yield _to_text(cast(IO[bytes], compressed), SEPARATORS[suffix])
        else:
            yield _to_text(file, SEPARATORS[suffix])


def _to_text(file: IO[bytes], separator: str) -> Append:
    begun = False

    def append(frame: pl.DataFrame) -> None:
        nonlocal begun
        frame.write_csv(file, separator=separator, include_header=not begun)
        begun = True

    return append


@contextmanager
def _to_parquet(file: IO[bytes], arrow: Any) -> Iterator[Append]:
    writer: Any = None

    def append(frame: pl.DataFrame) -> None:
        nonlocal writer
        table = frame.to_arrow()
        writer = writer or arrow.parquet.ParquetWriter(file, table.schema, compression="zstd")
        writer.write_table(table)

    try:
        yield append
    finally:
        if writer is not None:
            writer.close()
