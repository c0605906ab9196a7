"""Milliseconds of passes over cells (categories and words), beside passes over as many columns of numbers.

    python -m bench.cells [--repeats 7] [--threads N]

prints a table in Markdown. Twenty columns of ten values each take turns with 'diag' Gaussians in twenty columns of the
same rows, and sparse counts of words with twice as many words in each text. A pass over cells sees no numbers but a
column that no row has.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bench.accuracy.protocol import print_header, print_row
from bench.timing import alternate
from semigen._config import config
from semigen._runtime.blas import single_threaded_blas
from semigen._runtime.threads import effective_threads
from semigen.mixture.blocks.block_cells import Cells
from semigen.mixture.blocks.categorical import Categorical
from semigen.mixture.blocks.product import BlockCells
from semigen.mixture.blocks.words import Words
from semigen.mixture.gaussian.m_step import with_factors
from semigen.mixture.gaussian.parameters import Parameters
from semigen.mixture.gaussian.prior import MixturePrior
from semigen.mixture.gaussian.scaling import Scaling
from semigen.mixture.rows.arrays import ArrayPasses, ArrayRows

_COLUMNS, _VALUES = 20, 10


def of_numbers(X: np.ndarray, k: int, threads: int) -> tuple[ArrayRows, Parameters, Callable[[], object]]:
    """Rows of numbers, k components of the family 'diag', and a pass."""
    rng = np.random.default_rng(0)
    d = X.shape[1]
    prior = MixturePrior("diag", 0.0, np.ones(d), np.full(d, 1e-6), np.arange(k + 1))
    means = rng.normal(size=(k, d))
    start = with_factors("diag", np.full(k, 1 / k), means, np.ones((k, d)), prior)
    rows = ArrayRows(X, np.full(len(X), -1), None, 1.0, incomplete=bool(np.isnan(X).any()))
    return rows, start, passing(rows, start, k, threads)


def passing(rows: ArrayRows, start: Parameters, k: int, threads: int) -> Callable[[], object]:
    """A pass, what is done once per fit already done."""
    passes = ArrayPasses(rows, Scaling.none(rows.n_features), np.arange(k + 1), threads, prune=False)

    def one() -> object:
        with single_threaded_blas():
            return passes.expectation(start)

    one()
    return one


def of_cells(block: Categorical | Words, cells: Cells, k: int, threads: int) -> Callable[[], object]:
    """A pass over cells alone."""
    rows, start, _ = of_numbers(np.full((len(cells), 1), np.nan), k, threads)
    sums = np.random.default_rng(0).gamma(1.0, 1.0, (block.n_cells, k))
    rows = replace(rows, cells=BlockCells((block,), cells))
    return passing(rows, replace(start, blocks=(block.estimate(sums),)), k, threads)


def words(n: int, n_words: int, length: int) -> tuple[Words, Cells]:
    """Texts of so many different words each."""
    rng = np.random.default_rng(0)
    numbers = rng.integers(0, n_words, (n, length)).astype(np.int32)
    first = np.arange(n + 1, dtype=np.int64) * length
    return Words(n_words, float(length)), Cells(first, numbers.ravel(), rng.uniform(0.5, 2, n * length), n_words)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--threads", type=int, default=effective_threads(None))
    given = parser.parse_args()
    print(f"{config()['instruction set']}, {given.threads} threads; milliseconds a pass, median of {given.repeats}\n")
    print_header(
        ["rows", "components", "20 numbers, diag", "20 categories of 10", "ratio", "50 words", "100 words", "ratio"]
    )
    rng = np.random.default_rng(1)
    for n, k in ((100_000, 2), (100_000, 10), (20_000, 40)):
        numbers = of_numbers(rng.normal(size=(n, _COLUMNS)), k, given.threads)[2]
        block = Categorical(np.full(_COLUMNS, _VALUES))
        categories = of_cells(block, block.cells(rng.integers(0, _VALUES, (n, _COLUMNS))), k, given.threads)
        texts = [of_cells(*words(n // 4, 10_000, length), k, given.threads) for length in (50, 100)]
        times = alternate([numbers, categories, *texts], given.repeats)
        ratios = [f"{times[later] / times[first]:.2f}" for first, later in ((0, 1), (2, 3))]
        of_numbers_and_categories, of_texts = ([f"{t:.1f}" for t in some] for some in (times[:2], times[2:]))
        print_row([f"{n:,}", k, *of_numbers_and_categories, ratios[0], *of_texts, ratios[1]])


if __name__ == "__main__":
    main()
