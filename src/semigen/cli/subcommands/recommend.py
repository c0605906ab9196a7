"""Find out which classifier suits a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from semigen.cli.console import Console
from semigen.cli.shared_options import Columns, Decimal, Quiet, Seed, Separator, Table, Target, Unlabeled, kinds_typed


def recommend(
    table: Table,
    target: Target,
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", "-i", metavar="COLUMN", help="A column not to learn from. Repeatable."),
    ] = None,
    unlabeled: Unlabeled = None,
    budget: Annotated[
        float, typer.Option("--budget", "-b", min=1.0, max=1e6, metavar="SECONDS", help="Most time for the comparison.")
    ] = 60.0,
    group: Annotated[
        str | None,
        typer.Option(
            "--group", "-g", metavar="COLUMN", help="Rows alike in it, as of a patient, are held out together."
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", "-r", metavar="FILE", help="A page with pictures to write: .html.")
    ] = None,
    seed: Seed = 0,
    column: Columns = None,
    separator: Separator = None,
    decimal: Decimal = None,
    quiet: Quiet = False,
) -> None:
    """Compare classifiers on the labelled rows of TABLE, and say which one suits, and why.

    Columns may be numbers, dates, categories and text, with blank cells; those that say nothing, such as names, are
    left out, and --column says what one holds where the guess is wrong.

    FILE is one page that needs nothing else: what was seen, what was chosen and why, pictures, and the rows that are
    worth labelling next. Drawing it takes up to half a minute more. It shows some cells of the table.
    """
    kinds = kinds_typed(column)
    from semigen.cli.recommend import RecommendOptions, recommend_table
    from semigen.tables.read_table import Reading

    reading = Reading(ignore or [], unlabeled, kinds, separator, decimal, group)
    options = RecommendOptions(reading=reading, budget=budget, report=report, seed=seed)
    recommend_table(table, target, options, Console(quiet))
