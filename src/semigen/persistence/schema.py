"""Checks of values read from a file: a kind says which value is wrong, and what it should be.

An estimator declares the kinds of all that its files hold; whatever is not declared cannot be set by a file.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

# Widths of networks and the like; products of two, in bytes, are still numbers of 64 bits.
WIDEST = 10**8

_SHORT = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother = 2, 80, 80


def shown(value: Any) -> str:
    """Return a value as messages show it: on one line, cut where it is long, without control characters."""
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} and shape {value.shape}"
    return _SHORT.repr(value)


class Sizes:
    """Numbers of classes, columns and so on that several values must share; the first that has one settles it."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, str]] = {}

    def agree(self, name: str, size: int, where: str) -> None:
        """Take or compare a size.

        Raises
        ------
        ValueError
            If another value has another size.
        """
        known, first = self._known.setdefault(name, (size, where))
        if size != known:
            raise ValueError(f"{where} is of {size} {name}, and {first} of {known}")

    def known(self, name: str) -> int:
        """Return a size that is settled."""
        return self._known[name][0]


class Kind(Protocol):
    """What a value may be."""

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Raise ValueError, which names `where`, if the value is something else."""


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Refuse all else."""
        _expect(isinstance(value, bool), value, where, "true or false")


@dataclass(frozen=True)
class Integer:
    """A whole number between two, perhaps a size that other values share."""

    least: int = 0
    most: int = 2**63 - 1
    size: str | None = None

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Refuse all else."""
        fits = isinstance(value, int | np.integer) and not isinstance(value, bool) and self.least <= value <= self.most
        _expect(bool(fits), value, where, f"a whole number from {self.least} to {self.most}")
        if self.size is not None:
            sizes.agree(self.size, value, where)


@dataclass(frozen=True)
class Real:
    """A finite number, or any if not `finite`; from `least` on, or above a bound."""

    least: float | None = None
    above: float | None = None
    finite: bool = True

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Refuse all else."""
        what = "a finite number" if self.finite else "a number"
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        fits = fits and (not self.finite or math.isfinite(value))
        if self.least is not None:
            what, fits = f"{what} from {self.least:g} on", fits and value >= self.least
        if self.above is not None:
            what, fits = f"{what} above {self.above:g}", fits and value > self.above
        _expect(fits, value, where, what)


@dataclass(frozen=True)
class Text:
    """Text, or one of a few."""

    options: Collection[str] | None = None

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Refuse all else."""
        if self.options is None:
            _expect(isinstance(value, str), value, where, "text")
        else:
            _expect(isinstance(value, str) and value in self.options, value, where, f"one of {sorted(self.options)}")


@dataclass(frozen=True)
class Plain:
    """What a parameter may be: text, a number, true, false or nothing, or a list or tuple of these."""

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Refuse all else."""
        members = value if isinstance(value, list | tuple) else [value]
        _expect(all(map(is_scalar, members)), value, where, "text, a number, or a list of these")


def is_scalar(value: Any) -> bool:
    """Return whether a value of JSON is neither a list nor a mapping."""
    return not isinstance(value, list | dict)


@dataclass(frozen=True)
class Nullable:
    """Nothing, or what `kind` says."""

    kind: Kind

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Refuse all else."""
        if value is not None:
            self.kind.check(value, where, sizes)


@dataclass(frozen=True)
class ListOf:
    """A list whose members are all of a kind; of a fixed length, one that other values share, or not empty."""

    kind: Kind
    length: int | str | None = None

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Refuse all else."""
        _expect(isinstance(value, list), value, where, "a list")
        if isinstance(self.length, str):
            sizes.agree(self.length, len(value), where)
        elif self.length is None:
            _expect(len(value) > 0, value, where, "a list with members")
        else:
            _expect(len(value) == self.length, value, where, f"a list of {self.length}")
        for i, member in enumerate(value):
            self.kind.check(member, f"{where}[{i}]", sizes)


@dataclass(frozen=True)
class MapOf:
    """A mapping of any names to values of one kind."""

    kind: Kind

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Refuse all else."""
        _expect(isinstance(value, dict), value, where, "a mapping")
        for name, member in value.items():
            self.kind.check(member, f"{where}.{name}" if name.isidentifier() else f"{where}[{shown(name)}]", sizes)


@dataclass(frozen=True)
class Record:
    """A mapping of these names, each to a value of its kind; the `optional` ones may lack, and no other may be there.

    Names are checked in the order of the declaration, so that what settles a size can come first.
    """

    kinds: Mapping[str, Kind]
    optional: Collection[str] = ()

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Refuse all else."""
        _expect(isinstance(value, dict), value, where, "a mapping")
        check_names(value, self.kinds, where, optional=self.optional)
        for name, kind in self.kinds.items():
            if name in value:
                kind.check(value[name], f"{where}.{name}", sizes)


def options_of(settings: type) -> Record:
    """Return the kind of a mapping of fields of a dataclass, each a finite number from zero on."""
    names = [field.name for field in fields(settings)]
    return Record(dict.fromkeys(names, Real(least=0)), optional=names)


@dataclass(frozen=True)
class Array:
    """A NumPy array of numbers.

    Attributes
    ----------
    of : str
        What its elements may be, by NumPy's letters: "f" floating-point numbers, "iu" whole ones.
    shape : tuple of int or str
        Sides; a name is a size that other values share. None takes any.
    least : int, optional
        Of all elements.
    below : str, optional
        A size that is settled and that no element reaches.
    """

    of: str
    shape: tuple[int | str, ...] | None
    least: int | None = None
    below: str | None = None

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Refuse all else."""
        fits = isinstance(value, np.ndarray) and value.dtype.kind in self.of
        what = "floating-point" if self.of == "f" else "whole"
        dimensions = "" if self.shape is None else f" in {len(self.shape)} dimensions"
        fits = fits and (self.shape is None or value.ndim == len(self.shape))
        _expect(fits, value, where, f"an array of {what} numbers{dimensions}")
        for side, size in zip(self.shape or value.shape, value.shape, strict=True):
            if isinstance(side, str):
                sizes.agree(side, size, where)
            else:
                _expect(side == size, value, where, f"an array of the shape {self.shape}")
        if value.size and self.least is not None:
            _expect(bool(value.min() >= self.least), value, where, f"numbers from {self.least} on")
        if value.size and self.below is not None:
            most = sizes.known(self.below)
            _expect(bool(value.max() < most), value, where, f"numbers below {most}, the {self.below}")


@dataclass(frozen=True)
class Probabilities:
    """An array or a list of positive numbers that sum to one, one for each of something."""

    of: str

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Refuse all else."""
        if isinstance(value, list):
            ListOf(Real(above=0), self.of).check(value, where, sizes)
        else:
            Array("f", (self.of,)).check(value, where, sizes)
        numbers: NDArray[np.float64] = np.asarray(value, dtype=np.float64)
        fits = bool(((numbers > 0) & (numbers <= 1)).all()) and abs(float(numbers.sum()) - 1) < 1e-6
        _expect(fits, value, where, "positive numbers that sum to one")


@dataclass(frozen=True)
class Labels:
    """Names, numbers or text, one for each of something."""

    of: str | None
    distinct: bool = False
    text: bool = False

    def check(self, value: Any, where: str, sizes: Sizes) -> None:
        """Refuse all else."""
        fits = isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in "biufUSOMm"
        fits = fits and (not self.text or all(isinstance(name, str) for name in value))
        _expect(fits, value, where, "an array of texts" if self.text else "an array of numbers or texts")
        if self.of is not None:
            sizes.agree(self.of, len(value), where)
        if self.distinct:
            _expect(len(set(value.tolist())) == len(value) > 0, value, where, "different names, one or more")


def check_names(given: Iterable[str], known: Collection[str], where: str, optional: Collection[str] = ()) -> None:
    """Refuse names that are not known, and the lack of one that is not optional.

    Raises
    ------
    ValueError
    """
    names = set(given)
    unknown = sorted(names - set(known))
    if unknown:
        raise ValueError(f"{where} has {shown(unknown[0])}, which a file cannot set")
    lacking = sorted(set(known) - names - set(optional))
    if lacking:
        raise ValueError(f"{where} lacks {shown(lacking[0])}")


def _expect(fits: bool, value: Any, where: str, what: str) -> None:
    if not fits:
        raise ValueError(f"{where} is {shown(value)} and should be {what}")
