"""What is said and written after a table with predicted labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from semigen.cli.answers import line_of_predicted, lines_of_suspects, lines_to_check, names_of_answers
from semigen.cli.console import Console
from semigen.cli.learning import LabelOptions, Learnt
from semigen.cli.refusal import listed
from semigen.cli.write_report import write_page
from semigen.diagnostics import sentence_of
from semigen.diagnostics.rows_to_check import RowsToCheck


def finish(
    check: RowsToCheck,
    learnt: Learnt,
    target: str,
    out: Path,
    options: LabelOptions,
    console: Console,
    rows: Mapping[int, Mapping[str, Any]] | None = None,
) -> None:
    """Say what was predicted and written, and write the report; the table is kept if that fails.

    Parameters
    ----------
    check : RowsToCheck
    learnt : Learnt
    target : str
    out : Path
    options : LabelOptions
    console : Console
    rows : mapping of int to mapping, optional
        The cells of the rows to check, by their numbers from 1; by default they are in memory.
    """
    console.say(line_of_predicted(check))
    suspects = getattr(learnt.model, "suspect_labels_", None)
    if suspects is not None:
        # They say more of given labels than what these are checked by without an estimate of how many are wrong.
        check = replace(check, n_given=0)
        for line in lines_of_suspects(suspects):
            console.say(line)
    for line in lines_to_check(check, learnt.check_all, after_others=suspects is not None):
        console.say(line)
    if learnt.suspicions:
        console.warn(sentence_of(learnt.suspicions, learnt.safer))
    new = listed(list(names_of_answers(target)))
    console.say(f"wrote {out} with the new columns {new}; given labels are kept in the first")
    if options.report is not None and learnt.page is not None:
        write_page(learnt.page(check, rows), options.report)
        console.say(f"wrote {options.report}; open it in a browser")
