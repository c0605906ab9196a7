"""Encoding of the columns of a table for the networks: the likelihood, units and categories of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from semigen.deep.likelihoods import Bernoulli, Categorical, Gaussian, Likelihood, NegativeBinomial, Poisson, Product
from semigen.deep.likelihoods.standardised_counts import StandardisedCounts
from semigen.persistence.pickled import VersionedPart
from semigen.persistence.schema import ListOf, Nullable, Real, Record, Sizes, Text
from semigen.tables.bits import ROUNDING, columns_of_bits

# In the order of the blocks among the encoded values.
KINDS = ("bernoulli", "gaussian", "categorical", "poisson", "negative_binomial")

# Rows read at once, so that a table on disk is never in memory as a whole.
_ROWS_AT_ONCE = 16384
_MOST_CATEGORIES = 1000
_OF_COUNTS = KINDS[3:]
# A larger count cannot be told from the next by its logarithm in float32.
_LARGEST_COUNT = 100_000
_LARGEST_FLOAT = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class ColumnCoding(VersionedPart):
    """Encoded values are blocks: bits, standardised real numbers, one-hot categories, standardised logs of counts.

    Attributes
    ----------
    kinds : list of str
        Likelihood of every column.
    centre, scale : lists of float
        Mean and standard deviation of the Gaussian columns; 0 and 1 elsewhere.
    categories : list of lists of float
        Sorted values of every categorical column, in the order of those columns.
    names : list of str, optional
        Of the columns, for messages.
    """

    kinds: list[str]
    centre: list[float]
    scale: list[float]
    categories: list[list[float]]
    names: list[str] | None = None

    @classmethod
    def of(cls, X: NDArray[Any], likelihood: str | Sequence[str], names: Sequence[str] | None = None) -> Self:
        """Return the coding that suits the columns of X.

        Raises
        ------
        ValueError
            If a column does not suit the likelihood that was asked for.
        """
        kinds = _kinds(X, likelihood)
        _reject_beyond_bits(X, kinds, names)
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused by name
            centre, scale = _moments(X)
        _reject_beyond_floats(centre, scale, names)
        counted = np.array([kind in _OF_COUNTS for kind in kinds])
        if counted.any():
            _reject_no_counts(X, kinds, names)
            centre[counted], scale[counted] = _moments(X, counted)
        real = counted | np.array([kind == "gaussian" for kind in kinds])
        categories = [
            _categories(X[:, column], _called(column, names))
            for column, kind in enumerate(kinds)
            if kind == "categorical"
        ]
        return cls(
            kinds,
            np.where(real, centre, 0.0).tolist(),
            np.where(real, scale, 1.0).tolist(),
            categories,
            None if names is None else [str(name) for name in names],
        )

    @classmethod
    def from_json(cls, saved: Any, sizes: Sizes) -> Self:
        """Return the coding that `to_json` described.

        Raises
        ------
        ValueError
            If it gave something else.
        """
        _SAVED.check(saved, "coding", sizes)
        coding = cls(**saved)
        if len(coding.categories) != coding.kinds.count("categorical"):
            raise ValueError("coding.categories needs a list for each categorical column")
        if any(listed != sorted(set(listed)) for listed in coding.categories):
            raise ValueError("coding.categories must be sorted, none twice")
        if not all(_fits_floats(*moments) for moments in zip(coding.centre, coding.scale, strict=True)):
            raise ValueError("coding has numbers beyond what float32 can hold")
        return coding

    def to_json(self) -> dict[str, Any]:
        """Return the coding as JSON can hold it."""
        return asdict(self)

    @property
    def likelihood(self) -> Product:
        """The likelihood of encoded rows."""
        blocks: list[Likelihood] = []
        for kind, make in _BLOCKS.items():
            if kind in self.kinds:
                blocks.append(make(self))
        return Product(blocks)

    @property
    def log_volume(self) -> float:
        """Log of how much larger a density is in the units of X than in those of the encoded values."""
        return -float(np.log(np.asarray(self.scale)[self._of_kind("gaussian")]).sum())

    def encode(self, X: NDArray[Any]) -> NDArray[Any]:
        """Return rows as the networks see them, in the precision of X (float32 or float64)."""
        blocks = []
        bits, reals, categorical, *counts = (self._of_kind(kind) for kind in KINDS)
        if len(bits) == X.shape[1]:
            return _within_bits(X)
        if len(bits):
            blocks.append(_within_bits(X[:, bits]))
        if len(reals):
            centred = X[:, reals] - np.asarray(self.centre)[reals]
            blocks.append((centred / np.asarray(self.scale)[reals]).astype(X.dtype, copy=False))
        for column, values in zip(categorical, self.categories, strict=True):
            matches = X[:, column, None] == np.asarray(values)
            if not matches.any(axis=1).all():
                strange = X[~matches.any(axis=1), column][0]
                raise ValueError(
                    f"{_called(column, self.names)} has the category {strange:g}, which training did not see; leave "
                    "such rows out, fit again with rows that have it (they need no label), or make columns of zeros "
                    "and ones of it by OneHotEncoder(handle_unknown='ignore')."
                )
            blocks.append(matches.astype(X.dtype))
        if any(map(len, counts)):
            _reject_no_counts(X, self.kinds, self.names)
        for columns in counts:
            standard = (np.log1p(X[:, columns]) - np.asarray(self.centre)[columns]) / np.asarray(self.scale)[columns]
            blocks.append(standard.astype(X.dtype, copy=False))
        return np.concatenate(blocks, axis=1)

    def beyond_bits(self, X: NDArray[Any]) -> tuple[int, str]:
        """Return how many rows have values outside [0, 1] in Bernoulli columns, which `encode` clips, and one such."""
        bits = self._of_kind("bernoulli")
        values = X[:, bits]
        beyond = (values < -ROUNDING) | (values > 1 + ROUNDING)
        if not beyond.any():
            return 0, ""
        row, column = np.argwhere(beyond)[0]
        return int(beyond.any(axis=1).sum()), f"{values[row, column]:g} in {_called(bits[column], self.names).lower()}"

    def decode(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return encoded rows in the columns and units of X; the largest entry of a one-hot block is its category."""
        rows = np.empty((len(values), len(self.kinds)), dtype=values.dtype)
        bits, reals, categorical, *counts = (self._of_kind(kind) for kind in KINDS)
        rows[:, bits] = values[:, : len(bits)]
        first = len(bits) + len(reals)
        rows[:, reals] = values[:, len(bits) : first] * np.asarray(self.scale)[reals] + np.asarray(self.centre)[reals]
        for column, listed in zip(categorical, self.categories, strict=True):
            block = values[:, first : first + len(listed)]
            rows[:, column] = np.asarray(listed)[block.argmax(axis=1)]
            first += len(listed)
        for columns in counts:
            logarithm = values[:, first : first + len(columns)] * np.asarray(self.scale)[columns]
            found = np.expm1(logarithm + np.asarray(self.centre)[columns])
            whole = np.rint(found)
            # What is drawn is a count, but for rounding; a mean need not be.
            rows[:, columns] = np.where(np.abs(found - whole) <= 1e-4 * (1 + whole), whole, found)
            first += len(columns)
        return rows

    def _of_kind(self, kind: str) -> NDArray[np.int64]:
        return np.flatnonzero([given == kind for given in self.kinds])

    def _standardised(self, kind: str) -> StandardisedCounts:
        columns = self._of_kind(kind)
        return StandardisedCounts(tuple(self.centre[i] for i in columns), tuple(self.scale[i] for i in columns))


# Schema of `from_json`.
_SAVED = Record(
    {
        "kinds": ListOf(Text(KINDS), "columns"),
        "centre": ListOf(Real(), "columns"),
        "scale": ListOf(Real(above=0), "columns"),
        "categories": ListOf(ListOf(Real()), "categorical columns"),
        "names": Nullable(ListOf(Text(), "columns")),
    }
)

# In the order of KINDS.
_BLOCKS: dict[str, Callable[[ColumnCoding], Likelihood]] = {
    "bernoulli": lambda coding: Bernoulli(coding.kinds.count("bernoulli")),
    "gaussian": lambda coding: Gaussian(coding.kinds.count("gaussian")),
    "categorical": lambda coding: Categorical(tuple(len(values) for values in coding.categories)),
    "poisson": lambda coding: Poisson(coding._standardised("poisson")),
    "negative_binomial": lambda coding: NegativeBinomial(coding._standardised("negative_binomial")),
}


def _within_bits(values: NDArray[Any]) -> NDArray[Any]:
    """Return values of Bernoulli columns clipped to [0, 1], without a copy if none lies outside."""
    if not values.size or (values.min() >= 0 and values.max() <= 1):
        return values
    clipped: NDArray[Any] = np.clip(values, 0, 1)
    return clipped


def _reject_beyond_bits(X: NDArray[Any], kinds: Sequence[str], names: Sequence[str] | None) -> None:
    """Refuse values outside [0, 1] in Bernoulli columns."""
    bits = np.array([kind == "bernoulli" for kind in kinds])
    if not bits.any():
        return
    lowest, highest = _extremes(X)
    wrong = np.flatnonzero(bits & ((lowest < -ROUNDING) | (highest > 1 + ROUNDING)))
    if len(wrong):
        column = wrong[0]
        advice = "divide pixels by 255" if 1 < highest[bits].max() <= 255 and lowest[bits].min() >= 0 else "rescale it"
        raise ValueError(
            f"{_called(column, names)} goes from {lowest[column]:g} to {highest[column]:g}, and a Bernoulli likelihood "
            f"needs values between 0 and 1: {advice}, or use likelihood='gaussian'."
        )


def _reject_no_counts(X: NDArray[Any], kinds: Sequence[str], names: Sequence[str] | None) -> None:
    """Refuse what is no count in columns of counts."""
    columns = np.flatnonzero([kind in _OF_COUNTS for kind in kinds])
    for some in _slices(X):
        values = some[:, columns]
        wrong = (values < 0) | (values > _LARGEST_COUNT) | (values != np.floor(values))
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            raise ValueError(
                f"{_called(columns[column], names)} has the value {values[row, column]:g}, and likelihood="
                f"{kinds[columns[column]]!r} is for counts: whole numbers from 0 to {_LARGEST_COUNT:,}. Use 'gaussian' "
                "there."
            )


def _kinds(X: NDArray[Any], likelihood: str | Sequence[str]) -> list[str]:
    n_columns = X.shape[1]
    if not isinstance(likelihood, str):
        kinds = [str(kind) for kind in likelihood]
        unknown = sorted(set(kinds) - set(KINDS))
        if unknown or len(kinds) != n_columns:
            what = f"names {unknown}" if unknown else f"has {len(kinds)} entries"
            raise ValueError(
                f"likelihood {what}; give one of {KINDS} for each of the {n_columns} columns, in their order "
                "(get_feature_names_out of a ColumnTransformer lists those that it makes)."
            )
        return kinds
    if likelihood != "auto":
        return [likelihood] * n_columns
    return ["bernoulli" if bit else "gaussian" for bit in columns_of_bits(X)]


def _slices(X: NDArray[Any]) -> Iterator[NDArray[Any]]:
    return (X[first : first + _ROWS_AT_ONCE] for first in range(0, len(X), _ROWS_AT_ONCE))


def _extremes(X: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    extremes = [(some.min(axis=0), some.max(axis=0)) for some in _slices(X)]
    return np.min([lowest for lowest, _ in extremes], axis=0), np.max([highest for _, highest in extremes], axis=0)


def _moments(
    X: NDArray[Any], counted: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and standard deviation of each column; a constant column gets scale 1.

    Where `counted` is given, those of log(1 + count) in these columns alone.
    """

    def slices() -> Iterator[NDArray[Any]]:
        return _slices(X) if counted is None else (np.log1p(some[:, counted]) for some in _slices(X))

    mean = sum(some.sum(axis=0, dtype=np.float64) for some in slices()) / len(X)
    variance = sum(np.square(some - mean).sum(axis=0) for some in slices()) / len(X)
    scale = np.sqrt(variance)
    constant = scale <= 8 * np.finfo(X.dtype).eps * np.abs(mean)
    return np.asarray(mean), np.where(constant, 1.0, scale)


def _reject_beyond_floats(centre: NDArray[np.float64], scale: NDArray[np.float64], names: Sequence[str] | None) -> None:
    """Refuse columns whose values float32, in which networks compute and draw, cannot hold."""
    wild = [column for column, moments in enumerate(zip(centre, scale, strict=True)) if not _fits_floats(*moments)]
    if wild:
        raise ValueError(f"{_called(wild[0], names)} has values beyond what float32 can hold; rescale it.")


def _fits_floats(centre: float, scale: float) -> bool:
    return abs(centre) + 10 * scale < _LARGEST_FLOAT


def _categories(values: NDArray[Any], called: str) -> list[float]:
    found = np.unique(values)
    if len(found) > _MOST_CATEGORIES:
        raise ValueError(
            f"{called} has {len(found)} different values, too many for categories; use likelihood='gaussian' there."
        )
    return [float(value) for value in found]


def _called(column: int, names: Sequence[str] | None) -> str:
    return f"Column {column}" if names is None else f"Column {names[column]!r}"
