"""Error on olive oils by the protocol of R's upclass: the rows without labels are those that are classified.

    python -m bench.accuracy.olive --data DIR [--fractions 50 30 20 15 10] [--splits 200] [--methods ...]

572 oils of three regions, eight acids. A part of the rows, drawn without regard to class, keeps its labels; where that
leaves a class without any, the draw is made again (upclass does not say what it does). Errors are on the other rows,
which the fit has seen without their labels. Splits are seeds 100, 101, ...; all methods have their defaults and see the
columns as they are. "best by BIC" keeps, of four families of covariances, the fit with the lowest BIC of labelled and
unlabelled rows. upclass' columns are published, not run: of its vignette, 200 splits, the best of ten families by BIC.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bench.accuracy.digits import FIRST_SEED
from bench.accuracy.protocol import arguments, print_header, print_row, some_labels, summary, table
from semigen import SemiSupervisedGMM, SemiSupervisedGMMCV

FAMILIES = ("full", "tied", "diag", "spherical")

# Of labelled rows in per cent: the published errors of upclass in per cent, supervised and semi-supervised.
PUBLISHED = {50: (0.32, 0.12), 30: (0.79, 0.25), 20: (2.24, 0.57), 15: (5.04, 1.29), 10: (11.46, 3.30)}


def best_by_bic(X: np.ndarray, y: np.ndarray) -> SemiSupervisedGMM:
    """The fit whose family of covariances has the lowest BIC."""
    fits = [SemiSupervisedGMM(family).fit(X, y) for family in FAMILIES]
    return min(fits, key=lambda fit: fit.bic(X, y))


Fitted = SemiSupervisedGMM | SemiSupervisedGMMCV
METHODS: dict[str, Callable[[np.ndarray, np.ndarray, int], Fitted]] = {
    "SemiSupervisedGMM(unlabeled_weight=0)": lambda X, y, seed: SemiSupervisedGMM(unlabeled_weight=0).fit(X, y),
    "SemiSupervisedGMM": lambda X, y, seed: SemiSupervisedGMM().fit(X, y),
    "best by BIC": lambda X, y, seed: best_by_bic(X, y),
    "SemiSupervisedGMMCV": lambda X, y, seed: SemiSupervisedGMMCV(random_state=seed).fit(X, y),
}


def errors_of(method: str, X: np.ndarray, codes: np.ndarray, count: int, splits: int) -> list[float]:
    """Errors in per cent on the rows without labels, split by split."""
    errors = []
    for seed in range(FIRST_SEED, FIRST_SEED + splits):
        y = some_labels(codes, count, np.random.default_rng(seed))
        hidden = y < 0
        predicted = METHODS[method](X, y, seed).transduction_
        errors.append(100 * float(np.mean(predicted[hidden] != codes[hidden])))
    return errors


def main() -> None:
    """Print the table."""
    parser = arguments(__doc__, 200, METHODS)
    parser.add_argument("--fractions", type=int, nargs="+", default=list(PUBLISHED), choices=list(PUBLISHED))
    given = parser.parse_args()
    X, codes = table("olive", given.data)
    print(f"olive oil, {given.splits} splits: error in % on the rows without labels, mean ± sd\n")
    print_header(["labelled", *given.methods, "upclass supervised, published", "upclass, published"])
    for fraction in given.fractions:
        count = round(len(X) * fraction / 100)
        ours = [summary(errors_of(method, X, codes, count, given.splits), 2) for method in given.methods]
        print_row([f"{fraction} %", *ours, *(f"{error:.2f}" for error in PUBLISHED[fraction])])


if __name__ == "__main__":
    main()
