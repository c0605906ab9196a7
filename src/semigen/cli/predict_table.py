"""`semigen predict`: label the rows of a table with a model that learnt from another one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import polars as pl

from semigen._files import are_same_file
from semigen.cli.answers import (
    answers_of,
    check_columns,
    line_of_predicted,
    lines_to_check,
    names_of_answers,
    with_answers,
)
from semigen.cli.console import Console, counted
from semigen.cli.refusal import CommandError, listed
from semigen.cli.saved_model import read_table_classifier
from semigen.cli.table_input import is_in_parts
from semigen.diagnostics.rows_to_check import RowsToCheck, rows_to_check
from semigen.tables.appending import appending
from semigen.tables.chunks import Chunk, locating, open_table
from semigen.tables.files import check_output, read_file, write_table
from semigen.tables.new_cells import NewCells, counted_here
from semigen.tables.read_table import Reading, separator_of
from semigen.tables.table_classifier import TableClassifier
from semigen.tables.target import given_labels


def predict_table(model_path: Path, path: Path, out: Path, how: Reading, console: Console) -> None:
    """Write a table with the labels that a model predicts for its rows, and their probabilities.

    Parameters
    ----------
    model_path : Path
        What `semigen label --save` wrote.
    path : Path
        The table.
    out : Path
        The file to write, whole or not at all.
    how : Reading
        Separator and decimal sign, and whether the table is read in parts.
    console : Console

    Raises
    ------
    CommandError
        If a file cannot be read or written, or the table lacks a column that the model learnt from; nothing has been
        written then.
    """
    check_output(out, path)
    if are_same_file(out, model_path):
        raise CommandError(f"{out} is the model; give another file with --out")
    model = read_table_classifier(model_path)
    separator = separator_of(how)
    if how.decimal is not None:
        model.seen = model.seen.with_decimal(how.decimal)
    labelling = _Labelling(model, out, console)
    if is_in_parts(path, how):
        chunks = console.watching(open_table(path, separator), f"labelling {path}")
        with appending(out) as append:
            for frame in labelling.labelled(chunks):
                append(frame)
    else:
        # Whole, which takes no further package for Parquet.
        with console.working(f"reading {path}"):
            file = read_file(path, separator)
        for remark in file.remarks:
            console.say(f"{path}: {remark}")
        [frame] = labelling.labelled(iter([Chunk(file.frame, 0, 1.0)]))
        write_table(frame, out)
    labelling.report()
    console.say(f"wrote {out} with the new columns {listed(list(names_of_answers(model.origin.target)))}")


class _Labelling:
    """Labels the parts of a table one after the other, and counts what is to be said of all of them."""

    def __init__(self, model: TableClassifier, out: Path, console: Console):
        self._model, self._out, self._console = model, out, console
        self._target = model.origin.target
        self._classes = pl.Series(model.classes_.tolist())
        self._new_cells = NewCells(model.seen, of_another_table=True)
        self._check = RowsToCheck((), 0, 0, (), 0)
        # Labels that the table gives itself: how many, of which so many as predicted, and so many of no class.
        self._n_given = self._n_same = self._n_unknown = 0

    def labelled(self, chunks: Iterator[Chunk]) -> Iterator[pl.DataFrame]:
        """Yield the parts with their labels and probabilities."""
        for chunk in chunks:
            if not chunk.first:
                self._check_columns(chunk.frame)
            with locating(chunk), counted_here():
                rows = self._model.rows_of(chunk.frame, self._new_cells)
                unlabeled = pl.Series([None] * chunk.frame.height, dtype=self._classes.dtype)
                answers = answers_of(self._model.classifier, rows, unlabeled)
            self._check += rows_to_check(answers, np.arange(chunk.first, chunk.end))
            if self._target in chunk.frame.columns:
                self._compare(chunk.frame, self._classes.gather(answers.codes))
            yield with_answers(chunk.frame, self._target, answers, self._classes.dtype)

    def report(self) -> None:
        """Say what was predicted, which rows to check, and what did not fit."""
        for sentence in self._new_cells.warnings():
            self._console.warn(sentence)
        check = self._check
        self._console.say(line_of_predicted(check))
        for line in lines_to_check(check):
            self._console.say(line)
        if self._n_given:
            share = f"{100 * self._n_same / self._n_given:.1f} %"
            unknown = f"; {self._n_unknown:,} are of no class of the model" if self._n_unknown else ""
            self._console.say(
                f"{self._n_same:,} of {self._n_given:,} labels that the table gives in {self._target!r} are as "
                f"predicted ({share}){unknown}"
            )

    def _check_columns(self, frame: pl.DataFrame) -> None:
        """Refuse a table that the model cannot read, or the output not hold; say which of its columns are new."""
        model = self._model
        model.check_columns(frame.columns)
        check_columns(frame, self._target, self._out)
        known = {*(column.name for column in model.seen.columns), *model.origin.not_used, self._target}
        new = [name for name in frame.columns if name not in known]
        if new:
            new_columns = f"{counted(len(new), 'column')} not in the table that the model learnt from"
            self._console.say(f"{new_columns}, not looked at: {listed(new)}")

    def _compare(self, frame: pl.DataFrame, predicted: pl.Series) -> None:
        """Count the labels that the table gives itself; a column of dates, say, holds none."""
        with suppress(CommandError):
            given = _as_text(given_labels(frame, self._target, self._model.origin.unlabeled)[0])
            known = set(_as_text(self._classes))
            self._n_given += given.count()
            self._n_same += int((given == _as_text(predicted)).sum())
            self._n_unknown += sum(each is not None and each not in known for each in given)


def _as_text(labels: pl.Series) -> pl.Series:
    """Return labels as they are written: whole numbers without a point, truth values in small letters."""
    if labels.dtype.is_float() and (labels.drop_nulls() % 1 == 0).all():
        labels = labels.cast(pl.Int64)
    if labels.dtype == pl.String:
        written = labels.str.strip_chars()
        return written.replace({"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"})
    return labels.cast(pl.String)
