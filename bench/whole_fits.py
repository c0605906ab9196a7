"""Whole fits with default options beside scikit-learn's GaussianMixture of as many iterations; and the M step alone.

    python -m bench.whole_fits [--repeats 3] [--threads N] [--only {fits,m-steps}]

prints tables in Markdown. Ours learns from ten labels a class and the unlabelled rows, all of the fit included: checks,
the prior's pooled covariance, the start, EM and the labels of all rows. scikit-learn's clusters the same rows; it
starts at the means of the labelled rows and the variances of all rows, so that it is spared k-means.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.mixture._gaussian_mixture import _compute_precision_cholesky

from bench.iteration import SHAPES, Problem, our_iteration
from bench.textbook import Gaussians
from bench.timing import alternate
from semigen import SemiSupervisedGMM, _core
from semigen._config import config
from semigen._runtime.blas import single_threaded_blas
from semigen._runtime.threads import effective_threads
from semigen.mixture.families import FAMILIES
from semigen.mixture.gaussian.m_step import with_factors
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.rows.arrays import ArrayPasses, ArrayRows

LABELS = 10
M_STEPS = [("full", 2, 2), ("full", 10, 8), ("full", 10, 16), ("full", 10, 32), ("full", 10, 64), ("full", 10, 256)]


def few_labels(problem: Problem) -> np.ndarray:
    """The nearest of the true means for ten rows of each, -1 for the others."""
    means, y = problem.start.means, np.full(len(problem.X), -1)
    for code, mean in enumerate(means):
        y[np.argsort(((problem.X - mean) ** 2).sum(axis=1))[:LABELS]] = code
    return y


def scikit_learn_fit(X: np.ndarray, y: np.ndarray, n_iter: int, family: str = "full") -> Callable[[], GaussianMixture]:
    """So many iterations of GaussianMixture from the means of the labelled rows."""
    means = np.array([X[y == code].mean(axis=0) for code in range(y.max() + 1)])
    k = len(means)
    start = {"weights_init": np.full(k, 1 / k), "means_init": means}
    precisions = 1 / X.var(axis=0)
    start["precisions_init"] = {
        "full": np.stack([np.diag(precisions)] * k),
        "tied": np.diag(precisions),
        "diag": np.stack([precisions] * k),
        "spherical": np.full(k, precisions.mean()),
    }[family]
    return partial(GaussianMixture(k, covariance_type=family, max_iter=n_iter, tol=0, **start).fit, X)


def m_step_alone(family: str, k: int, d: int) -> tuple[Callable[[], object], Callable[[], object]]:
    """An M step that leans on a dense target, and scikit-learn's factorisation of the covariances that come of it."""
    problem = Problem.draw(8 * d * k, d, k, family=family)
    floor, target = np.full(d, 1e-6), np.cov(problem.X.T)
    pseudo_count = FAMILIES[family].pseudo_count(d)
    prior = MixturePrior(family, pseudo_count, target, floor, np.arange(k + 1))
    start = with_factors(family, *problem.start, prior)
    rows = ArrayRows(problem.X, np.full(len(problem.X), -1), None, 1.0)
    unscaled = Scaling(np.zeros(d), np.ones(d), np.ones(d))
    statistics = ArrayPasses(rows, unscaled, prior.class_first, 1).expectation(start)
    arrays = {"target": prior.target, "root": prior.root, "floor": floor}
    step = partial(_core.maximize, start.form.core, statistics.flat, start.means, start.covariances, **arrays)
    step = partial(step, pseudo_count=pseudo_count, threads=1)
    return step, partial(_compute_precision_cholesky, step()[1], family)


def print_fits(repeats: int, threads: int) -> None:
    """A row for each shape: a whole fit, its share of iterations, and scikit-learn's."""
    print("| n, d, k | iterations | semigen, ms | of its iterations alone | scikit-learn, ms | scikit-learn: ratio |")
    print("|---|---|---|---|---|---|")
    for n, d, k in SHAPES:
        problem = Problem.draw(n, d, k)
        y = few_labels(problem)
        model = SemiSupervisedGMM(n_jobs=threads).fit(problem.X, y)
        fitted = Problem("full", problem.X, Gaussians(model.weights_, model.means_, model.covariances_))
        whole, theirs = partial(model.fit, problem.X, y), scikit_learn_fit(problem.X, y, model.n_iter_)
        a, one, b = alternate([whole, our_iteration(fitted, threads), theirs], repeats)
        share = a / (one * (model.n_iter_ + 1))
        print(f"| {n:,}, {d}, {k} | {model.n_iter_} | {a:.1f} | {share:.2f}× | {b:.0f} | {b / a:.1f}× |", flush=True)


def print_m_steps(repeats: int) -> None:
    """A row for each shape: an M step, and scikit-learn's factorisation of as many covariances."""
    print("\n| M step: k, d | semigen, ms | scikit-learn's factorisation alone, ms | ratio |\n|---|---|---|---|")
    with single_threaded_blas():
        for family, k, d in M_STEPS:
            a, b = alternate(m_step_alone(family, k, d), repeats)
            print(f"| {family}: {k}, {d} | {a:.4f} | {b:.3f} | {b / a:.1f}× |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=effective_threads(None))
    parser.add_argument("--only", choices=("fits", "m-steps"), default=None)
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    print("; ".join(f"{name} {value}" for name, value in config().items()))
    print(f"median of {options.repeats}, {options.threads} threads, float64\n")
    if options.only != "m-steps":
        print_fits(options.repeats, options.threads)
    if options.only != "fits":
        print_m_steps(options.repeats)


if __name__ == "__main__":
    main()
