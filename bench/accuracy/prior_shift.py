"""What class probabilities are worth that unlabelled rows tell, where labels are as many of each class.

    python -m bench.accuracy.prior_shift --data DIR [--sets iris ...] [--labels 10 30] [--splits 20] [--methods ...]

Splits are those of bench.accuracy.suite: seeds 100, 101, ..., a third of the rows held out in their own proportions, so
many labels of each class, at most 2,000 unlabelled rows. A cell has the error in per cent on the rows held out, and the
balanced error (the mean over classes) behind it, each a mean over splits. The first column has the share of the most
frequent class, "uneven" the means over the sets in which it is more than 1.2 times that of equal classes. A method and
the same with "unlabelled" differ in nothing but where class probabilities come from: class_prior="unlabeled", and for
logistic regression PriorShiftClassifier.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bench.accuracy.digits import FIRST_SEED, LabelledRowsOnly, split
from bench.accuracy.protocol import arguments, print_header, print_row, tables
from bench.accuracy.suite import SETS, fewer_rows
from semigen import PriorShiftClassifier, SemiSupervisedGMM


def regression() -> Any:
    """Logistic regression on columns of a standard deviation of one."""
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))


METHODS: dict[str, Callable[[int], Any]] = {
    "full": lambda seed: SemiSupervisedGMM(),
    "full, unlabelled": lambda seed: SemiSupervisedGMM(class_prior="unlabeled"),
    "tied": lambda seed: SemiSupervisedGMM("tied"),
    "tied, unlabelled": lambda seed: SemiSupervisedGMM("tied", class_prior="unlabeled"),
    "full, supervised": lambda seed: SemiSupervisedGMM(unlabeled_weight=0),
    "full, supervised, unlabelled": lambda seed: SemiSupervisedGMM(unlabeled_weight=0, class_prior="unlabeled"),
    "tied, supervised": lambda seed: SemiSupervisedGMM("tied", unlabeled_weight=0),
    "tied, supervised, unlabelled": lambda seed: SemiSupervisedGMM("tied", unlabeled_weight=0, class_prior="unlabeled"),
    "logistic regression": lambda seed: LabelledRowsOnly(regression()),
    "logistic regression, unlabelled": lambda seed: PriorShiftClassifier(regression(), random_state=seed),
}
_UNEVEN = 1.2


def errors(method: str, X: np.ndarray, codes: np.ndarray, labels: int, seed: int) -> tuple[float, float]:
    """Error and balanced error in per cent, of one split."""
    X_train, y, X_test, y_test = fewer_rows(*split(X, codes, seed, labels), seed)
    wrong = METHODS[method](seed).fit(X_train, y).predict(X_test) != y_test
    of_classes = [wrong[y_test == k].mean() for k in np.unique(y_test)]
    return 100 * float(wrong.mean()), 100 * float(np.mean(of_classes))


def print_means(name: str, results: list[np.ndarray]) -> None:
    """A row of means over sets of arrays of shape (methods, 2)."""
    if results:
        print_row([name, "", *(f"{error:.1f} ({balanced:.1f})" for error, balanced in np.mean(results, axis=0))])


def main() -> None:
    """Print a table for each number of labels."""
    parser = arguments(__doc__, 20, METHODS)
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--labels", type=int, nargs="+", default=[10, 30], help="labelled rows a class")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # of fits that look wrong, or do not settle
    for labels in given.labels:
        print(f"\n{labels} labels a class, {given.splits} splits: error (balanced error) in %\n")
        print_header(["set", "largest class", *given.methods])
        of_all, of_uneven = [], []
        for name, X, codes in tables(given.sets, given.data, labels):
            seeds = range(FIRST_SEED, FIRST_SEED + given.splits)
            found = [[errors(method, X, codes, labels, seed) for seed in seeds] for method in given.methods]
            means = np.mean(found, axis=1)
            share = float(np.bincount(codes).max() / len(codes))
            of_all.append(means)
            if share * len(np.unique(codes)) > _UNEVEN:
                of_uneven.append(means)
            cells = [f"{error:.1f} ({balanced:.1f})" for error, balanced in means]
            print_row([name, f"{100 * share:.0f} %", *cells])
        print_means("mean", of_all)
        print_means("uneven", of_uneven)


if __name__ == "__main__":
    main()
