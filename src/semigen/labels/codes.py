"""Labels by row: a code where the class is sure, log priors where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNLABELED_CODE = -1
UNSURE_CODE = -2


@dataclass(frozen=True)
class Labels:
    """Classes in sorted order (or the order in which the caller gave them) and what is known of each row's.

    Attributes
    ----------
    classes : array of shape (classes,)
        In the type that they were given in: of numbers or text, or of Python objects.
    codes : array of shape (n,)
        The class of a row, -1 if it has no label, -2 if the label is unsure.
    log_prior : array of shape (n, classes) or None
        What was known of every row's class beforehand, added to the log probability of each class; None if no label is
        unsure. Zeros in unlabelled rows.
    of_annotators : array of shape (n, annotators) or None
        Codes of the labels of several annotators, -1 where one gave none; `codes` has then what most of them say.
    """

    classes: NDArray[Any]
    codes: NDArray[np.int64]
    log_prior: NDArray[np.float64] | None = None
    of_annotators: NDArray[np.int64] | None = None

    @property
    def names(self) -> list[Any]:
        """The classes as Python objects, for messages."""
        return as_objects(self.classes)

    @property
    def labeled(self) -> NDArray[np.bool_]:
        """Mask of the rows that carry a label."""
        return self.codes >= 0

    @property
    def unlabeled(self) -> NDArray[np.bool_]:
        """Mask of the rows of whose class nothing is known."""
        return np.asarray(self.codes == UNLABELED_CODE)

    @property
    def given(self) -> NDArray[np.int64]:
        """Codes of the labels that annotators gave, of shape (n, annotators); -1 where there is none that is sure."""
        if self.of_annotators is not None:
            return self.of_annotators
        return np.where(self.labeled, self.codes, UNLABELED_CODE)[:, None]

    def all_log_priors(self) -> NDArray[np.float64]:
        """Return what is known of every row's class, sure or not, as log priors: 0 and -inf for a label."""
        known = np.zeros((len(self.codes), len(self.classes))) if self.log_prior is None else self.log_prior.copy()
        known[self.labeled] = -np.inf
        known[self.labeled, self.codes[self.labeled]] = 0.0
        return known

    def part(self, rows: NDArray[np.int64]) -> Labels:
        """Return the labels of some rows; the classes stay the same."""
        log_prior = None if self.log_prior is None else self.log_prior[rows]
        of_annotators = None if self.of_annotators is None else self.of_annotators[rows]
        return Labels(self.classes, self.codes[rows], log_prior, of_annotators)

    def joined(self, n_unlabeled: int) -> Labels:
        """Return the same labels with more unlabelled rows at the end."""
        codes = np.concatenate([self.codes, np.full(n_unlabeled, UNLABELED_CODE)])
        log_prior = self.log_prior
        if log_prior is not None:
            log_prior = np.concatenate([log_prior, np.zeros((n_unlabeled, len(self.classes)))])
        of_annotators = self.of_annotators
        if of_annotators is not None:
            of_annotators = np.pad(of_annotators, ((0, n_unlabeled), (0, 0)), constant_values=UNLABELED_CODE)
        return Labels(self.classes, codes, log_prior, of_annotators)

    def possible(self, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which classes a label among these rows allows; unlabelled rows do not count."""
        given = self.given[rows & self.labeled]
        found = np.bincount(given[given >= 0], minlength=len(self.classes)) > 0
        if self.log_prior is not None:
            found |= np.isfinite(self.log_prior[rows & (self.codes == UNSURE_CODE)]).any(axis=0)
        return np.asarray(found)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Labelled rows per class."""
        return np.bincount(self.codes[self.labeled], minlength=len(self.classes))


def as_objects(classes: NDArray[Any]) -> list[Any]:
    """Return the entries of an array as Python objects; dates stay dates, though `tolist` makes numbers of some."""
    return list(classes) if classes.dtype.kind in "mM" else list(classes.tolist())
