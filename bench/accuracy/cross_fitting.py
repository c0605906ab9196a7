"""Classifiers on columns and a mixture's features, with and without labels held out of the features.

    python -m bench.accuracy.cross_fitting --data DIR [--sets wine ...] [--labels 3 10 30] [--splits 5]

The features of labelled rows are those of a mixture that saw their labels ("seen"), or of mixtures that did not
(`n_folds=5`, "held out"). Splits are those of bench.accuracy.suite (seeds 100, 101, ...). Printed are means over sets
of the error in per cent, and of the log-loss of new rows in brackets.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression

from bench.accuracy.digits import FIRST_SEED, split
from bench.accuracy.protocol import arguments, print_header, print_row, tables
from bench.accuracy.scores import Scores, scores
from bench.accuracy.suite import fewer_rows
from semigen import GenerativeFeatures, SemiSupervisedGMM

SETS = ("iris", "wine", "breast cancer", "digits", "olive", "pendigits", "segment", "pima", "sonar", "ionosphere")
CLASSIFIERS: dict[str, Callable[[int], Any]] = {
    "forest": lambda seed: ExtraTreesClassifier(300, random_state=seed),
    "logistic regression": lambda seed: LogisticRegression(max_iter=1000),
}
FEATURES: dict[str, dict[str, Any]] = {
    "seen": {},
    "held out": {"n_folds": 5},
    "columns, seen": {"passthrough": True},
    "columns, held out": {"passthrough": True, "n_folds": 5},
}
METHODS = [f"{classifier}: {features}" for classifier in CLASSIFIERS for features in FEATURES]


def scores_of(method: str, X: np.ndarray, codes: np.ndarray, labels: int, splits: int) -> list[Scores]:
    """Scores on the rows held out, split by split."""
    classifier, _, features = method.partition(": ")
    results = []
    for seed in range(FIRST_SEED, FIRST_SEED + splits):
        X_train, y, X_test, y_test = fewer_rows(*split(X, codes, seed, labels), seed)
        model = GenerativeFeatures(SemiSupervisedGMM(), CLASSIFIERS[classifier](seed), **FEATURES[features])
        results.append(scores(model.fit(X_train, y), X_test, y_test))
    return results


def main() -> None:
    """Print a row for each classifier and kind of features."""
    parser = arguments(__doc__, 5, METHODS)
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--labels", type=int, nargs="+", default=[3, 10, 30], help="labelled rows a class")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # of a regression that does not settle
    print_header(["classifier: features", *(f"{labels} labels a class" for labels in given.labels)])
    for method in given.methods:
        cells = []
        for labels in given.labels:
            every = [
                scores_of(method, X, y, labels, given.splits) for _, X, y in tables(given.sets, given.data, labels)
            ]
            error, log_loss, _ = np.mean(every, axis=(0, 1))
            cells.append(f"{error:.1f} ({log_loss:.2f})")
        print_row([method, *cells])


if __name__ == "__main__":
    main()
