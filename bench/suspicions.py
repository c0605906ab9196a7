"""How many fits that are wrong on purpose warn, and how many sound ones do.

    python -m bench.suspicions [--data DIR] [--first-seed 1000]

Forty fits of each sort. Draws are repeated until they are what they should be: a fit of the wrong family errs on more
than a tenth of the unlabelled rows, a sound one, of Gaussian classes, on at most three points more than the Bayes rule.
Thresholds were chosen on seeds 0 to 9. Without --data, or SEMIGEN_DATA, generated tables stand for diamonds and usps.
"""

from __future__ import annotations

import argparse
import gzip
import os
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import multivariate_normal, ortho_group
from sklearn.datasets import load_digits, make_circles, make_moons

from bench.datasets import AbsentError, few_labels, ssl_book
from semigen import SemiSupervisedGMM

Generator = np.random.Generator


@dataclass(frozen=True)
class Case:
    """A table, labels of some rows (-1: none), all classes, the options of a fit, and the least error possible."""

    X: np.ndarray
    y: np.ndarray
    truth: np.ndarray
    options: dict[str, Any] = field(default_factory=dict)
    least_error: float = np.nan


def some_labels(truth: np.ndarray, number: int, rng: Generator) -> np.ndarray:
    """Labels of rows drawn as they come, redrawn until every class has three."""
    while True:
        y = np.full(len(truth), -1)
        kept = rng.permutation(len(truth))[:number]
        y[kept] = truth[kept]
        if (np.bincount(y[kept], minlength=truth.max() + 1) >= 3).all():
            return y


def by_class(truth: np.ndarray, per_class: int, rng: Generator) -> np.ndarray:
    """So many labels of each class."""
    return few_labels(truth, per_class, int(rng.integers(2**31)))


def covariance(d: int, rng: Generator, condition: float = 10.0) -> np.ndarray:
    """A random covariance with variances about one."""
    axes = ortho_group.rvs(d, random_state=int(rng.integers(2**31))) if d > 1 else np.ones((1, 1))
    spread = np.exp(rng.uniform(-0.5, 0.5, d) * np.log(condition))
    return (axes * spread) @ axes.T


def gaussian_classes(rng: Generator, *, n: int, d: int, k: int, gap: float, shares: np.ndarray | None = None) -> Case:
    """Classes of a Gaussian each, of which the Bayes rule is known; no labels yet."""
    shares = np.full(k, 1 / k) if shares is None else shares
    means = rng.normal(size=(k, d))
    means *= gap / np.mean([np.linalg.norm(a - b) for i, a in enumerate(means) for b in means[:i]])
    covariances = [covariance(d, rng) for _ in range(k)]
    truth = rng.choice(k, n, p=shares)
    X = np.empty((n, d))
    for j in range(k):
        X[truth == j] = rng.multivariate_normal(means[j], covariances[j], int((truth == j).sum()))
    score = [
        np.log(s) + multivariate_normal(m, c).logpdf(X) for s, m, c in zip(shares, means, covariances, strict=True)
    ]
    return Case(X, np.full(n, -1), truth, least_error=float(np.mean(np.argmax(score, axis=0) != truth)))


# --- fits that are wrong on purpose


def wide(rng: Generator) -> Case:
    """Hundreds of columns, a handful of labels a class, a covariance for every class."""
    n, d, k = int(rng.integers(600, 2000)), int(rng.integers(150, 400)), int(rng.integers(4, 11))
    truth = rng.integers(0, k, n)
    low = rng.normal(size=(n, 15)) + 1.2 * rng.normal(size=(k, 15))[truth]
    X = low @ rng.normal(size=(15, d)) + 2 * rng.normal(size=(n, d))
    return Case(X, by_class(truth, int(rng.integers(3, 6)), rng), truth)


def pixels(rng: Generator) -> Case:
    """Handwritten digits, with the grey values of neighbours beside their own: 256 columns."""
    X, truth = load_digits(return_X_y=True)
    grey = np.kron(X.reshape(-1, 8, 8), np.ones((1, 2, 2)))
    grey = (grey + np.roll(grey, 1, 1) + np.roll(grey, 1, 2)).reshape(len(X), -1) + rng.normal(size=(len(X), 256))
    return Case(grey, by_class(truth, int(rng.integers(3, 6)), rng), truth)


def wild_value(rng: Generator) -> Case:
    """Gaussian classes, and a cell that lost its decimal point."""
    case = labelled(rng, gaussian_classes(rng, n=int(rng.integers(150, 1500)), d=int(rng.integers(3, 9)), k=3, gap=5.0))
    row, column = int(rng.integers(len(case.X))), int(rng.integers(case.X.shape[1]))
    case.X[row, column] = 10 ** rng.uniform(2.5, 6)
    return case


def moons(rng: Generator) -> Case:
    """Two bent classes, for which 'tied' draws a line; the next class lies across."""
    X, truth = make_moons(int(rng.integers(400, 1500)), noise=0.12, random_state=int(rng.integers(2**31)))
    X = np.column_stack([X, 0.3 * rng.normal(size=(len(X), 2))])
    return Case(X, by_class(truth, int(rng.integers(15, 40)), rng), truth)


def rings(rng: Generator) -> Case:
    """A ring round a disc, with a covariance that both share."""
    X, truth = make_circles(int(rng.integers(400, 1500)), noise=0.08, factor=0.4, random_state=int(rng.integers(2**31)))
    X = np.column_stack([X, rng.normal(size=len(X)) + 0.5 * truth])
    return Case(X, by_class(truth, int(rng.integers(15, 40)), rng), truth, {"covariance_type": "tied"})


def several_clusters(rng: Generator) -> Case:
    """Classes of a few clusters each, scattered among one another."""
    k, each, d = int(rng.integers(2, 4)), int(rng.integers(2, 5)), int(rng.integers(2, 6))
    centres = 6 * rng.normal(size=(k * each, d))
    cluster = rng.integers(0, k * each, int(rng.integers(400, 2000)))
    X, truth = centres[cluster] + rng.normal(size=(len(cluster), d)), cluster % k
    return Case(X, by_class(truth, int(rng.integers(15, 50)), rng), truth)


def shifted_classes(rng: Generator) -> Case:
    """Unlabelled rows measured by another instrument than the labelled ones."""
    case = labelled(rng, gaussian_classes(rng, n=int(rng.integers(300, 1500)), d=int(rng.integers(3, 9)), k=3, gap=5.0))
    offset = rng.normal(size=case.X.shape[1])
    case.X[case.y < 0] += 4 * offset / np.linalg.norm(offset)
    return case


def wrong_labels(rng: Generator) -> Case:
    """A fifth to a third of the labels are those of another class."""
    k = int(rng.integers(2, 5))
    case = labelled(rng, gaussian_classes(rng, n=int(rng.integers(300, 1500)), d=int(rng.integers(2, 9)), k=k, gap=6.0))
    given = np.flatnonzero(case.y >= 0)
    wrong = rng.permutation(given)[: round(rng.uniform(0.2, 0.35) * len(given))]
    case.y[wrong] = (case.y[wrong] + rng.integers(1, k, len(wrong))) % k
    return case


def codes_of_text(rng: Generator) -> Case:
    """Categories numbered by the alphabet, of which each has a class of its own, beside columns that say little."""
    n, k = int(rng.integers(400, 2000)), 2
    categories = int(rng.integers(6, 15))
    class_of = rng.permutation(np.arange(categories) % k)
    codes = rng.integers(0, categories, (n, 2))
    truth = np.where(rng.random(n) < 0.1, rng.integers(0, k, n), class_of[codes[:, 0]])
    noise = rng.integers(0, 5, (n, 2))
    X = np.column_stack([codes, noise, rng.normal(size=n) + 0.5 * truth]).astype(float)
    return Case(X, by_class(truth, int(rng.integers(20, 60)), rng), truth)


def diamonds(rng: Generator, data: Path | None) -> Case:
    """The cut of diamonds by their numbers, 100 labels; or, without the file, a table made to be like it."""
    path = None if data is None else data / "mixed" / "diamonds.csv.gz"
    if path is None or not path.is_file():
        return like_diamonds(rng)
    with gzip.open(path, "rt") as lines:
        rows = [line.strip().replace('"', "").split(",") for line in lines]
    numbers = [j for j, name in enumerate(rows[0]) if name not in ("cut", "color", "clarity")]
    X = np.array([[float(row[j]) for j in numbers] for row in rows[1:]])
    truth = np.unique([row[rows[0].index("cut")] for row in rows[1:]], return_inverse=True)[1]
    return Case(X, some_labels(truth, 100, rng), truth)


def like_diamonds(rng: Generator) -> Case:
    """Sizes that depend on one another, skewed, and grades that they hardly tell."""
    n = 5000
    truth = rng.choice(5, n, p=[0.4, 0.25, 0.22, 0.09, 0.04])
    size = np.exp(0.45 * rng.normal(size=n))
    X = np.column_stack([size**p * (1 + 0.01 * rng.normal(size=n)) for p in (1, 0.33, 0.33, 0.33, 1.7)])
    depth = 61.8 + (0.3 + 0.4 * truth) * rng.normal(size=n)
    return Case(np.column_stack([X, depth, 57 + 0.6 * truth + rng.normal(size=n)]), some_labels(truth, 100, rng), truth)


def usps(rng: Generator, data: Path | None) -> Case:
    """Pixels of the benchmark of the semi-supervised learning book, or of scikit-learn's digits."""
    try:
        X, truth, _ = ssl_book("usps", None if data is None else str(data))
    except AbsentError:
        return pixels(rng)
    return Case(X, by_class(truth, int(rng.integers(3, 11)), rng), truth)


# --- sound fits


def labelled(rng: Generator, case: Case, per_class: tuple[int, int] = (10, 60)) -> Case:
    """With labels drawn class by class or as rows come, as often the one as the other."""
    number = int(np.exp(rng.uniform(*np.log(per_class))))
    number = min(number, int(np.bincount(case.truth).min()) - 1)
    fair = rng.random() < 0.5
    y = by_class(case.truth, number, rng)
    if fair:
        n_classes = case.truth.max() + 1
        y = some_labels(case.truth, max(number, 3) * n_classes + int(4 / np.bincount(case.truth).min() * len(y)), rng)
    return Case(case.X, y, case.truth, case.options, case.least_error)


def sound(rng: Generator, *, rare: bool = False, grid: bool = False) -> Case:
    """Gaussian classes, apart enough to be told; 3 to 100 labels a class."""
    d, k = int(rng.integers(2, 21)), int(rng.integers(2, 7))
    n = int(np.exp(rng.uniform(np.log(max(100, 12 * d * k)), np.log(6000))))
    shares = rng.dirichlet(np.full(k, 3.0)) if rare else np.full(k, 1 / k)
    if rare:
        shares = np.maximum(shares, 0.05) / np.maximum(shares, 0.05).sum()
    case = gaussian_classes(rng, n=n, d=d, k=k, gap=rng.uniform(3.5, 8.0), shares=shares)
    X = np.round(case.X * 1.5) / 1.5 if grid else case.X * 10 ** rng.uniform(-3, 3, d)
    return labelled(rng, Case(X, case.y, case.truth, {}, case.least_error), (3, 100))


def imbalanced(rng: Generator) -> Case:
    """The same with classes of unequal shares."""
    return sound(rng, rare=True)


def on_a_grid(rng: Generator) -> Case:
    """The same with values rounded to a grid of a few steps."""
    return sound(rng, grid=True)


def error_of(model: Any, case: Case) -> float:
    """Share of the unlabelled rows that the fit misclassifies."""
    hidden = case.y < 0
    return float(np.mean(model.transduction_[hidden] != case.truth[hidden]))


def fitted(case: Case) -> Any:
    """The fit as a user would make it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return SemiSupervisedGMM(**{"random_state": 0, **case.options}).fit(case.X, case.y)


def is_wrong(error: float, case: Case) -> bool:
    """Whether a fit of the wrong family was wrong in effect as well."""
    return error > 0.1


def is_sound(error: float, case: Case) -> bool:
    """Whether a fit of the right family was right in effect as well."""
    return error <= case.least_error + 0.03


def always(error: float, case: Case) -> bool:
    """Take every draw: the table is wrong, whatever the fit made of it."""
    return True


Kind = tuple[str, Callable[[Generator], Case], int, Callable[[float, Case], bool]]


def kinds(data: Path | None) -> tuple[list[Kind], list[Kind]]:
    """Names, makers and numbers of wrong fits and of sound ones, and which draws are taken."""
    wrong: list[Kind] = [
        ("hundreds of columns", wide, 5, is_wrong),
        ("usps", lambda rng: usps(rng, data), 3, is_wrong),
        ("diamonds", lambda rng: diamonds(rng, data), 3, is_wrong),
        ("one wild value", wild_value, 5, always),
        ("moons", moons, 2, is_wrong),
        ("rings", rings, 2, is_wrong),
        ("several clusters a class", several_clusters, 5, is_wrong),
        ("shifted classes", shifted_classes, 5, always),
        ("wrong labels", wrong_labels, 5, always),
        ("text as codes", codes_of_text, 5, is_wrong),
    ]
    right: list[Kind] = [
        ("equal classes", sound, 16, is_sound),
        ("unequal classes", imbalanced, 12, is_sound),
        ("values on a grid", on_a_grid, 12, is_sound),
    ]
    return wrong, right


def count(kinds_of_fits: list[Kind], first_seed: int, verbose: bool) -> tuple[int, int]:
    """Print a line for each kind; return how many fits warn, and of how many."""
    print("| kind | fits | warn | mean error, % | signs |\n|---|---|---|---|---|")
    all_warn = all_fits = 0
    for number, (name, make, n_fits, taken) in enumerate(kinds_of_fits):
        rng, errors, warn, seen = np.random.default_rng([first_seed, number]), [], 0, Counter()
        while len(errors) < n_fits:
            case = make(rng)
            model = fitted(case)
            error = error_of(model, case)
            if not taken(error, case):
                continue
            errors.append(error)
            warn += bool(model.suspicions_)
            seen.update(found.sign.name for found in model.suspicions_)
            if verbose:
                print(name, case.X.shape, round(error, 3), round(case.least_error, 3), model.suspicions_, flush=True)
        signs = ", ".join(f"{sign.lower().replace('_', ' ')} {times}" for sign, times in seen.most_common())
        print(f"| {name} | {n_fits} | {warn} | {100 * np.mean(errors):.1f} | {signs} |", flush=True)
        all_warn, all_fits = all_warn + warn, all_fits + n_fits
    return all_warn, all_fits


def main() -> None:
    """Print the two tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("SEMIGEN_DATA"))
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--verbose", action="store_true", help="print the findings of every fit")
    options = parser.parse_args()
    for title, some in zip(("Wrong on purpose", "Sound"), kinds(options.data and Path(options.data)), strict=True):
        print(f"\n{title}, seed {options.first_seed}\n")
        warn, fits = count(some, options.first_seed, options.verbose)
        print(f"\n{warn} of {fits} warn")


if __name__ == "__main__":
    main()
