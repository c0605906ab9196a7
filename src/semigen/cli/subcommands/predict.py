"""Label the rows of a table with a model that `semigen label --save` wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from semigen.cli.console import Console
from semigen.cli.shared_options import Decimal, InParts, Out, Quiet, Separator, Table

SavedModel = Annotated[
    Path, typer.Argument(metavar="MODEL", help="The file of a model, which semigen label --save wrote.")
]


def predict(
    model: SavedModel,
    table: Table,
    out: Out,
    separator: Separator = None,
    decimal: Decimal = None,
    in_parts: InParts = None,
    quiet: Quiet = False,
) -> None:
    """Label every row of TABLE with MODEL, which learns nothing new.

    TABLE needs the columns that the model learnt from, by their names, in whatever order; further columns are kept and
    not looked at. Cells that do not fit, values that training did not see and gaps where it saw none are told of.

    FILE gets every row and column of TABLE in the same order, and two new columns:

    COLUMN_predicted, the most probable label, whatever TABLE itself says in COLUMN;

    COLUMN_probability, how probable the model finds it.

    Tables may be larger than memory. FILE is written whole or not at all, and replaced if it exists.
    """
    from semigen.cli.predict_table import predict_table
    from semigen.tables.read_table import Reading

    predict_table(model, table, out, Reading(separator=separator, decimal=decimal, in_parts=in_parts), Console(quiet))
