"""Rows of no class: a digit that nobody has labelled, and rows scattered anywhere.

    python -m bench.accuracy.novelty [--part digits | scattered] [--splits 10] [--labels 10 30] [--methods ...]

digits: each of scikit-learn's ten digits in turn is unknown: none of its rows is labelled, of the nine others so many
of each. A third of the rows is held out; columns are the first 20 principal components of the training rows without a
label. Splits are seeds 100, 101, ..., and a cell is the mean ± standard deviation over ten digits times splits. AUROC
is that of unknown among the rows held out, by outlier_score, or minus the log density of plain fits and peers. False
alarms are rows of known digits, held out, that are answered as unknown at a rate of 5 %, and rows found are those of
the unknown digit; peers have a threshold by the same rule, from labelled rows that they have not seen (ten folds),
where they are fitted to labelled rows. Errors are of the known digits, held out, that are answered by a class.

scattered: ten labels a class; to the training rows are added 5 % unlabelled ones, uniform over a box around the
training rows whose sides are three times theirs. A cell has the error in per cent on a third of the rows, held out,
which are never scattered, with clean training rows, then with scattered ones.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import KFold, train_test_split
from sklearn.neighbors import LocalOutlierFactor
from threadpoolctl import threadpool_limits

from bench.accuracy.digits import FIRST_SEED, split
from bench.accuracy.heavy_tails import sets
from bench.accuracy.protocol import print_header, print_row, summary
from bench.accuracy.suite import fewer_rows
from bench.datasets import load
from semigen import SemiSupervisedGMM

RATE, UNKNOWN, COMPONENTS, FOLDS = 0.05, 99, 20, 10
SCATTERED, TIMES, LABELS = 0.05, 3.0, 10

MIXTURES: dict[str, dict[str, Any]] = {
    "novelty=3, noise='uniform'": {"novelty": 3, "noise": "uniform"},
    "novelty=3": {"novelty": 3},
    "novelty=1": {"novelty": 1},
    "novelty='aic'": {"novelty": "aic"},
    "novelty='bic'": {"novelty": "bic"},
    "noise='uniform'": {"noise": "uniform"},
    "plain density": {},
    "plain density, labels alone": {"unlabeled_weight": 0.0},
}
PEERS: dict[str, Callable[[], Any]] = {
    "IsolationForest": lambda: IsolationForest(random_state=0),
    "LocalOutlierFactor": lambda: LocalOutlierFactor(novelty=True),
}
ROWS_OF_PEERS = {"all rows": False, "labelled rows": True}

SETS = ("generated 2", "generated 5", "generated 10", "iris", "wine", "breast cancer", "digits")
BESIDE_SCATTERED: dict[str, dict[str, Any]] = {
    "full": {},
    "full, noise": {"noise": "uniform"},
    "full, Student t": {"distribution": "t"},
    "full, labels alone": {"unlabeled_weight": 0.0},
    "tied": {"covariance_type": "tied"},
    "tied, noise": {"covariance_type": "tied", "noise": "uniform"},
}


def unknown_digit(seed: int, digit: int, labels: int) -> tuple[np.ndarray, ...]:
    """Training rows, their labels, rows held out and theirs, none of `digit` being labelled."""
    X, truth = load("digits", None)
    X_train, X_test, of_train, of_test = train_test_split(X, truth, test_size=1 / 3, stratify=truth, random_state=seed)
    rng = np.random.default_rng(seed)
    y = np.full(len(X_train), -1)
    for k in range(10):
        if k != digit:
            y[rng.choice(np.flatnonzero(of_train == k), labels, replace=False)] = k
    components = PCA(COMPONENTS, random_state=0).fit(X_train[y < 0])
    return components.transform(X_train), y, components.transform(X_test), of_test


def threshold(scores: np.ndarray) -> float:
    """The score that a conformal quantile of these asks for."""
    rank = int(np.ceil((len(scores) + 1) * (1 - RATE) - 1e-9))
    return float(np.sort(scores)[rank - 1])


def by_mixture(options: dict[str, Any], X: np.ndarray, y: np.ndarray, X_test: np.ndarray) -> tuple[np.ndarray, ...]:
    """Scores and answers of the rows held out, UNKNOWN for rows above the threshold."""
    model = SemiSupervisedGMM(unknown_label=UNKNOWN, false_alarm=RATE, random_state=0, **options).fit(X, y)
    scores = model.outlier_score(X_test)
    if not {"novelty", "noise"} & set(options):
        scores = -model.score_samples(X_test)
    return scores, model.predict(X_test)


def by_peer(
    make: Callable[[], Any], labelled: bool, X: np.ndarray, y: np.ndarray, X_test: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Scores of the rows held out; answers know of no class, and none are given by fits to all rows."""
    if not labelled:
        return -make().fit(X).score_samples(X_test), np.zeros(len(X_test))
    known = X[y >= 0]
    folds = KFold(FOLDS, shuffle=True, random_state=0).split(known)
    calibration = np.concatenate([-make().fit(known[train]).score_samples(known[test]) for train, test in folds])
    scores = -make().fit(known).score_samples(X_test)
    return scores, np.where(scores > threshold(calibration), UNKNOWN, 0)


def digits(splits: int, labels: int, methods: list[str]) -> None:
    """Print what each method makes of an unknown digit."""
    print(f"\n{labels} labels of each known digit, {splits} splits, a digit in turn unknown\n")
    print_header(["score", "AUROC", "least", f"false alarms at {RATE:.0%}, %", "unknown rows found, %", "error, %"])
    every: dict[str, Callable[..., tuple[np.ndarray, ...]]] = {}
    for name, options in MIXTURES.items():
        every[name] = lambda *rows, options=options: by_mixture(options, *rows)
    for name, make in PEERS.items():
        for which, labelled in ROWS_OF_PEERS.items():
            every[f"{name}, {which}"] = lambda *rows, make=make, labelled=labelled: by_peer(make, labelled, *rows)
    for name, answer in every.items():
        if methods and name not in methods:
            continue
        found = []
        for seed in range(FIRST_SEED, FIRST_SEED + splits):
            for digit in range(10):
                X, y, X_test, truth = unknown_digit(seed, digit, labels)
                scores, answers = answer(X, y, X_test)
                known, unknown = truth != digit, answers == UNKNOWN
                wrong = answers[known & ~unknown] != truth[known & ~unknown]
                of_rows = unknown[known].mean(), unknown[~known].mean(), wrong.mean()
                found.append((roc_auc_score(~known, scores), *(100 * each for each in of_rows)))
        auroc, alarms, caught, errors = np.array(found).T
        calibrated, classifies = "all rows" not in name, name in MIXTURES
        cells = [summary(auroc, 3), f"{auroc.min():.3f}"]
        cells += [summary(each) if calibrated else "–" for each in (alarms, caught)]
        print_row([name, *cells, summary(errors) if classifies else "–"])


def scattered_among(X: np.ndarray, y: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and labels, with unlabelled rows more that may lie anywhere."""
    rng = np.random.default_rng(seed)
    centre, half = (X.max(axis=0) + X.min(axis=0)) / 2, TIMES * (X.max(axis=0) - X.min(axis=0)) / 2
    count = round(SCATTERED / (1 - SCATTERED) * len(X))
    more = rng.uniform(centre - half, centre + half, (count, X.shape[1]))
    return np.vstack([X, more]), np.concatenate([y, np.full(count, -1)])


def scattered(splits: int) -> None:
    """Print errors with and without noise, on clean and on scattered rows."""
    print(
        f"\n{LABELS} labels a class, {splits} splits: error in % with clean rows; with {SCATTERED:.0%} scattered ones\n"
    )
    print_header(["set", *BESIDE_SCATTERED])
    means = []
    for name, X, codes in sets(list(SETS), None, LABELS):
        errors = np.empty((len(BESIDE_SCATTERED), 2, splits))
        for i in range(splits):
            seed = FIRST_SEED + i
            X_train, y, X_test, y_test = fewer_rows(*split(X, codes, seed, LABELS), seed)
            for k, rows in enumerate(((X_train, y), scattered_among(X_train, y, seed))):
                for j, options in enumerate(BESIDE_SCATTERED.values()):
                    model = SemiSupervisedGMM(random_state=0, **options).fit(*rows)
                    errors[j, k, i] = 100 * float((model.predict(X_test) != y_test).mean())
        means.append(errors.mean(axis=2))
        print_row([name, *("; ".join(map(summary, each)) for each in errors)])
    print_row(["mean", *("; ".join(f"{value:.1f}" for value in each) for each in np.mean(means, axis=0))])


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", nargs="+", choices=["digits", "scattered"], default=["digits", "scattered"])
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--labels", type=int, nargs="+", default=[10, 30], help="labelled rows of each known digit")
    parser.add_argument("--methods", nargs="+", default=[], help="names of rows of the first table")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # of fits that look wrong, or do not settle
    with threadpool_limits(1, "blas"):
        if "digits" in given.part:
            for labels in given.labels:
                digits(given.splits, labels, given.methods)
        if "scattered" in given.part:
            scattered(given.splits)


if __name__ == "__main__":
    main()
