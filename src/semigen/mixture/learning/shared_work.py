"""A cache for fits of different mixtures to the same rows."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Result = TypeVar("Result")


class SharedWork:
    """Results by what they depend on, for fits to the same rows, one after the other.

    Such fits may differ in covariance, shrinkage, number of components and weight of the unlabelled rows. What depends
    on another option does not belong here.
    """

    def __init__(self) -> None:
        self._results: dict[Hashable, Any] = {}

    def once(self, key: Hashable, compute: Callable[[], Result]) -> Result:
        """Return the result for this key, computed if it is asked for the first time."""
        if key not in self._results:
            self._results[key] = compute()
        result: Result = self._results[key]
        return result
