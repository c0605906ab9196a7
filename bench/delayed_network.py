"""Passes of EM on processes whose messages are delayed as on a network, beside what bench.machines computes for them.

    python -m bench.delayed_network [--seconds 2] [--real]

Each worker is a process with a small partition. Parameters go down a binomial tree of pipes and statistics up the same;
a sender waits for latency + bytes / bandwidth before its message leaves. Messages are pickled, sums added and M steps
taken as in a fit. The passes over the rows are not: a worker sleeps for the rest of the seconds that one core would
need for its share, of a pass that takes --seconds in all. With --real one and two workers do pass over all their rows.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import pickle
import time
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection

import numpy as np

from bench.accuracy.protocol import print_header, print_row
from bench.machines import Costs, Network, Shape, gigabits, pass_seconds
from semigen.mixture.rows.partitioned import Expectation, unlabeled_rows

LATENCY = 0.0005
SHAPES = ((64, 10), (256, 10))
GIGABITS = (0.1, 1)
WORKERS = (1, 2, 4, 8, 16, 32)
_PASSES = 5
_FEW_ROWS = 64


@dataclass(frozen=True)
class Worker:
    """A process with a partition; worker 0 begins passes and takes M steps.

    Attributes
    ----------
    shape : Shape
    share : array
        Its rows.
    seconds : float
        How long its pass takes at least.
    network : Network
    parent : Connection or None
    children : list of Connection
        From that with the fewest workers below it on.
    """

    shape: Shape
    share: np.ndarray
    seconds: float
    network: Network
    parent: Connection | None
    children: list[Connection]

    def send(self, to: Connection, message: bytes) -> None:
        """Send a message that arrives late."""
        time.sleep(self.network.seconds(len(message)))
        to.send_bytes(message)

    def one_pass(self, question: Expectation) -> Expectation:
        """Pass the question down and the sum of the answers up; return the question of the next pass."""
        if self.parent is not None or self.children:
            asked = pickle.dumps(question) if self.parent is None else self.parent.recv_bytes()
            for child in reversed(self.children):
                self.send(child, asked)
            question = pickle.loads(asked)
        until = time.perf_counter() + self.seconds
        statistics = question(unlabeled_rows(self.share, None, 1.0, incomplete=False))
        time.sleep(max(until - time.perf_counter(), 0))
        for child in self.children:
            statistics += pickle.loads(child.recv_bytes())
        if self.parent is not None:
            self.send(self.parent, pickle.dumps(statistics))
            return question
        return replace(question, parameters=self.shape.updated(statistics, question.parameters))

    def passes(self, question: Expectation) -> list[float]:
        """Return the seconds of each pass."""
        times = [time.perf_counter()]
        for _ in range(_PASSES):
            question = self.one_pass(question)
            times.append(time.perf_counter())
        return list(np.diff(times))


def measured(shape: Shape, shares: list[np.ndarray], seconds: float, network: Network) -> tuple[float, float]:
    """Return the median seconds of a pass with a worker for each share, and processor seconds of all workers in it."""
    n = len(shares)
    # The parent of a worker has the same number without its lowest bit.
    pipes = {worker: multiprocessing.Pipe() for worker in range(1, n)}
    children = {worker: [1 << bit for bit in range(n.bit_length()) if worker % (2 << bit) == 0] for worker in range(n)}
    workers = [
        Worker(
            shape,
            share,
            seconds,
            network,
            pipes[number][0] if number else None,
            [pipes[number + step][1] for step in children[number] if number + step < n],
        )
        for number, share in enumerate(shares)
    ]
    question = shape.question(shape.parameters)
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=worker.passes, args=(question,)) for worker in workers[1:]]
    began = processor_seconds_so_far()
    for process in processes:
        process.start()
    times = workers[0].passes(question)
    for process in processes:
        process.join()
    return float(np.median(times)), (processor_seconds_so_far() - began) / _PASSES


def processor_seconds_so_far() -> float:
    """Return the processor seconds of this process and of those that it waited for."""
    return sum(os.times()[:4])


def print_simulated(d: int, k: int, seconds: float) -> None:
    """Print rows of the table for some columns and components."""
    shape = Shape.draw(d, k)
    costs = shape.costs()
    for gbits in GIGABITS:
        network = gigabits(gbits, LATENCY)
        for n in WORKERS:
            found = measured(shape, [shape.X[:_FEW_ROWS]] * n, seconds / n, network)
            print_compared(f"{d}, {k}", f"{gbits} Gbit/s", costs, seconds / costs.row, n, network, found)


def print_real(d: int, k: int, seconds: float) -> None:
    """Print the same for one and two workers that pass over all of their rows."""
    few = Shape.draw(d, k)
    costs = few.costs()
    n_rows = int(seconds / costs.row)
    shape = Shape.draw(d, k, n=n_rows)
    network = gigabits(1, LATENCY)
    for n in (1, 2):
        found = measured(shape, np.array_split(shape.X, n), 0.0, network)
        print_compared(f"{d}, {k}", "1 Gbit/s", costs, n_rows, n, network, found)


def print_compared(
    shape: str, how: str, costs: Costs, n_rows: float, workers: int, network: Network, found: tuple[float, float]
) -> None:
    of = pass_seconds(costs, n_rows, workers, 1, network)
    computed = [f"{1e3 * each:.1f}" for each in (of.rows, of.broadcast + of.sum, of.total)]
    seconds, busy = found
    print_row(
        [shape, how, str(workers), *computed, f"{1e3 * seconds:.1f}", f"{seconds / of.total:.2f}", f"{1e3 * busy:.0f}"]
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--real", action="store_true")
    given = parser.parse_args()
    columns = ["rows, ms", "network, ms", "pass, ms", "measured, ms", "measured / computed", "processor, ms"]
    print_header(["d, k", "network", "workers", *columns])
    for d, k in SHAPES:
        (print_real if given.real else print_simulated)(d, k, given.seconds)


if __name__ == "__main__":
    main()
