"""What label_mechanism is worth where labels are not missing at random, and what it costs where they are.

    python -m bench.accuracy.label_mechanism [--tables entropy class real] [--splits 100] [--first 100] [--n 100 500]

`entropy`: two Gaussians in two columns with the identity for covariance and means Delta apart in the first column,
equally probable, the canonical form of Ahfock and McLachlan (2020), with Delta = 1, 2 and 3 and n training rows. A row
lacks its label with probability sigma(xi0 + xi1 log e), e being the entropy of its true class probabilities; xi0 is
such that 80 % of the rows lack one. (n, xi and that part are this benchmark's own, not those of the paper.)
All fits are 'tied'. Beside the labelled rows alone: (a) which rows have a label is ignored, (b) it is fitted with the
mixture, (c) xi is known, (d) all labels are known. xi1 = 0 is at random.

`class`: three Gaussians with the identity for covariance, Delta apart from one another, of which rows have a label with
probabilities (0.05, 0.1, 0.4); (0.15, 0.15, 0.15) is at random. All fits are 'full'. class_prior="unlabeled" is beside.

`real`: tables of scikit-learn (digits by ten principal components), 'full' and 'tied', a third of the rows held out.
Rows lack a label by the entropy of a logistic regression that saw all labels ('entropy', xi1 = 1), by class ('class',
with probabilities from 0.1 to 0.4), or at random; in the first and the last 80 % lack one.

Errors are in per cent, of 20,000 rows never seen or of those held out; means over splits ± standard deviation, splits
being seeds 100, 101, ... "Rejected" is in how many splits the test at 5 % rejects that labels are missing at random. A
split in which a class has fewer than two labels is drawn again.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import entropy
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bench.accuracy.protocol import print_header, print_row, summary
from semigen import SemiSupervisedGMM
from semigen.mixture.label_mechanism import ENTROPY
from semigen.mixture.labels_not_at_random import with_label_mechanism
from semigen.mixture.rows.arrays import ArrayRows

Rows = tuple[np.ndarray, np.ndarray]

MISSING = 0.8  # part of the rows
N_TEST = 20_000
SHARES = {"by class": (0.05, 0.1, 0.4), "at random": (0.15, 0.15, 0.15)}


def clouds(rng: np.random.Generator, n: int, apart: float, n_classes: int) -> Rows:
    """Rows of Gaussians that are so far apart from one another, and their classes."""
    truth = rng.integers(0, n_classes, n)
    centres = np.eye(n_classes, max(n_classes, 2)) * apart / np.sqrt(2)
    if n_classes == 2:
        centres = np.array([[-apart / 2, 0], [apart / 2, 0]])
    return rng.normal(size=(n, centres.shape[1])) + centres[truth], truth


def log_entropy_of_two(X: np.ndarray, apart: float) -> np.ndarray:
    """Log of the entropy of the true class probabilities."""
    second = expit(apart * X[:, 0])
    return np.log(entropy(np.stack([second, 1 - second]) + 1e-300))


def constant(log_e: np.ndarray, slope: float, missing: float = MISSING) -> float:
    """Return the xi0 with which such a part of the rows lacks a label."""
    return float(brentq(lambda xi0: expit(xi0 + slope * log_e).mean() - missing, -200, 200))


def enough_labels(draw: Callable[[], np.ndarray], n_classes: int) -> np.ndarray:
    """Labels drawn until each class has two."""
    while True:
        y = draw()
        if np.bincount(y[y >= 0], minlength=n_classes).min() >= 2:
            return y


def error(model: Any, test: Rows) -> float:
    """Error in per cent."""
    return 100 * float(np.mean(model.predict(test[0]) != test[1]))


def with_known_mechanism(plain: SemiSupervisedGMM, X: np.ndarray, y: np.ndarray, xi: np.ndarray, test: Rows) -> float:
    """Error of the fit for which xi is known."""
    rows = ArrayRows(X, y.astype(np.int64), None, 1.0)
    found = with_label_mechanism(ENTROPY, rows, plain._fit, plain.classes_, known=xi)
    return 100 * float(np.mean(found.likeliest_classes(test[0], np.arange(len(test[0])), 1) != test[1]))


def by_entropy(apart: float, n: int, slope: float, seed: int) -> list[float]:
    """Part without labels, errors of the five fits, and whether at random is rejected."""
    rng = np.random.default_rng([seed, n, round(10 * apart)])
    log_e = log_entropy_of_two(clouds(np.random.default_rng(0), 100_000, apart, 2)[0], apart)
    xi = np.array([constant(log_e, slope), slope])
    X, truth = clouds(rng, n, apart, 2)
    missing = expit(xi[0] + xi[1] * log_entropy_of_two(X, apart))
    y = enough_labels(lambda: np.where(rng.random(n) < missing, -1, truth), 2)
    test = clouds(np.random.default_rng(1), N_TEST, apart, 2)
    plain = SemiSupervisedGMM("tied").fit(X, y)
    joint = SemiSupervisedGMM("tied", label_mechanism="entropy").fit(X, y)
    alone = SemiSupervisedGMM("tied", unlabeled_weight=0).fit(X, y)
    complete = SemiSupervisedGMM("tied").fit(X, truth)
    known = with_known_mechanism(plain, X, y, xi, test)
    errors = [error(alone, test), error(plain, test), error(joint, test), known, error(complete, test)]
    return [100 * float(np.mean(y < 0)), *errors, float(joint.label_mechanism_.rejects_at_random)]


def by_class(apart: float, n: int, shares: tuple[float, ...], seed: int) -> list[float]:
    """Part without labels, errors of the five fits, and whether at random is rejected."""
    rng = np.random.default_rng([seed, n, round(10 * apart)])
    X, truth = clouds(rng, n, apart, 3)
    y = enough_labels(lambda: np.where(rng.random(n) < np.array(shares)[truth], truth, -1), 3)
    test = clouds(np.random.default_rng(1), N_TEST, apart, 3)
    options: list[dict[str, Any]] = [{"unlabeled_weight": 0}, {}, {"class_prior": "unlabeled"}]
    errors = [error(SemiSupervisedGMM(**each).fit(X, y), test) for each in options]
    joint = SemiSupervisedGMM(label_mechanism="class").fit(X, y)
    errors += [error(joint, test), error(SemiSupervisedGMM().fit(X, truth), test)]
    return [100 * float(np.mean(y < 0)), *errors, float(joint.label_mechanism_.rejects_at_random)]


def real_tables() -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Names, rows and classes."""
    yield "iris", *load_iris(return_X_y=True)
    yield "wine", *load_wine(return_X_y=True)
    yield "breast cancer", *load_breast_cancer(return_X_y=True)
    X, digit = load_digits(return_X_y=True)
    yield "digits, ten columns", PCA(10, random_state=0).fit_transform(X), digit


def on_a_table(X: np.ndarray, codes: np.ndarray, family: str, how: str, seed: int) -> list[float]:
    """Errors of labels alone, ignoring, 'entropy', 'class' and all labels, and what the two tests say."""
    rng = np.random.default_rng(seed)
    X, X_test, truth, y_test = train_test_split(X, codes, test_size=1 / 3, stratify=codes, random_state=seed)
    n_classes = int(codes.max()) + 1
    labelled = np.full(len(X), 1 - MISSING)
    if how == "class":
        labelled = np.linspace(0.1, 0.4, n_classes)[truth]
    if how == "entropy":
        teacher = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)).fit(X, truth)
        log_e = np.log(entropy(teacher.predict_proba(X), axis=1) + 1e-12)
        labelled = 1 - expit(constant(log_e, 1.0) + log_e)
    y = enough_labels(lambda: np.where(rng.random(len(X)) < labelled, truth, -1), n_classes)
    fits = [SemiSupervisedGMM(family, **each).fit(X, y) for each in ({"unlabeled_weight": 0}, {})]
    fits += [SemiSupervisedGMM(family, label_mechanism=each).fit(X, y) for each in ("entropy", "class")]
    rejected = [float(each.label_mechanism_.rejects_at_random) for each in fits[2:]]
    fits.append(SemiSupervisedGMM(family).fit(X, truth))
    return [*(error(each, (X_test, y_test)) for each in fits), *rejected]


def shown(found: np.ndarray, rejected: int = 1) -> list[str]:
    """Cells of a row: errors, then in how many splits in a hundred tests reject."""
    return [*map(summary, found[:-rejected]), *(f"{100 * each.mean():.0f} %" for each in found[-rejected:])]


def main() -> None:
    """Print a table for each kind of mechanism."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", default=["entropy", "class", "real"])
    parser.add_argument("--splits", type=int, default=100)
    parser.add_argument("--first", type=int, default=100, help="the first seed")
    parser.add_argument("--n", type=int, nargs="+", default=[100, 500], help="training rows of simulations")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # of fits that look wrong, or do not settle
    seeds = range(given.first, given.first + given.splits)
    if "entropy" in given.tables:
        print(f"\nLabels missing by entropy, {given.splits} splits\n")
        fits = ["labels alone", "(a) ignored", "(b) fitted", "(c) known", "(d) all labels"]
        print_header(["Delta", "n", "xi1", "without label, %", *fits, "rejected"])
        for apart in (1.0, 2.0, 3.0):
            for n in given.n:
                for slope in (0.0, 1.0, 2.0, -1.0):
                    found = np.array([by_entropy(apart, n, slope, seed) for seed in seeds]).T
                    print_row([f"{apart:g}", n, f"{slope:g}", *shown(found)])
    if "class" in given.tables:
        print(f"\nLabels missing by class, {given.splits} splits\n")
        fits = ["labels alone", "(a) ignored", 'class_prior="unlabeled"', "(b) fitted", "(d) all labels"]
        print_header(["Delta", "n", "labels", "without label, %", *fits, "rejected"])
        for apart in (2.0, 3.0, 4.0):
            for n in (300, 1000):
                for name, shares in SHARES.items():
                    found = np.array([by_class(apart, n, shares, seed) for seed in seeds]).T
                    print_row([f"{apart:g}", n, name, *shown(found)])
    if "real" in given.tables:
        print(f"\nTables, {given.splits} splits\n")
        fits = ["labels alone", "ignored", "'entropy'", "'class'", "all labels"]
        print_header(["table", "fit", "labels are missing", *fits, "'entropy' rejected", "'class' rejected"])
        for name, X, codes in real_tables():
            for family in ("full", "tied"):
                for how in ("at random", "entropy", "class"):
                    found = np.array([on_a_table(X, codes, family, how, seed) for seed in seeds]).T
                    print_row([name, family, how, *shown(found, 2)])


if __name__ == "__main__":
    main()
