"""The guard where some labels are wrong: error of the plain fit, of that to the labels alone, and of the guarded one.

    python -m bench.accuracy.wrong_labels [--splits 8]

Three Gaussian classes in 6 columns, 500 rows, five standard deviations from centre to origin; as many labels of each
class, of which a share is changed to another class. Errors in % on the unlabelled rows.
"""

from __future__ import annotations

import argparse

import numpy as np

from bench.datasets import few_labels
from semigen import SemiSupervisedGMM


def problem(per_class: int, share: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, labels of some of which a share is wrong, and the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, 500)
    X = rng.normal(size=(500, 6)) + 5 * np.eye(3, 6)[truth]
    y = few_labels(truth, per_class, seed)
    wrong = rng.permutation(np.flatnonzero(y >= 0))[: round(share * 3 * per_class)]
    y[wrong] = (y[wrong] + rng.integers(1, 3, len(wrong))) % 3
    return X, y, truth


def errors(per_class: int, share: float, seed: int) -> tuple[float, float, float]:
    """Of the plain fit, of the labels alone, and of the guarded fit."""
    X, y, truth = problem(per_class, share, seed)
    hidden = y < 0
    guarded = SemiSupervisedGMM(guard=True, random_state=0).fit(X, y)
    fits = SemiSupervisedGMM().fit(X, y), guarded.supervised_, guarded
    plain, alone, kept = (100 * float(np.mean(fit.predict(X)[hidden] != truth[hidden])) for fit in fits)
    return plain, alone, kept


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--splits", type=int, default=8)
    splits = parser.parse_args().splits
    print("| labels a class | of them wrong | all rows | labels alone | guarded |\n|---|---|---|---|---|")
    for share in (0.0, 0.2, 0.3):
        for per_class in (10, 20, 40):
            means = np.mean([errors(per_class, share, seed) for seed in range(splits)], axis=0)
            print(f"| {per_class} | {share:.0%} | " + " | ".join(f"{mean:.1f}" for mean in means) + " |", flush=True)


if __name__ == "__main__":
    main()
