"""What a report tells: from the table that was read and the recommendation that was found to a page."""

from __future__ import annotations

import datetime
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from semigen import __version__, label_curve, rank_queries
from semigen.cli.messages import Reporter
from semigen.cli.next_steps import Settings, steps_of
from semigen.cli.table_input import Features, Input
from semigen.labels import Labels, encode
from semigen.model_selection.any_classifier import labels_with_gaps
from semigen.model_selection.groups import encode_groups
from semigen.report import ColumnSeen, Contents, Picture, Question, to_html
from semigen.report.picture_data import as_numbers, held_out_probabilities, on_a_plane, some_rows
from semigen.report.pictures import candidates_picture, labels_picture, probabilities_picture, rows_picture
from semigen.tables.frames import kinds_of_frame
from semigen.tables.sentences import holds, how_read, warnings_of, why_left_out

if TYPE_CHECKING:
    from semigen.recommendation import Recommendation

# Labelled and unlabelled rows that are drawn, and that are fitted for pictures: more take time and show little more.
_DRAWN = (1000, 2000)
_FITTED = (5000, 2000)
# More classes than these cannot be told apart in a picture.
_DRAWN_CLASSES = 20
# Unlabelled rows among which questions are chosen.
_ASKED_OF = 10_000
_QUESTIONS = 10
_SHOWN_COLUMNS = 5
_LONGEST_CELL = 40
# Labelled rows below which shares of right answers say nothing.
_FEWEST_HELD_OUT = 30
# The curve of errors by labels: sizes at most, and draws.
_SIZES, _REPEATS = 6, 8
# Seconds that the picture of probabilities, and that of labels, may take.
_PATIENCE = 15.0
_FITS_OF_A_ROUND = 5


def page_of(given: Input, features: Features, found: Recommendation, settings: Settings, reporter: Reporter) -> str:
    """The report as HTML.

    Parameters
    ----------
    given : Input
    features : Features
    found : Recommendation
    settings : Settings
    reporter : Reporter
    """
    labels = encode(given.labels.to_list(), unlabeled=None, classes=found.best_estimator_.classes_)
    with reporter.working("drawing the report"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        numbers = as_numbers(features.frame, kinds_of_frame(given.columns))
        pictures = {"candidates": candidates_picture(found), "rows": _rows(features.frame, found, labels, numbers)}
        groups = None if given.groups is None else encode_groups(given.groups, labels.labeled)
        pictures |= _pictures_that_take_fits(features.frame, found, labels, groups, settings, reporter)
        questions = _questions(given, features, found, labels, numbers)
    tally = sorted(zip(map(str, labels.names), labels.counts.tolist(), strict=True), key=lambda pair: -pair[1])
    return to_html(
        Contents(
            table=given.path.name,
            target=given.target,
            n_rows=given.table.height,
            classes=tally,
            columns=[
                ColumnSeen(column.name, holds(column), column.n_missing + column.n_unfit, how_read(column))
                for column in features.columns
                if column.used
            ],
            left_out={column.name: why_left_out(column) for column in features.columns if not column.used},
            doubts=warnings_of(features.columns),
            found=found,
            pictures=pictures,
            questions=questions,
            steps=steps_of(given, settings, found),
            labelled=None if settings.labelled is None else settings.labelled.name,
            to_check=list(settings.to_check),
            made=[
                ("table", str(given.path)),
                ("made", f"{datetime.datetime.now():%Y-%m-%d %H:%M}, by semigen {__version__}"),
                ("time for the comparison", f"{found.seconds:.0f} s; {settings.budget:g} s were asked for"),
                ("seed", str(settings.seed)),
            ],
        )
    )


def _rows(frame: pl.DataFrame, found: Recommendation, labels: Labels, numbers: NDArray[np.float64]) -> Picture:
    """Rows on a plane: of many a part drawn at random, and of many classes those with the most labels."""
    some = some_rows(labels, *_DRAWN, seed=0)
    predicted = np.searchsorted(labels.classes, found.best_estimator_.predict(frame[some]))
    classes = np.where(labels.labeled[some], labels.codes[some], predicted)
    drawn = np.sort(np.argsort(-labels.counts, kind="stable")[:_DRAWN_CLASSES])
    of_drawn = np.isin(classes, drawn)
    some, classes = some[of_drawn], classes[of_drawn]
    places, axis_names = on_a_plane(numbers[some], classes)
    guesses = np.searchsorted(drawn, np.where(np.isin(predicted[of_drawn], drawn), predicted[of_drawn], classes))
    codes = np.where(labels.labeled[some], np.searchsorted(drawn, classes), -1)
    names = [str(labels.names[k]) for k in drawn]
    return rows_picture(places, axis_names, codes, names, guesses, len(labels.codes), len(labels.classes))


def _pictures_that_take_fits(
    frame: pl.DataFrame,
    found: Recommendation,
    labels: Labels,
    groups: NDArray[np.int64] | None,
    settings: Settings,
    reporter: Reporter,
) -> dict[str, Picture]:
    """Probabilities on held-out rows and the error by labels, where there are labels and time enough."""
    chosen, alone = found.candidates[found.chosen], found.candidates[found.baseline]
    pictures: dict[str, Picture] = {}
    if labels.counts[labels.counts > 1].sum() < _FEWEST_HELD_OUT or not chosen.n_rounds:
        return pictures
    some = some_rows(labels, *_FITTED, seed=settings.seed)
    frame, labels, groups = frame[some], labels.part(some), None if groups is None else groups[some]
    seconds = max(each.seconds / max(each.n_rounds, 1) for each in (chosen, alone))
    compared = {each.name: each.estimator for each in (alone, chosen)}
    fits_of_curve = len(compared) * _SIZES * _REPEATS
    try:
        if seconds <= _PATIENCE and hasattr(found.best_estimator_, "predict_proba"):
            truth, probabilities = held_out_probabilities(chosen.estimator, frame, labels, settings.seed, groups)
            pictures["probabilities"] = probabilities_picture(truth, probabilities, chosen.name)
        if fits_of_curve * seconds / _FITS_OF_A_ROUND <= _PATIENCE and labels.counts.min() > 2:
            curve = label_curve(
                compared,
                frame,
                labels_with_gaps(labels.classes, labels.codes),
                n_repeats=_REPEATS,
                groups=None if groups is None else np.where(groups < 0, np.nan, groups),
                unlabeled=None,
                random_state=settings.seed,
            )
            pictures["labels"] = labels_picture(curve)
    except ValueError as error:
        # The result stands without these pictures.
        reporter.warn(f"the report lacks a picture, as a fit with fewer labels failed: {error}")
    return pictures


def _questions(
    given: Input, features: Features, found: Recommendation, labels: Labels, numbers: NDArray[np.float64]
) -> list[Question]:
    """The rows worth labelling next, with the columns by which a person finds them."""
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
    asked = some[chosen]
    probabilities = np.asarray(model.predict_proba(features.frame[asked]))
    shown = _telling_columns(given, features)
    questions = []
    for row, of_row in zip(asked.tolist(), probabilities, strict=True):
        best = np.argsort(-of_row, kind="stable")[:2]
        guesses = [(str(labels.names[k]), float(of_row[k])) for k in best]
        questions.append(Question(row + 1, guesses, {name: _cell(given.table[name][row]) for name in shown}))
    return questions


def _telling_columns(given: Input, features: Features) -> list[str]:
    """Columns by which a person finds a row: first those that were not learnt from and differ from row to row."""
    used = [column.name for column in features.columns if column.used]
    others = [name for name in given.table.columns if name not in used and name != given.target]
    naming = [name for name in others if not given.table.schema[name].is_nested() and given.table[name].n_unique() > 1]
    return [*naming[:2], *used][:_SHOWN_COLUMNS]


def _cell(value: Any) -> str:
    text = "" if value is None else " ".join(f"{value:.6g}".split() if isinstance(value, float) else str(value).split())
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"
