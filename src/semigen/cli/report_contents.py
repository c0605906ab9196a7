"""Contents of a report, from the table that was read and the recommendation that was found."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from semigen import __version__, rank_queries
from semigen.cli.console import Console
from semigen.cli.measured_label_curve import material_of
from semigen.cli.next_steps import Settings, steps_of
from semigen.cli.table_input import Features, Input
from semigen.diagnostics.rows_to_check import RowsToCheck
from semigen.labels import Labels
from semigen.model_selection.any_classifier import labels_with_gaps
from semigen.model_selection.label_curves import LabelCurve
from semigen.recommendation.findings import NextStep
from semigen.report import ColumnSeen, Contents, Picture, Question, to_html
from semigen.report.pictures import pictures_of
from semigen.report.pictures.material import as_numbers, some_rows
from semigen.tables.frames import kinds_of_frame
from semigen.tables.sentences import holds, how_read, warnings_of, why_left_out

if TYPE_CHECKING:
    from semigen.recommendation import Recommendation

# Unlabelled rows among which questions are chosen.
_ASKED_OF = 10_000
_QUESTIONS = 10
# Of these, so many for each class of which labels are needed most.
_OF_RARE_CLASS = 2
_SHOWN_COLUMNS = 5
_LONGEST_CELL = 40


def page_of(
    given: Input,
    features: Features,
    found: Recommendation,
    check: RowsToCheck,
    settings: Settings,
    console: Console,
    rows: Mapping[int, Mapping[str, Any]] | None = None,
    curve: LabelCurve | None = None,
) -> str:
    """Return the report as HTML.

    Parameters
    ----------
    given : Input
    features : Features
    found : Recommendation
    check : RowsToCheck
    settings : Settings
    console : Console
    rows : mapping of int to mapping, optional
        The cells of the rows to check, by their numbers from 1; by default they are in memory.
    curve : LabelCurve, optional
        Errors by number of labels, if they were measured before.
    """
    if rows is None:
        numbers_to_check = [each.row for each in (*check.doubted, *check.unsure)]
        places = np.searchsorted(given.row_numbers + 1, numbers_to_check).tolist()
        rows = {row: given.table.row(place, named=True) for row, place in zip(numbers_to_check, places, strict=True)}
    with console.working("drawing the report"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        numbers = as_numbers(features.frame, kinds_of_frame(given.columns))
        material = material_of(given, features, found, settings.seed, numbers, curve)
        pictures = []
        for each in pictures_of(material):
            if isinstance(each, Picture):
                pictures.append(each)
            else:
                console.warn(f"the report lacks a picture, as a fit with fewer labels failed: {each}")
        questions = _questions(given, features, found, material.labels, numbers)
        telling = _telling_columns(given, features)
    tally = sorted(given.counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return to_html(
        Contents(
            table=given.path.name,
            target=given.target,
            n_rows=given.n_rows,
            classes=[(str(label), n) for label, n in tally],
            columns=[
                ColumnSeen(column.name, holds(column), column.n_missing + column.n_unfit, how_read(column))
                for column in features.columns
                if column.used
            ],
            left_out={column.name: why_left_out(column) for column in features.columns if not column.used},
            doubts=[*given.remarks_on_sample(), *warnings_of(features.columns, at_command=True)],
            found=found,
            pictures=pictures,
            questions=questions,
            steps=steps_of(given, settings, found),
            labelled=None if settings.labelled is None else settings.labelled.name,
            check=check,
            cells={row: _cells(cells, telling) for row, cells in rows.items()},
            made=[
                ("table", str(given.path)),
                ("made", f"{datetime.datetime.now():%Y-%m-%d %H:%M}, by semigen {__version__}"),
                ("time for the comparison", f"{found.seconds:.0f} s; {settings.budget:g} s were asked for"),
                ("seed", str(settings.seed)),
            ],
        )
    )


def _questions(
    given: Input, features: Features, found: Recommendation, labels: Labels, numbers: NDArray[np.float64]
) -> list[Question]:
    """Return the rows worth labelling next, with the columns by which a person finds them."""
    model = found.best_estimator_
    if not labels.unlabeled.any() or not hasattr(model, "predict_proba"):
        return []
    some = some_rows(labels, len(labels.codes), _ASKED_OF, seed=0)
    y = labels_with_gaps(labels.classes, labels.codes[some])
    try:
        chosen = rank_queries(
            model, features.frame[some], _QUESTIONS, y=y, features=numbers[some], unlabeled=None, random_state=0
        )
    except ValueError:
        # Every unlabelled row equals one that has a label, and nothing is to be asked.
        return []
    sought = _of_rare_classes(found, labels, some, numbers, np.asarray(model.predict_proba(features.frame[some])))
    doubtful: dict[int, int | None] = dict.fromkeys(some[chosen].tolist())
    asked = dict(islice((sought | (doubtful | sought)).items(), _QUESTIONS))
    probabilities = np.asarray(model.predict_proba(features.frame[list(asked)]))
    shown = _telling_columns(given, features)
    questions = []
    for (row, wanted), of_row in zip(asked.items(), probabilities, strict=True):
        best = np.argsort(-of_row, kind="stable")[:2].tolist()
        if wanted is not None and wanted not in best:
            best.append(wanted)
        guesses = [(str(labels.names[k]), float(of_row[k])) for k in best]
        sought_class = None if wanted is None else str(labels.names[wanted])
        number = int(given.row_numbers[row]) + 1
        questions.append(Question(number, guesses, _cells(given.table.row(row, named=True), shown), sought_class))
    return questions


def _of_rare_classes(
    found: Recommendation,
    labels: Labels,
    some: NDArray[np.int64],
    numbers: NDArray[np.float64],
    probability: NDArray[np.float64],
) -> dict[int, int | None]:
    """Return unlabelled rows that may be of the classes of which labels are needed most, and these classes.

    First come those that the classifier takes for the class, the least sure one before all others; then those that are
    most probably of it. Rows that are alike are asked for once, as by `rank_queries`.
    """
    needed = {name for each in found.findings if isinstance(each, NextStep) for name in each.rarest}
    best = probability.argmax(axis=1)
    asked: dict[int, int | None] = {}
    seen = {numbers[row].tobytes() for row in np.flatnonzero(labels.labeled)}
    for k in np.argsort(labels.counts, kind="stable").tolist():
        of_class = 0
        of_k = probability[:, k]
        for i in np.argsort(np.where(best == k, of_k, 2 - of_k), kind="stable").tolist():
            row, values = int(some[i]), numbers[some[i]].tobytes()
            if str(labels.names[k]) not in needed or of_class == _OF_RARE_CLASS:
                break
            if not labels.labeled[row] and values not in seen:
                asked[row] = k
                seen.add(values)
                of_class += 1
    return asked


def _telling_columns(given: Input, features: Features) -> list[str]:
    """Return columns by which a person finds a row: first those not learnt from that differ from row to row."""
    used = [column.name for column in features.columns if column.used]
    others = [name for name in given.table.columns if name not in used and name != given.target]
    naming = [name for name in others if not given.table.schema[name].is_nested() and given.table[name].n_unique() > 1]
    return [*naming[:2], *used][:_SHOWN_COLUMNS]


def _cells(row: Mapping[str, Any], names: list[str]) -> dict[str, str]:
    return {name: _cell(row[name]) for name in names}


def _cell(value: Any) -> str:
    text = "" if value is None else " ".join(f"{value:.6g}".split() if isinstance(value, float) else str(value).split())
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"
