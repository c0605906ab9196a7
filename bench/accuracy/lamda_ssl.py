"""Accuracy on LAMDA-SSL's split of breast cancer, and on others drawn the same way.

    python -m bench.accuracy.lamda_ssl [--splits 20] [--methods ...]

30 % of scikit-learn's 569 rows are test rows; of the others, 10 % (40) keep their labels; both parts stratified. Splits
are seeds 0, 1, ...: seed 0, drawn in the same order, is the split that LAMDA-SSL's example scripts make, and stands in
a column of its own. Accuracies are on the test rows. All methods have their defaults, and those of scikit-learn see
columns standardised by all training rows. LAMDA-SSL's rows are its README's, published, not run: one split each.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

from bench.accuracy import suite
from bench.accuracy.protocol import arguments, print_header, print_row, summary
from semigen import SemiSupervisedGMM, SemiSupervisedGMMCV

# Accuracies in per cent.
PUBLISHED = {"SSGMM": 87.13, "label propagation": 95.32, "TSVM": 95.91, "LapSVM": 96.49}

METHODS: dict[str, Callable[[int], Any]] = {
    "SemiSupervisedGMMCV": lambda seed: SemiSupervisedGMMCV(random_state=seed),
    "SemiSupervisedGMM": lambda seed: SemiSupervisedGMM(),
    "SemiSupervisedGMM, guarded": lambda seed: SemiSupervisedGMM(guard=True, random_state=seed),
    "SemiSupervisedGMM, supervised": lambda seed: SemiSupervisedGMM(unlabeled_weight=0),
    "tied": lambda seed: SemiSupervisedGMM("tied"),
    "tied, guarded": lambda seed: SemiSupervisedGMM("tied", guard=True, random_state=seed),
    "tied, supervised": lambda seed: SemiSupervisedGMM("tied", unlabeled_weight=0),
    **{name: suite.METHODS[name] for name in ("LabelSpreading, knn", "LogisticRegression")},
}


def split(truth: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Numbers of the labelled, the unlabelled and the test rows."""
    # The smaller part comes first: so it is drawn first, as LAMDA-SSL does.
    tested, training = train_test_split(
        np.arange(len(truth)), train_size=math.ceil(0.3 * len(truth)), stratify=truth, random_state=seed
    )
    labeled, unlabeled = train_test_split(
        training, train_size=math.ceil(0.1 * len(training)), stratify=truth[training], random_state=seed
    )
    return labeled, unlabeled, tested


def accuracy_of(method: str, X: np.ndarray, truth: np.ndarray, seed: int) -> float:
    """Accuracy in per cent on the test rows of a split."""
    labeled, unlabeled, tested = split(truth, seed)
    training = np.r_[labeled, unlabeled]
    y = np.r_[truth[labeled], np.full(len(unlabeled), -1)]
    model = suite.standardised(METHODS[method](seed)).fit(X[training], y)
    return 100 * float(np.mean(model.predict(X[tested]) == truth[tested]))


def main() -> None:
    """Print the table."""
    given = arguments(__doc__, 20, METHODS).parse_args()
    X, truth = load_breast_cancer(return_X_y=True)
    print("breast cancer, 40 labels: accuracy in %\n")
    print_header(["method", "LAMDA-SSL's split", f"{given.splits} splits, mean ± sd", "lowest"])
    for method in given.methods:
        accuracies = [accuracy_of(method, X, truth, seed) for seed in range(given.splits)]
        print_row([method, f"{accuracies[0]:.2f}", summary(accuracies, 2), f"{min(accuracies):.2f}"])
    for method, accuracy in PUBLISHED.items():
        print_row([f"LAMDA-SSL: {method}, published", f"{accuracy:.2f}", "", ""])


if __name__ == "__main__":
    main()
