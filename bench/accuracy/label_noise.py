"""What label_noise is worth where labels are wrong: errors, what wrong labels cost, and how many of them are found.

    python -m bench.accuracy.label_noise --data DIR [--sets digits ...] [--shares 0.2 0.4] [--labels 30] [--splits 10]
        [--first 100] [--methods ...]

Splits are those of bench.accuracy.suite: seeds 100, 101, ..., a third of the rows held out, so many labels of each
class, at most 2,000 unlabelled rows. Of all labels a share, drawn without regard to class, is changed to one of the
other classes, all as likely. Errors are in per cent on the rows held out, with labels that are right and with these;
the loss is the error with wrong labels less that of the same fit without label_noise with right ones. Precision is the
share of wrong labels among as many suspects as there are wrong labels: of label_noise the first in suspect_labels_, of
confident learning (cleanlab, where it is installed) the first by its ranking, by probabilities of logistic regression
on labels held out. Means over splits ± standard deviation.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bench.accuracy.digits import FIRST_SEED, LabelledRowsOnly, split
from bench.accuracy.protocol import arguments, print_header, print_row, summary, tables
from bench.accuracy.suite import fewer_rows
from semigen import SemiSupervisedGMM

SETS = ("digits", "pendigits", "breast cancer")


def regression() -> Any:
    """Logistic regression on columns of a standard deviation of one."""
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))


METHODS: dict[str, Callable[[Any], Any]] = {
    "full": lambda noise: SemiSupervisedGMM(label_noise=noise),
    "full, two a class": lambda noise: SemiSupervisedGMM(n_components=2, random_state=0, label_noise=noise),
    "diag, 0.1": lambda noise: SemiSupervisedGMM("diag", unlabeled_weight=0.1, label_noise=noise),
    "full, supervised": lambda noise: SemiSupervisedGMM(unlabeled_weight=0, label_noise=noise),
    "tied, supervised": lambda noise: SemiSupervisedGMM("tied", unlabeled_weight=0, label_noise=noise),
}


def spoiled(y: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels of which a share is changed to another class, and the numbers of the rows where they are."""
    rng = np.random.default_rng([seed, round(1000 * share)])
    n_classes, labeled = y.max() + 1, np.flatnonzero(y >= 0)
    wrong = rng.permutation(labeled)[: round(share * len(labeled))]
    y = y.copy()
    y[wrong] = (y[wrong] + rng.integers(1, n_classes, len(wrong))) % n_classes
    return y, wrong


def error(model: Any, X_test: np.ndarray, y_test: np.ndarray) -> float:
    """Error in per cent."""
    return 100 * float(np.mean(model.predict(X_test) != y_test))


def precision(rows: np.ndarray, wrong: np.ndarray) -> float:
    """Share of wrong labels among as many rows that are suspected first."""
    return float(np.isin(rows[: len(wrong)], wrong).mean())


def of_cleanlab(X: np.ndarray, y: np.ndarray, wrong: np.ndarray) -> float:
    """Precision of cleanlab's ranking of the labelled rows."""
    from cleanlab.rank import get_label_quality_scores

    labeled = np.flatnonzero(y >= 0)
    probability = cross_val_predict(regression(), X[labeled], y[labeled], cv=5, method="predict_proba")
    return precision(labeled[np.argsort(get_label_quality_scores(y[labeled], probability))], wrong)


def one_split(method: str, X: np.ndarray, codes: np.ndarray, labels: int, share: float, seed: int) -> list[float]:
    """Errors with right and wrong labels of the plain fit and of that with label_noise; precision."""
    X_train, right, X_test, y_test = fewer_rows(*split(X, codes, seed, labels), seed)
    y, wrong = spoiled(right, share, seed)
    noisy = METHODS[method]("auto").fit(X_train, y)
    fits = [METHODS[method](None).fit(X_train, right), METHODS[method]("auto").fit(X_train, right)]
    fits += [METHODS[method](None).fit(X_train, y), noisy]
    return [*(error(each, X_test, y_test) for each in fits), precision(noisy.suspect_labels_.rows, wrong)]


def beside(X: np.ndarray, codes: np.ndarray, labels: int, share: float, seed: int) -> list[float]:
    """Errors of logistic regression with right and with wrong labels, and cleanlab's precision."""
    X_train, right, X_test, y_test = fewer_rows(*split(X, codes, seed, labels), seed)
    y, wrong = spoiled(right, share, seed)
    fits = [LabelledRowsOnly(regression()).fit(X_train, each) for each in (right, y)]
    found = of_cleanlab(X_train, y, wrong) if importlib.util.find_spec("cleanlab") else np.nan
    return [*(error(each, X_test, y_test) for each in fits), found]


def main() -> None:
    """Print a table for each share of wrong labels."""
    parser = arguments(__doc__, 10, METHODS)
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--shares", type=float, nargs="+", default=[0.2, 0.4], help="of the labels that are wrong")
    parser.add_argument("--labels", type=int, default=30, help="labelled rows a class")
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="the first seed")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # of fits that look wrong, or do not settle
    if importlib.util.find_spec("cleanlab") is None:
        print("cleanlab is not installed, so it was not run.")
    seeds = range(given.first, given.first + given.splits)
    for share in given.shares:
        print(f"\n{share:.0%} of {given.labels} labels a class wrong, {given.splits} splits\n")
        errors = ("right labels", "label_noise", "wrong labels", "label_noise", "loss", "label_noise")
        print_header(["set", "fit", *errors, "precision"])
        for name, X, codes in tables(given.sets, given.data, given.labels):
            for method in given.methods:
                found = np.array([one_split(method, X, codes, given.labels, share, seed) for seed in seeds]).T
                losses = found[2:4] - found[0]
                print_row([name, method, *map(summary, (*found[:4], *losses)), summary(found[4], 2)])
            found = np.array([beside(X, codes, given.labels, share, seed) for seed in seeds]).T
            cells = [summary(found[0]), "", summary(found[1]), "", summary(found[1] - found[0]), ""]
            print_row([name, "logistic regression; cleanlab", *cells, summary(found[2], 2)])


if __name__ == "__main__":
    main()
