"""`semigen show`: what the file of a model holds, in lines for a person."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from semigen._legible import shell_word
from semigen.cli.console import counted
from semigen.cli.model_option import MIXTURE
from semigen.cli.refusal import listed
from semigen.cli.table_input import tally
from semigen.persistence.save_and_load import Loaded
from semigen.tables import sentences
from semigen.tables.kinds import Column
from semigen.tables.table_classifier import HeldOut, TableClassifier

_WIDTH = 100
_MOST_COLUMNS = 40
_MOST_VALUES = 8


def in_lines(loaded: Loaded, path: Path) -> str:
    """Return what a file holds: the kind of model, who wrote it, classes, columns, and how well it did."""
    model = loaded.estimator
    of_table = isinstance(model, TableClassifier)
    facts = _of_table(model, loaded, path) if of_table else _of_estimator(model, loaded)
    width = max(len(name) for name, _ in facts)
    lines = [f"{path}: {_headline(model)}"]
    for name, said in facts:
        start = f"  {name:<{width}}  "
        for line in said.splitlines():
            lines += textwrap.wrap(
                line, _WIDTH, initial_indent=start, subsequent_indent=" " * len(start), break_on_hyphens=False
            )
            start = " " * len(start)
    return "\n".join(lines)


def _headline(model: Any) -> str:
    if isinstance(model, TableClassifier):
        return f"a model that labels {model.origin.target!r} in tables"
    return f"a fitted {type(model).__name__}"


def _of_table(model: TableClassifier, loaded: Loaded, path: Path) -> list[tuple[str, str]]:
    origin = model.origin
    what = "mixture of Gaussians" if origin.model == MIXTURE else origin.model
    learnt = f"{origin.file}: {counted(origin.n_rows, 'row')}; labelled: {tally(origin.counts.items())}"
    typed = f"semigen predict {shell_word(str(path))} NEW.csv --out LABELLED.csv"
    return [
        ("model", f"{what} ({_classes_of(model.classifier)})"),
        ("saved", f"{origin.saved.replace('T', ' ').replace('+00:00', ' UTC')} by {_versions(loaded)}"),
        ("learnt from", learnt),
        ("errors", _errors(origin.held_out)),
        ("columns", "\n".join(_columns(model.seen.columns, dict(model.seen.values)))),
        *([("not used", listed(list(origin.not_used), _MOST_COLUMNS))] if origin.not_used else []),
        ("use", typed),
    ]


def _of_estimator(model: Any, loaded: Loaded) -> list[tuple[str, str]]:
    names = getattr(model, "feature_names_in_", None)
    n_columns = getattr(model, "n_features_in_", None)
    facts = [("model", _classes_of(model)), ("saved by", _versions(loaded))]
    if hasattr(model, "classes_"):
        classes = [str(each) for each in model.classes_.tolist()]
        facts.append(("classes", listed(classes, _MOST_COLUMNS)))
    if names is not None:
        facts.append(("columns", f"{len(names)}: {listed([str(each) for each in names], _MOST_COLUMNS)}"))
    elif n_columns is not None:
        facts.append(("columns", f"{n_columns}, without names"))
    return [*facts, ("use", "in Python, by semigen.load; it does not say how the columns of a table are read")]


def _classes_of(model: Any) -> str:
    """Return the names of the classes of an estimator and of its steps."""
    steps = getattr(model, "steps", None)
    return type(model).__name__ if steps is None else " → ".join(type(step).__name__ for _, step in steps)


def _versions(loaded: Loaded) -> str:
    others = "".join(f", {name} {version}" for name, version in loaded.versions.items())
    return f"semigen {loaded.version or 'before 0.2'}{others}"


def _errors(held_out: HeldOut | None) -> str:
    if held_out is None:
        return "not measured, as it was compared with no other model; label --model auto measures them"
    return (
        f"{100 * held_out.error:.1f} % (95 % interval {100 * held_out.lower:.1f} to {100 * held_out.upper:.1f} %), on "
        f"the {held_out.n_rows:,} labelled rows, each held out in turn"
    )


def _columns(columns: Iterable[Column], values: dict[str, tuple[str, ...]]) -> list[str]:
    every = list(columns)
    lines = []
    for column in every[:_MOST_COLUMNS]:
        known = values.get(column.name, ())
        shown = ", ".join(map(sentences.cut, known[:_MOST_VALUES])) + (", …" if len(known) > _MOST_VALUES else "")
        how = sentences.how_read(column)
        lines.append(f"{column.name}: {sentences.holds(column)}" + (f" ({shown or how})" if shown or how else ""))
    if len(every) > _MOST_COLUMNS:
        lines.append(f"and {len(every) - _MOST_COLUMNS} more")
    return lines
