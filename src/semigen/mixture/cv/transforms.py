"""Transforms of columns, fitted to all rows, labelled or not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import copy
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from sklearn.preprocessing import FunctionTransformer, PowerTransformer
from sklearn.utils.extmath import randomized_svd

from semigen._runtime.memory import require_memory
from semigen._runtime.transform_output import giving_arrays

# Principal components with less than this part of the largest variance are rounding or noise, and are left out.
_LEAST_VARIANCE = 1e-4

# Sums of squares of coordinates further out would overflow.
FURTHEST = 1e140

# Columns whose standard deviations differ by more than this from the median have units of their own, which must not
# decide what is leading.
_SAME_UNITS = 10.0

# Beyond so many columns their covariance takes longer than its leading directions.
_MANY_COLUMNS = 500

# Memory that all principal components take, in covariances of the columns.
_COVARIANCES = 6

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
        f"No power was found that makes the columns of X less skewed ({why}). Rescale them, or name transforms without "
        "'yeo-johnson' and 'principal'."
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
    """A rotation to the principal components of all rows, the leading ones first.

    Priors of the mixtures have no correlations: in these coordinates that is no worse than what all rows say.
    """

    def __init__(self, prepare: Transformer, *, standardise: bool):
        self._prepare = prepare
        self._standardise = standardise

    def fit(self, X: NDArray[Any], weights: NDArray[np.float64], most: int | None = None) -> Self:
        """Learn the components, at most so many; what prepares rows is fitted to the same rows already."""
        # In float64: rounding must not decide which components are noise.
        rows = self._prepare.transform(X).astype(np.float64)
        self._mean = np.average(rows, axis=0, weights=weights)
        rows -= self._mean
        deviation = np.sqrt(np.average(rows**2, axis=0, weights=weights))
        told = deviation > 0
        alike = bool(told.any()) and deviation.max() <= _SAME_UNITS * np.median(deviation[told])
        plain = not self._standardise and alike
        self._deviation = np.where(told & (not plain), deviation, 1.0)
        variance, directions = _principal_axes(rows / self._deviation, weights / weights.sum(), most)
        kept = variance > _LEAST_VARIANCE * variance[0]
        kept[0] = True
        self._directions = directions[:, kept][:, :most]
        return self

    def leading(self, count: int) -> Self:
        """Return the map to the leading components alone, without those beyond what was found."""
        fewer = copy(self)
        fewer._directions = np.ascontiguousarray(self._directions[:, :count])
        return fewer

    def transform(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Return the principal components of rows."""
        rows = (self._prepare.transform(X) - self._mean) / self._deviation
        coordinates: NDArray[np.float64] = np.clip(rows, -FURTHEST, FURTHEST) @ self._directions
        return coordinates


def _principal_axes(
    rows: NDArray[np.float64], shares: NDArray[np.float64], most: int | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return variances of centred rows along their principal axes, largest first, and the axes as columns."""
    if most is None or rows.shape[1] <= _MANY_COLUMNS:
        variance, directions = np.linalg.eigh((rows.T * shares) @ rows)
        return variance[::-1], directions[:, ::-1]
    count = min(most, *rows.shape)
    _, values, axes = randomized_svd(rows * np.sqrt(shares)[:, None], count, random_state=0)
    return values**2, axes.T


class UnitLength:
    """Rows divided by their length, so that directions alone count, as with embeddings compared by their cosine."""

    def transform(self, X: NDArray[Any]) -> NDArray[Any]:
        """Return rows of length one; a row of zeros stays what it is."""
        # Divided by the largest entry first, so that no square overflows.
        largest = np.abs(X).max(axis=1, keepdims=True)
        scaled = X / np.where(largest > 0, largest, 1)
        length = np.linalg.norm(scaled, axis=1, keepdims=True)
        unit: NDArray[Any] = scaled / np.where(length > 0, length, 1)
        return unit


TRANSFORMS = ("none", "yeo-johnson", "normal-scores", "principal", "unit-length")
_REDUCED = re.compile(r"(principal|pca)-([1-9]\d{0,5})")


def is_transform(name: object) -> bool:
    """Return whether a transform has this name: one of `TRANSFORMS`, "principal-10", "pca-10", or other numbers."""
    return isinstance(name, str) and (name in TRANSFORMS or _REDUCED.fullmatch(name) is not None)


def components_kept(name: str) -> int | None:
    """Return the number of leading components that a transform keeps, or None if it does not reduce columns."""
    found = _REDUCED.fullmatch(name)
    return None if found is None else int(found[2])


def mixes_columns(name: str) -> bool:
    """Return whether a transform needs all columns of a row, so that it takes no row with gaps."""
    return name in ("principal", "unit-length") or components_kept(name) is not None


def transformed(transformer: Transformer, X: NDArray[Any]) -> NDArray[Any]:
    """Return rows under a transform, in the precision that they have."""
    return np.asarray(transformer.transform(X)).astype(X.dtype, copy=False)


def fitted_transformers(names: Iterable[str], X: NDArray[Any], weights: NDArray[np.float64]) -> dict[str, Transformer]:
    """Return the transforms of these names, fitted to rows."""
    wanted = set(names)
    if "principal" in wanted:
        d = X.shape[1]
        require_memory(
            8.0 * _COVARIANCES * d**2,
            f"All principal components of {d:,} columns",
            "Say how many are wanted, as with 'pca-40' or 'principal-40' among transforms.",
        )
    as_given = giving_arrays(FunctionTransformer()).fit(X)
    straighten = YeoJohnson()
    if any(name == "yeo-johnson" or name.startswith("principal") for name in wanted):
        straighten.fit(X)
    found: dict[str, Transformer] = {}
    if "none" in wanted:
        found["none"] = as_given
    if "yeo-johnson" in wanted:
        found["yeo-johnson"] = straighten
    if "normal-scores" in wanted:
        found["normal-scores"] = NormalScores().fit(X, weights)
    if "unit-length" in wanted:
        found["unit-length"] = UnitLength()
    for kind, prepare in (("principal", straighten), ("pca", as_given)):
        counts = {name: components_kept(name) for name in wanted if name.startswith(kind)}
        if not counts:
            continue
        numbers = [count for count in counts.values() if count is not None]
        most = max(numbers) if len(numbers) == len(counts) else None
        every = PrincipalComponents(prepare, standardise=kind == "principal").fit(X, weights, most)
        found |= {name: every if count is None else every.leading(count) for name, count in counts.items()}
    return found
