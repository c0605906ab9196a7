"""`semigen recommend`: find out on the labelled rows of a table which classifier suits it, and say why."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from semigen.cli.answers import answers_of, lines_to_check
from semigen.cli.console import Console, counted, print_result
from semigen.cli.measured_label_curve import with_measured_curve
from semigen.cli.next_steps import Settings, to_label
from semigen.cli.refusal import CommandError
from semigen.cli.report_contents import page_of
from semigen.cli.table_input import Features, Input, is_in_parts, read_input, read_sample
from semigen.cli.write_report import check_report, write_page
from semigen.diagnostics.rows_to_check import HiddenLabels, rows_to_check
from semigen.labels import LabelWarning
from semigen.recommendation import text
from semigen.tables.chunks import open_table
from semigen.tables.frames import kinds_of_frame
from semigen.tables.read_table import Reading, as_array, separator_of

if TYPE_CHECKING:
    from semigen.model_selection.label_curves import LabelCurve
    from semigen.recommendation import Recommendation


def recommend_table(path: Path, target: str, how: Reading, settings: Settings, console: Console) -> None:
    """Compare classifiers on the labelled rows of a table; print which one suits, the ranked table and the reasons.

    Parameters
    ----------
    path : Path
        The table: .csv, .tsv or .parquet.
    target : str
        The column with the labels.
    how : Reading
    settings : Settings
    console : Console

    Raises
    ------
    CommandError
        If the input or the output cannot be used; nothing has been written then.
    """
    if settings.report is not None:
        check_report(settings.report, [path])
    if is_in_parts(path, how):
        given = read_sample(open_table(path, separator_of(how)), target, how, settings.seed, console)
    else:
        given = read_input(path, target, how, console, exact=settings.report is not None)
    if not given.labels.null_count():
        console.warn(
            f"every row of {target!r} has a label, so there are no unlabelled rows to learn from; if some rows are to "
            "be labelled, leave them blank, or say with --unlabeled what marks them"
        )
    features = given.features(console)
    found, curve = compare(given, features, settings, console)
    answers = answers_of(found.best_estimator_, features.frame, given.labels)
    check = rows_to_check(answers, given.row_numbers, hidden_in_table(given, found))
    if settings.report is not None:
        # Before the result is printed, as a reader such as `head` may close the pipe early.
        write_page(page_of(given, features, found, check, settings, console, curve=curve), settings.report)
        console.say(f"wrote {settings.report}; open it in a browser")
    to_check = lines_to_check(check, found.conclusion.is_to_be_checked)
    print_result(in_lines(found))
    print_result(f"\n{_wrapped(f'{line[:1].upper()}{line[1:]}.' for line in to_check)}")
    if given.labels.null_count():
        print_result(f"\nTo label the blank rows with it:\n  {to_label(given, settings, found)}")
    if settings.report is None:
        print_result("\nWith --report FILE.html: pictures, and the rows that are worth labelling next.")


def compare(
    given: Input, features: Features, settings: Settings, console: Console
) -> tuple[Recommendation, LabelCurve | None]:
    """Race the candidates, and fit the best to all rows; for a report, measure the error by number of labels as well.

    Raises
    ------
    CommandError
        If no candidate can learn from the table.
    """
    from semigen import recommend

    console.say(f"comparing classifiers, for up to {settings.budget:g} s")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            # `read_input` has warned of classes that look alike.
            warnings.simplefilter("ignore", LabelWarning)
            found: Recommendation = recommend(
                features.frame,
                as_array(given.labels),
                budget=settings.budget,
                groups=None if given.groups is None else as_array(given.groups),
                unlabeled=None,
                column_kinds=kinds_of_frame(given.columns),
                random_state=settings.seed,
                progress=console.watched,
            )
    except ValueError as error:
        raise CommandError(str(error)) from error
    for message in dict.fromkeys(str(warning.message) for warning in caught):
        console.warn(message)
    n_compared = sum(each.n_rounds > 0 for each in found.candidates)
    console.say(f"compared {counted(n_compared, 'classifier')} in {found.seconds:.0f} s")
    if settings.report is None:
        return found, None
    return with_measured_curve(given, features, found, settings.seed, console)


def hidden_in_table(given: Input, found: Recommendation) -> HiddenLabels | None:
    """Return what was said of given labels while they were hidden, by the numbers of the table's rows."""
    hidden = found.hidden_labels
    return None if hidden is None else replace(hidden, rows=given.row_numbers[hidden.rows])


def in_lines(found: Recommendation) -> str:
    """Return verdict, table and reasons, in lines that a terminal holds."""
    medium = text.Medium.COMMAND
    verdict = _wrapped(text.verdict(found.conclusion, medium))
    return "\n\n".join([verdict, found.table(), _wrapped(text.sentences(found.findings, medium), "- ")])


def _wrapped(said: Iterable[str], mark: str = "", width: int = 100) -> str:
    # An option such as --budget=90 stays in one piece.
    return "\n".join(
        textwrap.fill(each, width, initial_indent=mark, subsequent_indent="  ", break_on_hyphens=False) for each in said
    )
