"""Options that several subcommands have, and the class of all subcommands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

# Stands in a help text for the names of the covariance families.
FAMILIES_HERE = "<families>"

Table = Annotated[
    Path,
    typer.Argument(metavar="TABLE", help="The table to read: .csv, .tsv (or .gz of these), .parquet or .xlsx."),
]
Target = Annotated[str, typer.Option("--target", "-t", metavar="COLUMN", help="The column with the labels.")]
Ignore = Annotated[
    list[str] | None,
    typer.Option("--ignore", "-i", metavar="COLUMN", help="A column not to learn from. Repeatable."),
]
BUDGET = 60.0
Budget = Annotated[
    float,
    typer.Option("--budget", "-b", min=1.0, max=1e6, metavar="SECONDS", help="Most time to compare classifiers."),
]
Group = Annotated[
    str | None,
    typer.Option("--group", "-g", metavar="COLUMN", help="Rows alike in it, as of a patient, are held out together."),
]
Report = Annotated[
    Path | None, typer.Option("--report", "-r", metavar="FILE", help="A page with pictures to write: .html.")
]
Out = Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The file to write: .csv, .tsv or .parquet.")]
Unlabeled = Annotated[
    str | None,
    typer.Option("--unlabeled", "-u", metavar="TEXT", help="A label that means unlabelled, besides blank ones."),
]
Seed = Annotated[
    int, typer.Option("--seed", "-s", min=0, max=2**32 - 1, metavar="NUMBER", help="Of what is drawn at random.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Report warnings and errors only.")]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="NAME=KIND",
        help="What a column holds: number, code, category, ordered, date, duration, boolean, text, identifier, or an "
        "order as in size=small<medium<large. Repeatable.",
    ),
]
Separator = Annotated[
    str | None,
    typer.Option("--separator", metavar="SIGN", help="Between the cells of a text file, as in ';' or tab."),
]
Decimal = Annotated[
    str | None, typer.Option("--decimal", metavar="SIGN", help="The decimal sign in a text file: . or ,")
]
InParts = Annotated[
    bool | None,
    typer.Option(
        "--in-parts/--in-memory",
        help="Read a table part by part, or whole; by default in parts from 256 MB of text, or 64 MB if compressed.",
    ),
]


class Subcommand(TyperCommand):
    """A subcommand. Its help imports the families, and with them scikit-learn, only if it names them."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        for each in self.params:
            said: str | None = getattr(each, "help", None)
            if said and FAMILIES_HERE in said:
                from semigen.mixture.families import FAMILIES

                vars(each)["help"] = said.replace(FAMILIES_HERE, ", ".join(FAMILIES))
        super().format_help(ctx, formatter)


def kinds_typed(columns: list[str] | None) -> dict[str, str]:
    """Return what --column says, by name; the name may hold an equals sign, a kind does not."""
    kinds = {}
    for each in columns or []:
        name, equals, kind = each.rpartition("=")
        if not (equals and name and kind.strip()):
            raise typer.BadParameter(f"{each!r} must say NAME=KIND, as in age=number", param_hint="--column")
        kinds[name] = kind
    return kinds
