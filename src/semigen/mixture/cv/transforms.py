"""Transforms of columns, fitted to all rows, labelled or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from sklearn.preprocessing import FunctionTransformer, PowerTransformer

from semigen._runtime.transform_output import giving_arrays

# Principal components with less than this part of the largest variance are rounding or noise, and are left out.
_LEAST_VARIANCE = 1e-4

# Transformed values are cut off where they lie further from the training rows than this many times their range.
_FARTHEST = 1e3

# Sums of squares of larger values are beyond floating-point numbers.
_LARGEST = np.float64(1e145)


class Transformer(Protocol):
    """A map of rows."""

    def transform(self, X: NDArray[Any]) -> NDArray[Any]:
        """Map rows."""


class YeoJohnson:
    """Yeo-Johnson's power transform of each column; all rows count alike."""

    def fit(self, X: NDArray[Any]) -> Self:
        """Learn the powers, and how far the transformed columns reach."""
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                self._power = giving_arrays(PowerTransformer("yeo-johnson")).fit(X)
                rows = self._power.transform(X)
        except ValueError as error:
            raise ValueError(_no_power(str(error))) from None
        if not (np.isnan(X) | (np.abs(rows) < _LARGEST)).all():
            raise ValueError(_no_power("their squares are beyond floating-point numbers"))
        low, high = np.nanmin(rows, axis=0), np.nanmax(rows, axis=0)
        self._low, self._high = low - _FARTHEST * (high - low), high + _FARTHEST * (high - low)
        return self

    def transform(self, X: NDArray[Any]) -> NDArray[Any]:
        """Return transformed rows; values so far out that their power overflows are clipped."""
        with np.errstate(over="ignore"):
            rows = self._power.transform(np.asarray(X))
        clipped: NDArray[Any] = np.clip(rows, self._low, self._high)
        return clipped


def _no_power(why: str) -> str:
    return (
        f"No power was found that makes the columns of X less skewed ({why}). Rescale them, or leave 'yeo-johnson' and "
        "'principal' out of transforms."
    )


class NormalScores:
    """Each column by the normal quantile of its mid-rank: any monotone distortion is undone.

    Missing values stay missing, and equal ones equal; values between known ones are interpolated, and those beyond get
    the outermost scores.
    """

    def fit(self, X: NDArray[Any], weights: NDArray[np.float64]) -> Self:
        """Learn the ranks of the values of each column, rows counted by their weights."""
        self._columns = []
        for column in X.T:
            measured = ~np.isnan(column)
            values, place = np.unique(column[measured], return_inverse=True)
            mass = np.bincount(place, weights[measured])
            self._columns.append((values, ndtri((np.cumsum(mass) - mass / 2) / mass.sum())))
        return self

    def transform(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Return the scores of rows."""
        scored = [np.interp(column, *known) for column, known in zip(X.T, self._columns, strict=True)]
        return np.column_stack(scored)


class PrincipalComponents:
    """Yeo-Johnson, then a rotation to the principal components of the standardised columns.

    Priors of the mixtures have no correlations: in these coordinates that is no worse than what all rows say.
    """

    def __init__(self, straighten: YeoJohnson):
        self._straighten = straighten

    def fit(self, X: NDArray[Any], weights: NDArray[np.float64]) -> Self:
        """Learn the components; the power transform is fitted to the same rows already."""
        # In float64: rounding must not decide which components are noise.
        rows = self._straighten.transform(X).astype(np.float64)
        self._mean = np.average(rows, axis=0, weights=weights)
        deviation = np.sqrt(np.average((rows - self._mean) ** 2, axis=0, weights=weights))
        self._deviation = np.where(deviation > 0, deviation, 1.0)
        rows = (rows - self._mean) / self._deviation
        variance, directions = np.linalg.eigh((rows.T * weights) @ rows / weights.sum())
        kept = variance > _LEAST_VARIANCE * variance[-1]
        kept[-1] = True
        self._directions = directions[:, kept][:, ::-1]
        return self

    def transform(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Return the principal components of rows."""
        rows = (self._straighten.transform(X) - self._mean) / self._deviation
        coordinates: NDArray[np.float64] = rows @ self._directions
        return coordinates


TRANSFORMS = ("none", "yeo-johnson", "normal-scores", "principal")


def fitted_transformers(names: Iterable[str], X: NDArray[Any], weights: NDArray[np.float64]) -> dict[str, Transformer]:
    """Return the transforms of these names, fitted to rows."""
    wanted = set(names)
    straighten = YeoJohnson()
    if wanted & {"yeo-johnson", "principal"}:
        straighten.fit(X)
    makers: dict[str, Callable[[], Transformer]] = {
        "none": lambda: giving_arrays(FunctionTransformer()).fit(X),
        "yeo-johnson": lambda: straighten,
        "normal-scores": lambda: NormalScores().fit(X, weights),
        "principal": lambda: PrincipalComponents(straighten).fit(X, weights),
    }
    return {name: makers[name]() for name in TRANSFORMS if name in wanted}
