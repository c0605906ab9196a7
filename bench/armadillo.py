"""Milliseconds per EM iteration, ours beside Armadillo's gmm_full: where Armadillo and a compiler are installed.

    python -m bench.armadillo [--repeats 3] [--threads N]

The first mean after one iteration is compared before a row of the table is printed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from bench.iteration import SHAPES, Problem, our_iteration
from bench.timing import alternate
from semigen._config import config
from semigen._runtime.threads import effective_threads


def build(folder: Path) -> Path | None:
    """The compiled program, or None if it does not compile."""
    program = folder / "armadillo"
    source = Path(__file__).with_suffix(".cpp")
    flags = ["-O3", "-march=native", "-fopenmp", "-DARMA_NO_DEBUG"]
    try:
        done = subprocess.run(
            ["g++", *flags, str(source), "-o", str(program), "-larmadillo"], capture_output=True, check=False
        )
    except FileNotFoundError:
        return None
    return program if done.returncode == 0 else None


def theirs(program: Path, problem: Problem, threads: int, iterations: int) -> tuple[float, float]:
    """The first entry of the first mean after one iteration, and milliseconds of an iteration."""
    (n, d), k = problem.X.shape, len(problem.start.weights)
    data = program.with_suffix(".data")
    data.write_bytes(problem.X.tobytes() + problem.start.means.tobytes())
    done = subprocess.run(
        [str(program), str(data), str(n), str(d), str(k), str(iterations)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": str(threads)},
    )
    first, _, milliseconds = map(float, done.stdout.split())
    return first, milliseconds


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=effective_threads(None))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        program = build(Path(folder))
        if program is None:
            sys.exit("skipped: g++ with Armadillo's headers and library is needed (on Debian: libarmadillo-dev)")
        print("; ".join(f"{name} {value}" for name, value in config().items()))
        print(f"median of {options.repeats}, {options.threads} threads, float64, covariance_type='full'\n")
        print("| n, d, k | semigen, ms | Armadillo, ms | Armadillo / semigen |\n|---|---|---|---|")
        for n, d, k in SHAPES:
            problem = Problem.draw(n, d, k)
            iterations = 20 if d < 64 else 2
            measured = [theirs(program, problem, options.threads, iterations) for _ in range(options.repeats)]
            iterate = our_iteration(problem, options.threads)
            np.testing.assert_allclose(measured[0][0], iterate().means[0, 0], rtol=1e-6)
            ours, other = alternate([iterate], options.repeats)[0], float(np.median([ms for _, ms in measured]))
            print(f"| {n:,}, {d}, {k} | {ours:.2f} | {other:.1f} | {other / ours:.0f}× |", flush=True)


if __name__ == "__main__":
    main()
