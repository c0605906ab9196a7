"""From the columns of a table to what an estimator takes: a matrix of numbers, and labels of which some are missing."""

from __future__ import annotations

import difflib
from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from semigen.commands.cells import MISSING_WORDS, as_numbers, as_values, blank_or_text, without
from semigen.commands.errors import CommandError, listed
from semigen.labels import look_alikes
from semigen.legible import shell_word
from semigen.tabular import column_kinds

# A target of numbers with more different ones is no target of classes; nor one with half as many as rows, if not few.
_MOST_NUMBERS = 100
_FEW_NUMBERS = 20


def require_column(table: pl.DataFrame, name: str) -> None:
    """Refuse the name of a column that the table does not have.

    Raises
    ------
    CommandError
    """
    if name not in table.columns:
        alike = difflib.get_close_matches(name, table.columns, n=1)
        hint = f"did you mean {alike[0]!r}?" if alike else f"the columns are {listed(table.columns, 10)}"
        raise CommandError(f"there is no column {name!r}; {hint}")


def feature_names(table: pl.DataFrame, target: str, ignored: list[str], warn: Callable[[str], None]) -> list[str]:
    """Names of the columns to learn from: all but the target, those ignored, and an index without a name.

    Raises
    ------
    CommandError
        If a column does not exist, or none is left.
    """
    for name in (target, *ignored):
        require_column(table, name)
    if target in ignored:
        raise CommandError(f"the column {target!r} cannot be the target and be ignored")
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
        raise CommandError(f"no column is left to learn from besides the target {target!r}")
    return names


def feature_matrix(table: pl.DataFrame, names: list[str], warn: Callable[[str], None]) -> NDArray[np.float64]:
    """Columns as float64, NaN where a cell is blank; booleans, and the words true and false, are 1 and 0.

    Raises
    ------
    CommandError
        If a cell is neither blank nor a finite number, or a column is blank in every row.
    """
    columns = {name: blank_or_text(table[name]) for name in names}
    numbers = {name: as_numbers(column) for name, column in columns.items()}
    _refuse_text(columns, numbers)
    _refuse_blank(numbers)
    _refuse_infinite(numbers)
    filled = {name: column.fill_null(float("nan")) for name, column in numbers.items()}
    rows = pl.DataFrame(filled).to_numpy(order="c")
    _warn_about(names, rows, warn)
    return rows


def feature_frame(
    table: pl.DataFrame, names: list[str], warn: Callable[[str], None]
) -> tuple[pl.DataFrame, dict[str, str]]:
    """Columns as numbers, dates or text, null where a cell is blank; and why which ones were left out.

    Raises
    ------
    CommandError
        If a cell is infinite, or no column is left.
    """
    columns, left_out = {}, {}
    for name in names:
        values, unread = as_values(table[name])
        if values.dtype.is_nested() or values.dtype in (pl.Binary, pl.Object):
            left_out[name] = "it holds lists or bytes"
            continue
        if unread.any():
            row = int(unread.arg_true()[0])
            warn(
                f"{int(unread.sum()):,} cells of {name!r} are no numbers, as the others are, and count as blank "
                f"(row {row + 1} says {table[name][row]!r})"
            )
        columns[name] = values
    _refuse_infinite({name: column for name, column in columns.items() if column.dtype == pl.Float64})
    frame = pl.DataFrame(columns)
    if columns:
        left_out |= column_kinds(frame).left_out
    for name, why in left_out.items():
        warn(f"the column {name!r} is left out: {why}")
    frame = frame.drop(list(left_out), strict=False)
    if not frame.width:
        raise CommandError("no column is left to learn from: each is blank, or says the same or another in every row")
    return frame, left_out


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
    CommandError
        If the target cannot hold classes, or labels are not given for two of them.
    """
    column = table[target]
    kind = column.dtype
    if isinstance(kind, pl.Categorical | pl.Enum):
        column = column.cast(pl.String)
    elif not (kind.is_integer() or kind.is_float() or kind in (pl.String, pl.Boolean, pl.Null)):
        raise CommandError(f"the target {target!r} is of the type {kind}; classes are text, whole numbers or booleans")
    labels = without(column, _unlabeled(column))
    if marker is not None:
        marked = _marked(labels, marker)
        if not marked.any():
            warn(f"no row of {target!r} says {marker!r}, the marker of unlabelled rows")
        labels = without(labels, marked)
    given = labels.drop_nulls()
    if given.is_empty():
        raise CommandError(f"no row of {target!r} has a label; fill in a few of each class")
    if kind.is_float() and not (given.is_finite() & (given == given.floor())).all():
        raise CommandError(f"the target {target!r} holds numbers that are not whole; classes are needed")
    _check_classes(given, target, warn)
    return labels


def require_unlabeled(labels: pl.Series, target: str) -> None:
    """Refuse labels of which none is missing.

    Raises
    ------
    CommandError
    """
    if not labels.null_count():
        raise CommandError(
            f"every row of {target!r} has a label, so there is nothing to do; leave the rows to label blank, "
            "or say with --unlabeled what marks them"
        )


def _refuse_text(columns: dict[str, pl.Series], numbers: dict[str, pl.Series]) -> None:
    found = {}
    for name, column in columns.items():
        unread = (column.is_not_null() & numbers[name].is_null()).arg_true()
        if not column.dtype.is_numeric() and len(unread):
            found[name] = unread[0]
    if not found:
        return
    names = list(found)
    first, row = names[0], found[names[0]]
    cell = columns[first].dtype if columns[first].dtype != pl.String else repr(columns[first][row])
    example = f"row {row + 1} of {first!r} says {cell}" if columns[first].dtype == pl.String else f"type {cell}"
    which = f"the column {first!r} is" if len(names) == 1 else f"the columns {listed(names)} are"
    raise CommandError(
        f"{which} not numeric ({example}); correct the cells, add {_ignoring(names)}, or take text "
        "for categories with --model auto"
    )


def _refuse_blank(numbers: dict[str, pl.Series]) -> None:
    blank = [name for name, column in numbers.items() if column.null_count() == len(column)]
    if blank:
        which = f"the column {blank[0]!r} is" if len(blank) == 1 else f"the columns {listed(blank)} are"
        raise CommandError(f"{which} blank in every row; add {_ignoring(blank)}")


def _refuse_infinite(numbers: dict[str, pl.Series]) -> None:
    counts = {name: int(column.is_infinite().sum()) for name, column in numbers.items() if column.is_infinite().any()}
    if counts:
        raise CommandError(
            f"cells are infinite: {_counted(counts)}; correct or remove the rows, or add {_ignoring(list(counts))}"
        )


def _warn_about(names: list[str], rows: NDArray[np.float64], warn: Callable[[str], None]) -> None:
    constant = [name for name, column in zip(names, rows.T, strict=True) if (column == column[0]).all()]
    if constant and len(rows) > 1:
        plural = "the column {} has" if len(constant) == 1 else "the columns {} have"
        warn(f"{plural.format(listed(constant))} the same value in every row and cannot tell classes apart")
    counting = [name for name, column in zip(names, rows.T, strict=True) if (np.diff(column) == 1).all()]
    if counting and len(rows) > 2:
        warn(f"the column {counting[0]!r} numbers the rows; if it measures nothing, add {_ignoring(counting[:1])}")


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


def _check_classes(given: pl.Series, target: str, warn: Callable[[str], None]) -> None:
    classes = given.unique().sort().to_list()
    _refuse_quantity(given, len(classes), target)
    if len(classes) == 1:
        rows = "row says" if len(given) == 1 else f"{len(given)} labelled rows say"
        raise CommandError(f"the only {rows} {classes[0]!r} in {target!r}; label a row of a second class as well")
    for label in classes:
        if str(label).strip().lower() in (*MISSING_WORDS, "-1"):
            warn(f"{label!r} in {target!r} is taken for a class; if it means no label, add --unlabeled={label}")
    for spellings in look_alikes(classes):
        warn(f"{target!r} has classes that look alike, {spellings!a}; spell them alike if they are the same")


def _refuse_quantity(given: pl.Series, n_classes: int, target: str) -> None:
    """Refuse numbers of which nearly each is another: they measure something."""
    if given.dtype == pl.Boolean or as_numbers(given).null_count():
        return
    if n_classes > _MOST_NUMBERS or (n_classes > _FEW_NUMBERS and 2 * n_classes > len(given)):
        raise CommandError(
            f"the target {target!r} has {n_classes:,} different numbers in {len(given):,} labelled rows, so it seems "
            "to be a quantity, and classes are needed; make a few classes of it, or write codes as text, as in c17"
        )


def _counted(counts: dict[str, int], most: int = 5) -> str:
    shown = ", ".join(f"{count:,} in {name!r}" for name, count in list(counts.items())[:most])
    return shown if len(counts) <= most else f"{shown} and more in {len(counts) - most} other columns"


def _ignoring(names: list[str], most: int = 5) -> str:
    shown = " ".join(f"--ignore {shell_word(name)}" for name in names[:most])
    return shown if len(names) <= most else f"{shown} …"
