"""How to go on from a recommendation: the commands and the Python lines that repeat it and use it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from semigen.commands.inputs import Input
from semigen.commands.models import AUTO, MIXTURE
from semigen.report.contents import Step

if TYPE_CHECKING:
    from semigen.recommendation import Recommendation

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


def steps_of(given: Input, settings: Settings, found: Recommendation) -> list[Step]:
    """What to do with the result, and what to type for it."""
    steps = []
    if settings.labelled is not None or given.labels.null_count():
        what = "Label the blank rows with it, in a new table"
        if settings.labelled is not None:
            what = f"Label the table with it again, into {settings.labelled.name}"
        steps.append(Step(what, to_label(given, settings, found)))
    steps.append(Step("Compare again, after filling in more labels or with more time", to_compare(given, settings)))
    steps.append(Step("The same in Python", in_python(given, settings)))
    return steps


def to_label(given: Input, settings: Settings, found: Recommendation) -> str:
    """What to type to label the blank rows with the recommended classifier."""
    out = settings.labelled or given.path.with_name(f"{given.path.stem}-labelled{given.path.suffix}")
    words = ["semigen", "label", str(given.path), "--target", given.target, "--out", str(out)]
    name = found.candidates[found.chosen].name
    if name == MIXTURE:
        # That name belongs to the mixture with options of its own, which takes all columns, and numbers only.
        return shlex.join([*words, "--model", AUTO, *_options(given, settings, settings.budget)])
    return shlex.join([*words, "--model", name, *_options(given, settings, BUDGET)])


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


def in_python(given: Input, settings: Settings) -> str:
    """Lines that make the same recommendation, and classify rows with it."""
    options = f", ignore={given.ignored!r}" if given.ignored else ""
    if given.unlabeled is not None:
        options += f", unlabeled={given.unlabeled!r}"
    return "\n".join(
        [
            "from semigen import read_table, recommend",
            "",
            f"X, y = read_table({str(given.path)!r}, {given.target!r}{options})",
            f"found = recommend(X, y, unlabeled=None, budget={settings.budget:g}, random_state={settings.seed})",
            "print(found)",
            "model = found.best_estimator_",
            "labels = model.predict(X)",
            "probabilities = model.predict_proba(X)  # a column for each of model.classes_",
        ]
    )
