"""A sample of the rows by which a fit is examined, so that it takes a moment only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.labels import Labels

_MOST_LABELED, _MOST_OTHERS = 2000, 500


@dataclass(frozen=True)
class HeldOutAnswers:
    """Class probabilities of rows whose labels the fits behind them had not seen, and the codes of these labels."""

    probability: NDArray[np.float64]
    codes: NDArray[np.int64]


@dataclass(frozen=True)
class Examined:
    """Rows that count, evenly spaced.

    Attributes
    ----------
    X : array, or what reads the rows of a file
        All rows.
    labeled, others : arrays
        Rows with a sure label, and rows without any.
    codes : array
        Of the labels.
    held_out : HeldOutAnswers or None
        What is known of labels that a fit had not seen.
    """

    X: Any
    labeled: NDArray[Any]
    codes: NDArray[np.int64]
    others: NDArray[Any]
    held_out: HeldOutAnswers | None = None

    @classmethod
    def of(
        cls,
        X: Any,
        labels: Labels,
        weights: NDArray[np.float64] | None,
        held_out: HeldOutAnswers | None = None,
    ) -> Examined:
        """Return some rows of each sort; labelled ones lie in the order of their classes before they are spaced."""
        counting = np.ones(len(labels.codes), dtype=bool) if weights is None else weights > 0
        labeled, others = (np.flatnonzero(some & counting) for some in (labels.labeled, labels.unlabeled))
        labeled = _spaced(labeled[np.argsort(labels.codes[labeled], kind="stable")], _MOST_LABELED)
        others = _spaced(others, _MOST_OTHERS)
        return cls(X, X[labeled], labels.codes[labeled], X[others], held_out)


def _spaced(numbers: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    return numbers if len(numbers) <= most else numbers[np.linspace(0, len(numbers) - 1, most).astype(int)]
