"""A progress bar over the fits of a cross-validation, with the time left."""

from __future__ import annotations

from threading import Lock
from types import TracebackType
from typing import Self

from tqdm.auto import tqdm


class ProgressBar:
    """A bar on standard error from `verbose` 1 on, moved by any thread."""

    def __init__(self, verbose: int, total: int):
        self._bar = tqdm(total=total, desc="SemiSupervisedGMMCV", unit="fit", disable=verbose < 1, dynamic_ncols=True)
        self._lock = Lock()

    def expect(self, more: int) -> None:
        """Have so many more fits to come."""
        self._bar.total += more
        self._bar.refresh()

    def fitted(self) -> None:
        """Count a fit as done."""
        with self._lock:
            self._bar.update()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()
