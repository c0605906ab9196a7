"""Seconds of SemiSupervisedGMMCV on rows with gaps, beside the same rows with the gaps filled by means.

    python -m bench.gaps_cv [--data DIR] [--repeats 5]

Ten labels a class, defaults, one thread; processor time, both kinds of rows taking turns. The made table has 2,000
rows in 16 columns and three classes; a tenth of its values is missing at random. Filled rows have 240 fits to begin
with, rows with gaps 180: principal components need complete rows.
"""

from __future__ import annotations

import argparse
import time
import warnings

import numpy as np
from sklearn.impute import SimpleImputer

from bench.datasets import AbsentError, few_labels, load
from semigen import SemiSupervisedGMMCV


def made() -> tuple[np.ndarray, np.ndarray]:
    """Three Gaussians with correlated columns and gaps at random."""
    rng = np.random.default_rng(0)
    n, d, k = 2000, 16, 3
    means, y = rng.normal(size=(k, d)), rng.integers(0, k, n)
    roots = np.eye(d) + rng.normal(size=(k, d, d)) / 8
    X = means[y] + np.einsum("nij,nj->ni", roots[y], rng.normal(size=(n, d)))
    return np.where(rng.random((n, d)) < 0.1, np.nan, X), y


def seconds(X: np.ndarray, codes: np.ndarray, missing: str) -> float:
    """Processor time of a fit."""
    begin = time.process_time()
    SemiSupervisedGMMCV(missing=missing, random_state=0, n_jobs=1).fit(X, codes)
    return time.process_time() - begin


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data")
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    tables = {"made": made()}
    try:
        tables["horse colic"] = load("horse colic", given.data)
    except AbsentError as error:
        print(error)
    warnings.simplefilter("ignore")
    print("| rows | n, d | patterns | missing | filled, s | gaps, s | ratio (least to most) |")
    print("|---|---|---|---|---|---|---|")
    for name, (X, y) in tables.items():
        codes, filled = few_labels(y, 10, 0), SimpleImputer().fit_transform(X)
        both = (filled, codes, "error"), (X, codes, "marginal")
        times = np.array([[seconds(*each) for each in both] for _ in range(given.repeats)])
        plain, gaps = np.median(times, axis=0)
        ratios = times[:, 1] / times[:, 0]
        patterns = len(np.unique(np.isnan(X), axis=0))
        spread = f"{np.median(ratios):.2f}× ({ratios.min():.2f} to {ratios.max():.2f})"
        cells = [
            name,
            f"{len(X):,}, {X.shape[1]}",
            patterns,
            f"{np.isnan(X).mean():.0%}",
            f"{plain:.2f}",
            f"{gaps:.2f}",
        ]
        print("| " + " | ".join(map(str, [*cells, spread])) + " |", flush=True)


if __name__ == "__main__":
    main()
