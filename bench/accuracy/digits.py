"""Error on digits with few labels a class: the default estimator beside its supervised self and peers.

    python -m bench.accuracy.digits [--splits 10] [--labels 10]

Each split holds out a third of the rows, stratified; of the others, so many a class keep their labels. Errors are on
the rows held out. Splits are seeds 100, 101, ...; see bench/README.md for what was chosen on other splits of this data.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier
from threadpoolctl import threadpool_limits

from semigen import SemiSupervisedGMM

FIRST_SEED = 100


class LabelledRowsOnly(BaseEstimator):
    """A supervised classifier that is given the labelled rows only."""

    def __init__(self, classifier: Any):
        self.classifier = classifier

    def fit(self, X: np.ndarray, y: np.ndarray) -> LabelledRowsOnly:
        self.classifier.fit(X[y >= 0], y[y >= 0])
        self.classes_ = self.classifier.classes_
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.classifier.predict(X)

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        return self.classifier.predict_proba(X)


METHODS: dict[str, Callable[[], Any]] = {
    "SemiSupervisedGMM()": SemiSupervisedGMM,
    "SemiSupervisedGMM(unlabeled_weight=0)": lambda: SemiSupervisedGMM(unlabeled_weight=0),
    "SemiSupervisedGMM('tied')": lambda: SemiSupervisedGMM("tied"),
    "SemiSupervisedGMM('diag')": lambda: SemiSupervisedGMM("diag"),
    "LogisticRegression": lambda: LabelledRowsOnly(LogisticRegression(max_iter=2000)),
    "SelfTrainingClassifier(LogisticRegression)": lambda: SelfTrainingClassifier(LogisticRegression(max_iter=2000)),
    "LabelSpreading(knn)": lambda: LabelSpreading(kernel="knn", n_neighbors=7),
}


def split(X: np.ndarray, truth: np.ndarray, seed: int, labels_per_class: int) -> tuple[np.ndarray, ...]:
    """Training rows, their labels with -1 for hidden ones, test rows and test labels."""
    X_train, X_test, y_train, y_test = train_test_split(X, truth, test_size=1 / 3, stratify=truth, random_state=seed)
    rng = np.random.default_rng(seed)
    y = np.full(len(y_train), -1)
    for k in np.unique(truth):
        kept = rng.choice(np.flatnonzero(y_train == k), labels_per_class, replace=False)
        y[kept] = k
    return X_train, y, X_test, y_test


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--labels", type=int, default=10, help="labelled rows per class")
    options = parser.parse_args()
    X, truth = load_digits(return_X_y=True)
    X = X / 16
    print(f"digits, {options.labels} labels a class, {options.splits} splits\n")
    print("| method | error, % (mean ± sd) | median | seconds a fit |")
    print("|---|---|---|---|")
    for name, make in METHODS.items():
        errors, seconds = [], []
        for seed in range(FIRST_SEED, FIRST_SEED + options.splits):
            X_train, y, X_test, y_test = split(X, truth, seed, options.labels)
            # Threads of BLAS slow the peers down on rows as few as these.
            with threadpool_limits(1, "blas"):
                begin = time.perf_counter()
                model = make().fit(X_train, y)
                seconds.append(time.perf_counter() - begin)
            errors.append(100 * np.mean(model.predict(X_test) != y_test))
        print(
            f"| {name} | {np.mean(errors):.1f} ± {np.std(errors, ddof=1):.1f} | {np.median(errors):.1f} "
            f"| {np.median(seconds):.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
