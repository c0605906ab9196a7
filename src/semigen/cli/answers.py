"""Answers of a fitted classifier for all rows of a table, and what is said of the rows to check."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from semigen.cli.refusal import CommandError, listed
from semigen.cli.table_input import tally
from semigen.diagnostics.rows_to_check import SURE, Answers, RowsToCheck, RowToCheck
from semigen.tables.files import check_storable

if TYPE_CHECKING:
    from semigen.mixture.suspect_labels import SuspectLabels

_ROWS_AT_ONCE = 65536
# Suspect labels that are named.
_MOST_SUSPECTS = 10


def answers_of(model: Any, rows: Any, labels: pl.Series) -> Answers:
    """Return the labels that were given, the most probable ones of the other rows, and how probable they are."""
    classes = model.classes_.tolist()
    codes = codes_of(labels, classes)
    given = codes >= 0
    best, probability, highest = np.empty_like(codes), np.empty(len(codes)), np.empty(len(codes))
    for first in range(0, len(codes), _ROWS_AT_ONCE):
        some = slice(first, first + _ROWS_AT_ONCE)
        of_classes: NDArray[np.float64] = np.asarray(model.predict_proba(rows[some]))
        best[some] = of_classes.argmax(axis=1)
        codes[some] = np.where(given[some], codes[some], best[some])
        probability[some] = np.take_along_axis(of_classes, codes[some, None], axis=1)[:, 0]
        highest[some] = of_classes.max(axis=1)
    return Answers(classes, codes, given, probability, best, highest)


def codes_of(labels: pl.Series, classes: Sequence[Any]) -> NDArray[np.int64]:
    """Return the numbers of labels among the classes, below zero where there is none."""
    return (
        labels.replace_strict(pl.Series(classes, dtype=labels.dtype), range(len(classes)), return_dtype=pl.Int64)
        .fill_null(-1)
        .to_numpy(writable=True)
    )


def names_of_answers(target: str) -> tuple[str, str]:
    """Return the names of the columns that a table gets: of the labels, and of their probabilities."""
    return f"{target}_predicted", f"{target}_probability"


def check_columns(table: pl.DataFrame, target: str, out: Path) -> None:
    """Refuse a table whose columns the output cannot hold, or that has columns of the names of new ones.

    Raises
    ------
    CommandError
    """
    check_storable(table, out)
    taken = [name for name in names_of_answers(target) if name in table.columns]
    if taken:
        raise CommandError(f"the table already has a column {listed(taken)}; rename or remove it")


def with_answers(
    table: pl.DataFrame,
    target: str,
    answers: Answers,
    label_type: pl.DataType,
    written_as: pl.DataType | None = None,
) -> pl.DataFrame:
    """Return a table with the labels and their probabilities in two more columns.

    Parameters
    ----------
    table : DataFrame
    target : str
    answers : Answers
        Of its rows.
    label_type : DataType
        Of the labels.
    written_as : DataType, optional
        Of the labels that are written, where it is another one.
    """
    of_label, of_probability = names_of_answers(target)
    labels = pl.Series(of_label, answers.classes, dtype=label_type).gather(answers.codes)
    return table.with_columns(
        labels if written_as is None else labels.cast(written_as),
        pl.Series(of_probability, answers.probability, dtype=pl.Float64),
    )


def line_of_predicted(found: RowsToCheck) -> str:
    """Return how many rows were given each class, and how many of these answers are unsure."""
    return f"predicted: {tally(found.predicted)}; {found.n_unsure:,} with a probability below {SURE}"


def lines_of_suspects(found: SuspectLabels) -> list[str]:
    """Return how many given labels are wrong by a fit that estimates it, and the worst, a line for each."""
    many = f"about {found.probability.sum():,.0f} of {len(found):,} given labels are wrong"
    worst = found.first(_MOST_SUSPECTS)
    lines = [f"{many}; check first the {len(worst)} that are most likely so:"]
    for each in worst:
        wrong = f"{each.given} is wrong with probability {each.probability:.0%}"
        lines.append(f"  row {each.row + 1}: {wrong}; most likely {each.likeliest}")
    return lines


def lines_to_check(found: RowsToCheck, check_all: bool = False, after_others: bool = False) -> list[str]:
    """Return which rows to check, in the order in which to look at them, a line for each kind.

    Parameters
    ----------
    found : RowsToCheck
    check_all : bool, default=False
        Whether all predictions are to be checked, so that the least sure ones are only where to begin.
    after_others : bool, default=False
        Whether other rows were named before.
    """
    lines = []
    if found.n_given:
        why = "the classifier learnt from them, so that proves little"
        if found.n_hidden == found.n_given:
            why = "that none was improbable while it was hidden does not prove them right"
        looked = f"none of the {found.n_given:,} given labels looks wrong, but {why}"
        if found.doubted:
            named, n = len(found.doubted), found.n_doubted
            many = f"{n:,} in all" if named == n else f"the {named} most doubtful of {n:,}"
            unseen = (
                ", or the label was improbable while it was hidden"
                if any(each.hidden for each in found.doubted)
                else ""
            )
            what = f"{_rows(found.doubted)} ({many}; another class is more probable there{unseen})"
            looked = f"check first the given labels that look wrong: {what}"
        lines.append(looked)
    if found.unsure:
        what = f"{_rows(found.unsure)} (the {len(found.unsure)} least sure of {found.n_predicted:,})"
        check = "check then" if found.doubted or after_others else "check first"
        begin = f"{check} every prediction that you use, and begin with" if check_all else check
        lines.append(f"{begin} the predictions that are least sure: {what}")
    return (
        [*lines, "rows are counted from 1, without the line of column names; the worst is named first"] if lines else []
    )


def _rows(rows: Sequence[RowToCheck]) -> str:
    return f"row{'s' if len(rows) > 1 else ''} {', '.join(str(each.row) for each in rows)}"
