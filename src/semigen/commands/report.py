"""The report of `semigen recommend` and `semigen label --model auto`: from what was read and found to a page."""

from __future__ import annotations

import datetime
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from semigen import __version__, label_curve, rank_queries
from semigen.commands.errors import CommandError, reason
from semigen.commands.inputs import Features, Input
from semigen.commands.reporter import Reporter
from semigen.commands.tables import check_writable
from semigen.commands.usage import Settings, steps_of
from semigen.files import replacing
from semigen.labels import Labels, encode
from semigen.report import ColumnSeen, Contents, Picture, Question, to_html
from semigen.report.evidence import as_numbers, held_out_probabilities, on_a_plane
from semigen.report.pictures import candidates_picture, labels_picture, probabilities_picture, rows_picture

if TYPE_CHECKING:
    from semigen.recommendation import Recommendation

# Rows that are drawn, and rows among which questions are chosen; more take time and show no more.
_MOST_DRAWN = 3000
_MOST_ASKED_OF = 10_000
_QUESTIONS = 10
_SHOWN_COLUMNS = 5
_LONGEST_CELL = 40
# Labelled rows below which shares of right answers say nothing.
_FEWEST_HELD_OUT = 30
# Seconds that the picture of probabilities, and that of labels, may take.
_PATIENCE = 15.0
_FITS_OF_A_ROUND = 5


def check_report(report: Path, others: list[Path]) -> None:
    """Refuse a report that could not be written later, before anything is computed.

    Raises
    ------
    CommandError
    """
    if report.suffix.lower() not in (".html", ".htm"):
        raise CommandError(f"{report} must end in .html, as the report is a page for a browser")
    if any(report.resolve() == other.resolve() for other in others):
        raise CommandError(f"{report} is another file of this command; give the report a name of its own")
    check_writable(report)


def write_page(text: str, report: Path) -> None:
    """Write the report whole or not at all.

    Raises
    ------
    CommandError
        If it cannot be written; the file is then as it was.
    """
    try:
        with replacing(report) as file:
            file.write(text.encode("utf-8"))
    except OSError as error:
        raise CommandError(f"cannot write {report}: {reason(error)}") from error


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
        numbers = as_numbers(features.frame)
        pictures = {"candidates": candidates_picture(found), "rows": _rows(features.frame, found, labels, numbers)}
        pictures |= _pictures_that_take_fits(features.frame, found, labels, settings)
        questions = _questions(given, features, found, labels, numbers)
    tally = sorted(zip(map(str, labels.names), labels.counts.tolist(), strict=True), key=lambda pair: -pair[1])
    return to_html(
        Contents(
            table=given.path.name,
            target=given.target,
            n_rows=given.table.height,
            classes=tally,
            columns=[ColumnSeen(column.name, _kind(column.dtype), column.null_count()) for column in features.frame],
            left_out=features.left_out,
            found=found,
            pictures=pictures,
            questions=questions,
            steps=steps_of(given, features, settings),
            made=[
                ("table", str(given.path)),
                ("made", f"{datetime.datetime.now():%Y-%m-%d %H:%M}, by semigen {__version__}"),
                ("time for the comparison", f"{found.seconds:.0f} s, of a budget of {settings.budget:g} s"),
                ("seed", str(settings.seed)),
            ],
        )
    )


def _kind(dtype: Any) -> str:
    return "numbers" if dtype.is_numeric() else "dates" if dtype.is_temporal() else "text"


def _rows(frame: pl.DataFrame, found: Recommendation, labels: Labels, numbers: NDArray[np.float64]) -> Picture:
    """Rows on a plane, of many a part drawn at random, labelled ones for choice."""
    random = np.random.default_rng(0)
    few = random.permutation(np.flatnonzero(labels.labeled))[: _MOST_DRAWN // 3]
    many = random.permutation(np.flatnonzero(labels.unlabeled))[: _MOST_DRAWN - len(few)]
    some = np.sort(np.concatenate([few, many]))
    predicted = np.searchsorted(labels.classes, found.best_estimator_.predict(frame[some]))
    classes = np.where(labels.labeled[some], labels.codes[some], predicted)
    places, axis_names = on_a_plane(numbers[some], classes)
    return rows_picture(places, axis_names, labels.codes[some], [str(name) for name in labels.names], predicted)


def _pictures_that_take_fits(
    frame: pl.DataFrame, found: Recommendation, labels: Labels, settings: Settings
) -> dict[str, Picture]:
    """Probabilities on held-out rows and the error by labels, where there are labels and time enough."""
    pictures: dict[str, Picture] = {}
    chosen, alone = found.candidates[found.chosen], found.candidates[found.baseline]
    n_held_out = int(labels.counts[labels.counts > 1].sum())
    if n_held_out < _FEWEST_HELD_OUT or not chosen.n_rounds:
        return pictures
    seconds = chosen.seconds / chosen.n_rounds
    if seconds <= _PATIENCE and hasattr(found.best_estimator_, "predict_proba"):
        truth, probabilities = held_out_probabilities(chosen.estimator, frame, labels, settings.seed)
        if np.isfinite(probabilities).all():
            pictures["probabilities"] = probabilities_picture(truth, probabilities, chosen.name)
    compared = {each.name: each.estimator for each in (alone, chosen)}
    sizes, repeats = 5, 8
    if len(compared) * sizes * repeats * seconds / _FITS_OF_A_ROUND <= _PATIENCE and labels.counts.min() > 2:
        y = np.array([None if code < 0 else labels.names[code] for code in labels.codes], dtype=object)
        curve = label_curve(compared, frame, y, n_repeats=repeats, unlabeled=None, random_state=settings.seed)
        if len(curve.sizes) > 1:
            pictures["labels"] = labels_picture(curve)
    return pictures


def _questions(
    given: Input, features: Features, found: Recommendation, labels: Labels, numbers: NDArray[np.float64]
) -> list[Question]:
    """The rows worth labelling next, with the columns by which a person finds them."""
    model = found.best_estimator_
    unlabeled = np.flatnonzero(labels.unlabeled)
    if not len(unlabeled) or not hasattr(model, "predict_proba"):
        return []
    random = np.random.default_rng(0)
    some = np.concatenate([np.flatnonzero(labels.labeled), random.permutation(unlabeled)[:_MOST_ASKED_OF]])
    y = np.array([None if code < 0 else labels.names[code] for code in labels.codes[some]], dtype=object)
    try:
        asked = some[
            rank_queries(
                model, features.frame[some], _QUESTIONS, y=y, features=numbers[some], unlabeled=None, random_state=0
            )
        ]
    except ValueError:
        # Every unlabelled row equals one that has a label.
        return []
    probabilities = np.asarray(model.predict_proba(features.frame[asked]))
    # What names a row comes first: columns that were not learnt from.
    others = [name for name in given.table.columns if name not in features.frame.columns and name != given.target]
    shown = [*others[:2], *features.frame.columns][:_SHOWN_COLUMNS]
    questions = []
    for row, of_row in zip(asked.tolist(), probabilities, strict=True):
        best = np.argsort(-of_row, kind="stable")[:2]
        guesses = [(str(labels.names[k]), float(of_row[k])) for k in best]
        questions.append(Question(row + 1, guesses, {name: _cell(given.table[name][row]) for name in shown}))
    return questions


def _cell(value: Any) -> str:
    text = "" if value is None else " ".join(f"{value:.6g}".split() if isinstance(value, float) else str(value).split())
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"
