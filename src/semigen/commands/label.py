"""`semigen label`: learn from the labelled rows and the unlabelled rows of a table, and label the latter."""

from __future__ import annotations

import time
import warnings
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from semigen import SemiSupervisedGMM
from semigen.commands.columns import feature_matrix, feature_names, target_labels
from semigen.commands.errors import CommandError, listed
from semigen.commands.tables import check_output, check_storable, read_table, write_table

_ROWS_AT_ONCE = 65536
_SURE = 0.9


class Reporter(Protocol):
    """Where progress and warnings go."""

    def say(self, message: str) -> None:
        """Report progress, or a result."""

    def warn(self, message: str) -> None:
        """Report something that the result may suffer from."""

    def working(self, message: str) -> AbstractContextManager[object]:
        """Show that something takes a while."""


@dataclass(frozen=True)
class LabelOptions:
    """What a caller of `label_table` may choose."""

    ignore: list[str] = field(default_factory=list)
    unlabeled: str | None = None
    covariance: str = "full"
    components: int = 1
    unlabeled_weight: float = 1.0
    max_iterations: int = 200
    seed: int = 0


def label_table(path: Path, target: str, out: Path, options: LabelOptions, reporter: Reporter) -> None:
    """Label the rows of a table whose target is blank, and write the table with two more columns.

    ``<target>_predicted`` has the label that was given, or else the most probable one; ``<target>_probability`` is
    the probability of that label under the model, for given labels too, where a low one shows a doubtful label.

    Parameters
    ----------
    path : Path
        The table: .csv, .tsv or .parquet.
    target : str
        The column with the labels.
    out : Path
        The file to write, whole or not at all.
    options : LabelOptions
    reporter : Reporter

    Raises
    ------
    CommandError
        If the input or the output cannot be used; nothing has been written then.
    """
    check_output(out, path)
    with reporter.working(f"reading {path}"):
        table = read_table(path)
    check_storable(table, out)
    names = feature_names(table, target, options.ignore, reporter.warn)
    new_names = f"{target}_predicted", f"{target}_probability"
    taken = [name for name in new_names if name in table.columns]
    if taken:
        raise CommandError(f"the table already has a column {listed(taken)}; rename or remove it")
    labels = target_labels(table, target, options.unlabeled, reporter.warn)
    rows = feature_matrix(table, names, reporter.warn)
    reporter.say(f"read {path}: {table.height:,} rows; learning from {_counted(len(names), 'column')}: {listed(names)}")
    reporter.say(f"labelled: {_tally(labels.drop_nulls())}; unlabelled: {labels.null_count():,} rows")

    model = _fitted(rows, labels, options, reporter)
    probability, disagreeing = _probabilities(model, rows)
    predicted = pl.Series(new_names[0], model.transduction_.tolist(), dtype=labels.dtype)
    _summarise(predicted, probability, labels.is_null(), disagreeing, reporter)
    table = table.with_columns(
        predicted.cast(table.schema[target]), pl.Series(new_names[1], probability, dtype=pl.Float64)
    )
    with reporter.working(f"writing {out}"):
        write_table(table, out)
    reporter.say(f"wrote {out} with the new columns {listed(list(new_names))}")


def _fitted(
    rows: NDArray[np.float64], labels: pl.Series, options: LabelOptions, reporter: Reporter
) -> SemiSupervisedGMM:
    model = SemiSupervisedGMM(
        options.covariance,
        options.components,
        unlabeled=None,
        unlabeled_weight=options.unlabeled_weight,
        max_iter=options.max_iterations,
        random_state=options.seed,
    )
    y = np.empty(len(labels), dtype=object)
    y[:] = labels.to_list()
    started = time.perf_counter()
    try:
        with reporter.working("learning"), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model.fit(rows, y)
    except ValueError as error:
        raise CommandError(str(error)) from error
    except MemoryError as error:
        raise CommandError("not enough memory for a table of this size") from error
    seconds = time.perf_counter() - started
    for warning in caught:
        if issubclass(warning.category, ConvergenceWarning):
            reporter.warn(
                f"the fit had not settled after {options.max_iterations} iterations; labels may still change: "
                "raise --max-iterations"
            )
        else:
            reporter.warn(str(warning.message))
    reporter.say(f"learnt in {_counted(model.n_iter_, 'iteration')}, {seconds:.2f} s")
    return model


def _probabilities(
    model: SemiSupervisedGMM, rows: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Probability of every row's label, and whether another label is more probable."""
    codes = np.searchsorted(model.classes_, model.transduction_)
    probability = np.empty(len(rows))
    disagreeing = np.empty(len(rows), dtype=bool)
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        some = slice(first, first + _ROWS_AT_ONCE)
        of_classes = model.predict_proba(rows[some])
        probability[some] = np.take_along_axis(of_classes, codes[some, None], axis=1)[:, 0]
        disagreeing[some] = of_classes.max(axis=1) > probability[some]
    return probability, disagreeing


def _summarise(
    predicted: pl.Series,
    probability: NDArray[np.float64],
    unlabeled: pl.Series,
    disagreeing: NDArray[np.bool_],
    reporter: Reporter,
) -> None:
    new = unlabeled.to_numpy()
    unsure = int((probability[new] < _SURE).sum())
    reporter.say(f"predicted: {_tally(predicted.filter(unlabeled))}; {unsure:,} with a probability below {_SURE}")
    doubtful = int((disagreeing & ~new).sum())
    if doubtful:
        reporter.say(f"doubtful: another class is more probable in {_counted(doubtful, 'row')} whose label was given")


def _tally(labels: pl.Series, most: int = 10) -> str:
    """Rows in all and per class, as in '3 rows (cat 2, dog 1)'."""
    counts = labels.value_counts().sort(by=[pl.col("count"), pl.nth(0)], descending=[True, False])
    shown = [f"{' '.join(str(label).split())} {count:,}" for label, count in counts.head(most).iter_rows()]
    if counts.height > most:
        shown.append(f"and {counts.height - most} more classes")
    return f"{_counted(len(labels), 'row')} ({', '.join(shown)})"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
