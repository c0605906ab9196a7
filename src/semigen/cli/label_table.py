"""`semigen label`: learn from the labelled rows and the unlabelled rows of a table, and label the latter."""

from __future__ import annotations

from pathlib import Path

from semigen.cli.answers import answers_of, check_columns, with_answers
from semigen.cli.console import Console
from semigen.cli.label_in_parts import label_in_parts
from semigen.cli.labelled import finish
from semigen.cli.learning import LabelOptions, learn
from semigen.cli.saved_model import check_save, save_model, seen_by
from semigen.cli.table_input import is_in_parts, read_input
from semigen.cli.write_report import check_report
from semigen.diagnostics.rows_to_check import rows_to_check
from semigen.tables.files import check_output, write_table
from semigen.tables.target import require_unlabeled


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
    if options.save is not None:
        check_save(options.save, [each for each in (path, out, options.report) if each is not None])
    if is_in_parts(path, options.reading):
        return label_in_parts(path, target, out, options, console)
    given = read_input(path, target, options.reading, console)
    check_columns(given.table, target, out)
    require_unlabeled(given.labels, target)
    learnt = learn(given, out, options, console)
    answers = answers_of(learnt.model, learnt.rows, given.labels)
    table = with_answers(given.table, target, answers, given.labels.dtype, given.table.schema[target])
    with console.working(f"writing {out}"):
        write_table(table, out)
    finish(rows_to_check(answers, hidden=learnt.hidden), learnt, target, out, options, console)
    if options.save is not None:
        save_model(learnt, given, seen_by(learnt, given), options.save, console)
    return bool(learnt.suspicions)
