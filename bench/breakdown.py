"""Where the time of a pass goes, by what can be left out of it: one thread, nothing pruned.

    python -m bench.breakdown [--repeats 7]

The score of one component costs hardly more than loading the rows; log p(x) over all components, less that, is
densities, exponentials and logarithms; a pass, less log p(x), is moments.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

import numpy as np

from bench.timing import alternate
from semigen import _core
from semigen._config import config
from semigen.mixture.families import FAMILIES

SHAPES = [
    ("diag", 100_000, 32, 16),
    ("spherical", 100_000, 32, 16),
    ("full", 100_000, 16, 10),
    ("full", 20_000, 64, 10),
]


def competitors(family: str, n: int, d: int, k: int) -> list[Callable[[], object]]:
    """The score of one component, log p(x), and a pass, of standard normal components around random means."""
    rng = np.random.default_rng(0)
    X, means = rng.normal(size=(n, d)), rng.normal(size=(k, d)) / 2

    def rows(components: int) -> _core.RowPass:
        groups = [[0, n, 0, components, -1]]
        return _core.row_pass(
            X, centre=np.zeros(d), scale=np.ones(d), order=None, groups=groups, group_weights=[1.0], weights=None
        )

    def model(components: int) -> tuple[object, ...]:
        shape = FAMILIES[family].covariance_shape(components, d)
        factors = np.broadcast_to(np.eye(d), shape).copy() if family == "full" else np.ones(shape)
        return FAMILIES[family].core, np.full(components, -np.log(components)), means[:components], factors

    every = rows(k)
    return [
        partial(rows(1).class_scores, *model(1), np.arange(2), 1),
        partial(every.class_scores, *model(k), np.array([0, k]), 1),
        partial(every.expectation, *model(k), 1, False),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    print("; ".join(f"{name} {value}" for name, value in config().items()))
    print(f"median of {options.repeats}, 1 thread, pruning off\n")
    print("| family: n, d, k | pass, ms | loading | densities and exponentials | moments |\n|---|---|---|---|---|")
    for family, n, d, k in SHAPES:
        loading, scores, whole = alternate(competitors(family, n, d, k), options.repeats)
        parts = " | ".join(f"{part:.2f}" for part in (loading, scores - loading, whole - scores))
        print(f"| {family}: {n:,}, {d}, {k} | {whole:.2f} | {parts} |", flush=True)


if __name__ == "__main__":
    main()
