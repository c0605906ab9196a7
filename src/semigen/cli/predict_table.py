"""`semigen predict`: label the rows of a table with a model that learnt from another one."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from semigen._files import are_same_file
from semigen.cli.answers import answers_of, check_columns, lines_to_check, names_of_answers, with_answers
from semigen.cli.console import Console, counted
from semigen.cli.refusal import CommandError, listed
from semigen.cli.saved_model import read_table_classifier
from semigen.cli.table_input import is_in_parts, tally
from semigen.diagnostics.rows_to_check import SURE, RowsToCheck, rows_to_check
from semigen.tables.appending import Append, appending
from semigen.tables.chunks import Chunk, locating, open_table
from semigen.tables.classifier import TableClassifier
from semigen.tables.files import check_output, read_file, write_table
from semigen.tables.new_cells import NewCells
from semigen.tables.read_table import Reading, separator_of
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
        Separator, and whether the table is read in parts.
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
    separator_of(how)  # which refuses a decimal sign that is none
    if how.decimal is not None:
        model.seen = model.seen.with_decimal(how.decimal)
    new_cells, agreement = NewCells(model.seen, of_another_table=True), _Agreement()
    chunks = _chunks(path, how, console)
    with _writing(out, is_in_parts(path, how)) as append:
        check = _predict(chunks, model, new_cells, agreement, out, append, console)
    for sentence in new_cells.warnings():
        console.warn(sentence)
    console.say(f"predicted: {tally(check.predicted)}; {check.n_unsure:,} with a probability below {SURE}")
    for line in lines_to_check(check):
        console.say(line)
    agreement.say(model.origin.target, console)
    console.say(f"wrote {out} with the new columns {listed(list(names_of_answers(model.origin.target)))}")


@dataclass
class _Agreement:
    """How many labels that the table gives itself are those that are predicted."""

    n_given: int = 0
    n_same: int = 0
    n_unknown: int = 0

    def add(self, labels: pl.Series, predicted: pl.Series, classes: pl.Series) -> None:
        """Count some rows."""
        given, known = _as_text(labels), set(_as_text(classes))
        self.n_given += given.count()
        self.n_same += int((given == _as_text(predicted)).sum())
        self.n_unknown += sum(each is not None and each not in known for each in given)

    def say(self, target: str, console: Console) -> None:
        """Report how many agree, if any label was given."""
        if not self.n_given:
            return
        of = f"{self.n_same:,} of {self.n_given:,} labels that the table gives in {target!r} are as predicted"
        unknown = f"; {self.n_unknown:,} are of no class of the model" if self.n_unknown else ""
        console.say(f"{of} ({100 * self.n_same / self.n_given:.1f} %){unknown}")


def _as_text(labels: pl.Series) -> pl.Series:
    """Return labels as they are written: whole numbers without a point, truth values in small letters."""
    if labels.dtype.is_float() and (labels.drop_nulls() % 1 == 0).all():
        labels = labels.cast(pl.Int64)
    if labels.dtype == pl.String:
        lower = labels.str.strip_chars().str.to_lowercase()
        return pl.select(
            pl.when(lower.is_in(["true", "false"])).then(lower).otherwise(labels.str.strip_chars())
        ).to_series()
    return labels.cast(pl.String)


def _chunks(path: Path, how: Reading, console: Console) -> Iterator[Chunk]:
    """Yield the rows of a table, all at once if it fits into memory."""
    if is_in_parts(path, how):
        yield from console.watching(open_table(path, separator_of(how)), f"labelling {path}")
        return
    with console.working(f"reading {path}"):
        file = read_file(path, separator_of(how))
    for remark in file.remarks:
        console.say(f"{path}: {remark}")
    yield Chunk(file.frame, 0, 1.0)


@contextmanager
def _writing(out: Path, in_parts: bool) -> Iterator[Append]:
    """Open a table to write part by part, or at once, which takes no further package for Parquet."""
    if in_parts:
        with appending(out) as append:
            yield append
        return
    frames: list[pl.DataFrame] = []
    yield frames.append
    write_table(frames[0], out)


def _predict(
    chunks: Iterable[Chunk],
    model: TableClassifier,
    new_cells: NewCells,
    agreement: _Agreement,
    out: Path,
    append: Append,
    console: Console,
) -> RowsToCheck:
    """Write the rows with what is predicted; return which to check."""
    check = RowsToCheck((), 0, 0, (), 0)
    target, classes = model.origin.target, pl.Series(model.classes_.tolist())
    for chunk in chunks:
        if not chunk.first:
            _check_first(chunk.frame, model, out, console)
        with locating(chunk), warnings.catch_warnings():
            # Values that training did not see are counted, and told of once.
            warnings.filterwarnings("ignore", "The column ", UserWarning)
            rows = model.rows_of(chunk.frame, new_cells)
            answers = answers_of(model.classifier, rows, pl.Series([None] * chunk.frame.height, dtype=classes.dtype))
        if target in chunk.frame.columns:
            # A column of dates, say, holds no labels to compare with.
            with suppress(CommandError):
                labels, _ = given_labels(chunk.frame, target, model.origin.unlabeled)
                agreement.add(labels, classes.gather(answers.codes), classes)
        append(with_answers(chunk.frame, target, answers, classes.dtype))
        check += rows_to_check(answers, np.arange(chunk.first, chunk.end))
    return check


def _check_first(frame: pl.DataFrame, model: TableClassifier, out: Path, console: Console) -> None:
    """Refuse a table that the model cannot read, or the output not hold; say which of its columns are new."""
    model.check_columns(frame.columns)
    check_columns(frame, model.origin.target, out)
    known = {*(column.name for column in model.seen.columns), *model.origin.not_used, model.origin.target}
    new = [name for name in frame.columns if name not in known]
    if new:
        console.say(
            f"{counted(len(new), 'column')} not in the table that the model learnt from, not looked at: {listed(new)}"
        )
