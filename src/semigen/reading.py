"""read_table: a file as the command `semigen` reads it, for those who go on in Python."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

__all__ = ["read_table"]


def read_table(
    path: str | PathLike[str], target: str, *, ignore: Sequence[str] = (), unlabeled: str | None = None
) -> tuple[pl.DataFrame, NDArray[np.object_]]:
    r"""Read a table as ``semigen recommend`` does: columns of numbers, dates and text, and labels.

    Cells that are blank, or say in words that they are (``NA``, ``n/a``, ``null``, ``?``), are null. Columns that say
    nothing, such as names and numberings, are left out with a warning.

    Parameters
    ----------
    path : path
        A .csv, .tsv or .parquet file.
    target : str
        The column with the labels.
    ignore : sequence of str, default=()
        Columns not to learn from.
    unlabeled : str, optional
        A label that means none, besides blank cells.

    Returns
    -------
    X : polars.DataFrame
    y : array of shape (n,)
        Labels, and None in rows without one: tell it to `recommend` and to classifiers by ``unlabeled=None``.

    Raises
    ------
    ValueError
        If the file cannot be read, or is not fit to learn from.
    ImportError
        If polars is not installed, which the extra `cli` brings.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from semigen import read_table
    >>> rows = ["weight,colour,kind", "180,red,apple", "120,green,", "?,green,pear", "175,red,", "125,green,"]
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "fruit.csv"
    ...     _ = path.write_text("\n".join(rows))
    ...     X, y = read_table(path, "kind")
    >>> X["weight"].to_list()
    [180.0, 120.0, None, 175.0, 125.0]
    >>> y.tolist()
    ['apple', None, 'pear', None, None]
    """
    try:
        from semigen.commands.errors import CommandError
        from semigen.commands.inputs import as_array, read_input
    except ImportError as error:
        raise ImportError('read_table needs polars: pip install "semigen[cli]"') from error
    reporter = _Warnings()
    try:
        given = read_input(Path(path), target, list(ignore), unlabeled, reporter)
        frame = given.features(reporter).frame
    except CommandError as error:
        raise ValueError(str(error)) from None
    for message in reporter.warnings:
        warnings.warn(message, stacklevel=2)
    return frame, as_array(given.labels)


class _Warnings:
    """A reporter that is silent, and remembers what is worth a warning."""

    watched = False

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def say(self, message: str) -> None:
        """Nothing: libraries are silent."""

    def warn(self, message: str) -> None:
        """What the result may suffer from."""
        self.warnings.append(message)

    def working(self, message: str) -> AbstractContextManager[Any]:
        """Nothing to see."""
        return nullcontext()
