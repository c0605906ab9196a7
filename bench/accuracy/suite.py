"""Error and calibration of SemiSupervisedGMMCV and its peers on many tables, with few labels a class.

    python -m bench.accuracy.suite --data DIR [--sets iris ...] [--labels 3 10 30] [--splits 20] [--methods ...]

Each split holds out a third of the rows, stratified; of the others, so many a class keep their labels, and at most
2,000 more are unlabelled. Errors are on the rows held out, at most 2,000 of them. Splits are seeds 100, 101, ...; all
methods have their defaults, and those of scikit-learn see columns standardised by all training rows. A set is left out
of a budget that a class of its training rows cannot fill. The last lines are means over sets: error and rank; the
log-loss (probabilities at least 1e-12, so that a row counts at most 27.6; mean, then median over splits); and the
expected calibration error in per cent, of 15 bins of equal width of the top probability. Rows for which label spreading
has no answer count as uniform. "supervised" is SemiSupervisedGMMCV without unlabelled rows,
"ensemble, supervised" the ensemble without them, "best" keeps its best candidate; "full" and "tied" are
SemiSupervisedGMM, with its supervised fit and its fit with a guard.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.calibration import CalibratedClassifierCV
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier
from sklearn.svm import SVC

from bench.accuracy.digits import FIRST_SEED, LabelledRowsOnly, split
from bench.accuracy.protocol import arguments, print_header, print_row, summary, tables
from bench.accuracy.scores import Scores, scores
from semigen import SemiSupervisedEnsemble, SemiSupervisedGMM, SemiSupervisedGMMCV

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


class Probabilities(CalibratedClassifierCV):
    """Probabilities by Platt's sigmoid over as many folds, five at most, as the rarest class has labels."""

    def __init__(self, estimator: Any = None):
        super().__init__(estimator, ensemble=False)

    def fit(self, X: np.ndarray, y: np.ndarray) -> CalibratedClassifierCV:
        self.cv = min(5, int(np.unique(y, return_counts=True)[1].min()))
        return super().fit(X, y)


METHODS: dict[str, Callable[[int], Any]] = {
    "SemiSupervisedEnsemble": lambda seed: SemiSupervisedEnsemble(random_state=seed),
    "ensemble, supervised": lambda seed: LabelledRowsOnly(SemiSupervisedEnsemble(random_state=seed)),
    "SemiSupervisedGMMCV": lambda seed: SemiSupervisedGMMCV(random_state=seed),
    "best": lambda seed: SemiSupervisedGMMCV(combine="best", random_state=seed),
    "supervised": lambda seed: SemiSupervisedGMMCV(unlabeled_weights=(0.0,), random_state=seed),
    "guarded": lambda seed: SemiSupervisedGMMCV(guard=True, random_state=seed),
    "full": lambda seed: SemiSupervisedGMM(),
    "full, supervised": lambda seed: SemiSupervisedGMM(unlabeled_weight=0),
    "full, guarded": lambda seed: SemiSupervisedGMM(guard=True, random_state=seed),
    "tied": lambda seed: SemiSupervisedGMM("tied"),
    "tied, supervised": lambda seed: SemiSupervisedGMM("tied", unlabeled_weight=0),
    "tied, guarded": lambda seed: SemiSupervisedGMM("tied", guard=True, random_state=seed),
    "LDA": lambda seed: LabelledRowsOnly(LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")),
    "QDA": lambda seed: LabelledRowsOnly(QuadraticDiscriminantAnalysis(solver="eigen", shrinkage=0.1)),
    "GaussianNB": lambda seed: LabelledRowsOnly(GaussianNB()),
    "LogisticRegression": lambda seed: LabelledRowsOnly(LogisticRegression(max_iter=2000)),
    "ExtraTrees": lambda seed: LabelledRowsOnly(ExtraTreesClassifier(300, random_state=seed)),
    "RandomForest": lambda seed: LabelledRowsOnly(RandomForestClassifier(300, random_state=seed)),
    "HistGradientBoosting": lambda seed: LabelledRowsOnly(
        HistGradientBoostingClassifier(min_samples_leaf=2, early_stopping=False, random_state=seed)
    ),
    "SVM, rbf": lambda seed: LabelledRowsOnly(Probabilities(SVC(random_state=seed))),
    "LabelSpreading, knn": lambda seed: Spreading(kernel="knn", n_neighbors=7),
    "LabelSpreading, rbf": lambda seed: Spreading(kernel="rbf", gamma=0.5),
    "SelfTraining": lambda seed: SelfTrainingClassifier(LogisticRegression(max_iter=2000)),
}


def standardised(model: Any) -> Any:
    """The model; one of scikit-learn's sees columns standardised by all rows that it is fitted to."""
    of_semigen = model.classifier if isinstance(model, LabelledRowsOnly) else model
    if isinstance(of_semigen, SemiSupervisedGMM | SemiSupervisedGMMCV | SemiSupervisedEnsemble):
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


def scores_of(method: str, X: np.ndarray, codes: np.ndarray, labels: int, splits: int) -> tuple[list[Scores], float]:
    """Scores on the rows held out, split by split, and the median of the seconds of a fit."""
    results, seconds = [], []
    for seed in range(FIRST_SEED, FIRST_SEED + splits):
        X_train, y, X_test, y_test = fewer_rows(*split(X, codes, seed, labels), seed)
        model = standardised(METHODS[method](seed))
        began = time.perf_counter()
        model.fit(X_train, y)
        seconds.append(time.perf_counter() - began)
        results.append(scores(model, X_test, y_test))
    return results, float(np.median(seconds))


def print_means(results: list[list[list[Scores]]]) -> None:
    """Rows of means over sets; `results` holds, for each set and method, the scores of all splits."""
    numbers = np.array(results)  # sets x methods x splits x scores
    error, log_loss, calibration = np.moveaxis(numbers, -1, 0)
    print_row(["mean error", *(f"{mean:.2f}" for mean in error.mean(axis=(0, 2))), ""])
    ranks = np.mean([rankdata(row) for row in error.mean(axis=2)], axis=0)
    print_row(["mean rank", *(f"{rank:.2f}" for rank in ranks), ""])
    medians = np.median(log_loss, axis=2).mean(axis=0)
    losses = zip(log_loss.mean(axis=(0, 2)), medians, strict=True)
    print_row(["log-loss (median)", *(f"{mean:.2f} ({median:.2f})" for mean, median in losses), ""])
    print_row(["calibration error", *(f"{mean:.1f}" for mean in calibration.mean(axis=(0, 2))), ""])


def main() -> None:
    """Print a table for each number of labels."""
    parser = arguments(__doc__, 20, METHODS)
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--labels", type=int, nargs="+", default=[3, 10, 30], help="labelled rows a class")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # of peers that meet a class with a single row, or do not settle
    for labels in given.labels:
        print(f"\n{labels} labels a class, {given.splits} splits: error in %, mean ± sd; seconds a fit of the first\n")
        print_header(["set", *given.methods, "seconds"])
        results = []
        for name, X, codes in tables(given.sets, given.data, labels):
            of_set = [scores_of(method, X, codes, labels, given.splits) for method in given.methods]
            results.append([of_method for of_method, _ in of_set])
            cells = [summary([each.error for each in of_method]) for of_method in results[-1]]
            print_row([name, *cells, f"{of_set[0][1]:.2g}"])
        if results:
            print_means(results)


if __name__ == "__main__":
    main()
