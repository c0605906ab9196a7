"""The data that the pictures of a report are drawn from."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import _safe_indexing

from semigen._runtime.transform_output import giving_arrays
from semigen.labels import Labels
from semigen.model_selection.label_curves import LabelCurve
from semigen.tables.encoder import encoder_for

# Labelled and unlabelled rows that are fitted: more take time and show little more.
_FITTED = (5000, 2000)
# Labelled rows below which shares of right answers say nothing.
FEWEST_HELD_OUT = 30


@dataclass(frozen=True)
class Material:
    """A table, its labels, and what `recommend` found.

    Attributes
    ----------
    X : frame
    labels : Labels
    numbers : array of shape (n, d)
        Rows as standardised numbers.
    groups : array of shape (n,) or None
        The number of each row's group, below zero where it has none.
    found : Recommendation
    seed : int
    seconds : float
        That the fits for a picture may take.
    curve : LabelCurve or None
        Errors by number of labels, where they were measured before the pictures are drawn.
    """

    X: Any
    labels: Labels
    numbers: NDArray[np.float64]
    groups: NDArray[np.int64] | None
    found: Any
    seed: int
    seconds: float
    curve: LabelCurve | None = None

    @cached_property
    def compared(self) -> dict[str, Any]:
        """The chosen candidate, which has the first colour of every picture, and the baseline, by name."""
        found = self.found
        return {each.name: each for each in (found.candidates[found.chosen], found.candidates[found.baseline])}

    def seconds_of_fit(self, name: str) -> float:
        """Return the seconds that a fit of one of these takes."""
        each = self.compared[name]
        # Pickles of version 0.1.0 have the seconds of all fits only, five for each round.
        return float(each.seconds_of_fit or each.seconds / (5 * max(each.n_rounds, 1)))

    @cached_property
    def fitted(self) -> tuple[Any, Labels, NDArray[np.int64] | None] | None:
        """Rows, labels and groups to fit; None if too few labels can be held out, or none was in the comparison."""
        counts, chosen = self.labels.counts, self.found.candidates[self.found.chosen]
        if counts[counts > 1].sum() < FEWEST_HELD_OUT or not chosen.n_rounds:
            return None
        some = some_rows(self.labels, *_FITTED, seed=self.seed)
        groups = None if self.groups is None else self.groups[some]
        return _safe_indexing(self.X, some), self.labels.part(some), groups


def some_rows(labels: Labels, n_labeled: int, n_unlabeled: int, seed: int) -> NDArray[np.int64]:
    """Return at most so many labelled and unlabelled rows, drawn at random, in their order."""
    random = np.random.default_rng(seed)
    labeled = random.permutation(np.flatnonzero(labels.labeled))[:n_labeled]
    unlabeled = random.permutation(np.flatnonzero(labels.unlabeled))[:n_unlabeled]
    return np.sort(np.concatenate([labeled, unlabeled]))


def as_numbers(X: Any, column_kinds: Mapping[str, Any] | None = None) -> NDArray[np.float64]:
    """Return rows as standardised numbers, gaps filled with medians: to draw them and tell how alike they are."""
    with warnings.catch_warnings():
        # Of columns that are left out: the reader of the table has warned of them.
        warnings.simplefilter("ignore")
        encoder = encoder_for(X, column_kinds)
        steps = [] if encoder is None else [encoder]
        steps += [SimpleImputer(strategy="median"), StandardScaler()]
        numbers = giving_arrays(make_pipeline(*steps)).fit_transform(X)
    return np.asarray(numbers, dtype=np.float64)
