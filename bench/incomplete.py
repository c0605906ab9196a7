"""Milliseconds of a pass with missing values, unsure labels and weights, beside the plain pass.

    python -m bench.incomplete [--repeats 7] [--threads 1] [--family full] [--dtype float64] [--own]

All rows unlabelled but for "unsure labels", where every row has probabilities of its own.
Missing values make ten patterns (all there are with two columns), the first of which lacks nothing; 30 % are missing in
the others. In the last shapes hardly two rows lack the same columns, as in small tables filled in by hand. Weights are
whole numbers from 1 to 3. All see the same rows and parameters. `--own` runs the last shapes only.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

import numpy as np

from bench.timing import alternate
from semigen._config import config
from semigen._runtime.blas import single_threaded_blas
from semigen.labels import UNLABELED_CODE, UNSURE_CODE
from semigen.mixture.families import FAMILIES
from semigen.mixture.gaussian.m_step import with_factors
from semigen.mixture.gaussian.parameters import Parameters
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.rows.arrays import ArrayPasses, ArrayRows
from semigen.mixture.rows.source import scale_columns

# Rows, columns, components, patterns.
SHAPES = [
    (100_000, 2, 2, 10),
    (100_000, 16, 10, 10),
    (20_000, 64, 10, 10),
    (20_000, 256, 10, 10),
    (300, 20, 2, 300),
    (5_000, 20, 5, 5_000),
]
KINDS = ("plain", "weights", "unsure labels", "missing", "all three")


def mixture(family: str, d: int, k: int, rng: np.random.Generator) -> Parameters:
    """Components that overlap; loadings of three latent factors."""
    form = FAMILIES[family].of_rank(min(3, d))
    shape = form.covariance_shape(k, d)
    if form.rank:
        covariances = rng.normal(size=shape) / 2
        covariances[:, 0] = 1.0
        target = covariances[0]
    elif form.correlated:
        root = np.eye(d) + rng.normal(size=shape) / (2 * np.sqrt(d))
        covariances, target = root @ np.swapaxes(root, -1, -2), np.eye(d)
    else:
        covariances, target = np.ones(shape), form.target(np.ones(d))
    nothing = MixturePrior(family, 0.0, target, form.floor(np.ones(d), 0.0), np.arange(k + 1))
    means = rng.normal(size=(k, d)) / np.sqrt(d)
    return with_factors(family, np.full(k, 1 / k), means, covariances, nothing)


def passes(n: int, d: int, k: int, patterns: int, threads: int, family: str, dtype: str) -> list[Callable[[], object]]:
    """A pass of every kind."""
    rng = np.random.default_rng(0)
    X, weights = rng.normal(size=(n, d)).astype(dtype), rng.integers(1, 4, n).astype(float)
    log_prior = np.log(rng.dirichlet(np.ones(k), n))
    lacking = rng.random((patterns, d)) < 0.3
    if d == 2:
        lacking = np.array([[False, False], [False, True], [True, False]])
    lacking[0] = False
    holed = np.where(lacking[rng.integers(0, len(lacking), n)], np.nan, X).astype(dtype)
    unlabeled, unsure = np.full(n, UNLABELED_CODE), np.full(n, UNSURE_CODE)
    rows = [
        ArrayRows(X, unlabeled, None, 1.0),
        ArrayRows(X, unlabeled, weights, 1.0),
        ArrayRows(X, unsure, None, 1.0, log_prior),
        ArrayRows(holed, unlabeled, None, 1.0, incomplete=True),
        ArrayRows(holed, unsure, weights, 1.0, log_prior, incomplete=True),
    ]
    scaling, parameters = scale_columns(ArrayRows(X, np.full(n, -1), None, 1.0)), mixture(family, d, k, rng)
    return [
        partial(ArrayPasses(each, scaling, np.arange(k + 1), threads, prune=False).expectation, parameters)
        for each in rows
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--family", choices=tuple(FAMILIES), default="full")
    parser.add_argument("--dtype", choices=("float64", "float32"), default="float64")
    parser.add_argument("--own", action="store_true", help="only the shapes in which each row has a pattern of its own")
    given = parser.parse_args()
    print("; ".join(f"{name} {value}" for name, value in config().items()))
    print(f"{given.family}, {given.dtype}, median of {given.repeats}, pruning off, threads: {given.threads}\n")
    print(f"| n, d, k, patterns | plain, ms | {' | '.join(f'{kind} / plain' for kind in KINDS[1:])} |")
    print("|---" * (len(KINDS) + 1) + "|")
    for n, d, k, patterns in SHAPES:
        if given.own and patterns < n:
            continue
        with single_threaded_blas():
            each_kind = passes(n, d, k, patterns, given.threads, given.family, given.dtype)
            times = alternate(each_kind, given.repeats)
        ratios = " | ".join(f"{each / times[0]:.2f}×" for each in times[1:])
        print(f"| {n:,}, {d}, {k}, {patterns:,} | {times[0]:.2f} | {ratios} |", flush=True)


if __name__ == "__main__":
    main()
