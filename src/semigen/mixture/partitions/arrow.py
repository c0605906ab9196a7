"""Partitions of Parquet files, Arrow data sets and tables, and lazy frames of polars, by way of Arrow."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.partitions.part import Columns, Part
from semigen.mixture.partitions.partitions import Partitions

try:
    import pyarrow as pa
    import pyarrow.dataset as ds
except ImportError as error:
    raise ImportError(
        'Rows in Parquet files and lazy frames are read by pyarrow: pip install "semigen[arrow]".'
    ) from error

# Values of a part: enough for passes to run at full speed, few enough that several parts take little memory.
_VALUES = 1 << 19
# Rows whose columns are gathered together: few enough to stay in a core's cache.
_BLOCK = 8192


class ArrowPartitions(Partitions):
    """Rows of an Arrow data set or table.

    Parameters
    ----------
    table : pyarrow.dataset.Dataset or pyarrow.Table
    target : str, optional
        The column of labels; null where there is none.
    features : sequence of str, optional
        Default: all other columns.
    sample_weight : str, optional
        The column of weights.

    Raises
    ------
    ValueError
        If a column is not there, or holds something else than numbers.
    """

    def __init__(
        self,
        table: Any,
        *,
        target: str | None = None,
        features: Iterable[str] | None = None,
        sample_weight: str | None = None,
    ):
        super().__init__([], target=target, features=features, sample_weight=sample_weight)
        self._table = table
        self._folder: str | None = None
        names = table.schema.names
        for name in (target, sample_weight):
            if name is not None and name not in names:
                raise ValueError(f"There is no column {name!r}; the columns are {names}.")
        try:
            self.columns = self.columns.of(self.columns.features_of(names))
        except ValueError as error:
            raise ValueError(f"The table {error}") from None
        _check_numbers(table.schema, self.columns.features or ())
        self._check_files(chosen=features is not None)

    def _check_files(self, *, chosen: bool) -> None:
        """Refuse files that lack a column that is read, or hold it in another type: Arrow would fill and cast.

        Where features were not chosen, files may also have no column that others lack: Arrow would leave it out.
        """
        if not hasattr(self._table, "files") or len(self._table.files) < 2:
            return
        read = [*(self.columns.features or ()), *filter(None, (self.columns.target, self.columns.sample_weight))]
        for fragment in self._table.get_fragments():
            schema = fragment.physical_schema
            more = [name for name in schema.names if name not in self._table.schema.names]
            if more and not chosen:
                raise ValueError(
                    f"{fragment.path!r} has a column {more[0]!r}, which other files lack: name the columns to learn "
                    "from with features=."
                )
            of_path = ds.get_partition_keys(fragment.partition_expression)
            for name in (each for each in read if each not in of_path):
                if name not in schema.names:
                    raise ValueError(f"{fragment.path!r} has no column {name!r}, which other files have.")
                mine, common = schema.field(name).type, self._table.schema.field(name).type
                if _kind(mine) != _kind(common):
                    raise ValueError(
                        f"Column {name!r} holds {mine} in {fragment.path!r} and {common} in another file; bring them "
                        "to one type."
                    )

    def row_groups(self) -> list[tuple[int, int]]:
        """Return the row groups of Parquet files, by the number of the file and that of the group."""
        files = enumerate(self._table.get_fragments())
        return [(number, group.id) for number, fragment in files for group in fragment.row_groups]

    def row_group(self, file: int, group: int, names: list[str]) -> Any:
        """Return a row group as a table."""
        fragment = list(self._table.get_fragments())[file].subset(row_group_ids=[group])
        return fragment.to_table(schema=self._table.schema, columns=names)

    def of_columns(self, names: tuple[str, ...]) -> Partitions:
        """Return the same rows without labels, seen by these columns."""
        return ArrowPartitions(self._table, features=names)

    def read(self, *, labels: bool) -> Iterator[Part]:
        """Read the parts, one after the other."""
        target, weight = self.columns.target if labels else None, self.columns.sample_weight
        features = list(self.columns.features or ())
        wanted = [*features, *(name for name in (target, weight) if name is not None)]
        for batch in self._batches(wanted, max(_VALUES // max(len(features), 1), 1)):
            X = _row_by_row([batch.column(name) for name in features], len(batch))
            weights = None if weight is None else np.array(batch.column(weight), dtype=np.float64)
            yield Part(X, None if target is None else batch.column(target), weights, tuple(features), owned=True)

    def _batches(self, names: list[str], rows: int) -> Iterator[Any]:
        if isinstance(self._table, pa.Table):
            yield from self._table.select(names).to_batches(max_chunksize=rows)
            return
        # Left to itself it reads whole row groups, and sixteen batches ahead.
        options = ds.ParquetFragmentScanOptions(pre_buffer=False, use_buffered_stream=True)
        try:
            yield from self._table.to_batches(
                columns=names, batch_size=rows, batch_readahead=1, fragment_readahead=1, fragment_scan_options=options
            )
        except (pa.ArrowInvalid, OSError) as error:
            raise ValueError(f"{self._named()} cannot be read: {str(error).splitlines()[0]}") from None

    def _named(self) -> str:
        files = getattr(self._table, "files", [])
        return f"The file {files[0]!r}" if len(files) == 1 else "A file of the rows"

    def reads(self, path: str) -> bool:
        """Return whether a file is one of those that are read, or would lie among them."""
        files = {os.path.realpath(each) for each in getattr(self._table, "files", [])}
        found = os.path.realpath(path)
        return found in files or (self._folder is not None and found.startswith(os.path.join(self._folder, "")))


def _row_by_row(columns: list[Any], n_rows: int) -> NDArray[Any]:
    """Return columns as an array of rows, as the kernels read them, float32 if all columns are; NaN for null."""
    arrays = [_values(each) for each in columns]
    single = all(each.dtype == np.float32 for each in arrays)
    X = np.empty((n_rows, len(arrays)), dtype=np.float32 if single else np.float64)
    for first in range(0, n_rows, _BLOCK):
        block = slice(first, first + _BLOCK)
        for j, each in enumerate(arrays):
            X[block, j] = each[block]
    return X


def _values(column: Any) -> NDArray[Any]:
    values = column if not pa.types.is_boolean(column.type) else column.cast(pa.uint8())
    return np.asarray(values.to_numpy(zero_copy_only=False))


def of_files(path: str, columns: Columns) -> ArrowPartitions:
    """Return the rows of a Parquet file, or of all in a folder.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If one cannot be read; says which.
    """
    if not os.path.exists(path):
        raise FileNotFoundError(f"There is no file or folder {path!r}.")
    try:
        found = ds.dataset(path, format="parquet", partitioning="hive")
        if not found.files:
            raise FileNotFoundError(f"The folder {path!r} has no Parquet file.")
        rows = ArrowPartitions(found, **vars(columns))
        rows._folder = os.path.realpath(path) if os.path.isdir(path) else None
        return rows
    except pa.ArrowInvalid as error:
        raise ValueError(f"{path!r} cannot be read as Parquet: {str(error).splitlines()[0]}") from None


def of_lazy_frame(frame: Any, columns: Columns) -> Partitions:
    """Return the rows of a lazy frame of polars, which is run again for every pass."""
    names = tuple(frame.collect_schema().names())

    def slices() -> Iterator[Any]:
        size = max(_VALUES // max(len(names), 1), 1)
        first = 0
        while len(part := frame.slice(first, size).collect(engine="streaming")) or not first:
            yield part
            first += size

    return Partitions(slices, **vars(columns))


def _kind(of: Any) -> str:
    """Return a type, all numbers being one."""
    return "number" if pa.types.is_integer(of) or pa.types.is_floating(of) else str(of)


def _check_numbers(schema: Any, features: Iterable[str]) -> None:
    for name in features:
        kind = schema.field(name).type
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)):
            raise ValueError(
                f"Column {name!r} holds {kind}, and mixtures learn from numbers: leave it out with features=, or turn "
                "it into numbers first, as semigen.encoder_for does for tables in memory."
            )
