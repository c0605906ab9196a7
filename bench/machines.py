"""How fast one core passes over rows, and from this how long many machines take.

    python -m bench.machines rates
    python -m bench.machines engine
    python -m bench.machines pass [--rows 1000000000] [--columns 64] [--components 10] [--cores 16] [--latency 0.0005]

"rates" prints rows per second of one core and what else a pass costs, for full covariances. Clouds of rows touch; in
the column "apart" they do not from 64 columns on, and passes leave out most pairs of a row and a component. "pass"
measures the same for one shape and computes how long a pass of EM takes on 1 to 1,000 workers, on a network of 1 and of
10 Gbit/s; `bench.delayed_network` checks what it computes. "engine" prints what Dask's client and scheduler take for a
partition. Seconds are those of the processor, the least of three, so that other jobs on the machine count little.
"""

from __future__ import annotations

import argparse
import operator
import pickle
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.accuracy.protocol import print_header, print_row
from bench.iteration import Problem
from semigen.mixture.gaussian.m_step import m_step, with_factors
from semigen.mixture.gaussian.parameters import Parameters, Statistics
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.rows.arrays import ArrayRows
from semigen.mixture.rows.partitioned import Expectation, unlabeled_rows

COLUMNS = (4, 16, 64, 256)
COMPONENTS = (2, 10, 50)
WORKERS = (1, 10, 100, 1000)
# Values of the rows that are passed over: so many that what a part costs beside its rows, as merging sums, is little.
_VALUES = 1 << 22
_REPEATS = 3


@dataclass(frozen=True)
class Network:
    """Seconds until a message arrives: a constant, and its bytes over the bandwidth."""

    latency: float
    bytes_per_second: float

    def seconds(self, n_bytes: float) -> float:
        return self.latency + n_bytes / self.bytes_per_second


def gigabits(n: float, latency: float) -> Network:
    return Network(latency, n * 1e9 / 8)


@dataclass(frozen=True)
class Costs:
    """What a pass is made of: seconds of a core, and bytes of messages.

    Attributes
    ----------
    row : float
        Seconds of the E step of a row.
    m_step, pack, unpack, add : float
        Seconds of the M step, and of pickling, unpickling and adding statistics.
    pack_question, unpack_question : float
        Seconds of pickling and unpickling the parameters.
    statistics_bytes, question_bytes : int
        Sizes of both as pickles.
    """

    row: float
    m_step: float
    pack: float
    unpack: float
    add: float
    pack_question: float
    unpack_question: float
    statistics_bytes: int
    question_bytes: int


@dataclass(frozen=True)
class PassSeconds:
    """Where the seconds of a pass go."""

    rows: float
    m_step: float
    broadcast: float
    sum: float

    @property
    def total(self) -> float:
        return self.rows + self.m_step + self.broadcast + self.sum


def pass_seconds(costs: Costs, n_rows: float, workers: int, cores: int, network: Network) -> PassSeconds:
    """Return the seconds of a pass on workers that share rows evenly; parameters go down a tree, sums up the same."""
    levels = (workers - 1).bit_length()
    # Parameters are pickled once and handed on as they are; sums are made anew at every level.
    down = costs.pack_question + costs.unpack_question + levels * network.seconds(costs.question_bytes)
    up = levels * (costs.pack + network.seconds(costs.statistics_bytes) + costs.unpack + costs.add)
    return PassSeconds(n_rows * costs.row / (workers * cores), costs.m_step, down if levels else 0.0, up)


@dataclass(frozen=True)
class Shape:
    """A mixture with full covariances and rows for it, drawn from as many clouds as it has components."""

    X: np.ndarray
    parameters: Parameters
    prior: MixturePrior

    @classmethod
    def draw(cls, d: int, k: int, dtype: type = np.float32, *, n: int | None = None, apart: bool = False) -> Shape:
        """Draw clouds that touch, so that no pair of a row and a component can be left out, or that lie apart."""
        problem = Problem.draw(n or _VALUES // d, d, k, dtype=dtype, spread=1.0 if apart else (2 / d) ** 0.5)
        # The prior is worth some rows: those of a simulated worker are few.
        prior = MixturePrior("full", 10.0, np.eye(d), np.full(d, 1e-6), np.arange(k + 1))
        return cls(problem.X, with_factors("full", *problem.start, prior), prior)

    def question(self, parameters: Parameters) -> Expectation:
        """Return what a part is asked in a pass, as it is sent to workers."""
        d = self.X.shape[1]
        scaling = Scaling(np.zeros(d), np.ones(d), np.ones(d))
        return Expectation(scaling, self.prior.class_first, 1, True, parameters)

    def updated(self, statistics: Statistics, parameters: Parameters) -> Parameters:
        return m_step(statistics, parameters, self.prior)

    def asked(self) -> tuple[Expectation, ArrayRows]:
        """Return what a part with all rows is asked after one step, and the part."""
        rows = unlabeled_rows(self.X, None, 1.0, incomplete=False)
        return self.question(self.updated(self.question(self.parameters)(rows), self.parameters)), rows

    def row_seconds(self) -> float:
        """Measure the seconds of the E step of a row."""
        question, rows = self.asked()
        return processor_seconds(lambda: question(rows)) / len(self.X)

    def costs(self) -> Costs:
        """Measure what a pass is made of."""
        question, rows = self.asked()
        statistics = question(rows)
        sent, asked = pickle.dumps(statistics), pickle.dumps(question)
        return Costs(
            row=self.row_seconds(),
            m_step=processor_seconds(lambda: self.updated(statistics, question.parameters)),
            pack=processor_seconds(lambda: pickle.dumps(statistics)),
            unpack=processor_seconds(lambda: pickle.loads(sent)),
            add=processor_seconds(lambda: operator.add(statistics, statistics)),
            pack_question=processor_seconds(lambda: pickle.dumps(question)),
            unpack_question=processor_seconds(lambda: pickle.loads(asked)),
            statistics_bytes=len(sent),
            question_bytes=len(asked),
        )


def processor_seconds(work: Callable[[], Any]) -> float:
    """Return the least processor seconds of some work, repeated for at least a fiftieth of a second."""
    times = []
    for _ in range(_REPEATS):
        began, count = time.process_time(), 0
        while count == 0 or time.process_time() - began < 0.02:
            work()
            count += 1
        times.append((time.process_time() - began) / count)
    return min(times)


def reading(d: int) -> tuple[float, float]:
    """Return processor seconds and bytes of a float32 row in a Parquet file, decoded into an array row by row."""
    from bench.partitions import make
    from semigen.mixture.partitions.arrow import of_files

    n = _VALUES // d
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.parquet")
        make(path, n, d, 10)
        parts = of_files(str(path), "label", None)

        def read() -> None:
            for _ in parts.read(labels=False):
                pass

        return processor_seconds(read) / n, path.stat().st_size / n


def partition_seconds(n_parts: int = 200) -> float:
    """Return the processor seconds of Dask's client and scheduler for a partition in a pass: three tasks."""
    import dask.array as da
    from distributed import Client, LocalCluster

    from semigen.dask.cluster_engine import OnCluster
    from semigen.dask.collections import collection_of

    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        engine = OnCluster(collection_of(da.zeros((n_parts, 2), chunks=(1, 2))), client)
        return processor_seconds(lambda: engine.total(lambda number, part: 1)) / n_parts


def print_rates() -> None:
    """Print the tables of "rates"."""
    beside = ["M step, ms", "statistics, kB", "parameters, kB", "pickle and add, ms"]
    print_header(["d, k", "float32, rows/s", "float64, rows/s", "float32, apart", *beside])
    for d in COLUMNS:
        for k in COMPONENTS:
            costs = Shape.draw(d, k).costs()
            others = Shape.draw(d, k, np.float64), Shape.draw(d, k, apart=True)
            rates = [1 / costs.row, *(1 / each.row_seconds() for each in others)]
            kilobytes = [costs.statistics_bytes / 1e3, costs.question_bytes / 1e3]
            adding = costs.pack + costs.unpack + costs.add
            cells = [*(f"{each:,.0f}" for each in rates), f"{1e3 * costs.m_step:.2f}"]
            print_row([f"{d}, {k}", *cells, *(f"{each:,.0f}" for each in kilobytes), f"{1e3 * adding:.2f}"])
    print()
    print_header(["columns", "bytes of a float32 row", "in Parquet", "read, rows/s"])
    for d in COLUMNS:
        seconds, n_bytes = reading(d)
        print_row([str(d), str(4 * d), f"{n_bytes:.0f}", f"{1 / seconds:,.0f}"])


def print_pass(n_rows: int, d: int, k: int, cores: int, latency: float) -> None:
    """Print the table of "pass"."""
    costs = Shape.draw(d, k).costs()
    print(f"{n_rows:,} x {d}, {k} components, float32, {cores} cores a worker, {1 / costs.row:,.0f} rows/s and core\n")
    columns = ["rows, s", "parameters, s", "sums, s", "M step, s", "pass, s", "network's share"]
    print_header(["network", "workers", *columns])
    for gbits in (1, 10):
        for workers in WORKERS:
            of = pass_seconds(costs, n_rows, workers, cores, gigabits(gbits, latency))
            seconds = [f"{each:.3g}" for each in (of.rows, of.broadcast, of.sum, of.m_step, of.total)]
            share = (of.broadcast + of.sum) / of.total
            print_row([f"{gbits} Gbit/s", f"{workers:,}", *seconds, f"{100 * share:.1f} %"])


def main() -> None:
    """Print what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["rates", "engine", "pass"])
    parser.add_argument("--rows", type=int, default=1_000_000_000)
    parser.add_argument("--columns", type=int, default=64)
    parser.add_argument("--components", type=int, default=10)
    parser.add_argument("--cores", type=int, default=16)
    parser.add_argument("--latency", type=float, default=0.0005)
    given = parser.parse_args()
    if given.what == "rates":
        print_rates()
    elif given.what == "engine":
        print(f"{1e3 * partition_seconds():.2f} ms of client and scheduler for a partition and pass")
    else:
        print_pass(given.rows, given.columns, given.components, given.cores, given.latency)


if __name__ == "__main__":
    main()
