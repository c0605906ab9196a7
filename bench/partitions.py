"""Seconds of a pass and peak memory of fits to rows that come in parts, beside rows in memory.

    python -m bench.partitions [--rows 20000000] [--columns 16] [--components 10] [--file big.parquet] [--cluster]
        [--scikit-learn] [--spark]

The file is made if it is not there: float32 rows of as many clouds as components, a label for one row in ten thousand,
row groups of 500,000 rows. Each line is measured in a process of its own that does nothing else, "full" covariances, a
component a class, two threads. "pass" is the median of those of EM, "processor" the seconds of all cores in it; "fit"
has the first pass over the file, the prior and six iterations. The memory is the peak of resident memory of the
process, and what it was before the fit; of a cluster that of the largest worker. "in memory" has all rows in an array.
With --cluster a LocalCluster of two processes with one thread each reads the file, and then holds it (persisted).

With --scikit-learn its GaussianMixture makes fits of one and three iterations, which takes long; with --spark that of
Spark ML (pyspark and Java, local[2]) of one and four, after one that warms up Java, on rows that it holds. "pass" is
the difference over the iterations between them, "fit" the longer one. Memory of Spark is that of the Java process,
whose heap may have --driver-memory. Neither reads the labels.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.accuracy.protocol import print_header, print_row

_GROUP = 500_000
_LABELED = 1e-4
_ITERATIONS = 6
_DRIVER_MEMORY = "BENCH_DRIVER_MEMORY"


def make(path: Path, n_rows: int, d: int, k: int) -> None:
    """Write the file, row group after row group."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(0)
    means = 3 * rng.normal(size=(k, d)).astype(np.float32)
    names = [f"x{j}" for j in range(d)]
    schema = pa.schema([(name, pa.float32()) for name in names] + [("label", pa.int64())])
    with pq.ParquetWriter(path, schema) as writer:
        for first in range(0, n_rows, _GROUP):
            n = min(_GROUP, n_rows - first)
            truth = rng.integers(0, k, n)
            X = means[truth] + rng.standard_normal((n, d), dtype=np.float32)
            labels = pa.array(truth, mask=rng.random(n) >= _LABELED)
            writer.write_table(pa.table([*(X[:, j] for j in range(d)), labels], schema=schema), row_group_size=_GROUP)


def in_array(path: str) -> tuple[np.ndarray, np.ndarray]:
    """All rows of the file and their labels."""
    from semigen.mixture.partitions.arrow import of_files
    from semigen.mixture.partitions.part import Columns

    parts = of_files(path, Columns("label")).read(labels=True)
    read = [(part.X, np.asarray(part.y.fill_null(-1))) for part in parts]
    return np.concatenate([X for X, _ in read]), np.concatenate([y for _, y in read])


class Clock:
    """Times of the passes of a fit."""

    def __init__(self) -> None:
        self.times: list[tuple[float, float]] = []

    def __call__(self, question: Any, answer: Any) -> None:
        """Take the time of a pass of the mixture that was asked for."""
        if question.parameters.family == "full":
            self.times.append((time.perf_counter(), time.process_time()))

    def seconds(self) -> tuple[float, float]:
        """Return median seconds from one pass to the next, and of the processor of this process."""
        wall, processor = np.median(np.diff(self.times, axis=0), axis=0)
        return float(wall), float(processor)


def measured(what: str, path: str) -> dict[str, float]:
    """Seconds of a pass and of the fit, and memory in MB."""
    from semigen import SemiSupervisedGMM
    from semigen.mixture.partitions.engine import InThisProcess
    from semigen.mixture.partitions.pass_callbacks import Watched
    from semigen.mixture.partitions.sources import partitions_of

    options: dict[str, Any] = {"max_iter": _ITERATIONS, "tol": 1e-15, "accelerate": None}
    before = peak()
    clock = Clock()
    if what == "in memory":
        X, y = in_array(path)
        before = peak()
        began = time.perf_counter()
        model = SemiSupervisedGMM(**options).fit(X, y)
        seconds = time.perf_counter() - began
        from semigen.labels import encode
        from semigen.mixture.rows.arrays import ArrayRows

        rows = ArrayRows(X, encode(y).codes, None, 1.0)
        passes = rows.passes(model._fit.scaling, model._fit.class_first, model._fit.options.threads)
        for _ in range(_ITERATIONS + 1):
            clock.times.append((time.perf_counter(), time.process_time()))
            passes.expectation(model._fit.parameters)
        each, processor = clock.seconds()
        return {"pass": each, "processor": processor, "fit": seconds, "before": before, "peak": peak()}
    if what == "scikit-learn":
        from sklearn.mixture import GaussianMixture

        X, y = in_array(path)
        labels = np.unique(y[y >= 0])
        start = np.stack([X[y == label].mean(axis=0) for label in labels])
        before = peak()

        def fit(n: int) -> None:
            GaussianMixture(len(labels), means_init=start, max_iter=n, tol=0, init_params="random_from_data").fit(X)

        return {**by_iterations(fit, 2, time.process_time), "before": before, "peak": peak()}
    if what == "Spark ML":
        return in_spark(path)
    if what == "Parquet, this process":
        began = time.perf_counter()
        SemiSupervisedGMM(**options)._fit_parts(Watched(InThisProcess(partitions_of(path, target="label")), [clock]))
        fit_seconds = time.perf_counter() - began
        each, processor = clock.seconds()
        return {"pass": each, "processor": processor, "fit": fit_seconds, "before": before, "peak": peak()}
    return on_cluster(path, options, clock, persisted="held" in what)


def on_cluster(path: str, options: dict[str, Any], clock: Clock, *, persisted: bool) -> dict[str, float]:
    """The same on two workers."""
    import dask
    from distributed import Client, LocalCluster, wait

    from semigen.dask import DaskSemiSupervisedGMM
    from semigen.dask.collections import collection_of

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        before = max(client.run(peak).values())
        collection = collection_of(path, target="label")
        if persisted:
            held = dask.persist(*collection.partitions)
            wait(held)
            collection = type(collection)(list(held), collection.columns, path)
        began = time.perf_counter()
        DaskSemiSupervisedGMM(client, **options)._fit_watched(collection, [clock])
        seconds = time.perf_counter() - began
        largest = max(client.run(peak).values())
        return {"pass": clock.seconds()[0], "fit": seconds, "before": before, "peak": largest}


def by_iterations(fit: Callable[[int], object], more: int, processor_time: Callable[[], float]) -> dict[str, float]:
    """Return seconds of an iteration: a fit of one, and one of some more."""
    at = []
    for n in (None, 1, 1 + more):
        if n is not None:
            fit(n)
        at.append((time.perf_counter(), processor_time()))
    first, second = np.diff(at, axis=0)
    each, processor = (second - first) / more
    return {"pass": float(each), "processor": float(processor), "fit": float(second[0])}


def in_spark(path: str) -> dict[str, float]:
    """The same of Spark ML on two cores, from a start of its own."""
    from pyspark.ml.clustering import GaussianMixture
    from pyspark.ml.feature import VectorAssembler
    from pyspark.sql import SparkSession

    memory = os.environ[_DRIVER_MEMORY]
    spark = SparkSession.builder.master("local[2]").config("spark.driver.memory", memory).getOrCreate()
    java = Path("/proc", str(spark._jvm.java.lang.ProcessHandle.current().pid()))

    def processor_time() -> float:
        fields = (java / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def highest() -> float:
        line = next(each for each in (java / "status").read_text().splitlines() if each.startswith("VmHWM"))
        return int(line.split()[1]) / 1024

    frame = spark.read.parquet(path)
    n_components = frame.select("label").dropna().distinct().count()
    assembler = VectorAssembler(inputCols=[name for name in frame.columns if name != "label"], outputCol="features")
    rows = assembler.transform(frame).select("features").persist()
    rows.count()
    before = highest()

    def fit(n: int) -> None:
        GaussianMixture(k=n_components, maxIter=n, tol=0, seed=0).fit(rows)

    fit(1)  # Java compiles what runs often
    fits = by_iterations(fit, 3, processor_time)
    return {**fits, "before": before, "peak": highest()}


def peak() -> float:
    """Peak resident memory of this process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--columns", type=int, default=16)
    parser.add_argument("--components", type=int, default=10)
    parser.add_argument("--file", default="big.parquet")
    parser.add_argument("--cluster", action="store_true")
    parser.add_argument("--scikit-learn", action="store_true")
    parser.add_argument("--spark", action="store_true")
    parser.add_argument("--driver-memory", default="6g")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if given.only:
        print(json.dumps(measured(given.only, given.file)))
        return
    path = Path(given.file)
    if not path.exists():
        make(path, given.rows, given.columns, given.components)
    print(f"{given.rows:,} x {given.columns}, {given.components} components, {path.stat().st_size / 1e9:.2f} GB\n")
    print_header(["rows", "pass, s", "processor, s", "fit, s", "peak, MB", "before, MB"])
    every = ["in memory", "Parquet, this process"]
    every += ["Parquet, two workers", "held by two workers"] if given.cluster else []
    every += ["scikit-learn"] if given.scikit_learn else []
    every += ["Spark ML"] if given.spark else []
    for what in every:
        command = [sys.executable, "-m", "bench.partitions", "--file", str(path), "--only", what]
        environment = {**os.environ, _DRIVER_MEMORY: given.driver_memory}
        output = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment).stdout
        found = json.loads(output.splitlines()[-1])
        processor = f"{found['processor']:.2f}" if "processor" in found else ""
        seconds = [f"{found['pass']:.2f}", processor, f"{found['fit']:.1f}"]
        print_row([what, *seconds, f"{found['peak']:.0f}", f"{found['before']:.0f}"])


if __name__ == "__main__":
    main()
