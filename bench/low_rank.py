"""A pass of 'low_rank' over wide rows, beside the matrix products that it needs and scikit-learn's full and diag.

The products are of rows with all loadings (n x d times d x kq) and of weighted latent factors with rows (kq x n times
n x d). Times are medians of interleaved repetitions on one thread.

Run with: python -m bench.low_rank [--rows 20000 --columns 768 --components 20 --rank 16]
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from semigen.mixture.families import FAMILIES
from semigen.mixture.gaussian.m_step import m_step, with_factors
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.rows.arrays import ArrayRows


def seconds(run: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def megabytes(run: Callable[[], object]) -> float:
    """Return by how much a call raises the most memory that the process has, on Linux."""
    Path("/proc/self/clear_refs").write_text("5")

    def status(name: str) -> float:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024

    before = status("VmRSS")
    run()
    return status("VmHWM") - before


def scikit_learn(family: str, X: np.ndarray, components: int, means: np.ndarray) -> float:
    """Return the seconds of an iteration of scikit-learn's mixture: the difference of three and of one."""
    times = []
    for iterations in (1, 3):
        model = GaussianMixture(components, covariance_type=family, max_iter=iterations, tol=0, means_init=means)
        model.init_params = "random"
        times.append(seconds(lambda model=model: model.fit(X)))
    return (times[1] - times[0]) / 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--columns", type=int, default=768)
    parser.add_argument("--components", type=int, default=20)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--without-scikit-learn", action="store_true")
    arguments = parser.parse_args()
    n, d, k, q = arguments.rows, arguments.columns, arguments.components, arguments.rank

    rng = np.random.default_rng(0)
    truth = rng.integers(0, k, n)
    means, loadings = rng.normal(0, 0.3, (k, d)), rng.normal(0, 1 / np.sqrt(q), (k, q, d))
    X = means[truth] + rng.normal(size=(n, d))
    for m in range(k):
        X[truth == m] += rng.normal(size=((truth == m).sum(), q)) @ loadings[m]

    form = FAMILIES["low_rank"].of_rank(q)
    class_first = np.arange(k + 1)
    target = form.target(np.ones(d))
    prior = MixturePrior("low_rank", 2.0, target, form.floor(np.ones(d), 1e-6), class_first)
    covariances = np.concatenate([np.ones((k, 1, d)), loadings], axis=1)
    apart = with_factors("low_rank", np.full(k, 1 / k), means, covariances, prior)
    # Components that are all but alike, so that every row belongs to all of them: the most work there is.
    alike = np.concatenate([np.ones((k, 1, d)), np.repeat(loadings[:1], k, axis=0)], axis=1)
    together = with_factors("low_rank", np.full(k, 1 / k), np.zeros((k, d)), alike, prior)

    rows = ArrayRows(X, np.full(n, -1), None, 1.0)
    passes = rows.passes(Scaling.none(d), class_first, 1)

    def iteration() -> None:
        m_step(passes.expectation(apart), apart, prior)

    memory = megabytes(iteration)
    statistics = passes.expectation(apart)
    left, right = np.ascontiguousarray(X), rng.normal(size=(d, k * q))
    weighted = rng.normal(size=(k * q, n))
    measured: dict[str, list[float]] = {}
    jobs = {
        "pass, rows of one component each": lambda: passes.expectation(apart),
        "pass, rows of all components": lambda: passes.expectation(together),
        "M step": lambda: m_step(statistics, apart, prior),
        "projections by DGEMM": lambda: left @ right,
        "both products by DGEMM": lambda: (left @ right, weighted @ left),
    }
    with threadpool_limits(1):
        for _ in range(arguments.repeats):
            for name, job in jobs.items():
                measured.setdefault(name, []).append(seconds(job))
    print(f"n={n} d={d} k={k} q={q}, float64, one thread, OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS')}")
    for name, times in measured.items():
        print(f"{name:36s} {np.median(times):8.3f} s")
    print(f"{'memory of an iteration beyond rows':36s} {memory:8.0f} MB")
    if arguments.without_scikit_learn:
        return
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for family in ("diag", "full"):
            print(f"{'iteration of scikit-learn, ' + family:36s} {scikit_learn(family, X, k, means):8.3f} s")


if __name__ == "__main__":
    main()
