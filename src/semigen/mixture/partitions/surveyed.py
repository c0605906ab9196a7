"""What a fit to partitions learns from: the first pass, rows in memory, and parts that are asked again."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from semigen.base import TrainingSet
from semigen.labels import Labels
from semigen.mixture.partitions.engine import Engine, NoPartError
from semigen.mixture.partitions.part import Part, joined_labels
from semigen.mixture.partitions.survey import MOST_SAMPLED, Survey, survey
from semigen.mixture.rows.arrays import ArrayRows
from semigen.mixture.rows.partitioned import PartitionedRows, unlabeled_rows

Answer = TypeVar("Answer")


@dataclass(frozen=True, eq=False)
class Surveyed:
    """Rows in parts, after a first pass over them.

    Attributes
    ----------
    found : Survey
    labels : Labels
        Of the rows with some label.
    engine : Engine
    """

    found: Survey
    labels: Labels
    engine: Engine

    @property
    def dtype(self) -> Any:
        """float32 if all parts are, else float64."""
        return np.dtype(np.float32 if self.found.dtypes == {np.dtype(np.float32)} else np.float64)

    @property
    def incomplete(self) -> bool:
        """Whether a value is missing somewhere."""
        return self.found.gaps is not None

    @property
    def n_unlabeled(self) -> int:
        """Unlabelled rows, also those of weight zero."""
        return self.found.n_unlabeled + int(self.labels.unlabeled.sum())

    def labeled_rows(self) -> TrainingSet:
        """Return the rows with some label."""
        weights = self.found.weights if self.found.weighted else None
        return TrainingSet(self.found.X.astype(self.dtype, copy=False), self.labels, weights)

    def numbers_of_labeled(self) -> NDArray[np.int64]:
        """Return the numbers of the rows with some label, among all rows in the order of the parts."""
        parts = sorted(self.found.checks)
        sizes = [self.found.checks[part][0] for part in parts]
        first = dict(zip(parts, np.cumsum([0, *sizes[:-1]]).tolist(), strict=True))
        numbers = [first[part] + rows for part, rows in self.found.labeled.items()]
        return np.concatenate([np.empty(0, dtype=np.int64), *numbers])

    def known_rows(self, most: int = MOST_SAMPLED) -> TrainingSet:
        """Return the rows with some label, then so many at most of the others, each of which weighs what a row does."""
        mine, sample = self.labeled_rows(), self.found.sample[:most].astype(self.dtype, copy=False)
        weights = None
        if mine.weights is not None:
            weights = np.concatenate([mine.weights, self.found.sample_weights[:most]])
        return TrainingSet(np.concatenate([mine.X, sample]), self.labels.joined(len(sample)), weights)

    def rows(self, unlabeled_weight: float) -> PartitionedRows | ArrayRows:
        """Return the source of rows of a fit; without unlabelled rows those in memory are all."""
        mine, found = self.labeled_rows(), self.found
        labeled = ArrayRows(
            mine.X, mine.labels.codes, mine.weights, unlabeled_weight, mine.labels.log_prior, self.incomplete
        )
        if unlabeled_weight == 0 or found.weight == 0:
            return labeled
        standing_for = found.sample_weights * (found.weight / found.sample_weights.sum())
        sample = unlabeled_rows(
            found.sample.astype(self.dtype, copy=False), standing_for, unlabeled_weight, incomplete=self.incomplete
        )
        parts = _UnlabeledParts(self, unlabeled_weight)
        return PartitionedRows(
            labeled,
            sample,
            parts,
            self.dtype,
            self.incomplete,
            found.largest,
            unlabeled_weight * found.measured,
            unlabeled_weight * found.weight,
        )


@dataclass(frozen=True, eq=False)
class _UnlabeledParts:
    """The parts, of which each is asked without its labelled rows."""

    surveyed: Surveyed
    unlabeled_weight: float

    def total(self, ask: Callable[[ArrayRows], Answer]) -> Answer:
        """Return the sum of what all parts answer."""
        found = self.surveyed.found
        question = Question(
            ask, self.surveyed.dtype, self.unlabeled_weight, self.surveyed.incomplete, found.labeled, found.checks
        )
        first = len(found.checks)
        try:
            counted: Counted = self.surveyed.engine.total(question)
            n_parts = counted.n_parts
        except NoPartError:
            n_parts = 0
        if n_parts != first:
            raise ValueError(
                f"There were {first} partitions in the first pass over the rows, and {n_parts} in a later one: what is "
                "passed must yield the same parts each time that it is iterated over."
            )
        answer: Answer = counted.answer
        return answer


@dataclass(frozen=True, eq=False)
class Counted:
    """An answer, and of how many parts."""

    answer: Any
    n_parts: int = 1

    def __add__(self, other: Counted) -> Counted:
        return Counted(self.answer + other.answer, self.n_parts + other.n_parts)


@dataclass(frozen=True, eq=False)
class Question:
    """A question to the unlabelled rows of a part, which must be those of the first pass."""

    ask: Callable[[ArrayRows], Any]
    dtype: Any
    unlabeled_weight: float
    incomplete: bool
    labeled: dict[int, NDArray[np.int64]]
    checks: dict[int, tuple[int, int]]

    def __call__(self, number: int, part: Part) -> Counted:
        """Return the answer of a part."""
        if self.checks.get(number) != (len(part.X), part.checksum):
            raise ValueError(
                f"Partition {number} is not what it was in the first pass over the rows: its rows, or their order, "
                "have changed. Parts must stay the same for the whole fit: draw at random with a fixed seed, and sort "
                "what comes in any order."
            )
        X, weights = part.without(self.labeled[number])
        # What came over a network need not lie as the kernels want it.
        X = np.require(X, dtype=self.dtype, requirements=["C", "A"])
        return Counted(self.ask(unlabeled_rows(X, weights, self.unlabeled_weight, incomplete=self.incomplete)))


def first_pass(model: Any, engine: Engine) -> Surveyed:
    """Visit all parts for the first time, and set the number and the names of the columns of the model.

    Parameters
    ----------
    model : SemiSupervisedGMM or SemiSupervisedGMMCV
        Whose parameters say what a label is, and whether values may be missing.
    engine : Engine

    Raises
    ------
    ValueError
        If no part has a row, parts disagree on their columns, a value is missing where none may be, or there is no
        label and `classes` is not given.
    """
    classes = None if model.classes is None else list(model.classes)
    # A copy, so that the fit draws what it would draw in memory.
    state = deepcopy(model.random_state)
    seed = 0 if state is None else int(check_random_state(state).randint(2**31 - 1))
    matrices = getattr(model, "label_noise", None) is None
    ask = partial(survey, unlabeled=model.unlabeled, classes=classes, seed=seed, matrices=matrices)
    found = engine.total(ask, labels=True)
    if not found.X.shape[1]:
        raise ValueError("The partitions have no column to learn from.")
    if not found.weight and not len(found.X):
        raise ValueError("The partitions have no row that counts.")
    if not found.y and classes is None:
        raise ValueError(
            "No partition has a labelled row. Label a few rows, or name all classes with classes=[...] to learn them "
            "from unlabelled rows alone; of frames and files, target= names the column of labels."
        )
    # After labels: their column has gaps, and counts as one to learn from where target= was forgotten.
    if found.gaps is not None and not model._missing_allowed:
        number, column = found.gaps
        raise ValueError(f"Partition {number}: {column} contains missing values (NaN). {model._remedy_for_missing}")
    model.n_features_in_ = found.X.shape[1]
    model.__dict__.pop("feature_names_in_", None)
    if found.names is not None:
        model.feature_names_in_ = np.array(found.names, dtype=object)
    labels = model._labels_of(joined_labels(found.y) if found.y else np.array([None], dtype=object), model.classes)
    return Surveyed(found, labels if found.y else labels.part(np.empty(0, dtype=np.int64)), engine)
