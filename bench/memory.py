"""Memory that a fit takes beyond its rows, ours beside scikit-learn's.

    python -m bench.memory [--rows 1000000] [--columns 32] [--components 16]

Each fit runs in a process of its own; what counts is the highest resident size during the fit less that before it.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import warnings

import numpy as np

from semigen._config import config


def rows(n: int, d: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows around k means, ten labels a class; made block by block, so that nothing is left behind."""
    rng = np.random.default_rng(0)
    means = rng.normal(size=(k, d))
    X, y = np.empty((n, d)), np.full(n, -1)
    for first in range(0, n, 10_000):
        some = slice(first, min(first + 10_000, n))
        cluster = rng.integers(0, k, len(X[some]))
        X[some] = means[cluster] + rng.normal(size=X[some].shape)
        if first == 0:
            for label in range(k):
                y[np.flatnonzero(cluster == label)[:10]] = label
    return X, y


def resident() -> float:
    """Megabytes now in memory."""
    with open("/proc/self/statm") as fields:
        return int(fields.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def measure(which: str, n: int, d: int, k: int) -> None:
    """Fit, and print by how many megabytes the peak lies above where it began."""
    from sklearn.mixture import GaussianMixture

    from semigen import SemiSupervisedGMM

    warnings.simplefilter("ignore")
    small, labels = rows(2000, d, k)
    SemiSupervisedGMM(max_iter=2).fit(small, labels)  # what libraries load once is not the fit's
    GaussianMixture(k, max_iter=2).fit(small)
    X, y = rows(n, d, k)
    begin = resident()
    if which == "semigen":
        SemiSupervisedGMM(max_iter=5).fit(X, y)
    else:
        GaussianMixture(k, max_iter=5, init_params="random_from_data", random_state=0).fit(X)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{max(peak - begin, 0.0):.0f}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=32)
    parser.add_argument("--components", type=int, default=16)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_args()
    shape = (options.rows, options.columns, options.components)
    if options.measure:
        measure(options.measure, *shape)
        return
    print("; ".join(f"{name} {value}" for name, value in config().items()))
    print("{:,} x {} float64 rows ({:.0f} MB), k = {}\n".format(*shape[:2], shape[0] * shape[1] * 8 / 2**20, shape[2]))
    print("| fit | MB beyond the rows |\n|---|---|")
    for which in ("semigen", "scikit-learn"):
        command = [sys.executable, "-m", "bench.memory", "--measure", which]
        numbers = ["--rows", shape[0], "--columns", shape[1], "--components", shape[2]]
        done = subprocess.run([*command, *map(str, numbers)], capture_output=True, text=True, check=True)
        print(f"| {which} | {done.stdout.strip()} |", flush=True)


if __name__ == "__main__":
    main()
