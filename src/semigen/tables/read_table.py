"""A table from a file, with its labels and the declarations of its columns; `read_table` for Python."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from semigen.tables import sentences
from semigen.tables.cells import Cells
from semigen.tables.errors import TableError
from semigen.tables.kinds import Column

if TYPE_CHECKING:
    import polars as pl

__all__ = ["read_table"]


@dataclass(frozen=True)
class Reading:
    """How a table is read, as far as somebody says so.

    Attributes
    ----------
    ignored : list of str
        Columns not to learn from.
    unlabeled : str or None
        A label that means none.
    column_kinds : dict
        Kinds of columns.
    separator, decimal : str or None
        Of a text file.
    group : str or None
        The column of which rows that are alike in it are held out together; nothing is learnt from it.
    in_parts : bool or None
        Whether rows are read part by part; by default if the file is large. At the command only.
    """

    ignored: list[str] = field(default_factory=list)
    unlabeled: str | None = None
    column_kinds: Mapping[str, Any] = field(default_factory=dict)
    separator: str | None = None
    decimal: str | None = None
    group: str | None = None
    in_parts: bool | None = None


@dataclass(frozen=True)
class Whole:
    """A file of which some rows are in memory.

    Attributes
    ----------
    n_rows : int
    numbers : array
        Of the rows in memory, rising, from 0.
    counts : dict
        Rows of each label.
    """

    n_rows: int
    numbers: NDArray[np.int64]
    counts: Mapping[Any, int]

    @property
    def n_unlabeled(self) -> int:
        """Rows without a label."""
        return self.n_rows - sum(self.counts.values())


@dataclass(frozen=True)
class LabelledTable:
    """A table and what it is read for.

    Attributes
    ----------
    path : Path
    table : DataFrame
        As it stands in the file, or some of its rows.
    target : str
    how : Reading
    labels : Series
        Null where a row has none.
    columns : list of Column
        Declarations of the columns to learn from, with those that turned out to say nothing.
    cells : dict of str to Cells
        Of these columns.
    remarks : tuple of str
        What was found out about the file.
    whole : Whole or None
        Of what the table is a sample; None if it is all.
    """

    path: Path
    table: pl.DataFrame
    target: str
    how: Reading
    labels: pl.Series
    columns: list[Column]
    cells: Mapping[str, Cells]
    remarks: tuple[str, ...]
    whole: Whole | None = None

    @property
    def n_rows(self) -> int:
        """Rows of the file."""
        return self.table.height if self.whole is None else self.whole.n_rows

    @property
    def row_numbers(self) -> NDArray[np.int64]:
        """The numbers in the file of the rows in memory, from 0."""
        return np.arange(self.table.height) if self.whole is None else self.whole.numbers

    @property
    def groups(self) -> pl.Series | None:
        """The group of each row, null where the cell is blank."""
        if self.how.group is None:
            return None
        from semigen.tables.target import without_blanks

        return without_blanks(self.table[self.how.group])


def read_labelled(
    path: Path, target: str, how: Reading, warn: Callable[[str], None], exact: bool = True
) -> LabelledTable:
    """Read a table, find its labels, and declare its columns.

    Parameters
    ----------
    path : Path
    target : str
    how : Reading
    warn : callable
        Is told what the result may suffer from.
    exact : bool, default=True
        Whether all cells are needed to the letter, to be written again.

    Raises
    ------
    TableError
        If it cannot be read, or is not fit to learn from.
    """
    from semigen.tables.files import read_file
    from semigen.tables.frames import declare_columns
    from semigen.tables.target import target_labels

    separator = separator_of(how)
    needed = {target, *how.column_kinds} if how.group is None else {target, how.group, *how.column_kinds}
    letters = None if exact or how.decimal == "," else needed
    file = read_file(path, separator, letters)
    names = names_to_learn_from(file.frame, target, how, warn)
    labels = target_labels(file.frame, target, how.unlabeled, warn)
    columns, cells = declare_columns(file.frame, names, how.column_kinds, how.decimal, file.separator)
    if letters is not None and any(column.number.decimal == "," for column in columns):
        # A decimal comma somewhere: numbers with points may be thousands, and are read from their letters.
        file = read_file(path, separator)
        columns, cells = declare_columns(file.frame, names, how.column_kinds, how.decimal, file.separator)
    return LabelledTable(path, file.frame, target, how, labels, columns, cells, file.remarks)


def separator_of(how: Reading) -> str | None:
    """Return what somebody says that separates cells.

    Raises
    ------
    TableError
        If it cannot, or if the decimal sign that is said is none.
    """
    from semigen.tables.files import named_separator

    if how.decimal not in (None, ".", ","):
        raise TableError(f"the decimal sign must be '.' or ',', not {how.decimal!r}")
    return None if how.separator is None else named_separator(how.separator)


def names_to_learn_from(table: pl.DataFrame, target: str, how: Reading, warn: Callable[[str], None]) -> list[str]:
    """Return the columns to learn from.

    Raises
    ------
    TableError
        If a column does not exist, or none is left.
    """
    from semigen.tables.target import feature_names, require_column

    unused = list(how.ignored)
    if how.group is not None:
        require_column(table, how.group)
        if how.group == target:
            raise TableError(f"the column {target!r} cannot be the target and name the groups")
        if how.group not in unused:
            unused.append(how.group)
    return feature_names(table, target, unused, warn)


def as_array(labels: pl.Series) -> NDArray[np.object_]:
    """Return labels as classifiers take them, None in rows without one."""
    if str(labels.dtype) == "String":
        return labels.to_numpy(writable=True)  # of objects, and several times as fast as by way of a list
    return np.fromiter(labels.to_list(), dtype=object, count=len(labels))


def read_table(
    path: str | PathLike[str],
    target: str,
    *,
    ignore: Sequence[str] = (),
    unlabeled: str | None = None,
    column_kinds: Mapping[str, Any] | None = None,
    separator: str | None = None,
    decimal: str | None = None,
) -> tuple[pl.DataFrame, NDArray[np.object_]]:
    r"""Read a table as ``semigen recommend`` does: typed columns to learn from, and labels.

    Each column is read as what it holds (`encoder_for` says more): numbers, also with units, currencies, decimal
    commas and words for gaps among them; dates, durations, booleans, categories, and free text. Columns that say
    nothing, such as names and numberings, are left out with a warning, and so is every column named that looks like a
    number and is not used as one. Limits such as ``<18`` among numbers become the limit, and a boolean column says
    where they were.

    Parameters
    ----------
    path : path
        A .csv, .tsv or .parquet file; text may be compressed (.csv.gz). Spreadsheets (.xlsx) need fastexcel.
    target : str
        The column with the labels.
    ignore : sequence of str, default=()
        Columns not to learn from.
    unlabeled : str, optional
        A label that means none, besides blank cells.
    column_kinds : mapping of name to kind, optional
        Overrules what columns look like, as in `encoder_for`.
    separator : str, optional
        What stands between the cells of a text file; by default what its first lines show.
    decimal : {".", ","}, optional
        The decimal sign; by default what the cells of each column show.

    Returns
    -------
    X : polars.DataFrame
    y : array of shape (n,)
        Labels, and None in rows without one: tell it to `recommend` and to classifiers by ``unlabeled=None``.

    Raises
    ------
    ValueError
        If the file cannot be read, or is not fit to learn from.
    ImportError
        If polars is not installed, which the extra `cli` brings.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from semigen import read_table
    >>> rows = ["weight,colour,kind", "180 g,red,apple", "120 g,green,", "?,green,pear", "175 g,red,", "125 g,green,"]
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "fruit.csv"
    ...     _ = path.write_text("\n".join(rows))
    ...     X, y = read_table(path, "kind")
    >>> X["weight"].to_list()
    [180.0, 120.0, None, 175.0, 125.0]
    >>> y.tolist()
    ['apple', None, 'pear', None, None]
    """
    try:
        from semigen.tables.frames import typed_frame
    except ImportError as error:
        raise ImportError('read_table needs polars: pip install "semigen[cli]"') from error
    said: list[str] = []
    how = Reading(list(ignore), unlabeled, column_kinds or {}, separator, decimal)
    given = read_labelled(Path(path), target, how, said.append, exact=False)
    frame = typed_frame(given.table, given.columns, given.cells)
    for message in [*said, *sentences.warnings_of(given.columns)]:
        warnings.warn(message, stacklevel=2)
    return frame, as_array(given.labels)
