"""How near a pass comes to what the machine can do: beside DGEMM, in float32, with two threads and one.

    python -m bench.arithmetic [--repeats 7] [--threads N]

An EM iteration with full covariances takes about 2 n k d^2 operations (a triangular multiply and a symmetric rank
update, d^2 each per row and component). Pruning is off, so all of them are done.
"""

from __future__ import annotations

import argparse

import numpy as np
from threadpoolctl import threadpool_limits

from bench.iteration import Problem, check_answers, our_iteration
from bench.timing import alternate
from semigen._config import config
from semigen._runtime.threads import effective_threads

SHAPES = [(100_000, 16, 10), (50_000, 32, 10), (20_000, 64, 10), (10_000, 128, 10), (10_000, 256, 10)]
_SIZE = 2048


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--threads", type=int, default=effective_threads(None))
    options = parser.parse_args()
    threads = options.threads
    print("; ".join(f"{name} {value}" for name, value in config().items()))
    print(f"median of {options.repeats}, pruning off, DGEMM of {_SIZE}³ by NumPy with {threads} threads\n")
    print("| n, d, k | ms | GFLOP/s | DGEMM | share | float32, ms | float64 / float32 | 1 thread, ms | 1 / n threads |")
    print("|---|---|---|---|---|---|---|---|---|")
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=(2, _SIZE, _SIZE))

    def multiply() -> None:
        with threadpool_limits(threads, "blas"):
            left @ right

    for n, d, k in SHAPES:
        double, single = (Problem.draw(n, d, k, dtype=dtype) for dtype in (np.float64, np.float32))
        check_answers(double, threads, prune=False)
        many, alone = (our_iteration(double, number, prune=False) for number in (threads, 1))
        a, b, c, gemm = alternate([many, our_iteration(single, threads, prune=False), alone, multiply], options.repeats)
        speed, best = 2 * n * k * d**2 / a / 1e6, 2 * _SIZE**3 / gemm / 1e6
        print(
            f"| {n:,}, {d}, {k} | {a:.2f} | {speed:.0f} | {best:.0f} | {speed / best:.2f} | {b:.2f} | {a / b:.2f}× "
            f"| {c:.2f} | {c / a:.2f}× |",
            flush=True,
        )


if __name__ == "__main__":
    main()
