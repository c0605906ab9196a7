"""Expected errors of candidates before any evidence, from other tables as far as they are like the one at hand."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from semigen.recommendation.training_rows import Rows

MEASURED = "measured.csv"
# How near the shape of a table must be to count (a distance of one counts 0.6), and as how many tables of which nothing
# is known it counts that every table may be unlike all others. Chosen with what is in `choice` by bench.accuracy.prior.
WIDTH = 1.3
DOUBT = 1.0
# Standard deviations of a candidate's error, beside that of others: where nothing is known, and at least.
UNKNOWN_SD = 0.08
LEAST_SD = 0.01
# Numbers that make up a shape.
_SHAPE = 5


def shape_of(rows: Rows) -> NDArray[np.float64]:
    """Return what a table is like, as five numbers of which a difference of one is much.

    Logarithms of the labels of the class in the middle, of the columns for each label, and of how many times as many
    labels the most frequent class has; and three times the share of columns that hold zeros and ones only (as values
    of categories become), six times that of missing cells, at most 0.3.
    """
    counts = rows.labels.counts
    middle = max(float(np.median(counts)), 1.0)
    known = ~np.isnan(rows.numbers)
    return np.array(
        [
            np.log(middle),
            np.log(rows.size.n_columns / max(rows.size.n_labeled, 1)),
            np.log(counts.max() / middle),
            3 * share_of_truths(rows),
            6 * min(float(1 - known.mean()), 0.3),
        ]
    )


def share_of_truths(rows: Rows) -> float:
    """Return the share of columns that hold zeros and ones only, as values of categories become."""
    truths = (rows.numbers == 0) | (rows.numbers == 1) | np.isnan(rows.numbers)
    return float(truths.all(axis=0).mean())


@dataclass(frozen=True)
class Prior:
    """What to expect of candidates' errors before any evidence, up to a level that they share.

    Attributes
    ----------
    mean : array of shape (candidates,)
    covariance : array of shape (candidates, candidates)
    n_similar : float
        As how many tables like this one those that were measured count, each by its nearest number of labels.
    """

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    n_similar: float

    def of(self, some: Sequence[int]) -> Prior:
        """Return that of some of the candidates."""
        kept = np.asarray(some, dtype=np.int64)
        return Prior(self.mean[kept], self.covariance[np.ix_(kept, kept)], self.n_similar)


@dataclass(frozen=True)
class Measured:
    """Errors of candidates on tables.

    Attributes
    ----------
    tables : tuple of str
    shapes : array of shape (tables, 5)
    names : tuple of str
        Of candidates.
    errors : array of shape (tables, candidates)
        NaN where a candidate was not measured.
    """

    tables: tuple[str, ...]
    shapes: NDArray[np.float64]
    names: tuple[str, ...]
    errors: NDArray[np.float64]

    def part(self, some: NDArray[np.bool_]) -> Measured:
        """Return that of some of the tables."""
        tables = tuple(name for name, kept in zip(self.tables, some, strict=True) if kept)
        return Measured(tables, self.shapes[some], self.names, self.errors[some])


@cache
def measured() -> Measured:
    """Return what bench.accuracy.prior wrote."""
    text = (files("semigen.recommendation") / MEASURED).read_text(encoding="utf-8")
    header, *lines = csv.reader(text.splitlines())
    numbers = np.array([[float(cell or "nan") for cell in line[1:]] for line in lines])
    return Measured(
        tuple(line[0] for line in lines), numbers[:, :_SHAPE], tuple(header[1 + _SHAPE :]), numbers[:, _SHAPE:]
    )


def prior_of(names: Sequence[str], shape: NDArray[np.float64], known: Measured | None = None) -> Prior:
    """Return what tables like this one say of these candidates.

    Each table counts by a Gaussian kernel of the distance between its shape and this one. Errors of a table are taken
    relative to their mean. `DOUBT` tables without a difference between candidates are added, with the standard
    deviation `UNKNOWN_SD`: where no table is like this one, nothing is expected of any candidate rather than another.

    Parameters
    ----------
    names : sequence of str
        Of candidates; of those that were never measured nothing is known.
    shape : array of shape (5,)
        As `shape_of` gives it.
    known : Measured, optional
        By default what is shipped with the package.
    """
    known = measured() if known is None else known
    weights = np.exp(-0.5 * np.square((known.shapes - shape) / WIDTH).sum(axis=1))
    columns = [known.names.index(name) if name in known.names else -1 for name in names]
    errors = np.where(np.array(columns) >= 0, known.errors[:, columns], np.nan)
    is_known = ~np.isnan(errors)
    level = np.where(is_known, errors, 0.0).sum(axis=1) / np.maximum(is_known.sum(axis=1), 1)
    relative = np.where(is_known, errors - level[:, None], 0.0)
    counted = weights[:, None] * is_known
    total = counted.sum(axis=0) + DOUBT
    mean = (counted * relative).sum(axis=0) / total
    off = np.where(is_known, relative - mean, 0.0) * np.sqrt(weights)[:, None]
    covariance = off.T @ off / np.sqrt(np.outer(total, total))
    covariance[np.diag_indices(len(names))] += DOUBT / total * UNKNOWN_SD**2 + LEAST_SD**2
    of_table: dict[str, float] = {}
    for name, weight in zip(known.tables, weights.tolist(), strict=True):
        table = name.rsplit(", ", 1)[0]  # without the number of its labels
        of_table[table] = max(weight, of_table.get(table, 0.0))
    return Prior(mean, covariance, sum(of_table.values()))
