"""How to go on from a recommendation: the commands and the Python lines that repeat it and use it."""

from __future__ import annotations

import pprint
import shlex
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from semigen.commands.inputs import Features, Input
from semigen.report.contents import Step

BUDGET = 60.0


@dataclass(frozen=True)
class Settings:
    """How a recommendation was made.

    Attributes
    ----------
    budget : float
        Seconds.
    seed : int
    report : Path or None
    labelled : Path or None
        The table with labels in all rows, if it is written as well.
    """

    budget: float = BUDGET
    seed: int = 0
    report: Path | None = None
    labelled: Path | None = None


def steps_of(given: Input, features: Features, settings: Settings) -> list[Step]:
    """What to do with the result, and what to type for it."""
    steps = []
    if settings.labelled is not None:
        steps.append(Step(f"Label the table again, into {settings.labelled.name}", to_label(given, settings)))
    elif given.labels.null_count():
        steps.append(Step("Let it label the blank rows, into a new table", to_label(given, settings)))
    steps.append(Step("Compare again, after filling in more labels or with more time", to_compare(given, settings)))
    steps.append(
        Step("The same in Python, for rows of any table with these columns", in_python(given, features, settings))
    )
    return steps


def to_label(given: Input, settings: Settings) -> str:
    """What to type to label the blank rows with the recommended classifier."""
    out = settings.labelled or given.path.with_name(f"{given.path.stem}-labelled{given.path.suffix}")
    words = ["semigen", "label", str(given.path), "--target", given.target, "--out", str(out), "--model", "auto"]
    return shlex.join(words + _options(given, settings, settings.budget))


def to_compare(given: Input, settings: Settings) -> str:
    """What to type to compare again, with twice the time."""
    words = ["semigen", "recommend", str(given.path), "--target", given.target]
    words += ["--report", str(settings.report or given.path.with_suffix(".html"))]
    return shlex.join(words + _options(given, settings, 2 * settings.budget))


def _options(given: Input, settings: Settings, budget: float) -> list[str]:
    words = []
    for name in given.ignored:
        words += ["--ignore", name]
    if given.unlabeled is not None:
        words += [f"--unlabeled={given.unlabeled}"]
    if budget != BUDGET:
        words += ["--budget", f"{budget:g}"]
    if settings.seed:
        words += ["--seed", str(settings.seed)]
    return words


def in_python(given: Input, features: Features, settings: Settings) -> str:
    """Lines that make the same recommendation, and classify rows with it."""
    path, target = str(given.path), given.target
    marked = given.unlabeled is not None
    options = f", unlabeled={given.unlabeled!r}" if marked else ", unlabeled=None"
    return "\n".join(
        [
            "import pandas as pd",
            "from semigen import recommend",
            "",
            f"table = {_reading(given, path, marked)}",
            f"columns = {pprint.pformat(features.frame.columns, width=84, compact=True)}",
            f"found = recommend(table[columns], table[{target!r}], budget={settings.budget:g}, "
            f"random_state={settings.seed}{options})",
            "print(found)",
            "model = found.best_estimator_",
            "labels = model.predict(table[columns])",
            "probabilities = model.predict_proba(table[columns])  # a column for each of model.classes_",
        ]
    )


def _reading(given: Input, path: str, marked: bool) -> str:
    suffix = given.path.suffix.lower()
    if suffix == ".parquet":
        return f"pd.read_parquet({path!r})"
    options = ', sep="\\t"' if suffix == ".tsv" else ""
    if any(_has_question_marks(given.table[name]) for name in given.names):
        options += ', na_values=["?"]'
    if marked:
        # A marker is text there, whatever it looks like.
        options += f", dtype={{{given.target!r}: str}}"
    return f"pd.read_csv({path!r}{options})"


def _has_question_marks(column: pl.Series) -> bool:
    return column.dtype == pl.String and bool((column.str.strip_chars() == "?").any())
