"""`semigen label`: learn from the labelled rows and the unlabelled rows of a table, and label the latter."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from semigen import SemiSupervisedGMM
from semigen.cli.console import Console, counted
from semigen.cli.model_option import AUTO, MIXTURE, candidate_name
from semigen.cli.next_steps import Settings
from semigen.cli.refusal import CommandError, listed
from semigen.cli.table_input import Input, read_input, tally
from semigen.cli.write_report import check_report, write_page
from semigen.diagnostics import Suspicion, sentence_of, suspicions_of
from semigen.labels import LabelWarning
from semigen.tables.files import check_output, check_storable, write_table
from semigen.tables.frames import kinds_of_frame, number_matrix
from semigen.tables.read_table import Reading, as_array
from semigen.tables.sentences import warnings_of
from semigen.tables.target import ignoring, require_unlabeled

_ROWS_AT_ONCE = 65536
_SURE = 0.9
_NAMED_ROWS, _TO_CHECK = 10, 5


@dataclass(frozen=True)
class LabelOptions:
    """What a caller of `label_table` may choose; budget and report go with the model auto, the shape with mixture.

    The model may also be a candidate of `semigen recommend`, by name.
    """

    reading: Reading = field(default_factory=Reading)
    model: str = AUTO
    budget: float = 60.0
    report: Path | None = None
    covariance: str = "full"
    components: int = 1
    unlabeled_weight: float = 1.0
    max_iterations: int = 200
    seed: int = 0


def label_table(path: Path, target: str, out: Path, options: LabelOptions, console: Console) -> bool:
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
    console : Console

    Returns
    -------
    bool
        Whether the fit shows signs of being wrong, of which the report has told.

    Raises
    ------
    CommandError
        If the input or the output cannot be used; nothing has been written then.
    """
    check_output(out, path)
    if options.report is not None:
        check_report(options.report, [path, out])
    given = read_input(path, target, options.reading, console)
    check_storable(given.table, out)
    new_names = f"{target}_predicted", f"{target}_probability"
    taken = [name for name in new_names if name in given.table.columns]
    if taken:
        raise CommandError(f"the table already has a column {listed(taken)}; rename or remove it")
    require_unlabeled(given.labels, target)
    tell: Callable[[], str] | None = None
    if options.model == AUTO:
        answers, tell = _by_recommendation(given, out, options, console)
    elif options.model == MIXTURE:
        answers = _by_mixture(given, options, console)
    else:
        answers = _by_candidate(given, options, console)
    predicted = pl.Series(new_names[0], answers.labels, dtype=given.labels.dtype)
    _summarise(predicted, answers, given.labels.is_null(), console)
    table = given.table.with_columns(
        predicted.cast(given.table.schema[target]), pl.Series(new_names[1], answers.probability, dtype=pl.Float64)
    )
    with console.working(f"writing {out}"):
        write_table(table, out)
    console.say(f"wrote {out} with the new columns {listed(list(new_names))}")
    # After the table, which is kept if the report fails.
    if options.report is not None and tell is not None:
        write_page(tell(), options.report)
        console.say(f"wrote {options.report}; open it in a browser")
    return bool(answers.suspicions)


@dataclass(frozen=True)
class _Answers:
    """Labels of all rows, their probabilities, whether another label is more probable, and signs of a wrong fit.

    `safer` is what to type for a model that is less likely to be wrong.
    """

    labels: list[Any]
    probability: NDArray[np.float64]
    disagreeing: NDArray[np.bool_]
    suspicions: tuple[Suspicion, ...]
    safer: str


def _by_mixture(given: Input, options: LabelOptions, console: Console) -> _Answers:
    rows, names = number_matrix(given.table, given.columns, given.cells)
    # Numbers that say nothing are used here, with the warning that they do.
    for sentence in warnings_of([column for column in given.columns if column.used]):
        console.warn(sentence)
    _warn_about(names, rows, console)
    given.say_what_was_read(names, console)
    model = _fitted(rows, given.labels, options, console)
    codes = np.searchsorted(model.classes_, model.transduction_)
    suspicions = suspicions_of(model, names)
    return _Answers(model.transduction_.tolist(), *_probabilities(model, rows, codes), suspicions, f"--model {AUTO}")


def _warn_about(names: list[str], rows: NDArray[np.float64], console: Console) -> None:
    constant = [name for name, column in zip(names, rows.T, strict=True) if (column == column[0]).all()]
    if constant and len(rows) > 1:
        plural = "the column {} has" if len(constant) == 1 else "the columns {} have"
        console.warn(f"{plural.format(listed(constant))} the same value in every row and cannot tell classes apart")
    counting = [name for name, column in zip(names, rows.T, strict=True) if (np.diff(column) == 1).all()]
    if counting and len(rows) > 2:
        console.warn(
            f"the column {counting[0]!r} numbers the rows; if it measures nothing, add {ignoring(counting[:1])}"
        )


def _by_candidate(given: Input, options: LabelOptions, console: Console) -> _Answers:
    """Return answers of the candidate of `semigen recommend` that has this name."""
    from semigen.recommendation import fit_named

    features = given.features(console)
    started = time.perf_counter()
    try:
        # A bar of its own, on a terminal, takes the place of the sign that something is going on.
        shown = nullcontext() if console.watched else console.working("learning")
        if console.watched:
            console.say(f"learning by {options.model}")
        with shown, warnings.catch_warnings():
            warnings.simplefilter("ignore", LabelWarning)
            model = fit_named(
                candidate_name(options.model),
                features.frame,
                as_array(given.labels),
                None,
                options.seed,
                kinds_of_frame(given.columns),
                console.watched,
            )
    except ValueError as error:
        raise CommandError(str(error)) from error
    console.say(f"learnt by {options.model} in {time.perf_counter() - started:.2f} s")
    return _answers(model, features.frame, given.labels)


def _by_recommendation(
    given: Input, out: Path, options: LabelOptions, console: Console
) -> tuple[_Answers, Callable[[], str]]:
    """Return answers of the best classifier, and a function that makes the page about it."""
    # Imported here, as a mixture does not need what compares and draws.
    from semigen.cli.recommend_table import compare
    from semigen.cli.report_contents import page_of
    from semigen.recommendation import text
    from semigen.recommendation.findings import OutOfTime

    features = given.features(console)
    settings = Settings(options.budget, options.seed, options.report, out)
    found = compare(given, features, settings, console)
    medium = text.Medium.COMMAND
    late = [each for each in found.findings if isinstance(each, OutOfTime)]
    for sentence in [*text.verdict(found.conclusion, medium), *text.sentences(late, medium)]:
        console.say(sentence)
    answers = _answers(found.best_estimator_, features.frame, given.labels)
    new = np.flatnonzero(given.labels.is_null().to_numpy())
    least_sure = new[np.argsort(answers.probability[new], kind="stable")][:_TO_CHECK]
    settings = replace(settings, to_check=tuple(sorted(int(row) + 1 for row in least_sure)))
    return answers, partial(page_of, given, features, found, settings, console)


def _fitted(rows: NDArray[np.float64], labels: pl.Series, options: LabelOptions, console: Console) -> SemiSupervisedGMM:
    model = SemiSupervisedGMM(
        options.covariance,
        options.components,
        unlabeled=None,
        missing="marginal" if np.isnan(rows).any() else "error",
        unlabeled_weight=options.unlabeled_weight,
        max_iter=options.max_iterations,
        random_state=options.seed,
    )
    y = as_array(labels)
    started = time.perf_counter()
    try:
        with console.working("learning"), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            # `read_input` has warned of classes that look alike.
            warnings.simplefilter("ignore", LabelWarning)
            model.fit(rows, y)
    except ValueError as error:
        raise CommandError(str(error)) from error
    seconds = time.perf_counter() - started
    for warning in caught:
        if issubclass(warning.category, ConvergenceWarning):
            console.warn(
                f"the fit had not settled after {options.max_iterations} iterations; labels may still change: "
                "raise --max-iterations"
            )
        else:
            console.warn(str(warning.message))
    console.say(f"learnt in {counted(model.n_iter_, 'iteration')}, {seconds:.2f} s")
    return model


def _answers(model: Any, frame: pl.DataFrame, labels: pl.Series) -> _Answers:
    """Return labels that were given, and in the other rows the most probable ones."""
    classes = model.classes_.tolist()
    number = {name: k for k, name in enumerate(classes)}
    codes = np.array([-1 if label is None else number[label] for label in labels.to_list()])
    probability, disagreeing = _probabilities(model, frame, codes)
    named = [classes[k] for k in codes]
    return _Answers(named, probability, disagreeing, suspicions_of(model), "another --model of semigen recommend")


def _probabilities(model: Any, rows: Any, codes: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the probability of every row's class and whether another is higher; -1 becomes the most probable class."""
    probability = np.empty(len(codes))
    disagreeing = np.empty(len(codes), dtype=bool)
    for first in range(0, len(codes), _ROWS_AT_ONCE):
        some = slice(first, first + _ROWS_AT_ONCE)
        of_classes = np.asarray(model.predict_proba(rows[some]))
        codes[some] = np.where(codes[some] < 0, of_classes.argmax(axis=1), codes[some])
        probability[some] = np.take_along_axis(of_classes, codes[some, None], axis=1)[:, 0]
        disagreeing[some] = of_classes.max(axis=1) > probability[some]
    return probability, disagreeing


def _summarise(
    predicted: pl.Series,
    answers: _Answers,
    unlabeled: pl.Series,
    console: Console,
) -> None:
    new = unlabeled.to_numpy()
    unsure = int((answers.probability[new] < _SURE).sum())
    console.say(f"predicted: {tally(predicted.filter(unlabeled))}; {unsure:,} with a probability below {_SURE}")
    doubtful = np.flatnonzero(answers.disagreeing & ~new)
    if len(doubtful):
        # Those of which the model doubts the label most.
        worst = doubtful[np.argsort(answers.probability[doubtful], kind="stable")][:_NAMED_ROWS]
        rows = ", ".join(str(row + 1) for row in np.sort(worst))
        which = f"rows {rows}" if len(worst) == len(doubtful) else f"{len(doubtful):,} rows, such as {rows}"
        which = f"row {rows}" if len(doubtful) == 1 else which
        console.say(f"check the given label of {which}: another class is more probable there (rows are counted from 1)")
    if answers.suspicions:
        console.warn(sentence_of(answers.suspicions, answers.safer))
