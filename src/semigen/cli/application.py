"""What can be typed: the subcommands of `semigen`, their options, and how they report and exit.

Exit codes: 0, done; 1, the input or the output cannot be used; 2, wrong usage; 3, the fit is suspect, if --strict asks
for it; 130, interrupted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from semigen import __version__
from semigen.cli.console import Console, legible_usage, print_line, print_result
from semigen.cli.model_option import AUTO, MIXTURE, typed_name
from semigen.cli.refusal import CommandError, reason

# What `label --strict` exits with after it has written labels that may be wrong.
SUSPECT = 3


class Subcommands(TyperGroup):
    """Runs a subcommand; whatever keeps one from its end is said in one legible line."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        """Read what was typed."""
        with legible_usage(), _refusing():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        """Run what was typed."""
        with legible_usage(), Console().showing_warnings(), _refusing():
            return super().invoke(ctx)


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn a refusal into one line and exit code 1."""
    try:
        yield
    except CommandError as error:
        message = str(error)
    except MemoryError:
        message = "not enough memory for a table of this size"
    except BrokenPipeError:
        # Whoever read our output has left, as `head` does; typer ends quietly.
        raise
    except OSError as error:
        # A path that the system will not even look at, or a standard output that is full.
        message = f"{error.filename}: {reason(error)}" if error.filename else reason(error)
    except KeyboardInterrupt:
        print_line("interrupted")
        raise typer.Exit(130) from None
    else:
        return
    print_line(f"error: {message}")
    raise typer.Exit(1)


application = typer.Typer(
    cls=Subcommands,
    help="Semi-supervised classification: learn from a few labelled rows and many unlabelled ones.",
    epilog="Exit codes: 0 done, 1 the input or the output cannot be used, 2 wrong usage, "
    "3 the fit is suspect (label --strict), 130 interrupted, 143 ended.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Covariance(StrEnum):
    """Shapes of the Gaussians, as typed."""

    full = "full"
    tied = "tied"
    diag = "diag"
    spherical = "spherical"


# Options that several subcommands have.
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

# Options of `label` that go with one of the models only.
_OF_MODEL = {
    MIXTURE: ("covariance", "components", "unlabeled_weight", "max_iterations"),
    AUTO: ("budget", "report", "group"),
}


def _refuse_unknown_model(model: str) -> None:
    if model in (MIXTURE, AUTO):
        return
    # Only here, as scikit-learn takes a second.
    from semigen.recommendation import candidate_names

    names = [typed_name(name) for name in candidate_names()]
    if model not in names:
        known = ", ".join(map(repr, [MIXTURE, AUTO, *names]))
        raise typer.BadParameter(f"{model!r} is none of {known}", param_hint="--model")


def _refuse_options_of_another_model(context: typer.Context, model: str) -> None:
    for other, names in _OF_MODEL.items():
        for name in names:
            source = context.get_parameter_source(name)
            if other != model and source is not None and source.name == "COMMANDLINE":
                raise typer.BadParameter(f"goes with --model {other} only", param_hint=f"--{name.replace('_', '-')}")


def _kinds_typed(columns: list[str] | None) -> dict[str, str]:
    """What --column says, by name; the name may hold an equals sign, a kind does not."""
    kinds = {}
    for each in columns or []:
        name, equals, kind = each.rpartition("=")
        if not (equals and name and kind.strip()):
            raise typer.BadParameter(f"{each!r} must say NAME=KIND, as in age=number", param_hint="--column")
        kinds[name] = kind
    return kinds


def _print_version(wanted: bool) -> None:
    if wanted:
        print_result(f"semigen {__version__}")
        raise typer.Exit


@application.callback()
def _everywhere(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


@application.command(short_help="Label the rows of a table whose label is blank.")
def label(
    context: typer.Context,
    table: Annotated[
        Path,
        typer.Argument(metavar="TABLE", help="The table to read: .csv, .tsv (or .gz of these), .parquet or .xlsx."),
    ],
    target: Annotated[str, typer.Option("--target", "-t", metavar="COLUMN", help="The column with the labels.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="The file to write: .csv, .tsv or .parquet.")
    ],
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", "-i", metavar="COLUMN", help="A column to keep but not to learn from. Repeatable."),
    ] = None,
    unlabeled: Annotated[
        str | None,
        typer.Option("--unlabeled", "-u", metavar="TEXT", help="A label that means unlabelled, besides blank ones."),
    ] = None,
    model: Annotated[
        str,
        typer.Option(
            "--model",
            "-m",
            metavar="NAME",
            help="auto: what `semigen recommend` finds best; mixture: of Gaussians, at once; or a name from that list.",
        ),
    ] = AUTO,
    budget: Annotated[
        float,
        typer.Option("--budget", "-b", min=1.0, max=1e6, metavar="SECONDS", help="With auto: most time to compare."),
    ] = 60.0,
    group: Annotated[
        str | None,
        typer.Option("--group", "-g", metavar="COLUMN", help="With auto: rows alike in it are held out together."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", "-r", metavar="FILE", help="With auto: a page on the choice, .html.")
    ] = None,
    covariance: Annotated[
        Covariance,
        typer.Option("--covariance", "-c", metavar="SHAPE", help="Of the Gaussians: full, tied, diag or spherical."),
    ] = Covariance.full,
    components: Annotated[
        int, typer.Option("--components", "-k", min=1, metavar="NUMBER", help="Gaussians per class.")
    ] = 1,
    unlabeled_weight: Annotated[
        float,
        typer.Option(
            "--unlabeled-weight",
            "-w",
            min=0.0,
            max=1.0,
            metavar="NUMBER",
            help="What an unlabelled row counts beside a labelled one; 0 learns from labelled rows alone.",
        ),
    ] = 1.0,
    max_iterations: Annotated[
        int, typer.Option("--max-iterations", min=1, metavar="NUMBER", help="Most iterations of the fit.")
    ] = 200,
    seed: Annotated[
        int, typer.Option("--seed", "-s", min=0, max=2**32 - 1, metavar="NUMBER", help="Of what is drawn at random.")
    ] = 0,
    column: Columns = None,
    separator: Separator = None,
    decimal: Decimal = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Exit with code 3 if the fit may be wrong; labels are written all the same."),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Report warnings and errors only.")] = False,
) -> None:
    """Learn from all rows of TABLE and label those whose target is blank.

    Classifiers are compared on the labelled rows, for a minute at most, and the best labels the others. Columns may be
    numbers, dates, categories and text, with blank cells; --ignore leaves a column out, --column says what one holds.

    With --model mixture nothing is compared: a mixture of Gaussians learns at once from columns that are numbers, dates
    or durations. With the name of a classifier that `semigen recommend` lists, as in --model "average of three", that
    one labels them.

    FILE gets every row and column of TABLE in the same order, and two new columns:

    COLUMN_predicted, the label that was given, or else the most probable one;

    COLUMN_probability, how probable the model finds that label; low ones of given labels deserve a second look.

    FILE is written whole or not at all, and replaced if it exists. Columns of text files are kept to the letter.
    """
    _refuse_unknown_model(model)
    _refuse_options_of_another_model(context, model)
    kinds = _kinds_typed(column)
    from semigen.cli.label import LabelOptions, label_table
    from semigen.tables.read_table import Reading

    options = LabelOptions(
        reading=Reading(ignore or [], unlabeled, kinds, separator, decimal, group),
        model=model,
        budget=budget,
        report=report,
        covariance=covariance.value,
        components=components,
        unlabeled_weight=unlabeled_weight,
        max_iterations=max_iterations,
        seed=seed,
    )
    if label_table(table, target, out, options, Console(quiet)) and strict:
        raise typer.Exit(SUSPECT)


@application.command(short_help="Find out which classifier suits a table.")
def recommend(
    table: Annotated[
        Path,
        typer.Argument(metavar="TABLE", help="The table to read: .csv, .tsv (or .gz of these), .parquet or .xlsx."),
    ],
    target: Annotated[str, typer.Option("--target", "-t", metavar="COLUMN", help="The column with the labels.")],
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", "-i", metavar="COLUMN", help="A column not to learn from. Repeatable."),
    ] = None,
    unlabeled: Annotated[
        str | None,
        typer.Option("--unlabeled", "-u", metavar="TEXT", help="A label that means unlabelled, besides blank ones."),
    ] = None,
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
    seed: Annotated[
        int, typer.Option("--seed", "-s", min=0, max=2**32 - 1, metavar="NUMBER", help="Of what is drawn at random.")
    ] = 0,
    column: Columns = None,
    separator: Separator = None,
    decimal: Decimal = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Report warnings and errors only.")] = False,
) -> None:
    """Compare classifiers on the labelled rows of TABLE, and say which one suits, and why.

    Columns may be numbers, dates, categories and text, with blank cells; those that say nothing, such as names, are
    left out, and --column says what one holds where the guess is wrong.

    FILE is one page that needs nothing else: what was seen, what was chosen and why, pictures, and the rows that are
    worth labelling next. Drawing it takes up to half a minute more. It shows some cells of the table.
    """
    kinds = _kinds_typed(column)
    from semigen.cli.recommend import RecommendOptions, recommend_table
    from semigen.tables.read_table import Reading

    reading = Reading(ignore or [], unlabeled, kinds, separator, decimal, group)
    options = RecommendOptions(reading=reading, budget=budget, report=report, seed=seed)
    recommend_table(table, target, options, Console(quiet))


@application.command(short_help="See what unlabelled rows do on handwritten digits.")
def demo(
    labels_per_class: Annotated[
        int, typer.Option("--labels-per-class", "-n", min=1, max=100, metavar="NUMBER", help="Labels kept per digit.")
    ] = 10,
    seed: Annotated[
        int, typer.Option("--seed", "-s", min=0, max=2**32 - 1, metavar="NUMBER", help="Another seed, another split.")
    ] = 0,
    picture: Annotated[
        Path, typer.Option("--picture", "-p", metavar="FILE", help="Where to draw the result: .png.")
    ] = Path("semigen-demo.png"),
    no_picture: Annotated[bool, typer.Option("--no-picture", help="Draw nothing.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress on standard error.")] = False,
) -> None:
    """Classify scikit-learn's digits with few labels, beside other methods on the same split.

    A third of the digits is held out to count errors; of the others, a few of each class keep their label.
    """
    from semigen.cli.demo import run_demo

    run_demo(labels_per_class, seed, None if no_picture else picture, Console(quiet))


@application.command()
def info() -> None:
    """Print versions, compiler, instruction set, threads and BLAS, for a report of a problem."""
    from semigen._config import config_in_lines

    print_result(config_in_lines())
