"""NumPy's ordinary error state, whatever `numpy.seterr` was told: a probability that rounds to zero is no error."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import FunctionType
from typing import Any, TypeVar

import numpy as np

_Function = TypeVar("_Function", bound=Callable[..., Any])


def ordinary(function: _Function) -> _Function:
    """Make a function run with NumPy's default error state.

    Log-densities of far rows lie below what `exp` can hold, and zero is the right answer; with
    ``numpy.seterr(all="raise")`` it would be a FloatingPointError. What is wrong in earnest is checked for.
    """

    @wraps(function)
    def run(*positional: Any, **named: Any) -> Any:
        with np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"):
            return function(*positional, **named)

    return run  # type: ignore[return-value]


class OrdinaryArithmetic:
    """Base of classes whose public methods run with NumPy's default error state."""

    def __init_subclass__(cls, **options: Any) -> None:
        for name, method in list(vars(cls).items()):
            if isinstance(method, FunctionType) and not name.startswith("_"):
                setattr(cls, name, ordinary(method))
        super().__init_subclass__(**options)
