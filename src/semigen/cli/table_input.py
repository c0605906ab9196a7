"""Input of a subcommand that learns: a table, the labels in it, and the columns to learn from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from semigen.cli.console import Console, counted
from semigen.tables import sentences
from semigen.tables.errors import listed
from semigen.tables.frames import typed_frame
from semigen.tables.kinds import Column
from semigen.tables.read_table import LabelledTable, Reading, read_labelled

# Columns of which it is said how they were read; the report tells of all.
_MOST_SAID = 10


@dataclass(frozen=True)
class Features:
    """Columns to learn from, as numbers, dates and text.

    Attributes
    ----------
    frame : DataFrame
        Null where a cell is blank.
    columns : list of Column
        How they were read, and those that were left out.
    """

    frame: pl.DataFrame
    columns: list[Column]


@dataclass(frozen=True)
class Input(LabelledTable):
    """A table and what it is read for."""

    def features(self, console: Console) -> Features:
        """Return columns to learn from as numbers, dates and text, without those that say nothing."""
        for sentence in sentences.warnings_of(self.columns, at_command=True):
            console.warn(sentence)
        features = Features(typed_frame(self.table, self.columns, self.cells), self.columns)
        self.say_what_was_read([column.name for column in self.columns if column.used], console)
        return features

    def say_what_was_read(self, used: list[str], console: Console) -> None:
        """Report rows, columns and labels."""
        what = f"learning from {counted(len(used), 'column')}: {listed(used)}"
        console.say(f"read {self.path}: {self.table.height:,} rows; {what}")
        for remark in self.remarks:
            console.say(f"{self.path}: {remark}")
        told = [(column, how) for column in self.columns if column.used and (how := sentences.how_read(column))]
        for column, how in told[:_MOST_SAID]:
            console.say(f"{column.name!r} holds {sentences.holds(column)} ({how})")
        if len(told) > _MOST_SAID:
            console.say(f"{len(told) - _MOST_SAID} more columns were read in ways that --report FILE.html tells")
        unlabeled = counted(self.labels.null_count(), "row")
        console.say(f"labelled: {tally(self.labels.drop_nulls())}; unlabelled: {unlabeled}")


def read_input(path: Path, target: str, how: Reading, console: Console, exact: bool = True) -> Input:
    """Read a table, find its labels, and declare its columns.

    Raises
    ------
    TableError
        If it cannot be read, or is not fit to learn from.
    """
    with console.working(f"reading {path}"):
        read = read_labelled(path, target, how, console.warn, exact)
    return Input(**vars(read))


def tally(labels: pl.Series, most: int = 10) -> str:
    """Return the number of rows in all and per class, as in '3 rows (cat 2, dog 1)'."""
    counts = labels.value_counts().sort(by=[pl.col("count"), pl.nth(0)], descending=[True, False])
    shown = [f"{' '.join(str(label).split())} {count:,}" for label, count in counts.head(most).iter_rows()]
    if counts.height > most:
        shown.append(f"and {counts.height - most} more classes")
    return f"{counted(len(labels), 'row')} ({', '.join(shown)})"
