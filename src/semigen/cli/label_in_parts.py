"""`semigen label` for tables that memory does not hold: they are read, learnt from, labelled and written in parts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from semigen.cli.answers import answers_of, check_columns, with_answers
from semigen.cli.console import Console
from semigen.cli.labelled import finish
from semigen.cli.learning import LabelOptions, Learnt, learn
from semigen.cli.mixture_in_parts import NumbersOnDisk, learn_in_parts, refit_in_parts
from semigen.cli.model_option import MIXTURE
from semigen.cli.saved_model import save_model
from semigen.cli.table_input import Input, read_sample
from semigen.diagnostics.rows_to_check import RowsToCheck, rows_to_check
from semigen.tables.appending import Append, appending
from semigen.tables.chunks import Chunk, ChunkedTable, locating, open_table, pyarrow_with_parquet
from semigen.tables.frames import columns_of_numbers
from semigen.tables.new_cells import NewCells, SeenColumns, counted_here
from semigen.tables.read_table import separator_of
from semigen.tables.target import given_labels, require_unlabeled


def label_in_parts(path: Path, target: str, out: Path, options: LabelOptions, console: Console) -> bool:
    """Label the rows of a table as `label_table` does, holding only some of them in memory at a time.

    What the columns hold is seen in the labelled rows and a sample of the others, and classifiers are compared on
    these. A mixture of Gaussians learns from all rows, any other classifier from the same sample.
    """
    if out.suffix.lower() == ".parquet":
        pyarrow_with_parquet()
    table = open_table(path, separator_of(options.reading))
    # Before all of it is read.
    check_columns(next(iter(table)).frame, target, out)
    given = read_sample(table, target, options.reading, options.seed, console)
    require_unlabeled(given.labels, target)
    with ExitStack() as opened:
        # Without a name, so that nothing is left of it, however the process ends.
        file = opened.enter_context(tempfile.TemporaryFile(dir=out.absolute().parent))
        numbers: NumbersOnDisk | None
        if options.model == MIXTURE:
            new_cells = NewCells(SeenColumns.of(columns_of_numbers(given.table, given.columns), given.cells))
            learnt, numbers = learn_in_parts(given, table, new_cells, file, options, console)
        else:
            learnt = learn(given, out, options, console)
            new_cells = NewCells(SeenColumns.of(given.columns, given.cells, learnt.rows))
            learnt, numbers = refit_in_parts(learnt, given, table, new_cells, file, console)
        chunks = console.watching(table, f"labelling into {out}")
        parts = _typed(chunks, new_cells) if numbers is None else _as_numbers(chunks, numbers, table)
        check, shown = _label(parts, given, learnt, opened.enter_context(appending(out)))
    for sentence in new_cells.warnings():
        console.warn(sentence)
    finish(check, learnt, target, out, options, console, shown)
    if options.save is not None:
        save_model(learnt, given, new_cells.seen, options.save, console)
    return bool(learnt.suspicions)


def _typed(chunks: Iterator[Chunk], new_cells: NewCells) -> Iterator[tuple[Chunk, Any]]:
    """Yield parts of the table, and their rows as candidates take them."""
    for chunk in chunks:
        with locating(chunk):
            rows = new_cells.typed(chunk.frame)
        yield chunk, rows


def _as_numbers(chunks: Iterator[Chunk], numbers: NumbersOnDisk, table: ChunkedTable) -> Iterator[tuple[Chunk, Any]]:
    """Yield parts of the table, and their rows as the numbers that were learnt from."""
    parts = numbers.read(labels=False)
    for chunk in chunks:
        part = next(parts, None)
        if part is None or len(part.X) != chunk.frame.height:
            raise table.changed()
        yield chunk, part.X


def _label(
    parts: Iterable[tuple[Chunk, Any]], given: Input, learnt: Learnt, append: Append
) -> tuple[RowsToCheck, dict[int, dict[str, Any]]]:
    """Write the rows with their labels; return which to check, and the cells of these by their numbers."""
    check = RowsToCheck((), 0, 0, (), 0)
    shown: dict[int, dict[str, Any]] = {}
    for chunk, rows in parts:
        labels, _ = given_labels(chunk.frame, given.target, given.how.unlabeled)
        with counted_here():
            answers = answers_of(learnt.model, rows, labels)
        label_type, written_as = given.labels.dtype, chunk.frame.schema[given.target]
        append(with_answers(chunk.frame, given.target, answers, label_type, written_as))
        check += rows_to_check(answers, np.arange(chunk.first, chunk.end), learnt.hidden)
        named = [each.row for each in (*check.doubted, *check.unsure)]
        shown = {
            row: shown[row] if row in shown else chunk.frame.row(row - 1 - chunk.first, named=True) for row in named
        }
    return check, shown
