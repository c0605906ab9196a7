"""Milliseconds per EM iteration, ours beside scikit-learn's and the textbook's, on the same rows from the same start.

    python -m bench.iteration [--repeats 7] [--threads N]

prints a table in Markdown. The answers are compared before anything is timed; competitors take turns, so that their
ratio does not depend on the machine's mood.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.mixture import GaussianMixture

from bench import textbook
from semigen._config import config
from semigen._runtime import effective_threads, single_threaded_blas
from semigen.mixture.coordinates import Coordinates
from semigen.mixture.em import maximization, with_factors
from semigen.mixture.parameters import Parameters
from semigen.mixture.priors import MixturePrior
from semigen.mixture.rows import Passes, TrainingRows

SHAPES = [(100_000, 2, 2), (100_000, 16, 10), (20_000, 64, 10), (20_000, 256, 10)]


@dataclass(frozen=True)
class Problem:
    """Unlabelled rows from overlapping Gaussians and a start for `full` covariances."""

    X: np.ndarray
    start: textbook.Gaussians

    @classmethod
    def draw(cls, n: int, d: int, k: int, dtype: type = np.float64) -> Problem:
        """Rows of n x d from k clusters whose means are about a standard deviation apart in every column."""
        rng = np.random.default_rng(0)
        cluster = rng.integers(0, k, n)
        means = rng.normal(0, 1, (k, d))
        X = means[cluster] + rng.normal(size=(n, d)) @ (np.eye(d) + rng.normal(0, 0.3 / np.sqrt(d), (d, d)))
        start = textbook.Gaussians(np.full(k, 1 / k), means, np.stack([np.eye(d)] * k))
        return cls(X.astype(dtype), start)


def our_iteration(problem: Problem, threads: int) -> Callable[[], Parameters]:
    """One pass and one M step of semigen, everything that is done once per fit already done."""
    k, d = problem.start.means.shape
    coordinates = Coordinates(np.zeros(d), np.ones(d), np.ones(d))
    class_first = np.arange(k + 1)
    rows = TrainingRows(problem.X, np.full(len(problem.X), -1), None, 1.0)
    prior = MixturePrior("full", 0.0, np.eye(d), np.full(d, 1e-6), class_first)
    start = with_factors("full", *problem.start, prior)
    passes = Passes(rows, coordinates, class_first, threads)
    return lambda: maximization(passes.expectation(start), start, prior, threads)


def scikit_learn_iteration(problem: Problem) -> Callable[[], GaussianMixture]:
    """The body of GaussianMixture's loop."""
    model = GaussianMixture(len(problem.start.weights), reg_covar=0)
    # Covariances start at the identity, which is its own inverse factor.
    state = (problem.start.weights, problem.start.means, problem.start.covariances, problem.start.covariances)

    def iterate() -> GaussianMixture:
        model._set_parameters(state)
        log_likelihood, log_responsibilities = model._e_step(problem.X)
        model._m_step(problem.X, log_responsibilities)
        model._compute_lower_bound(log_responsibilities, log_likelihood)
        return model

    return iterate


def textbook_iteration(problem: Problem) -> Callable[[], textbook.Gaussians]:
    """The same in bench/textbook.py."""
    unlabelled = np.full(len(problem.X), -1)
    return lambda: textbook.fit(problem.X, unlabelled, problem.start, 1)


def check_answers(problem: Problem, threads: int) -> None:
    """After one iteration all three have the same means and covariances."""
    ours, theirs = our_iteration(problem, threads)(), scikit_learn_iteration(problem)()
    book = textbook_iteration(problem)()
    for other in ((theirs.means_, theirs.covariances_), (book.means, book.covariances)):
        np.testing.assert_allclose(ours.means, other[0], rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(ours.covariances, other[1], rtol=1e-7, atol=1e-9)


def alternate(competitors: list[Callable[[], object]], repeats: int) -> list[float]:
    """Median milliseconds of each, taking turns.

    OpenBLAS's threads spin for a while after their work is done, on the cores that the next competitor needs: each
    waits for them to sleep, and runs once before it is timed.
    """
    times: list[list[float]] = [[] for _ in competitors]
    for _ in range(repeats):
        for competitor, measured in zip(competitors, times, strict=True):
            time.sleep(0.2)
            competitor()
            begin = time.perf_counter()
            competitor()
            measured.append(1e3 * (time.perf_counter() - begin))
    return [float(np.median(measured)) for measured in times]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--threads", type=int, default=effective_threads(None))
    options = parser.parse_args()
    print("; ".join(f"{name} {value}" for name, value in config().items()))
    print(f"median of {options.repeats}, {options.threads} threads, float64, covariance_type='full'\n")
    print("| n, d, k | semigen, ms | scikit-learn, ms | textbook, ms | scikit-learn / semigen | textbook / semigen |")
    print("|---|---|---|---|---|---|")
    for n, d, k in SHAPES:
        problem = Problem.draw(n, d, k)
        check_answers(problem, options.threads)
        ours = our_iteration(problem, options.threads)

        def ours_alone(iterate: Callable[[], object] = ours, features: int = d) -> None:
            with single_threaded_blas(features):
                iterate()

        a, b, c = alternate([ours_alone, scikit_learn_iteration(problem), textbook_iteration(problem)], options.repeats)
        print(f"| {n:,}, {d}, {k} | {a:.2f} | {b:.1f} | {c:.1f} | {b / a:.1f}× | {c / a:.1f}× |", flush=True)


if __name__ == "__main__":
    main()
