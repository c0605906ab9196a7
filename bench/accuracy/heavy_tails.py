"""What Student t components save where rows are far out, and cost where none is.

    python -m bench.accuracy.heavy_tails --data DIR [--sets "generated 5" iris ...] [--labels 10] [--splits 20]
        [--methods ...] [--share 0.05] [--distance 20]

"generated d" are 3,000 rows of three Gaussian classes of equal size in d columns, their means four standard deviations
from the origin in random directions, covariances I + A A^T / d with A of standard normal numbers; the other sets are
those of bench.accuracy.suite. Splits are seeds 100, 101, ...: a third of the rows held out, so many labels of each
class, at most 2,000 unlabelled rows. Contaminated rows are a share of the training rows, drawn at random with or
without labels: to each is added noise with so many times the standard deviation of each column. Rows held out are
never contaminated. A cell has the error in per cent on these, mean ± standard deviation over splits, with clean
training rows, then with contaminated ones.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np

from bench.accuracy.digits import FIRST_SEED, split
from bench.accuracy.protocol import arguments, print_header, print_row, summary, tables
from bench.accuracy.suite import fewer_rows
from semigen import SemiSupervisedGMM

SETS = ("generated 2", "generated 5", "generated 10", "iris", "wine", "breast cancer", "pendigits", "waveform")
METHODS = {
    f"{family}, {distribution}": (family, distribution)
    for family in ("full", "tied", "diag")
    for distribution in ("normal", "t")
}


def generated(d: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of three Gaussian classes, and the class of each."""
    rng = np.random.default_rng(d)
    codes = np.repeat(np.arange(3), 1000)
    directions = rng.normal(size=(3, d))
    means = 4 * directions / np.linalg.norm(directions, axis=1, keepdims=True)
    spreads = [np.eye(d) + A @ A.T / d for A in rng.normal(size=(3, d, d))]
    rows = [rng.multivariate_normal(mean, spread, 1000) for mean, spread in zip(means, spreads, strict=True)]
    return np.concatenate(rows), codes


def sets(names: list[str], folder: str | None, labels: int) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Names, rows and class codes."""
    for name in names:
        if name.startswith("generated "):
            yield (name, *generated(int(name.removeprefix("generated "))))
        else:
            yield from tables([name], folder, labels)


def contaminated(X: np.ndarray, share: float, distance: float, seed: int) -> np.ndarray:
    """The rows, some of them far from where they were."""
    rng = np.random.default_rng(seed)
    chosen = rng.random(len(X)) < share
    moved = X.copy()
    moved[chosen] += distance * X.std(axis=0) * rng.normal(size=(int(chosen.sum()), X.shape[1]))
    return moved


def main() -> None:
    """Print the table."""
    parser = arguments(__doc__, 20, METHODS)
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--labels", type=int, default=10, help="labelled rows a class")
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--distance", type=float, default=20.0)
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # of fits that look wrong, or do not settle
    print(
        f"{given.labels} labels a class, {given.splits} splits, {100 * given.share:g} % of rows contaminated by noise"
    )
    print(f"of {given.distance:g} standard deviations: error in % with clean rows; with contaminated rows\n")
    print_header(["set", *given.methods])
    means = []
    for name, X, codes in sets(given.sets, given.data, given.labels):
        errors = np.empty((len(given.methods), 2, given.splits))
        for i in range(given.splits):
            seed = FIRST_SEED + i
            X_train, y, X_test, y_test = fewer_rows(*split(X, codes, seed, given.labels), seed)
            far = contaminated(X_train, given.share, given.distance, seed)
            for j, method in enumerate(given.methods):
                family, distribution = METHODS[method]
                for k, rows in enumerate((X_train, far)):
                    model = SemiSupervisedGMM(family, distribution=distribution).fit(rows, y)
                    errors[j, k, i] = 100 * float((model.predict(X_test) != y_test).mean())
        means.append(errors.mean(axis=2))
        print_row([name, *("; ".join(map(summary, each)) for each in errors)])
    print_row(["mean", *("; ".join(f"{value:.1f}" for value in each) for each in np.mean(means, axis=0))])


if __name__ == "__main__":
    main()
