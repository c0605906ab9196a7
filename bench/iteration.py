"""Milliseconds per EM iteration, ours beside scikit-learn's and the textbook's, on the same rows from the same start.

    python -m bench.iteration [--repeats 7] [--threads N] [--no-pruning]

prints tables in Markdown. The answers are compared before anything is timed; competitors take turns.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.mixture import GaussianMixture

from bench import textbook
from bench.timing import alternate
from semigen._config import config
from semigen._runtime.blas import single_threaded_blas
from semigen._runtime.threads import effective_threads
from semigen.mixture.gaussian.m_step import m_step, with_factors
from semigen.mixture.gaussian.parameters import Parameters
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.rows.arrays import ArrayPasses, ArrayRows

SHAPES = [(100_000, 2, 2), (100_000, 16, 10), (20_000, 64, 10), (20_000, 256, 10)]
OTHER_FAMILIES = [("diag", 100_000, 32, 16), ("spherical", 100_000, 32, 16), ("tied", 20_000, 256, 10)]


@dataclass(frozen=True)
class Problem:
    """Unlabelled rows from Gaussians and a start, the same covariance for every component."""

    family: str
    X: np.ndarray
    start: textbook.Gaussians

    @classmethod
    def draw(
        cls, n: int, d: int, k: int, *, family: str = "full", dtype: type = np.float64, spread: float = 1.0
    ) -> Problem:
        """Rows of n x d from k clusters whose means lie `spread` standard deviations around the origin, per column.

        With a spread of 1 clusters touch in 16 columns, and lie apart in 64.
        """
        rng = np.random.default_rng(0)
        cluster = rng.integers(0, k, n)
        means = spread * rng.normal(0, 1, (k, d))
        X = means[cluster] + rng.normal(size=(n, d)) @ (np.eye(d) + rng.normal(0, 0.3 / np.sqrt(d), (d, d)))
        covariances = {
            "full": np.stack([np.eye(d)] * k) if family == "full" else None,
            "tied": np.eye(d),
            "diag": np.ones((k, d)),
            "spherical": np.ones(k),
        }[family]
        return cls(family, X.astype(dtype), textbook.Gaussians(np.full(k, 1 / k), means, covariances))


def our_iteration(problem: Problem, threads: int, *, prune: bool = True) -> Callable[[], Parameters]:
    """One pass and one M step of semigen, everything that is done once per fit already done."""
    k, d = problem.start.means.shape
    scaling = Scaling(np.zeros(d), np.ones(d), np.ones(d))
    class_first = np.arange(k + 1)
    rows = ArrayRows(problem.X, np.full(len(problem.X), -1), None, 1.0)
    floor = np.full(1 if problem.family == "spherical" else d, 1e-6)
    target = np.eye(d) if problem.family in ("full", "tied") else np.ones_like(floor)
    prior = MixturePrior(problem.family, 0.0, target, floor, class_first)
    start = with_factors(problem.family, *problem.start, prior)
    passes = ArrayPasses(rows, scaling, class_first, threads, prune=prune)

    def iterate() -> Parameters:
        with single_threaded_blas():
            return m_step(passes.expectation(start), start, prior, threads)

    return iterate


def scikit_learn_iteration(problem: Problem) -> Callable[[], GaussianMixture]:
    """The body of GaussianMixture's loop."""
    model = GaussianMixture(len(problem.start.weights), covariance_type=problem.family, reg_covar=0)
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
    """The same in bench/textbook.py, which knows full covariances only."""
    unlabelled = np.full(len(problem.X), -1)
    return lambda: textbook.fit(problem.X, unlabelled, problem.start, 1)


def check_answers(problem: Problem, threads: int, *, prune: bool = True) -> None:
    """After one iteration all have the same means and covariances."""
    ours, theirs = our_iteration(problem, threads, prune=prune)(), scikit_learn_iteration(problem)()
    others = [(theirs.means_, theirs.covariances_)]
    if problem.family == "full":
        book = textbook_iteration(problem)()
        others.append((book.means, book.covariances))
    for means, covariances in others:
        np.testing.assert_allclose(ours.means, means, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(ours.covariances, covariances, rtol=1e-7, atol=1e-9)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--threads", type=int, default=effective_threads(None))
    parser.add_argument("--no-pruning", action="store_true")
    options = parser.parse_args()
    threads, prune = options.threads, not options.no_pruning
    print("; ".join(f"{name} {value}" for name, value in config().items()))
    print(f"median of {options.repeats}, {threads} threads, float64, pruning {'on' if prune else 'off'}\n")
    print("| full: n, d, k | semigen, ms | scikit-learn, ms | textbook, ms | scikit-learn: ratio | textbook: ratio |")
    print("|---|---|---|---|---|---|")
    for n, d, k in SHAPES:
        problem = Problem.draw(n, d, k)
        check_answers(problem, threads, prune=prune)
        competitors = [our_iteration(problem, threads, prune=prune), scikit_learn_iteration(problem)]
        a, b, c = alternate([*competitors, textbook_iteration(problem)], options.repeats)
        print(f"| {n:,}, {d}, {k} | {a:.2f} | {b:.1f} | {c:.1f} | {b / a:.1f}× | {c / a:.1f}× |", flush=True)
    print("\n| family: n, d, k | semigen, ms | scikit-learn, ms | scikit-learn / semigen |")
    print("|---|---|---|---|")
    for family, n, d, k in OTHER_FAMILIES:
        problem = Problem.draw(n, d, k, family=family)
        check_answers(problem, threads, prune=prune)
        competitors = [our_iteration(problem, threads, prune=prune), scikit_learn_iteration(problem)]
        a, b = alternate(competitors, options.repeats)
        print(f"| {family}: {n:,}, {d}, {k} | {a:.2f} | {b:.1f} | {b / a:.1f}× |", flush=True)


if __name__ == "__main__":
    main()
