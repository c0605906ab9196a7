"""What is read for a subcommand that learns: a table, the labels in it, and the columns to learn from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from semigen.commands.cells import without
from semigen.commands.columns import feature_frame, feature_names, require_column, target_labels
from semigen.commands.errors import CommandError, listed
from semigen.commands.reporter import Reporter, counted
from semigen.commands.tables import read_table


@dataclass(frozen=True)
class Features:
    """Columns to learn from, as numbers, dates and text.

    Attributes
    ----------
    frame : DataFrame
        Null where a cell is blank.
    left_out : dict
        For each column that says nothing, the reason.
    """

    frame: pl.DataFrame
    left_out: dict[str, str]


@dataclass(frozen=True)
class Input:
    """A table and what it is read for.

    Attributes
    ----------
    path : Path
    table : DataFrame
    target : str
    ignored : list of str
    unlabeled : str or None
        A label that means none.
    labels : Series
        Null where a row has none.
    names : list of str
        Columns to learn from.
    group : str or None
        The column of which rows that are alike in it are held out together.
    """

    path: Path
    table: pl.DataFrame
    target: str
    ignored: list[str]
    unlabeled: str | None
    labels: pl.Series
    names: list[str]
    group: str | None = None

    @property
    def groups(self) -> pl.Series | None:
        """The group of each row, null where the cell is blank."""
        if self.group is None:
            return None
        column = self.table[self.group]
        return without(column, column.str.strip_chars() == "") if column.dtype == pl.String else column

    def features(self, reporter: Reporter) -> Features:
        """Columns to learn from as numbers, dates and text, without those that say nothing."""
        features = Features(*feature_frame(self.table, self.names, reporter.warn))
        self.say_what_was_read(features.frame.columns, reporter)
        return features

    def say_what_was_read(self, used: list[str], reporter: Reporter) -> None:
        """Report rows, columns and labels."""
        what = f"learning from {counted(len(used), 'column')}: {listed(used)}"
        reporter.say(f"read {self.path}: {self.table.height:,} rows; {what}")
        unlabeled = counted(self.labels.null_count(), "row")
        reporter.say(f"labelled: {tally(self.labels.drop_nulls())}; unlabelled: {unlabeled}")


def read_input(
    path: Path,
    target: str,
    ignored: list[str],
    unlabeled: str | None,
    reporter: Reporter,
    group: str | None = None,
) -> Input:
    """Read a table, and find its labels and the columns to learn from; that of groups is none of these.

    Raises
    ------
    CommandError
        If it cannot be read, or is not fit to learn from.
    """
    with reporter.working(f"reading {path}"):
        table = read_table(path)
    if group is not None:
        require_column(table, group)
        if group == target:
            raise CommandError(f"the column {target!r} cannot be the target and name the groups")
    unused = ignored if group is None or group in ignored else [*ignored, group]
    names = feature_names(table, target, unused, reporter.warn)
    labels = target_labels(table, target, unlabeled, reporter.warn)
    return Input(path, table, target, ignored, unlabeled, labels, names, group)


def as_array(labels: pl.Series) -> NDArray[np.object_]:
    """Labels as classifiers take them, None in rows without one."""
    array = np.empty(len(labels), dtype=object)
    array[:] = labels.to_list()
    return array


def tally(labels: pl.Series, most: int = 10) -> str:
    """Rows in all and per class, as in '3 rows (cat 2, dog 1)'."""
    counts = labels.value_counts().sort(by=[pl.col("count"), pl.nth(0)], descending=[True, False])
    shown = [f"{' '.join(str(label).split())} {count:,}" for label, count in counts.head(most).iter_rows()]
    if counts.height > most:
        shown.append(f"and {counts.height - most} more classes")
    return f"{counted(len(labels), 'row')} ({', '.join(shown)})"
