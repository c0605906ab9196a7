"""Reading parts ahead, and sums over parts that do not depend on who computes them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from queue import Queue
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.partitions.part import Part
from semigen.mixture.partitions.partitions import Partitions

Answer = TypeVar("Answer")


class NoPartError(ValueError):
    """There is no part to ask."""


class Engine(Protocol):
    """What asks every part of the rows a question and adds up the answers."""

    def total(self, ask: Callable[[int, Part], Answer], *, labels: bool = False) -> Answer:
        """Return the sum of the answers of all parts, added in pairs in the order of the parts.

        Parameters
        ----------
        ask : callable
            From the number of a part and the part to an answer, which can be added to others. Pure: a part may be asked
            twice, and anywhere.
        labels : bool
            Whether the parts are asked about their labels.
        """


class InThisProcess:
    """Reads one part while the one before is asked.

    Parameters
    ----------
    source : Partitions
    """

    def __init__(self, source: Partitions):
        self._source = source

    def total(self, ask: Callable[[int, Part], Answer], *, labels: bool = False) -> Answer:
        """Return the sum of the answers of all parts, added in pairs in the order of the parts."""
        parts = read_ahead(self._source.read(labels=labels))
        return sum_in_pairs(ask(number, part) for number, part in enumerate(parts))


class Transformed:
    """Asks an engine's parts for their transformed rows.

    Parameters
    ----------
    engine : Engine
    transform : callable
        From the rows of a part to other rows. Pure, as a part may be asked twice.
    """

    def __init__(self, engine: Engine, transform: Callable[[NDArray[Any]], NDArray[Any]]):
        self._engine = engine
        self._transform = transform

    def total(self, ask: Callable[[int, Part], Answer], *, labels: bool = False) -> Answer:
        """Return the sum of the answers of all parts, added in pairs in the order of the parts."""
        answer: Answer = self._engine.total(AskedTransformed(ask, self._transform), labels=labels)
        return answer


@dataclass(frozen=True, eq=False)
class AskedTransformed:
    """A question to the transformed rows of a part."""

    ask: Callable[[int, Part], Any]
    transform: Callable[[NDArray[Any]], NDArray[Any]]

    def __call__(self, number: int, part: Part) -> Any:
        """Return the answer of a part."""
        X = self.transform(part.X) if len(part.X) else self.transform(np.zeros((1, part.X.shape[1])))[:0]
        return self.ask(number, replace(part, X=np.ascontiguousarray(X), names=None, owned=False))


def sum_in_pairs(answers: Iterable[Answer]) -> Answer:
    """Return the sum of answers, added in a tree that depends on their number alone.

    Neighbours are added first, then neighbouring pairs, and so on, as they come; one without a neighbour waits.

    Raises
    ------
    ValueError
        If there is no answer.
    """
    waiting: list[tuple[int, Any]] = []
    for answer in answers:
        size, total = 1, answer
        while waiting and waiting[-1][0] == size:
            before = waiting.pop()[1]
            size, total = 2 * size, before + total
        waiting.append((size, total))
    if not waiting:
        raise NoPartError("There is no partition: nothing to read.")
    total = waiting.pop()[1]
    while waiting:
        total = waiting.pop()[1] + total
    return total


def read_ahead(parts: Iterable[Part]) -> Iterator[Part]:
    """Yield parts, of which a thread reads the next while the present one is used."""
    ready: Queue[Any] = Queue(maxsize=1)
    stopped = threading.Event()

    def read() -> None:
        try:
            for part in parts:
                ready.put(part)
                if stopped.is_set():
                    return
            ready.put(_END)
        except BaseException as error:  # raised where the parts are used
            ready.put(error)

    thread = threading.Thread(target=read, name="semigen-read-ahead", daemon=True)
    thread.start()
    try:
        while (part := ready.get()) is not _END:
            if isinstance(part, BaseException):
                raise part
            yield part
    finally:
        stopped.set()
        # It may wait for room.
        while thread.is_alive():
            if not ready.empty():
                ready.get()
            thread.join(timeout=0.01)


_END = object()
