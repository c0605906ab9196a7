"""Error of SemiSupervisedGMMCV and its peers on many tables, with few labels a class.

    python -m bench.accuracy.suite --data DIR [--sets iris ...] [--labels 3 10 30] [--splits 20] [--methods ...]

Each split holds out a third of the rows, stratified; of the others, so many a class keep their labels, and at most
2,000 more are unlabelled. Errors are on the rows held out, at most 2,000 of them. Splits are seeds 100, 101, ...; all
methods have their defaults, and those of scikit-learn see columns standardised by all training rows. A set is left out
of a budget that a class of its training rows cannot fill. The last lines are means over sets, and mean ranks.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier

from bench.accuracy.digits import FIRST_SEED, LabelledRowsOnly, split
from bench.accuracy.protocol import tables
from semigen import SemiSupervisedGMM, SemiSupervisedGMMCV

SETS = (
    *("iris", "wine", "breast cancer", "digits", "olive", "pendigits", "waveform", "segment", "spambase"),
    *("ionosphere", "sonar", "pima", "haberman", "MAGIC", "letter"),
)
_MOST_ROWS = 2000


class Spreading(LabelSpreading):
    """Label spreading with a uniform answer where it has none (NaN), for a row whose neighbours no label reached."""

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            probability = super().predict_proba(X)
        return np.where(np.isfinite(probability), probability, 1 / len(self.classes_))


METHODS: dict[str, Callable[[int], Any]] = {
    "SemiSupervisedGMMCV": lambda seed: SemiSupervisedGMMCV(random_state=seed),
    "best": lambda seed: SemiSupervisedGMMCV(combine="best", random_state=seed),
    "supervised": lambda seed: SemiSupervisedGMMCV(unlabeled_weights=(0.0,), random_state=seed),
    "SemiSupervisedGMM": lambda seed: SemiSupervisedGMM(),
    "LDA": lambda seed: LabelledRowsOnly(LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")),
    "GaussianNB": lambda seed: LabelledRowsOnly(GaussianNB()),
    "LogisticRegression": lambda seed: LabelledRowsOnly(LogisticRegression(max_iter=2000)),
    "LabelSpreading": lambda seed: Spreading(kernel="knn", n_neighbors=7),
    "SelfTraining": lambda seed: SelfTrainingClassifier(LogisticRegression(max_iter=2000)),
}


def standardised(model: Any) -> Any:
    """The model; one of scikit-learn's sees columns standardised by all rows that it is fitted to."""
    if isinstance(model, SemiSupervisedGMM | SemiSupervisedGMMCV):
        return model
    return make_pipeline(StandardScaler(), model)


def fewer_rows(
    X: np.ndarray, y: np.ndarray, X_test: np.ndarray, y_test: np.ndarray, seed: int
) -> tuple[np.ndarray, ...]:
    """The same with at most 2,000 unlabelled and 2,000 test rows."""
    rng = np.random.default_rng(seed)
    labeled, unlabeled = np.flatnonzero(y >= 0), np.flatnonzero(y < 0)
    kept = np.r_[labeled, rng.permutation(unlabeled)[:_MOST_ROWS]]
    tested = rng.permutation(len(y_test))[:_MOST_ROWS]
    return X[kept], y[kept], X_test[tested], y_test[tested]


def errors_of(method: str, X: np.ndarray, codes: np.ndarray, labels: int, splits: int) -> tuple[list[float], float]:
    """Errors in per cent, split by split, and the median of the seconds of a fit."""
    errors, seconds = [], []
    for seed in range(FIRST_SEED, FIRST_SEED + splits):
        X_train, y, X_test, y_test = fewer_rows(*split(X, codes, seed, labels), seed)
        model = standardised(METHODS[method](seed))
        began = time.perf_counter()
        model.fit(X_train, y)
        seconds.append(time.perf_counter() - began)
        errors.append(100 * float(np.mean(model.predict(X_test) != y_test)))
    return errors, float(np.median(seconds))


def main() -> None:
    """Print a table for each number of labels."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data")
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--labels", type=int, nargs="+", default=[3, 10, 30], help="labelled rows a class")
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    given = parser.parse_args()
    for labels in given.labels:
        print(f"\n{labels} labels a class, {given.splits} splits: error in %, mean ± sd; seconds a fit of the first\n")
        print(f"| set | {' | '.join(given.methods)} | seconds |")
        print("|---" * (len(given.methods) + 2) + "|")
        means = []
        for name, X, codes in tables(given.sets, given.data, labels):
            results = [errors_of(method, X, codes, labels, given.splits) for method in given.methods]
            means.append([np.mean(errors) for errors, _ in results])
            cells = [f"{np.mean(errors):.1f} ± {np.std(errors, ddof=1):.1f}" for errors, _ in results]
            print(f"| {name} | {' | '.join(cells)} | {results[0][1]:.2g} |", flush=True)
        ranks = np.mean([rankdata(row) for row in means], axis=0)
        print(f"| mean error | {' | '.join(f'{mean:.2f}' for mean in np.mean(means, axis=0))} | |")
        print(f"| mean rank | {' | '.join(f'{rank:.2f}' for rank in ranks)} | |", flush=True)


if __name__ == "__main__":
    main()
