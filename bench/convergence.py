"""ArrayPasses and seconds to the same objective: quasi-Newton steps beside EM alone, and both beside scikit-learn.

    python -m bench.convergence [--data DIR] [--splits 3]

Two tables. First, fits as users make them: five labels a class, default shrinkage; how many passes over the rows bring
the objective within 1e-8 (relative) of where EM alone ends, by EM, by SQUAREM (bench/squarem.py), and by ours.

Then no labels and no shrinkage, the same start for scikit-learn's GaussianMixture, digits by their first 16 principal
components: seconds of its fit, and ours until its final likelihood.
"""

from __future__ import annotations

import argparse
import time
import warnings
from dataclasses import dataclass, field

import numpy as np
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from bench import squarem
from bench.datasets import AbsentError, few_labels, load
from semigen._config import config
from semigen._runtime.blas import single_threaded_blas
from semigen.mixture.gaussian.m_step import with_factors
from semigen.mixture.gaussian.parameters import Parameters, Statistics
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.learning.em import maximize_objective
from semigen.mixture.learning.problem import MixtureOptions, Problem
from semigen.mixture.learning.quasi_newton import QuasiNewton
from semigen.mixture.learning.starts import LabeledStart
from semigen.mixture.rows.arrays import ArrayPasses, ArrayRows
from semigen.mixture.rows.source import scale_columns

NAMES = ["three clusters in 2 columns", "four clusters in 8 columns", "digits", "letter", "MAGIC"]
_MOST = 4000


@dataclass
class Watched:
    """ArrayPasses that write down the objective and the time of each."""

    passes: ArrayPasses
    begin: float = field(default_factory=time.perf_counter)
    objectives: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def __getattr__(self, name: str) -> object:
        return getattr(self.passes, name)

    def expectation(self, parameters: Parameters) -> Statistics:
        """A pass."""
        statistics = self.passes.expectation(parameters)
        self.objectives.append((statistics.log_likelihood + parameters.log_prior) / self.passes.total_weight)
        self.times.append(time.perf_counter() - self.begin)
        return statistics

    def first_at(self, target: float) -> int | None:
        """The first pass that reached the target, counted from 1."""
        reached = np.flatnonzero(np.array(self.objectives) >= target)
        return int(reached[0]) + 1 if len(reached) else None


def climb(passes: ArrayPasses, start: Parameters, prior: MixturePrior, *, accelerated: bool, tol: float) -> Watched:
    """A fit of which every pass is written down."""
    watched = Watched(passes)
    with single_threaded_blas():
        accelerator = QuasiNewton(prior, passes.threads) if accelerated else None
        maximize_objective(watched, start, prior, max_iter=_MOST, tol=tol, accelerator=accelerator)
    return watched


def labelled_problem(X: np.ndarray, codes: np.ndarray) -> tuple[ArrayPasses, Parameters, MixturePrior]:
    """The passes, start and prior of a fit with default options."""
    rows = ArrayRows(X, codes, None, 1.0)
    options = MixtureOptions("full", np.ones(int(codes.max()) + 1, dtype=np.int64), max_iter=_MOST)
    with single_threaded_blas():
        problem = Problem(rows, scale_columns(rows), options)
        start = LabeledStart(problem, np.random.RandomState(0))
        return problem.passes(), start.draw(), start.prior


def within(objective: float) -> float:
    """What counts as the same objective."""
    return objective - 1e-8 * abs(objective)


def with_labels(data: dict[str, tuple[np.ndarray, np.ndarray]], splits: int) -> None:
    """Print the first table."""
    print("| data, 5 labels a class | split | EM: passes | SQUAREM | ours | EM / ours | ends | EM, s | ours, s |")
    print("|---|---|---|---|---|---|---|---|---|")
    medians = []
    for name, (X, y) in data.items():
        ratios = []
        for split in range(splits):
            problem = labelled_problem(X, few_labels(y, 5, split))
            plain, quick = (climb(*problem, accelerated=a, tol=1e-13) for a in (False, True))
            other = Watched(problem[0])
            with single_threaded_blas():
                squarem.climb(other, *problem[1:], most=_MOST, tol=1e-13)
            target = within(plain.objectives[-1])
            a, b = plain.first_at(target), quick.first_at(target)
            ends = quick.objectives[-1] - plain.objectives[-1]
            where = "there" if abs(ends) < 1e-8 * abs(target) else f"{ends:+.1e}"
            ratios.append(a / b if b else 0.0)
            seconds = f"{plain.times[a - 1]:.3f} | {quick.times[b - 1]:.3f}" if b else f"{plain.times[a - 1]:.3f} | –"
            ratio = f"{a / b:.1f}×" if b else "–"
            passes = f"{a} | {other.first_at(target) or 'elsewhere'} | {b or 'elsewhere'}"
            print(f"| {name} | {split} | {passes} | {ratio} | {where} | {seconds} |", flush=True)
        medians.append(float(np.median(ratios)))
    listed = ", ".join(f"{median:.1f}" for median in medians)
    print(f"\nmedian ratio of passes per set: {listed}; median of those: {np.median(medians):.1f}")


def without_labels(data: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """Print the second table."""
    columns = ["data, no labels", "scikit-learn: passes, s", "EM: passes, s", "accelerated: passes, s", "ratio of s"]
    print(f"\n| {' | '.join(columns)} |")
    print("|---|---|---|---|---|")
    for name, (X, y) in data.items():
        Z = StandardScaler().fit_transform(PCA(16).fit_transform(X) if X.shape[1] > 16 else X)
        classes, d = np.unique(y), Z.shape[1]
        codes, k = few_labels(y, 5, 0), len(classes)
        means = np.stack([Z[codes == c].mean(axis=0) for c in range(k)])
        covariances = np.stack([np.eye(d)] * k)
        model = GaussianMixture(
            k, tol=1e-10, max_iter=_MOST, reg_covar=1e-6, weights_init=np.full(k, 1 / k), means_init=means
        ).set_params(precisions_init=covariances, init_params="random")
        begin = time.perf_counter()
        with threadpool_limits(1, "blas"):  # OpenBLAS's threads only slow it down at this size
            model.fit(Z)
        theirs = time.perf_counter() - begin
        class_first = np.arange(k + 1)
        passes = ArrayPasses(
            ArrayRows(Z, np.full(len(Z), -1), None, 1.0),
            Scaling(np.zeros(d), np.ones(d), np.ones(d)),
            class_first,
            2,
        )
        prior = MixturePrior("full", 0.0, np.eye(d), np.full(d, 1e-6), class_first)
        start = with_factors("full", np.full(k, 1 / k), means, covariances, prior)
        target = within(model.score(Z))
        results = [climb(passes, start, prior, accelerated=accelerated, tol=1e-12) for accelerated in (False, True)]
        shown = []
        for watched in results:
            reached = watched.first_at(target)
            shown.append(f"{reached}, {watched.times[reached - 1]:.3f}" if reached else "never")
        best = results[1].first_at(target)
        ratio = f"{theirs / results[1].times[best - 1]:.0f}×" if best else "–"
        print(f"| {name} | {model.n_iter_}, {theirs:.2f} | {shown[0]} | {shown[1]} | {ratio} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=None)
    parser.add_argument("--splits", type=int, default=3)
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    print("; ".join(f"{name} {value}" for name, value in config().items()) + "\n")
    data = {}
    for name in NAMES:
        try:
            data[name] = load(name, options.data)
        except AbsentError as error:
            print(f"left out: {error}")
    with_labels(data, options.splits)
    without_labels(data)


if __name__ == "__main__":
    main()
