"""The report's sentences, for a person who never read a paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, assert_never

import numpy as np

from semigen.diagnostics.rows_to_check import HIDDEN_DOUBT, SURE, RowsToCheck
from semigen.model_selection.more_labels import Help, MoreLabels
from semigen.recommendation.findings import FEW_LABELS, Status
from semigen.recommendation.text import PICKED_AT_RANDOM, listed
from semigen.report.contents import Contents, Question

_STATUS = {
    Status.RACED: "compared to the end",
    Status.DROPPED_EARLY: "dropped early",
    Status.NOT_MEASURED: "not measured",
    Status.FAILED: "failed",
    Status.NO_TIME: "no time for it",
}

_COUNTED = "Rows are counted from 1, without the line of column names; a spreadsheet counts that line as well."


# Digits behind the point that tell probabilities apart; what is nearer to another is as good as the same.
_MOST_DIGITS = 6
# Classes of which it is said how many rows are predicted to be of them.
_MOST_CLASSES = 10


def status(candidate: Any) -> str:
    """Return how far a candidate came in the comparison."""
    if candidate.status is Status.NO_TIME and candidate.began:
        return "given up, too slow"
    return _STATUS[candidate.status]


def title(contents: Contents) -> str:
    """Return the heading of the page."""
    return f"Which classifier suits {contents.table}?"


def in_percent(error: float, digits: int = 1) -> str:
    """Return an error in per cent, or a dash where there is none."""
    return f"{100 * error:.{digits}f} %" if np.isfinite(error) else "–"


def interval(low: float, high: float) -> str:
    """Return both ends in per cent, or a dash."""
    if not (np.isfinite(low) and np.isfinite(high)):
        return "–"
    return f"{100 * low:.1f} to {100 * high:.1f} %"


def in_percent_apart(probabilities: Sequence[float]) -> list[str]:
    """Return probabilities in per cent, with as few digits as tell them apart, from each other and from 0 and 100 %."""
    known = [p for p in probabilities if np.isfinite(p)]
    different = len({*(round(p, _MOST_DIGITS + 2) for p in known), 0.0, 1.0})
    digits = next(
        (n for n in range(_MOST_DIGITS) if len({*(in_percent(p, n) for p in (*known, 0.0, 1.0))}) == different),
        _MOST_DIGITS,
    )
    return [in_percent(p, digits) for p in probabilities]


def kinds_to_check(check: RowsToCheck) -> list[str]:
    """Return which rows to check, in their order, and how many there are."""
    kinds = []
    if check.n_doubted:
        kinds.append(
            "the given label that looks wrong"
            if check.n_doubted == 1
            else f"the {check.n_doubted:,} given labels that look wrong"
        )
    if check.unsure:
        many = len(check.unsure)
        kinds.append(
            "the prediction that is least sure" if many == 1 else f"the {many} predictions that are least sure"
        )
    return kinds


def has_hidden(check: RowsToCheck) -> bool:
    """Return whether a given label that looks wrong was hidden from the classifier that says so."""
    return any(each.hidden for each in check.doubted)


def doubted(check: RowsToCheck) -> str:
    """Return how many given labels look wrong, and what that means."""
    if not check.n_doubted:
        none = f"For none of the {check.n_given:,} given labels does the classifier find another class more probable."
        if check.n_hidden == check.n_given:
            return (
                f"{none} Nor did it give one of them {in_percent(HIDDEN_DOUBT, 0)} or less while it was hidden. That "
                "does not prove the labels right."
            )
        return f"{none} It learnt from these very labels, so that does not prove them right."
    named = f", of which {len(check.doubted)} are shown" if len(check.doubted) < check.n_doubted else ""
    said = (
        f"{check.n_doubted:,} of the {check.n_given:,} given labels{named}, the most doubtful first. The label may be "
        "wrong, the row may be an unusual one of its class, or the classifier may be mistaken."
    )
    if has_hidden(check):
        return (
            f"{said} A classifier that learnt from a wrong label may repeat it, so labels were hidden as well. Where "
            f"“hidden” says yes, the classifier had not seen the label and gave it {in_percent(HIDDEN_DOUBT, 0)} or "
            "less. Where it says no, the classifier learnt from the label and still finds another class more probable."
        )
    return f"{said} The classifier learnt from these labels and still finds another class more probable."


def unsure(check: RowsToCheck, contents: Contents) -> str:
    """Return how many predictions are shown, and of how many; and that more are wrong, where that is known."""
    said = (
        f"{len(check.unsure)} of the {check.n_predicted:,} predictions, the least sure first: by the "
        "classifier's own probabilities, these are the likeliest to be wrong."
    )
    found = contents.found.conclusion
    if found.unmeasured is not None or found.n_wrong[0] <= len(check.unsure):
        return said
    said += f" They are only where to begin: about {found.n_wrong[0]:,} of the {check.n_predicted:,} are likely wrong."
    if contents.labelled is None:
        return said
    return f"{said} To find the next ones, sort {contents.labelled} by the column “{contents.target}_probability”."


def predicted(check: RowsToCheck) -> str:
    """Return how many rows are predicted to be of each class, and how many of these predictions are unsure."""
    shown = [f"{count:,} “{name}”" for name, count in check.predicted[:_MOST_CLASSES]]
    if len(check.predicted) > _MOST_CLASSES:
        shown.append(f"{len(check.predicted) - _MOST_CLASSES} more classes")
    per_class = f": {', '.join(shown)}" if shown else ""
    rows = "1 label is" if check.n_predicted == 1 else f"{check.n_predicted:,} labels are"
    many = "All" if check.n_unsure == check.n_predicted > 1 else f"{check.n_unsure:,}"
    have = "has" if check.n_unsure == 1 else "have"
    return f"{rows} predicted{per_class}. {many} of them {have} a probability below {in_percent(SURE, 0)}."


def about_questions(questions: Sequence[Question], table: str) -> str:
    """Return what the rows to label next are, and how to go on with a table of this name."""
    sought = list(dict.fromkeys(each.sought for each in questions if each.sought is not None))
    rare = (
        f"Labels are needed most of {listed(sought)}, so the list begins with rows that may be of "
        f"{'that class' if len(sought) == 1 else 'these classes'}. "
        if sought
        else ""
    )
    return (
        f"If you can find out the labels of some more rows, these tell the most. {rare}"
        f"{'The others are rows' if sought else 'These are rows'} of which the classifier is unsure, or that many "
        "other rows resemble, and they differ from each other. Write their labels, and those that you corrected, into "
        f"{table}, and run the same command again. As such rows are harder than most, the error measured afterwards "
        "may look larger than it is."
    )


def whether_to_label(told: MoreLabels | None) -> str:
    """Return whether to label more rows, without the reason; None is not measured."""
    if told is None:
        return "Whether more labels would lower the error was not measured"
    match told.help:
        case Help.YES:
            return "Label more rows if you can: that is likely to lower the error"
        case Help.NO:
            return "Labelling more rows would hardly lower the error"
        case Help.CANNOT_TELL:
            return "Whether more labels would lower the error cannot be told"
        case _:
            assert_never(told.help)


def before_rows_to_label(told: MoreLabels | None) -> str:
    """Return the words before the rows to label first."""
    if told is not None and told.help is Help.YES:
        return ". Start with the rows "
    if told is not None and told.help is Help.NO:
        return ". If you label some all the same, start with the rows "
    return ". If you can get more, start with the rows "


def why_asked(question: Question) -> str:
    """Return why a row is worth labelling."""
    if question.sought is not None:
        return f"few labels of “{question.sought}”"
    sure = max(probability for _, probability in question.guesses) >= SURE
    return "many rows are like it" if sure else "the classifier is unsure"


def labelled(contents: Contents) -> str:
    """Return where the labels were written, and what says how sure they are."""
    said = (
        f"Every row has a label now, in the column “{contents.target}_predicted” of {contents.labelled}: given labels "
        "are kept, and blank ones are filled with predictions."
    )
    said += f" The column “{contents.target}_probability” says how sure the classifier is of each"
    if _too_sure(contents) is None:
        return f"{said}."
    return f"{said}, but the classifier is too sure of itself: check some of those as well of which it is sure."


def _too_sure(contents: Contents) -> Any:
    """Return the calibration of the chosen classifier if it is surer than it is right, else None."""
    name = contents.found.candidates[contents.found.chosen].name
    measured = [each for each in contents.found.data_summary.calibration if each.name == name]
    return next((each for each in measured if not each.fair and each.confidence > each.accuracy), None)


def trust(contents: Contents) -> list[str]:
    """Return what a careful person should know before using the result."""
    warnings = []
    sure = _too_sure(contents)
    if sure is not None:
        warnings.append(
            f"The classifier is surer than it should be: {in_percent(sure.confidence, 0)} on average, and right in "
            f"{in_percent(sure.accuracy, 0)}. Its probabilities tell which labels are surer than others, not how often "
            "they are wrong."
        )
    single = [name for name, count in contents.classes if count == 1]
    by_count = sorted(contents.classes, key=lambda pair: pair[1])
    few = [name for name, count in by_count if 1 < count < FEW_LABELS]
    if single:
        they = "it is" if len(single) == 1 else "they are"
        warnings.append(f"{_classes_have(single)} only one labelled row, so nothing here says how well {they} told.")
    if few:
        which = _classes_have(few)
        if len(few + single) == len(contents.classes):
            which = "Both classes have" if len(contents.classes) == 2 else f"All {len(contents.classes):,} classes have"
        more = "More of them, picked at random, make all figures here firmer."
        warnings.append(f"{which} fewer than {FEW_LABELS} labelled rows. {more}")
    return [*warnings, PICKED_AT_RANDOM]


def _classes_have(names: list[str]) -> str:
    return f"“{names[0]}” has" if len(names) == 1 else f"{len(names):,} classes, such as “{names[0]}”, have"


def blanks(contents: Contents) -> str:
    """Return how many cells of the columns are blank."""
    n_blank = sum(column.n_blank for column in contents.columns)
    if not n_blank:
        return "No cell of the columns is blank."
    with_blanks = sum(column.n_blank > 0 for column in contents.columns)
    share = n_blank / max(contents.n_rows * len(contents.columns), 1)
    cells = "1 cell is" if n_blank == 1 else f"{n_blank:,} cells ({in_percent(share)}) are"
    columns = "one column" if with_blanks == 1 else f"{with_blanks:,} columns"
    return f"{cells} blank, in {columns}."


def counted(contents: Contents, shown: Iterable[Mapping[str, str]]) -> str:
    """Return how rows are counted, and how many of the columns are shown of them.

    Parameters
    ----------
    contents : Contents
    shown : iterable of mapping
        The cells of each row, by column.
    """
    n_shown = max((len(cells) for cells in shown), default=0)
    n_columns = len(contents.columns) + len(contents.left_out)
    if not 0 < n_shown < n_columns:
        return _COUNTED
    return f"{_COUNTED} {n_shown} of the {n_columns} columns are shown, so that you can find the row."
