"""Whether recommend keeps to its budget: seconds of all candidates, deep ones too, on made-up tables.

python -m bench.budget [--budget 60] [--repeats 3]
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections import Counter

import numpy as np
from sklearn.datasets import make_classification

from bench.datasets import few_labels
from semigen import recommend
from semigen._config import config

# Rows, columns, classes, labels a class.
TABLES = ((2000, 30, 2, 20), (2000, 30, 5, 10), (200, 5, 2, 5))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--budget", type=float, default=60.0, help="seconds")
    parser.add_argument("--repeats", type=int, default=3, help="draws of each table")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # of candidates that do not settle
    print("; ".join(f"{name} {value}" for name, value in config().items()))
    print(
        f"budget {given.budget:g} s\n\n| rows, columns, classes, labels a class | seconds | candidates |\n|---|---|---|"
    )
    for n, d, n_classes, labels in TABLES:
        seconds, statuses = [], Counter[str]()
        for seed in range(given.repeats):
            shape = {"n_informative": min(d, 10), "n_redundant": 0, "n_classes": n_classes}
            X, truth = make_classification(n, d, **shape, random_state=seed)
            y = few_labels(truth, labels, seed)
            began = time.perf_counter()
            found = recommend(X, y, budget=given.budget, random_state=seed)
            seconds.append(time.perf_counter() - began)
            statuses.update(found.statuses)
        told = f"{np.median(seconds):.0f} (at most {max(seconds):.0f})"
        became = ", ".join(f"{status} {count}" for status, count in statuses.most_common())
        print(f"| {n:,}, {d}, {n_classes}, {labels} | {told} | {became} |", flush=True)


if __name__ == "__main__":
    main()
