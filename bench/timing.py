"""Taking times so that ratios do not depend on the machine's mood, nor on what ran before."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

# Seconds for which a competitor repeats its work in one turn: a single iteration may be over in a fraction of a
# millisecond, and in a fit the next one follows at once.
TURN = 0.05


def alternate(competitors: Sequence[Callable[[], object]], repeats: int) -> list[float]:
    """Median milliseconds of each, taking turns.

    OpenBLAS's threads spin for a while after their work is done, on the cores that the next competitor needs: each
    waits for them to sleep, and runs once before it is timed.
    """
    times: list[list[float]] = [[] for _ in competitors]
    for _ in range(repeats):
        for competitor, measured in zip(competitors, times, strict=True):
            time.sleep(0.2)
            competitor()
            begin, count = time.perf_counter(), 0
            while count == 0 or time.perf_counter() - begin < TURN:
                competitor()
                count += 1
            measured.append(1e3 * (time.perf_counter() - begin) / count)
    return [float(np.median(measured)) for measured in times]
