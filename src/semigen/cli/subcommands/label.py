"""Label the rows of a table whose label is blank."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from semigen.cli.console import Console
from semigen.cli.model_option import AUTO, MIXTURE, typed_name
from semigen.cli.shared_options import (
    BUDGET,
    FAMILIES_HERE,
    Budget,
    Columns,
    Decimal,
    Group,
    Ignore,
    InParts,
    Out,
    Quiet,
    Report,
    Seed,
    Separator,
    Table,
    Target,
    Unlabeled,
    kinds_typed,
)

# What `label --strict` exits with after it has written labels that may be wrong.
SUSPECT = 3

# Options of `label` that go with one of the models only.
_OF_MODEL = {
    MIXTURE: ("covariance", "components", "unlabeled_weight", "max_iterations", "label_noise", "label_mechanism"),
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


def _refuse_unknown_covariance(covariance: str) -> None:
    from semigen.mixture.families import FAMILIES

    if covariance not in FAMILIES:
        raise typer.BadParameter(
            f"{covariance!r} is none of {', '.join(map(repr, FAMILIES))}", param_hint="--covariance"
        )


def _refuse_unknown_mechanism(label_mechanism: str | None) -> None:
    if label_mechanism not in (None, "entropy"):
        raise typer.BadParameter(
            f"{label_mechanism!r} is not 'entropy', the only one that the command takes; SemiSupervisedGMM in Python "
            "also takes 'class'",
            param_hint="--label-mechanism",
        )


def _refuse_options_of_another_model(context: typer.Context, model: str) -> None:
    for other, names in _OF_MODEL.items():
        for name in names:
            source = context.get_parameter_source(name)
            if other != model and source is not None and source.name == "COMMANDLINE":
                raise typer.BadParameter(f"goes with --model {other} only", param_hint=f"--{name.replace('_', '-')}")


def label(
    context: typer.Context,
    table: Table,
    target: Target,
    out: Out,
    ignore: Ignore = None,
    unlabeled: Unlabeled = None,
    model: Annotated[
        str,
        typer.Option(
            "--model",
            "-m",
            metavar="NAME",
            help="auto: what `semigen recommend` finds best; mixture: of Gaussians, at once; or a name from that list.",
        ),
    ] = AUTO,
    budget: Budget = BUDGET,
    group: Group = None,
    report: Report = None,
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="FILE", help="A file for the model, with which semigen predict labels tables."),
    ] = None,
    covariance: Annotated[
        str, typer.Option("--covariance", "-c", metavar="SHAPE", help=f"Of the Gaussians: {FAMILIES_HERE}.")
    ] = "full",
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
    label_noise: Annotated[
        bool,
        typer.Option("--label-noise", help="Labels may be wrong: estimate how many, and name the ten worst."),
    ] = False,
    label_mechanism: Annotated[
        str | None,
        typer.Option(
            "--label-mechanism",
            metavar="KIND",
            help="entropy: rows may lack a label because their class is unsure; estimate whether, and learn from it.",
        ),
    ] = None,
    seed: Seed = 0,
    column: Columns = None,
    separator: Separator = None,
    decimal: Decimal = None,
    in_parts: InParts = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Exit with code 3 if the fit may be wrong; labels are written all the same."),
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Learn from all rows of TABLE and label those whose target is blank.

    Classifiers are compared on the labelled rows, for a minute at most, and the best labels the others. Columns may be
    numbers, dates, categories and text, with blank cells; --ignore leaves a column out, --column says what one holds.

    With --model mixture nothing is compared: a mixture of Gaussians learns at once from columns that are numbers, dates
    or durations. With the name of a classifier that `semigen recommend` lists, as in --model "average of three", that
    one labels them.

    Only the comparison takes --budget, --group and --report; only --model mixture takes --covariance, --components,
    --unlabeled-weight, --max-iterations, --label-noise and --label-mechanism.

    FILE gets every row and column of TABLE in the same order, and two new columns:

    COLUMN_predicted, the label that was given, or else the most probable one;

    COLUMN_probability, how probable the model finds that label; low ones of given labels deserve a second look.

    FILE is written whole or not at all, and replaced if it exists. Columns of text files are kept to the letter.

    With --save the model is kept: `semigen predict` labels tomorrow's table with it, without learning anew.
    """
    _refuse_unknown_model(model)
    _refuse_options_of_another_model(context, model)
    if model == MIXTURE:
        _refuse_unknown_covariance(covariance)
        _refuse_unknown_mechanism(label_mechanism)
    kinds = kinds_typed(column)
    from semigen.cli.label_table import label_table
    from semigen.cli.learning import LabelOptions
    from semigen.tables.read_table import Reading

    options = LabelOptions(
        reading=Reading(ignore or [], unlabeled, kinds, separator, decimal, group, in_parts),
        model=model,
        budget=budget,
        report=report,
        save=save,
        covariance=covariance,
        components=components,
        unlabeled_weight=unlabeled_weight,
        max_iterations=max_iterations,
        label_noise=label_noise,
        label_mechanism=label_mechanism,
        seed=seed,
    )
    if label_table(table, target, out, options, Console(quiet)) and strict:
        raise typer.Exit(SUSPECT)
