"""The file of a model that `semigen label --save` writes, and `semigen predict` and `semigen show` read."""

from __future__ import annotations

from copy import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sklearn.pipeline import make_pipeline

from semigen._files import are_same_file
from semigen.cli.console import Console
from semigen.cli.model_option import MIXTURE
from semigen.cli.refusal import CommandError, reason
from semigen.persistence.save_and_load import Loaded, read_saved
from semigen.tables.files import check_writable
from semigen.tables.frames import columns_of_numbers
from semigen.tables.new_cells import SeenColumns
from semigen.tables.table_classifier import Origin, TableClassifier

if TYPE_CHECKING:
    from semigen.cli.learning import Learnt
    from semigen.cli.table_input import Input

_OF_TABLES = (".csv", ".tsv", ".gz", ".parquet", ".xlsx")


def check_save(save: Path, others: list[Path]) -> None:
    """Refuse a file in which no model could be saved later, before anything is computed.

    Raises
    ------
    CommandError
    """
    if any(are_same_file(save, other) for other in others):
        raise CommandError(f"{save} is another file of this command; give the model a file of its own")
    if save.suffix.lower() in (*_OF_TABLES, ".html", ".onnx"):
        raise CommandError(f"{save} has the name of another kind of file; call the model {save.stem}.semigen")
    check_writable(save)


def seen_by(learnt: Learnt, given: Input) -> SeenColumns:
    """Return what a model that has learnt from a table in memory knows of its columns."""
    if learnt.name == MIXTURE:
        return SeenColumns.of(columns_of_numbers(given.table, given.columns), given.cells)
    return SeenColumns.of(given.columns, given.cells, learnt.rows)


def save_model(learnt: Learnt, given: Input, seen: SeenColumns, save: Path, console: Console) -> None:
    """Write a fitted classifier, and how the columns of its table are read.

    Parameters
    ----------
    learnt : Learnt
    given : Input
        The table that it learnt from, or a sample of it.
    seen : SeenColumns
        Its columns.
    save : Path
    console : Console

    Raises
    ------
    CommandError
        If it cannot be written; the file is then as it was.
    """
    # Imported here, as who reads a model may need no mixture.
    from semigen import SemiSupervisedGMM

    model = learnt.model
    if isinstance(model, SemiSupervisedGMM):
        # Later rows may have gaps where these have none.
        model = copy(model).set_params(missing="marginal")
    used = {column.name for column in seen.columns}
    origin = Origin(
        file=given.path.name,
        target=given.target,
        unlabeled=given.how.unlabeled,
        saved=datetime.now(UTC).isoformat(timespec="seconds"),
        model=learnt.name,
        n_rows=given.n_rows,
        counts=dict(given.counts),
        not_used=tuple(name for name in given.table.columns if name not in used and name != given.target),
        held_out=learnt.held_out,
    )
    classifier = make_pipeline(*learnt.encoders, model) if learnt.encoders else model
    try:
        TableClassifier(classifier, seen, learnt.name == MIXTURE, origin).save(save)
    except (OSError, TypeError, ValueError) as error:
        said = reason(error) if isinstance(error, OSError) else str(error)
        raise CommandError(f"cannot save the model in {save}: {said}") from error
    console.say(f"wrote the model {save}; semigen predict labels further tables with it, semigen show says what it is")


def read_model(path: Path) -> Loaded:
    """Read a file that holds a fitted model.

    Raises
    ------
    CommandError
        If it cannot be read, or holds none.
    """
    try:
        return read_saved(path)
    except (ImportError, OSError, ValueError) as error:
        # Where the system refuses, its reason; else a sentence that names the file.
        said = getattr(error, "strerror", None)
        raise CommandError(f"cannot read {path}: {said}" if said else str(error)) from error


def read_table_classifier(path: Path) -> TableClassifier:
    """Read a model that `semigen label --save` wrote.

    Raises
    ------
    CommandError
        If the file cannot be read, or holds another one.
    """
    if path.suffix.lower() in _OF_TABLES:
        raise CommandError(f"{path} has the name of a table; the model comes first: semigen predict MODEL TABLE")
    model: Any = read_model(path).estimator
    if not isinstance(model, TableClassifier):
        raise CommandError(
            f"{path} holds a {type(model).__name__}, which does not say how the columns of a table are read; use it in "
            "Python, by semigen.load, or make a model of a table by semigen label --save"
        )
    return model
