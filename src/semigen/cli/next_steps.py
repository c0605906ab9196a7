"""Next steps after a recommendation: commands and Python lines that repeat it and use it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from semigen._legible import shell_word
from semigen.cli.model_option import typed_name
from semigen.cli.table_input import Input
from semigen.report.contents import Step
from semigen.tables.frames import kinds_of_frame

if TYPE_CHECKING:
    from semigen.recommendation import Recommendation
    from semigen.recommendation.findings import OutOfTime


@dataclass(frozen=True)
class Settings:
    """Settings of a recommendation.

    Attributes
    ----------
    budget : float
        Seconds.
    seed : int
    report : Path or None
    labelled : Path or None
        The table with labels in all rows, if it is written as well.
    """

    budget: float = 60.0
    seed: int = 0
    report: Path | None = None
    labelled: Path | None = None


def steps_of(given: Input, settings: Settings, found: Recommendation) -> list[Step]:
    """Return what to do with the result, and what to type for it."""
    steps = []
    if settings.labelled is not None or given.labels.null_count():
        what = "Label the blank rows with it, in a new table"
        if settings.labelled is not None:
            what = f"Label the table with it again, into {settings.labelled.name}"
        steps.append(Step(what, to_label(given, settings, found)))
    late = late_of(found)
    more = "" if late is None else f", with time for all classifiers ({late.budget_for_all:,.0f} s)"
    steps.append(Step(f"Compare again, after filling in more labels{more}", to_compare(given, settings, found)))
    steps.append(Step("The same in Python", in_python(given, settings, found)))
    return steps


def to_label(given: Input, settings: Settings, found: Recommendation) -> str:
    """Return what to type to label the blank rows with the recommended classifier."""
    out = settings.labelled or _labelled(given.path)
    typed = ["semigen", "label", _path(given.path), *_option("target", given.target), *_option("out", _path(out))]
    typed += _option("model", typed_name(found.candidates[found.chosen].name))
    return " ".join(map(shell_word, typed + _options(given, settings)))


def _labelled(path: Path) -> Path:
    """Return a name for the table with labels, in a format that can be written."""
    stem, suffix = path.stem, path.suffix
    if suffix.lower() == ".gz":
        stem, suffix = Path(stem).stem, Path(stem).suffix + suffix
    elif suffix.lower() not in (".csv", ".tsv", ".parquet"):
        suffix = ".csv"
    return path.with_name(f"{stem}-labelled{suffix}")


def to_compare(given: Input, settings: Settings, found: Recommendation) -> str:
    """Return what to type to compare again, with the time that all classifiers need."""
    typed = ["semigen", "recommend", _path(given.path), *_option("target", given.target)]
    typed += _option("report", _path(settings.report or given.path.with_suffix(".html")))
    typed += _option("budget", _longer(settings, found))
    return " ".join(map(shell_word, typed + _options(given, settings, comparing=True)))


def _longer(settings: Settings, found: Recommendation) -> str:
    """Return the budget with which all classifiers are compared."""
    late = late_of(found)
    return f"{settings.budget if late is None else late.budget_for_all:g}"


def late_of(found: Recommendation) -> OutOfTime | None:
    """Return which classifiers had no time, if there are any."""
    # Imported here, as a mixture does not need what compares.
    from semigen.recommendation.findings import OutOfTime

    return next((each for each in found.findings if isinstance(each, OutOfTime)), None)


def _options(given: Input, settings: Settings, *, comparing: bool = False) -> list[str]:
    typed = []
    # Where nothing is compared there are no groups to hold out, and the column is left out as it was.
    how = given.how
    others = [] if how.group is None or comparing or how.group in how.ignored else [how.group]
    for name in [*how.ignored, *others]:
        typed += _option("ignore", name)
    for name, kind in how.column_kinds.items():
        typed += _option("column", f"{name}={kind}")
    if how.separator is not None:
        typed += [f"--separator={how.separator}"]
    if how.decimal is not None:
        typed += [f"--decimal={how.decimal}"]
    if how.unlabeled is not None:
        typed += [f"--unlabeled={how.unlabeled}"]
    if how.group is not None and comparing:
        typed += _option("group", how.group)
    if how.in_parts is not None:
        typed.append("--in-parts" if how.in_parts else "--in-memory")
    if settings.seed:
        typed += _option("seed", str(settings.seed))
    return typed


def _option(name: str, value: str) -> list[str]:
    """Return an option in two words, or in one where the value would pass for an option."""
    return [f"--{name}={value}"] if value.startswith("-") else [f"--{name}", value]


def _path(path: Path) -> str:
    """Return a path that does not pass for an option."""
    return f"./{path}" if str(path).startswith("-") else str(path)


def in_python(given: Input, settings: Settings, found: Recommendation) -> str:
    """Return Python lines that make the same recommendation, and classify rows with it."""
    how = given.how
    ignored = how.ignored if how.group is None else [*how.ignored, how.group]
    said = {"ignore": ignored, "unlabeled": how.unlabeled, "column_kinds": dict(how.column_kinds)}
    said |= {"separator": how.separator, "decimal": how.decimal}
    options = "".join(f", {name}={value!r}" for name, value in said.items() if value)
    kinds = kinds_of_frame(given.columns)
    of_frame = f"column_kinds={kinds!r}, " if kinds else ""
    grouped = "" if how.group is None else "groups=groups, "
    imports, groups = ["from semigen import read_table, recommend"], []
    if how.group is not None:
        imports.insert(0, "import polars as pl")
        reading = {".parquet": "read_parquet({})", ".tsv": "read_csv({}, separator='\\t', infer_schema=False)"}
        read = reading.get(given.path.suffix, "read_csv({}, infer_schema=False)").format(repr(str(given.path)))
        groups = [f"groups = pl.{read}[{how.group!r}]"]
    return "\n".join(
        [
            *imports,
            "",
            f"X, y = read_table({str(given.path)!r}, {given.target!r}{options})",
            *groups,
            f"found = recommend(X, y, unlabeled=None, {grouped}{of_frame}budget={_longer(settings, found)}, "
            f"random_state={settings.seed})",
            "print(found)",
            "model = found.best_estimator_",
            "labels = model.predict(X)",
            "probabilities = model.predict_proba(X)  # a column for each of model.classes_",
        ]
    )
