"""Transforms of columns, fitted to all rows, labelled or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from sklearn.preprocessing import FunctionTransformer, PowerTransformer

# Principal components with less than this part of the largest variance are rounding or noise, and are left out.
_LEAST_VARIANCE = 1e-4


class Transformer(Protocol):
    """What is fitted to rows and then maps rows."""

    def fit(self, X: NDArray[Any]) -> Self:
        """Learn from rows."""

    def transform(self, X: NDArray[Any]) -> NDArray[Any]:
        """Map rows."""


class NormalScores:
    """Each column by the normal quantile of its mid-rank: any monotone distortion is undone.

    Missing values stay missing, and equal ones equal; values between known ones are interpolated, and those beyond get
    the outermost scores.
    """

    def fit(self, X: NDArray[Any]) -> Self:
        """Learn the ranks of the values of each column."""
        self._columns = []
        for column in X.T:
            values, counts = np.unique(column[~np.isnan(column)], return_counts=True)
            self._columns.append((values, ndtri((np.cumsum(counts) - counts / 2) / counts.sum())))
        return self

    def transform(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Scores of rows."""
        scored = [np.interp(column, *known) for column, known in zip(X.T, self._columns, strict=True)]
        return np.column_stack(scored)


class PrincipalComponents:
    """Yeo-Johnson, then a rotation to the principal components of the standardised columns.

    Priors of the mixtures have no correlations: in these coordinates that is no worse than what all rows say.
    """

    def __init__(self, straighten: PowerTransformer):
        self._straighten = straighten

    def fit(self, X: NDArray[Any]) -> Self:
        """Learn the components; the power transform is fitted to the same rows already."""
        # In float64: rounding must not decide which components are noise.
        rows = self._straighten.transform(X).astype(np.float64)
        self._mean, deviation = rows.mean(axis=0), rows.std(axis=0)
        self._deviation = np.where(deviation > 0, deviation, 1.0)
        rows = (rows - self._mean) / self._deviation
        variance, directions = np.linalg.eigh(rows.T @ rows / len(rows))
        kept = variance > _LEAST_VARIANCE * variance[-1]
        kept[-1] = True
        self._directions = directions[:, kept][:, ::-1]
        return self

    def transform(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Coordinates of rows."""
        rows = (self._straighten.transform(X) - self._mean) / self._deviation
        coordinates: NDArray[np.float64] = rows @ self._directions
        return coordinates


TRANSFORMS = ("none", "yeo-johnson", "normal-scores", "principal")


def fitted_transformers(names: Iterable[str], X: NDArray[Any]) -> dict[str, Transformer]:
    """The transforms of these names, fitted to rows."""
    wanted = set(names)
    straighten = PowerTransformer("yeo-johnson")
    if wanted & {"yeo-johnson", "principal"}:
        straighten.fit(X)
    makers: dict[str, Callable[[], Transformer]] = {
        "none": lambda: FunctionTransformer().fit(X),
        "yeo-johnson": lambda: straighten,
        "normal-scores": lambda: NormalScores().fit(X),
        "principal": lambda: PrincipalComponents(straighten).fit(X),
    }
    return {name: makers[name]() for name in TRANSFORMS if name in wanted}
