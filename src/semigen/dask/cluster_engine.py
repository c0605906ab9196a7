"""The engine that asks parts on the workers of a cluster: a task a part, and a sum in pairs."""

from __future__ import annotations

import operator
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any, TypeVar
from uuid import uuid4

from dask.delayed import delayed
from distributed import Client, KilledWorker

from semigen._runtime.blas import single_threaded_blas
from semigen.dask.collections import Collection
from semigen.mixture.partitions.part import Part

Answer = TypeVar("Answer")


class OnCluster:
    """Asks every partition on some worker.

    Tasks are pure: those of a lost worker are computed again on another, from the graph that the scheduler has. The
    question, with the parameters of a pass, is a task as well, so that it reaches each worker once and outlives it.

    Parameters
    ----------
    collection : Collection
    client : distributed.Client
    """

    def __init__(self, collection: Collection, client: Client):
        self._collection = collection
        self._client = client

    def total(self, ask: Callable[[int, Part], Answer], *, labels: bool = False) -> Answer:
        """Return the sum of the answers of all parts, added in pairs in the order of the parts."""
        # Two fits at once, and two passes of one, must not take each other's tasks for their own.
        this = uuid4().hex
        question = delayed(ask, name=f"semigen-question-{this}", traverse=False)
        answer, add, what = delayed(_answer), delayed(operator.add), _name_of(ask)
        sums = [
            answer(question, number, part, dask_key_name=f"semigen-{what}-{this}-{number}")
            for number, part in enumerate(self._collection.parts(labels=labels))
        ]
        if not sums:
            raise ValueError("There is no partition: nothing to read.")
        # The tree of `sum_in_pairs`, level by level.
        level = 0
        while len(sums) > 1:
            pairs = [
                add(*pair, dask_key_name=f"semigen-sum-{this}-{level}-{i}")
                for i, pair in enumerate(zip(sums[::2], sums[1::2], strict=False))
            ]
            sums, level = pairs + sums[len(sums) - len(sums) % 2 :], level + 1
        if self._client.status != "running":
            raise RuntimeError(
                f"The client of the cluster is {self._client.status}: connect again, and fit with client= that one."
            )
        future: Any = self._client.compute(sums[0], retries=_RETRIES)  # type: ignore[no-untyped-call]
        try:
            result: Answer = future.result()
        except KilledWorker as error:
            raise MemoryError(
                "A partition was computed several times, and each time the worker was lost, most often for want of "
                "memory: make partitions smaller (a hundred megabytes is plenty), or give workers more memory."
            ) from error
        except CancelledError:
            raise RuntimeError(
                "The cluster cancelled a task, most often as the client was closed during the fit: connect again, and "
                "fit with client= that one, and resume= if there is a checkpoint."
            ) from None
        return result


# How often a task that fails with an error, as a file that is not there for a moment, is run again.
_RETRIES = 1


def _answer(question: Callable[[int, Part], Any], number: int, part: Part) -> Any:
    with single_threaded_blas():
        return question(number, part)


def _name_of(ask: Any) -> str:
    """Return a name for the dashboard."""
    while hasattr(ask, "ask") or hasattr(ask, "func"):
        ask = ask.ask if hasattr(ask, "ask") else ask.func
    return str(getattr(ask, "__name__", "answer")).strip("_")
