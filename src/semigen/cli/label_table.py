"""`semigen label`: learn from the labelled rows and the unlabelled rows of a table, and label the latter."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from semigen import SemiSupervisedGMM
from semigen.cli.answers import answers_of, lines_to_check
from semigen.cli.console import Console, counted
from semigen.cli.model_option import AUTO, MIXTURE, candidate_name
from semigen.cli.next_steps import Settings
from semigen.cli.refusal import CommandError, listed
from semigen.cli.table_input import Input, read_input, tally
from semigen.cli.write_report import check_report, write_page
from semigen.diagnostics import Suspicion, sentence_of, suspicions_of
from semigen.diagnostics.rows_to_check import SURE, Answers, rows_to_check
from semigen.labels import LabelWarning
from semigen.tables.files import check_output, check_storable, write_table
from semigen.tables.frames import kinds_of_frame, number_matrix
from semigen.tables.read_table import Reading, as_array
from semigen.tables.sentences import warnings_of
from semigen.tables.target import ignoring, require_unlabeled


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
        labelling, tell = _by_recommendation(given, out, options, console)
    elif options.model == MIXTURE:
        labelling = _by_mixture(given, options, console)
    else:
        labelling = _by_candidate(given, options, console)
    answers = labelling.answers
    predicted = pl.Series(new_names[0], [answers.classes[k] for k in answers.codes], dtype=given.labels.dtype)
    _summarise(predicted, labelling, console)
    table = given.table.with_columns(
        predicted.cast(given.table.schema[target]), pl.Series(new_names[1], answers.probability, dtype=pl.Float64)
    )
    with console.working(f"writing {out}"):
        write_table(table, out)
    console.say(f"wrote {out} with the new columns {listed(list(new_names))}; given labels are kept in the first")
    # After the table, which is kept if the report fails.
    if options.report is not None and tell is not None:
        write_page(tell(), options.report)
        console.say(f"wrote {options.report}; open it in a browser")
    return bool(labelling.suspicions)


@dataclass(frozen=True)
class _Labelling:
    """Labels of all rows, signs of a wrong fit, and what to type for a model that is less likely to be wrong.

    Of a comparison, also whether every predicted label is to be checked.
    """

    answers: Answers
    suspicions: tuple[Suspicion, ...]
    safer: str
    check_all: bool = False


def _by_mixture(given: Input, options: LabelOptions, console: Console) -> _Labelling:
    rows, names = number_matrix(given.table, given.columns, given.cells)
    # Numbers that say nothing are used here, with the warning that they do.
    for sentence in warnings_of([column for column in given.columns if column.used], at_command=True):
        console.warn(sentence)
    _warn_about(names, rows, console)
    given.say_what_was_read(names, console)
    model = _fitted(rows, given.labels, options, console)
    return _Labelling(answers_of(model, rows, given.labels), suspicions_of(model, names), f"--model {AUTO}")


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


def _by_candidate(given: Input, options: LabelOptions, console: Console) -> _Labelling:
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
    return _labelling(model, answers_of(model, features.frame, given.labels))


def _by_recommendation(
    given: Input, out: Path, options: LabelOptions, console: Console
) -> tuple[_Labelling, Callable[[], str]]:
    """Return answers of the best classifier, and a function that makes the page about it."""
    # Imported here, as a mixture does not need what compares and draws.
    from semigen.cli.recommend_table import compare
    from semigen.cli.report_contents import page_of
    from semigen.recommendation import text
    from semigen.recommendation.findings import LowerError, OutOfTime

    features = given.features(console)
    settings = Settings(options.budget, options.seed, options.report, out)
    found = compare(given, features, settings, console)
    medium = text.Medium.COMMAND
    # Of the classifier that the verdict names, the verdict says why it was not chosen.
    named = found.conclusion.reference
    lower = [each for each in found.findings if isinstance(each, LowerError) and each.other != named]
    late = [each for each in found.findings if isinstance(each, OutOfTime)]
    for sentence in [*text.verdict(found.conclusion, medium), *text.sentences([*lower[:1], *late], medium)]:
        console.say(sentence)
    console.say(text.PICKED_AT_RANDOM)
    answers = answers_of(found.best_estimator_, features.frame, given.labels)
    tell = partial(page_of, given, features, found, rows_to_check(answers), settings, console)
    return _labelling(found.best_estimator_, answers, found.conclusion.is_to_be_checked), tell


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


def _labelling(model: Any, answers: Answers, check_all: bool = False) -> _Labelling:
    return _Labelling(answers, suspicions_of(model), "another --model of semigen recommend", check_all)


def _summarise(predicted: pl.Series, labelling: _Labelling, console: Console) -> None:
    check = rows_to_check(labelling.answers)
    new = pl.Series(~labelling.answers.given)
    console.say(f"predicted: {tally(predicted.filter(new))}; {check.n_unsure:,} with a probability below {SURE}")
    for line in lines_to_check(check, labelling.check_all):
        console.say(line)
    if labelling.suspicions:
        console.warn(sentence_of(labelling.suspicions, labelling.safer))
