"""Values of the demonstration: a split of the digits, methods, and the result of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNLABELED = -1


@dataclass(frozen=True)
class Digits:
    """One split of the digits; pixels between 0 and 1, -1 for the labels that are withheld."""

    rows: NDArray[np.float64]
    labels: NDArray[np.int64]
    test_rows: NDArray[np.float64]
    test_truth: NDArray[np.int64]

    @property
    def labeled(self) -> NDArray[np.bool_]:
        """Mask of the training rows that keep their label."""
        mask: NDArray[np.bool_] = self.labels != UNLABELED
        return mask


@dataclass(frozen=True)
class Method:
    """A way to learn from the split, and whether it uses the unlabelled rows."""

    name: str
    make: Callable[[], Any]
    sees_unlabeled: bool

    @property
    def sees(self) -> str:
        """The rows that the method learns from, in words."""
        return "all rows" if self.sees_unlabeled else "labels alone"


@dataclass(frozen=True)
class Result:
    """A fitted method, its error on the held-out rows, and the seconds of fit and prediction."""

    method: Method
    model: Any
    error: float
    seconds: float
