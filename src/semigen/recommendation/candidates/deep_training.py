"""Settings of the deep candidates, for tables: enough steps of small networks, in batches of 200 rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from semigen.recommendation.candidates.preparation import before
from semigen.recommendation.training_rows import Rows, Size

_STEPS, _BATCH = 600, 200
# Of a row of a batch, for each class.
_MICROSECONDS_OF_CLASS = 0.05


def for_table(rows: Rows, name: str, **options: Any) -> Any:
    """Return the estimator of this name in `semigen.deep`, with as many epochs as such rows need."""
    import semigen.deep

    steps_an_epoch = -(-len(rows.numbers) // _BATCH)
    return before(rows, getattr(semigen.deep, name)(max_epochs=max(10, _STEPS // steps_an_epoch), **options))


def seconds_of_training(microseconds: float) -> Callable[[Size], float]:
    """Return the seconds of a fit by its size, from the microseconds of a row of a batch besides its classes."""

    def seconds(size: Size) -> float:
        rows_of_batches = max(_STEPS * _BATCH, 10 * size.n_rows)
        return 1 + 1e-6 * (microseconds + _MICROSECONDS_OF_CLASS * size.n_classes) * rows_of_batches

    return seconds
