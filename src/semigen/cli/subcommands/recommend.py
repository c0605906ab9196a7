"""Find out which classifier suits a table."""

from __future__ import annotations

from semigen.cli.console import Console
from semigen.cli.shared_options import (
    BUDGET,
    Budget,
    Columns,
    Decimal,
    Group,
    Ignore,
    InParts,
    Quiet,
    Report,
    Seed,
    Separator,
    Table,
    Target,
    Unlabeled,
    kinds_typed,
)


def recommend(
    table: Table,
    target: Target,
    ignore: Ignore = None,
    unlabeled: Unlabeled = None,
    budget: Budget = BUDGET,
    group: Group = None,
    report: Report = None,
    seed: Seed = 0,
    column: Columns = None,
    separator: Separator = None,
    decimal: Decimal = None,
    in_parts: InParts = None,
    quiet: Quiet = False,
) -> None:
    """Compare classifiers on the labelled rows of TABLE, and say which one suits, and why.

    Columns may be numbers, dates, categories and text, with blank cells; those that say nothing, such as names, are
    left out, and --column says what one holds where the guess is wrong.

    FILE is one page that needs nothing else: what was seen, what was chosen and why, pictures, and the rows that are
    worth labelling next. Drawing it takes up to half a minute more. It shows some cells of the table.
    """
    kinds = kinds_typed(column)
    from semigen.cli.next_steps import Settings
    from semigen.cli.recommend_table import recommend_table
    from semigen.tables.read_table import Reading

    reading = Reading(ignore or [], unlabeled, kinds, separator, decimal, group, in_parts)
    recommend_table(table, target, reading, Settings(budget, seed, report), Console(quiet))
