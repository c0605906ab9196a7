"""Milliseconds per EM iteration of Student t components, beside Gaussians on the same rows from the same start.

    python -m bench.student_t [--repeats 7] [--threads N] [--float32]

prints a table in Markdown. Rows and starts are those of bench.iteration; components have five degrees of freedom, and
learn them. Both take turns.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bench.iteration import Problem
from bench.timing import alternate
from semigen._config import config
from semigen._runtime.blas import single_threaded_blas
from semigen._runtime.threads import effective_threads
from semigen.mixture.gaussian.m_step import m_step, with_factors
from semigen.mixture.gaussian.parameters import Parameters
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.rows.arrays import ArrayPasses, ArrayRows

SHAPES = [
    *(("full", 100_000, 2, 2), ("full", 100_000, 16, 10), ("full", 20_000, 64, 10)),
    *(("diag", 100_000, 32, 16), ("spherical", 100_000, 32, 16), ("tied", 20_000, 64, 10)),
]
_DEGREES_OF_FREEDOM = 5.0


def iteration(problem: Problem, threads: int, *, heavy_tails: bool) -> Callable[[], Parameters]:
    """One pass and one M step, everything that is done once per fit already done."""
    k, d = problem.start.means.shape
    floor = np.full(1 if problem.family == "spherical" else d, 1e-6)
    target = np.eye(d) if problem.family in ("full", "tied") else np.ones_like(floor)
    prior = MixturePrior(problem.family, 0.0, target, floor, np.arange(k + 1))
    start = with_factors(problem.family, *problem.start, prior)
    if heavy_tails:
        start = replace(start, degrees_of_freedom=np.full(k, _DEGREES_OF_FREEDOM))
        prior = replace(prior, learnt_degrees="shared")
    rows = ArrayRows(problem.X, np.full(len(problem.X), -1), None, 1.0)
    passes = ArrayPasses(rows, Scaling.none(d), prior.class_first, threads)

    def iterate() -> Parameters:
        with single_threaded_blas():
            return m_step(passes.expectation(start), start, prior, threads)

    return iterate


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--threads", type=int, default=effective_threads(None))
    parser.add_argument("--float32", action="store_true")
    options = parser.parse_args()
    dtype = np.float32 if options.float32 else np.float64
    print("; ".join(f"{name} {value}" for name, value in config().items()))
    print(f"median of {options.repeats}, {options.threads} threads, {np.dtype(dtype)}\n")
    print("| family: n, d, k | Gaussian, ms | Student t, ms | Student t / Gaussian |")
    print("|---|---|---|---|")
    for family, n, d, k in SHAPES:
        problem = Problem.draw(n, d, k, family=family, dtype=dtype)
        competitors = [iteration(problem, options.threads, heavy_tails=heavy) for heavy in (False, True)]
        gaussian, student = alternate(competitors, options.repeats)
        print(f"| {family}: {n:,}, {d}, {k} | {gaussian:.2f} | {student:.2f} | {student / gaussian:.2f} |", flush=True)


if __name__ == "__main__":
    main()
