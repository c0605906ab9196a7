"""The rows as candidates see them: as they were given, and as numbers; a part of them for the race."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.utils import _safe_indexing

from semigen._runtime.transform_output import giving_arrays
from semigen._validation import check_magnitude, checked_rows, unmasked
from semigen.labels import Labels
from semigen.model_selection.groups import copies, encode_groups, joined
from semigen.tables.cells import as_table
from semigen.tables.encoder import encoder_for
from semigen.tables.free_text import is_sparse
from semigen.tables.kinds import Column

# In the race, rows beyond these are left out at random: they cost time and change little about who wins.
MOST_UNLABELED = 2000
MOST_LABELED = 5000


@dataclass(frozen=True)
class Size:
    """What the time of a fit depends on."""

    n_labeled: int
    n_unlabeled: int
    n_columns: int
    n_classes: int

    @property
    def n_rows(self) -> int:
        """Labelled or not."""
        return self.n_labeled + self.n_unlabeled


@dataclass(frozen=True)
class Rows:
    """A table and its labels.

    Attributes
    ----------
    given : array-like of shape (n, columns)
    numbers : array of shape (n, d)
        The same, encoded if there was text; NaN where values are missing.
    labels : Labels
    encoder : TableEncoder, SparseReduction or None
        Not fitted; makes `numbers` of `given`, if these were no numbers.
    remarks : tuple of str
        What was said about columns that were left out or are not used as they look.
    groups : array of shape (n,) or None
        The number of each row's group, below zero where it has none.
    columns : tuple of Column
        How the columns were read, where an encoder reads them.
    """

    given: Any
    numbers: NDArray[np.float64]
    labels: Labels
    encoder: Any = None
    remarks: tuple[str, ...] = ()
    groups: NDArray[np.int64] | None = None
    columns: tuple[Column, ...] = ()

    @cached_property
    def together(self) -> NDArray[np.int64]:
        """A number for each labelled row, the same for those to be held out together: of a group, or copies."""
        alike = self.copies
        return alike if self.groups is None else joined(alike, self.groups[self.labels.labeled])

    @cached_property
    def copies(self) -> NDArray[np.int64]:
        """A number for each labelled row, the same for copies of one another."""
        return copies(self.numbers, self.labels.codes)

    @property
    def size(self) -> Size:
        """What the time of a fit depends on."""
        n_labeled = int(self.labels.labeled.sum())
        return Size(n_labeled, len(self.numbers) - n_labeled, self.numbers.shape[1], len(self.labels.classes))

    @property
    def incomplete(self) -> bool:
        """Whether values are missing."""
        return bool(np.isnan(self.numbers).any())

    @property
    def n_missing(self) -> int:
        """Cells without a value; text that is missing is encoded as a value of its own, and counts as well."""
        if self.encoder is None:
            return int(np.isnan(self.numbers).sum())
        if self.columns:
            return sum(column.n_missing + column.n_unfit for column in self.columns)
        return 0

    @property
    def n_given_columns(self) -> int:
        """Columns of the table as it was given."""
        return int(self.given.shape[1])

    def part(self, rows: NDArray[np.int64]) -> Rows:
        """Return some of the rows."""
        return Rows(
            _safe_indexing(self.given, rows),
            self.numbers[rows],
            self.labels.part(rows),
            self.encoder,
            self.remarks,
            None if self.groups is None else self.groups[rows],
            self.columns,
        )


def prepare(
    X: ArrayLike,
    labels: Labels,
    groups: ArrayLike | None = None,
    column_kinds: Mapping[str, Any] | None = None,
) -> Rows:
    """Check rows, and make numbers of them.

    Raises
    ------
    ValueError
        If there are values that no encoder makes numbers of, or infinite ones.
    """
    X = unmasked(X)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        encoder = encoder_for(X, column_kinds)
    encoding = None if encoder is None else giving_arrays(clone(encoder)).fit(X)
    encoded = X if encoding is None else encoding.transform(X)
    numbers = checked_rows(encoded, missing_allowed=True)
    check_magnitude(numbers, _names(X, encoding))
    if len(numbers) != len(labels.codes):
        raise ValueError(f"X has {len(numbers)} rows and y has {len(labels.codes)} labels; they must match.")
    given = numbers if encoder is None and not hasattr(X, "columns") else X if is_sparse(X) else as_table(X)
    columns = tuple(getattr(encoder, "columns", ()))
    group_of = None if groups is None else encode_groups(groups, labels.labeled)
    return Rows(given, numbers, labels, encoder, tuple(str(each.message) for each in caught), group_of, columns)


def _names(X: Any, encoding: Any) -> list[str] | None:
    """Return names of the columns of numbers; None if there are none."""
    if not hasattr(X, "columns"):
        return None
    if encoding is None:
        return [str(name) for name in X.columns]
    return [str(name) for name in encoding.get_feature_names_out()]


def for_the_race(rows: Rows, rng: np.random.Generator) -> Rows:
    """Return at most 2,000 unlabelled and 5,000 labelled rows, drawn at random; each class keeps two labels."""
    labels = rows.labels
    unlabeled = np.flatnonzero(~labels.labeled)
    kept = [rng.permutation(unlabeled)[:MOST_UNLABELED]]
    share = min(1.0, MOST_LABELED / max(int(labels.labeled.sum()), 1))
    for k, count in enumerate(labels.counts):
        of_class = rng.permutation(np.flatnonzero(labels.codes == k))
        kept.append(of_class[: max(2, int(np.ceil(share * count)))])
    chosen = np.sort(np.concatenate(kept))
    return rows if len(chosen) == len(labels.codes) else rows.part(chosen)
