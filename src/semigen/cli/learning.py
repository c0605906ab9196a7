"""Learning of `semigen label`: a mixture, a candidate of `semigen recommend`, or what it finds best."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from semigen import SemiSupervisedGMM
from semigen.cli.console import Console, counted
from semigen.cli.model_option import AUTO, MIXTURE, candidate_name, typed_name
from semigen.cli.next_steps import Settings
from semigen.cli.refusal import CommandError, listed
from semigen.cli.table_input import Input
from semigen.diagnostics import Suspicion, suspicions_of
from semigen.diagnostics.rows_to_check import HiddenLabels, RowsToCheck
from semigen.labels import LabelWarning
from semigen.tables.frames import kinds_of_frame, number_matrix
from semigen.tables.read_table import Reading, as_array
from semigen.tables.sentences import warnings_of
from semigen.tables.table_classifier import HeldOut
from semigen.tables.target import ignoring

if TYPE_CHECKING:
    from semigen.recommendation import Recommendation

Page = Callable[[RowsToCheck, Mapping[int, Mapping[str, Any]] | None], str]


@dataclass(frozen=True)
class LabelOptions:
    """What a caller of `label_table` may choose; budget and report go with the model auto, the shape with mixture.

    The model may also be a candidate of `semigen recommend`, by name.
    """

    reading: Reading = field(default_factory=Reading)
    model: str = AUTO
    budget: float = 60.0
    report: Path | None = None
    save: Path | None = None
    covariance: str = "full"
    components: int = 1
    unlabeled_weight: float = 1.0
    max_iterations: int = 200
    label_noise: bool = False
    label_mechanism: str | None = None
    seed: int = 0


@dataclass(frozen=True)
class Learnt:
    """A fitted classifier, and what is to be said of it.

    Attributes
    ----------
    model : classifier
    rows : array or DataFrame
        The rows in memory, as the model takes them.
    suspicions : tuple of Suspicion
        Signs of a wrong fit.
    safer : str
        What to type for a model that is less likely to be wrong.
    check_all : bool
        Of a comparison, whether every predicted label is to be checked.
    page : callable or None
        Of a comparison, makes the report, given the rows to check and their cells, if these are not in memory.
    name : str
        What the model is called at the command line.
    held_out : HeldOut or None
        Of a comparison, how the model did on held-out labelled rows.
    hidden : HiddenLabels or None
        Of a comparison, what the model said of given labels while they were hidden, by the numbers of the table's rows.
    encoders : tuple of transformers
        Fitted; what makes numbers of typed columns for a model that has nothing of the kind in itself.
    """

    model: Any
    rows: Any
    suspicions: tuple[Suspicion, ...]
    safer: str
    check_all: bool = False
    page: Page | None = None
    name: str = MIXTURE
    held_out: HeldOut | None = None
    hidden: HiddenLabels | None = None
    encoders: tuple[Any, ...] = ()


def learn(given: Input, out: Path, options: LabelOptions, console: Console) -> Learnt:
    """Learn from the rows in memory.

    Parameters
    ----------
    given : Input
    out : Path
        Where the labels will be written, of which a report tells.
    options : LabelOptions
    console : Console

    Raises
    ------
    CommandError
        If the model cannot learn from them.
    """
    if options.model == AUTO:
        return _by_recommendation(given, out, options, console)
    return _by_mixture(given, options, console) if options.model == MIXTURE else _by_candidate(given, options, console)


def _by_mixture(given: Input, options: LabelOptions, console: Console) -> Learnt:
    rows, names = number_matrix(given.table, given.columns, given.cells)
    constant = [name for name, column in zip(names, rows.T, strict=True) if (column == column[0]).all()]
    warn_of_numbers(given, names, rows, constant, console)
    given.say_what_was_read(names, console)
    labels = as_array(given.labels)
    model = fit_mixture(lambda mixture: mixture.fit(rows, labels), bool(np.isnan(rows).any()), options, console)
    return Learnt(model, rows, suspicions_of(model, names), f"--model {AUTO}")


def warn_of_numbers(
    given: Input, names: list[str], rows: NDArray[np.float64], constant: list[str], console: Console
) -> None:
    """Warn of columns that are read with doubt, and of those that can tell no classes apart.

    Parameters
    ----------
    given : Input
    names : list of str
        Of the columns of numbers.
    rows : array
        Rows in memory.
    constant : list of str
        Columns with the same value in every row.
    console : Console
    """
    # Numbers that say nothing are used here, with the warning that they do.
    for sentence in warnings_of([column for column in given.columns if column.used], at_command=True):
        console.warn(sentence)
    if constant and len(rows) > 1:
        plural = "the column {} has" if len(constant) == 1 else "the columns {} have"
        console.warn(f"{plural.format(listed(constant))} the same value in every row and cannot tell classes apart")
    steps = np.diff(given.row_numbers)
    counting = [name for name, column in zip(names, rows.T, strict=True) if (np.diff(column) == steps).all()]
    if counting and len(rows) > 2:
        console.warn(
            f"the column {counting[0]!r} numbers the rows; if it measures nothing, add {ignoring(counting[:1])}"
        )


def _by_candidate(given: Input, options: LabelOptions, console: Console) -> Learnt:
    """Return the candidate of `semigen recommend` that has this name."""
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
    return _learnt(model, features.frame, options.model)


def _by_recommendation(given: Input, out: Path, options: LabelOptions, console: Console) -> Learnt:
    """Return the best classifier, and a function that makes the page about it."""
    # Imported here, as a mixture does not need what compares and draws.
    from semigen.cli.recommend_table import compare, hidden_in_table
    from semigen.cli.report_contents import page_of
    from semigen.recommendation import text
    from semigen.recommendation.findings import LowerError, OutOfTime

    features = given.features(console)
    settings = Settings(options.budget, options.seed, options.report, out)
    found, curve = compare(given, features, settings, console)
    # What it says of predicted labels is of all of them, of which the table may be a sample.
    found = replace(found, conclusion=replace(found.conclusion, n_unlabeled=given.n_unlabeled))
    medium = text.Medium.COMMAND
    # Of the classifier that the verdict names, the verdict says why it was not chosen.
    named = found.conclusion.reference
    lower = [each for each in found.findings if isinstance(each, LowerError) and each.other != named]
    late = [each for each in found.findings if isinstance(each, OutOfTime)]
    for sentence in [*text.verdict(found.conclusion, medium), *text.sentences([*lower[:1], *late], medium)]:
        console.say(sentence)
    if found.conclusion.more_labels is not None:
        console.say(f"{text.QUESTION} {text.more_labels(found.conclusion.more_labels)}")
    console.say(text.PICKED_AT_RANDOM)

    def page(check: RowsToCheck, rows: Mapping[int, Mapping[str, Any]] | None) -> str:
        return page_of(given, features, found, check, settings, console, rows, curve)

    learnt = _learnt(found.best_estimator_, features.frame, typed_name(found.candidates[found.chosen].name))
    return replace(
        learnt,
        check_all=found.conclusion.is_to_be_checked,
        page=page,
        held_out=_held_out(found),
        hidden=hidden_in_table(given, found),
    )


def fit_mixture(
    fit: Callable[[SemiSupervisedGMM], SemiSupervisedGMM], incomplete: bool, options: LabelOptions, console: Console
) -> SemiSupervisedGMM:
    """Fit a mixture, and say how long it took and what it warned of.

    Parameters
    ----------
    fit : callable
        Fits a mixture to the rows.
    incomplete : bool
        Whether values are missing among them.
    options : LabelOptions
    console : Console

    Raises
    ------
    CommandError
        If it cannot be fitted.
    """
    model = SemiSupervisedGMM(
        options.covariance,
        options.components,
        unlabeled=None,
        missing="marginal" if incomplete else "error",
        unlabeled_weight=options.unlabeled_weight,
        max_iter=options.max_iterations,
        label_noise="auto" if options.label_noise else None,
        label_mechanism=options.label_mechanism,
        random_state=options.seed,
    )
    started = time.perf_counter()
    try:
        with console.working("learning"), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            # `read_input` has warned of classes that look alike.
            warnings.simplefilter("ignore", LabelWarning)
            fit(model)
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
    if options.label_mechanism is not None:
        console.say(str(model.label_mechanism_))
    return model


def _learnt(model: Any, rows: Any, name: str) -> Learnt:
    return Learnt(model, rows, suspicions_of(model), "another --model of semigen recommend", name=name)


def _held_out(found: Recommendation) -> HeldOut | None:
    """Return how the chosen classifier did on held-out rows; None if none was held out."""
    chosen = found.candidates[found.chosen]
    if not chosen.n_rounds:
        return None
    return HeldOut(chosen.error, chosen.lower, chosen.upper, found.data_summary.n_labeled)
