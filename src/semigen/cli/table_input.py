"""Input of a subcommand that learns: a table, the labels in it, and the columns to learn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from semigen.cli.console import Console, counted
from semigen.tables import sentences
from semigen.tables.chunks import ChunkedTable, is_large
from semigen.tables.errors import listed
from semigen.tables.frames import typed_frame
from semigen.tables.kinds import Column
from semigen.tables.read_table import LabelledTable, Reading, read_labelled
from semigen.tables.sample import sample_labelled

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
        console.say(f"read {self.path}: {self.n_rows:,} rows; {what}")
        for remark in self.remarks_on_sample():
            console.say(remark)
        for remark in self.remarks:
            console.say(f"{self.path}: {remark}")
        told = [(column, how) for column in self.columns if column.used and (how := sentences.how_read(column))]
        for column, how in told[:_MOST_SAID]:
            console.say(f"{column.name!r} holds {sentences.holds(column)} ({how})")
        if len(told) > _MOST_SAID:
            console.say(f"{len(told) - _MOST_SAID} more columns were read in ways that --report FILE.html tells")
        console.say(f"labelled: {tally(self.counts.items())}; unlabelled: {counted(self.n_unlabeled, 'row')}")

    @property
    def counts(self) -> Mapping[Any, int]:
        """Rows of each label in the file."""
        return dict(self.labels.drop_nulls().value_counts().iter_rows()) if self.whole is None else self.whole.counts

    @property
    def n_unlabeled(self) -> int:
        """Rows without a label in the file."""
        return self.n_rows - sum(self.counts.values())

    def remarks_on_sample(self) -> list[str]:
        """Return which rows of a file that is read in parts are in memory; nothing if all are."""
        if self.whole is None:
            return []
        n_others = self.labels.null_count()
        labeled = _so_many_of(len(self.labels) - n_others, sum(self.counts.values()), "labelled row")
        others = _so_many_of(n_others, self.n_unlabeled, "other")
        return [f"the table is read in parts: this sample shows what its columns hold: {labeled}, and {others}"]


def _so_many_of(n: int, of: int, what: str) -> str:
    return f"all {counted(n, what)}" if n == of else f"{n:,} of the {counted(of, what)} drawn at random"


def is_in_parts(path: Path, how: Reading) -> bool:
    """Return whether a table is read part by part."""
    return is_large(path) if how.in_parts is None else how.in_parts


def read_sample(table: ChunkedTable, target: str, how: Reading, seed: int, console: Console) -> Input:
    """Read a table part by part, find its labels, and keep and declare a sample of its rows.

    Raises
    ------
    TableError
        If it cannot be read, or is not fit to learn from.
    """
    chunks = console.watching(table, f"reading {table.path}")
    return Input(**vars(sample_labelled(table, chunks, target, how, seed, console.warn)))


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


def tally(counts: Iterable[tuple[Any, int]], most: int = 10) -> str:
    """Return the number of rows in all and per class, as in '3 rows (cat 2, dog 1)'."""
    every = sorted(counts, key=lambda pair: (-pair[1], pair[0]))
    shown = [f"{' '.join(str(label).split())} {count:,}" for label, count in every[:most]]
    if len(every) > most:
        shown.append(f"and {len(every) - most} more classes")
    return f"{counted(sum(count for _, count in every), 'row')} ({', '.join(shown)})"
