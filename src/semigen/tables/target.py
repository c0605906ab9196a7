"""The column of labels in a table: the cells that hold one, and whether they can be classes."""

from __future__ import annotations

import difflib
from collections.abc import Callable

import polars as pl

from semigen._legible import shell_word
from semigen.labels import look_alikes
from semigen.tables.cells import cells_of
from semigen.tables.errors import TableError, listed
from semigen.tables.numbers import is_plain
from semigen.tables.vocabulary import MISSING

# A target of numbers with more different ones is no target of classes; nor one with half as many as rows, if not few.
_MOST_NUMBERS = 100
_FEW_NUMBERS = 20


def require_column(table: pl.DataFrame, name: str) -> None:
    """Refuse the name of a column that the table does not have.

    Raises
    ------
    TableError
    """
    if name not in table.columns:
        alike = difflib.get_close_matches(name, table.columns, n=1)
        hint = f"did you mean {alike[0]!r}?" if alike else f"the columns are {listed(table.columns, 10)}"
        if table.width == 1 and name in table.columns[0]:
            hint = f"the only column is {table.columns[0]!r}; say with --separator what stands between the names in it"
        raise TableError(f"there is no column {name!r}; {hint}")


def feature_names(table: pl.DataFrame, target: str, ignored: list[str], warn: Callable[[str], None]) -> list[str]:
    """Return the columns to learn from: all but the target, those ignored, and an index without a name.

    Raises
    ------
    TableError
        If a column does not exist, or none is left.
    """
    for name in (target, *ignored):
        require_column(table, name)
    if target in ignored:
        raise TableError(f"the column {target!r} cannot be the target and be ignored")
    names = []
    for name in table.columns:
        if name == target or name in ignored:
            continue
        # What pandas writes for the index of a frame: an empty name in CSV, this one in Parquet.
        if not name.strip() or name.startswith("__index_level_"):
            warn(f"the column {name!r} looks like an index and is not used")
        else:
            names.append(name)
    if not names:
        raise TableError(f"no column is left to learn from besides the target {target!r}")
    return names


def target_labels(table: pl.DataFrame, target: str, marker: str | None, warn: Callable[[str], None]) -> pl.Series:
    """Return the given labels, null where a row is unlabelled, in the type of the target.

    Parameters
    ----------
    table : DataFrame
    target : str
    marker : str or None
        A text, or a number, that marks unlabelled rows besides blanks and nulls.
    warn : callable

    Raises
    ------
    TableError
        If the target cannot hold classes, or labels are not given for two of them.
    """
    labels, n_marked = given_labels(table, target, marker)
    given = labels.drop_nulls()
    check_labels(given.unique(), len(given), target, None if n_marked else marker, warn)
    return labels


def given_labels(table: pl.DataFrame, target: str, marker: str | None) -> tuple[pl.Series, int]:
    """Return the given labels, null where a row is unlabelled, and how many rows the marker marks.

    Parameters
    ----------
    table : DataFrame
        Or some of its rows.
    target : str
    marker : str or None

    Raises
    ------
    TableError
        If the target is of a type that cannot hold classes.
    """
    column = table[target]
    kind = column.dtype
    if isinstance(kind, pl.Categorical | pl.Enum):
        column = column.cast(pl.String)
    elif not (kind.is_integer() or kind.is_float() or kind in (pl.String, pl.Boolean, pl.Null)):
        raise TableError(f"the target {target!r} is of the type {kind}; classes are text, whole numbers or booleans")
    labels = without_blanks(column)
    if marker is None:
        return labels, 0
    marked = _marked(labels, marker)
    return _without(labels, marked), int(marked.sum())


def check_labels(
    distinct: pl.Series, n_labeled: int, target: str, missed: str | None, warn: Callable[[str], None]
) -> None:
    """Refuse labels that cannot be classes.

    Parameters
    ----------
    distinct : Series
        The different labels of all rows.
    n_labeled : int
        Rows with a label.
    target : str
    missed : str or None
        The marker of unlabelled rows, if it marks none.
    warn : callable

    Raises
    ------
    TableError
        If labels are not given for two classes, or are no classes.
    """
    if missed is not None:
        warn(f"no row of {target!r} says {missed!r}, the marker of unlabelled rows")
    if distinct.is_empty():
        raise TableError(f"no row of {target!r} has a label; fill in a few of each class")
    if distinct.dtype.is_float() and not (distinct.is_finite() & (distinct == distinct.floor())).all():
        raise TableError(f"the target {target!r} holds numbers that are not whole; classes are needed")
    _check_classes(distinct, n_labeled, target, warn)


def require_unlabeled(labels: pl.Series, target: str) -> None:
    """Refuse labels of which none is missing.

    Raises
    ------
    TableError
    """
    if not labels.null_count():
        raise TableError(
            f"every row of {target!r} has a label, so there is nothing to do; leave the rows to label blank, "
            "or say with --unlabeled what marks them"
        )


def ignoring(names: list[str]) -> str:
    """Return what to type to ignore columns."""
    return " ".join(
        f"--ignore={shell_word(name)}" if name.startswith("-") else f"--ignore {shell_word(name)}" for name in names
    )


def _without(column: pl.Series, dropped: pl.Series) -> pl.Series:
    """Return the column with null in some cells."""
    return column.set(dropped.fill_null(False), None) if dropped.any() else column


def without_blanks(column: pl.Series) -> pl.Series:
    """Return the column with null where a cell is blank."""
    return _without(column, _unlabeled(column))


def _unlabeled(column: pl.Series) -> pl.Series:
    if column.dtype == pl.String:
        return column.is_null() | (column.str.strip_chars() == "")
    if column.dtype.is_float():
        return column.is_null() | column.is_nan()
    return column.is_null()


def _marked(labels: pl.Series, marker: str) -> pl.Series:
    if labels.dtype == pl.String:
        return (labels.str.strip_chars() == marker.strip()).fill_null(False)
    if labels.dtype == pl.Boolean:
        return (labels.cast(pl.String) == marker.strip().lower()).fill_null(False)
    try:
        number = float(marker) if labels.dtype.is_float() else int(marker)
    except ValueError:
        return pl.repeat(False, len(labels), eager=True)
    return pl.Series([label == number for label in labels], dtype=pl.Boolean)


def _check_classes(distinct: pl.Series, n_labeled: int, target: str, warn: Callable[[str], None]) -> None:
    classes = distinct.sort().to_list()
    _refuse_quantity(distinct, n_labeled, target)
    if len(classes) == 1:
        rows = "row says" if n_labeled == 1 else f"{n_labeled} labelled rows say"
        raise TableError(f"the only {rows} {classes[0]!r} in {target!r}; label a row of a second class as well")
    for label in classes:
        if str(label).strip().lower() in (*MISSING, "none", "-1"):
            warn(f"{label!r} in {target!r} is taken for a class; if it means no label, add --unlabeled={label}")
    for spellings in look_alikes(classes):
        warn(f"{target!r} has classes that look alike, {spellings!a}; spell them alike if they are the same")


def _refuse_quantity(distinct: pl.Series, n_labeled: int, target: str) -> None:
    """Refuse numbers of which nearly each is another: they measure something."""
    n_classes = len(distinct)
    if n_classes <= _FEW_NUMBERS or distinct.dtype == pl.Boolean:
        return
    if distinct.dtype == pl.String and not all(map(is_plain, cells_of(distinct).distinct().texts)):
        return
    if n_classes > _MOST_NUMBERS or 2 * n_classes > n_labeled:
        raise TableError(
            f"the target {target!r} has {n_classes:,} different numbers in {n_labeled:,} labelled rows, so it seems "
            "to be a quantity, and classes are needed; make a few classes of it, or write codes as text, as in c17"
        )
