"""Labels that may be wrong, the most suspect ones first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from semigen.base import TrainingSet
from semigen.labels import as_objects
from semigen.mixture.gaussian.label_noise import log_priors
from semigen.mixture.learning.fit import MixtureFit
from semigen.persistence.pickled import VersionedPart

_SHOWN = 10


class SuspectLabel(NamedTuple):
    """A label that may be wrong.

    Attributes
    ----------
    row : int
        Number of the row, from 0.
    given : object
        Its label.
    likeliest : object
        The class that is the likeliest one, by its columns and its labels.
    probability : float
        That the label is wrong.
    annotator : int
        Who gave it, from 0.
    """

    row: int
    given: Any
    likeliest: Any
    probability: float
    annotator: int


@dataclass(frozen=True, eq=False)
class SuspectLabels(VersionedPart):
    """Given labels, the one that is most likely wrong first; printed, they are a table of the first ten.

    Attributes
    ----------
    rows : array of shape (labels,)
        Numbers of the rows, from 0: of `X`, or of all rows of the parts.
    given, likeliest : arrays of shape (labels,)
        The label that was given, and the likeliest class of the row by its columns and its labels.
    probability : array of shape (labels,)
        That the label is wrong.
    annotators : array of shape (labels,)
        Who gave the label, from 0.
    """

    rows: NDArray[np.int64]
    given: NDArray[Any]
    likeliest: NDArray[Any]
    probability: NDArray[np.float64]
    annotators: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[SuspectLabel]:
        numbers = self.probability.tolist(), self.annotators.tolist()
        each = zip(self.rows.tolist(), as_objects(self.given), as_objects(self.likeliest), *numbers, strict=True)
        return (SuspectLabel(*one) for one in each)

    def first(self, n: int) -> SuspectLabels:
        """Return the n labels that are most likely wrong."""
        return replace(self, **{name: each[:n] for name, each in self.to_dict().items()})

    def to_dict(self) -> dict[str, NDArray[Any]]:
        """Return columns by name, for ``pandas.DataFrame(suspect_labels.to_dict())``."""
        return {
            "rows": self.rows,
            "given": self.given,
            "likeliest": self.likeliest,
            "probability": self.probability,
            "annotators": self.annotators,
        }

    def __repr__(self) -> str:
        several = len(np.unique(self.annotators)) > 1
        lines = [f"{'row':>9}  {'wrong':>6}  {'annotator  ' if several else ''}given -> likeliest"]
        for each in self.first(_SHOWN):
            annotator = f"{each.annotator:>9}  " if several else ""
            lines.append(f"{each.row:>9}  {each.probability:6.1%}  {annotator}{each.given!r} -> {each.likeliest!r}")
        if len(self) > _SHOWN:
            lines.append(f"... and {len(self) - _SHOWN:,} more")
        return "\n".join(lines)


def suspect_labels(fit: MixtureFit, training: TrainingSet, numbers: NDArray[np.int64]) -> SuspectLabels:
    """Rank the labels of training rows that count by how likely they are wrong.

    Parameters
    ----------
    fit : MixtureFit
        By whose `confusion` labels may be wrong.
    training : TrainingSet
    numbers : array of shape (n,)
        Of the rows.
    """
    assert fit.confusion is not None
    counts = True if training.weights is None else training.weights > 0
    chosen = np.flatnonzero(training.labels.labeled & counts)
    labels = training.labels.part(chosen)
    joint = fit.log_joint(training.X[chosen], fit.class_first, fit.options.threads)
    posterior = log_softmax(joint + log_priors(fit.confusion, labels.given), axis=1)
    row, annotator = np.nonzero(labels.given >= 0)
    given = labels.given[row, annotator]
    # By the log probability of being right, which tells labels apart that are wrong beyond any doubt.
    right = posterior[row, given]
    order = np.argsort(right, kind="stable")
    return SuspectLabels(
        numbers[chosen][row[order]],
        labels.classes[given[order]],
        labels.classes[posterior.argmax(axis=1)[row[order]]],
        -np.expm1(right[order]) + 0.0,
        annotator[order],
    )
