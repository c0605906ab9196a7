"""Log-loss and calibration of SemiSupervisedGMMCV and its peers over the suite's sets and budgets.

    python -m bench.accuracy.calibration --data DIR [--per-set] [--sets iris ...] [--labels 3 10 30] [--splits 20]
        [--methods ...]

Rows, labels, splits and standardised columns are those of bench.accuracy.suite. A cell is "log-loss (median);
calibration error", on the rows held out: the mean over splits of a split's mean log-loss, with probabilities of at
least 1e-12, so that a row counts at most 27.6; the median over splits of the same, which single disasters do not move;
and the expected calibration error in per cent, of 15 bins of equal width of the top probability. A budget's row holds
the means of these over sets; with --per-set there is a row for each set too, with the deviations over splits. Rows for
which label spreading has no answer count as uniform.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bench.accuracy import suite
from bench.accuracy.digits import FIRST_SEED, split
from bench.accuracy.protocol import arguments, print_header, print_row, summary, tables
from bench.accuracy.scores import Scores, scores
from semigen import SemiSupervisedGMM

METHODS: dict[str, Callable[[int], Any]] = {
    "SemiSupervisedGMMCV": suite.METHODS["SemiSupervisedGMMCV"],
    "SemiSupervisedGMM": suite.METHODS["SemiSupervisedGMM"],
    "SemiSupervisedGMM, supervised": lambda seed: SemiSupervisedGMM(unlabeled_weight=0),
    **{
        name: suite.METHODS[name]
        for name in ("LDA", "GaussianNB", "LogisticRegression", "LabelSpreading", "SelfTraining")
    },
}


def scores_of(method: str, X: np.ndarray, codes: np.ndarray, labels: int, splits: int) -> list[Scores]:
    """Scores on the rows held out, split by split."""
    results = []
    for seed in range(FIRST_SEED, FIRST_SEED + splits):
        X_train, y, X_test, y_test = suite.fewer_rows(*split(X, codes, seed, labels), seed)
        model = suite.standardised(METHODS[method](seed)).fit(X_train, y)
        results.append(scores(model, X_test, y_test))
    return results


def of_set(results: Sequence[Scores]) -> str:
    """A set's cell."""
    losses = [each.log_loss for each in results]
    errors = [each.calibration_error for each in results]
    return f"{summary(losses, 2)} ({np.median(losses):.2f}); {summary(errors)}"


def of_budget(results: Sequence[Sequence[Scores]]) -> str:
    """A budget's cell, from the results of its sets."""
    losses = np.array([[each.log_loss for each in splits] for splits in results])
    errors = [[each.calibration_error for each in splits] for splits in results]
    return f"{losses.mean():.2f} ({np.median(losses, axis=1).mean():.2f}); {np.mean(errors):.1f}"


def main() -> None:
    """Print a row for each number of labels, or a table."""
    parser = arguments(__doc__, 20, METHODS)
    parser.add_argument("--sets", nargs="+", default=suite.SETS)
    parser.add_argument("--labels", type=int, nargs="+", default=[3, 10, 30], help="labelled rows a class")
    parser.add_argument("--per-set", action="store_true")
    given = parser.parse_args()
    print(f"{given.splits} splits: log-loss (median); expected calibration error in %\n")
    print_header(["labels a class", *given.methods])
    for labels in given.labels:
        results: list[list[list[Scores]]] = []
        for name, X, codes in tables(given.sets, given.data, labels):
            results.append([scores_of(method, X, codes, labels, given.splits) for method in given.methods])
            if given.per_set:
                print_row([f"{labels}: {name}", *(of_set(each) for each in results[-1])])
        if results:
            budget = f"{labels}: mean of {len(results)} sets"
            print_row([budget, *(of_budget(each) for each in zip(*results, strict=True))])


if __name__ == "__main__":
    main()
