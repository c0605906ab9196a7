"""Error after a hundred answers: rows that rank_queries asks for, beside as many at random.

    python -m bench.accuracy.queries --data DIR [--sets digits ...] [--splits 10] [--batch 20] [--models ...]

Each split holds out a third of the rows, stratified; of the others, two a class start with their labels, and at most
2,000 more are unlabelled. A model is fitted, a batch of rows is asked for, their labels are given, and so on until
there are 100 answers; errors are on the rows held out, at most 2,000 of them, mean ± sd. Splits are seeds 100, 101, and
so on; rules and their constants were chosen on seeds 0 to 9. "before" is the error before the first question, "top" is
margin without spreading. The other models and methods are run only if named; "SemiSupervisedGMMCV" has full covariances
and one candidate for each weight of the unlabelled rows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from bench.accuracy.digits import FIRST_SEED, split
from bench.accuracy.protocol import arguments, print_header, print_row, summary, tables
from bench.accuracy.suite import fewer_rows
from semigen import SemiSupervisedGMM, SemiSupervisedGMMCV, rank_queries

SETS = ("digits", "letter", "pendigits")
ANSWERS = 100
LABELS_TO_START = 2

Model = SemiSupervisedGMM | SemiSupervisedGMMCV
MODELS: dict[str, Callable[[], Model]] = {
    "SemiSupervisedGMM()": SemiSupervisedGMM,
    "SemiSupervisedGMM(unlabeled_weight=0)": partial(SemiSupervisedGMM, unlabeled_weight=0),
    "SemiSupervisedGMM('tied')": partial(SemiSupervisedGMM, "tied"),
    "SemiSupervisedGMMCV": partial(
        SemiSupervisedGMMCV, ("full",), shrinkages=(1.0,), transforms=("none",), random_state=0
    ),
}
Rule = Callable[[Model, np.ndarray, np.ndarray, int, int], np.ndarray]


def at_random(model: Model, X: np.ndarray, y: np.ndarray, n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(np.flatnonzero(y < 0))[:n]


def ranked(model: Model, X: np.ndarray, y: np.ndarray, n: int, seed: int, **options: object) -> np.ndarray:
    return rank_queries(model, X, n, y=y, random_state=seed, **options)


METHODS: dict[str, Rule] = {
    "random": at_random,
    "entropy": partial(ranked, method="entropy"),
    "margin": partial(ranked, method="margin"),
    "top": partial(ranked, method="margin", spread=False),
    "expected_error": partial(ranked, method="expected_error"),
}


def truth_of_training(X: np.ndarray, codes: np.ndarray, seed: int) -> tuple[np.ndarray, ...]:
    """Training rows, labels to start with, all labels of the training rows, test rows and test labels.

    Row numbers take the place of rows through the splits that the other benchmarks make.
    """
    numbers = np.arange(len(X))[:, None]
    train, y, test, y_test = fewer_rows(*split(numbers, codes, seed, LABELS_TO_START), seed)
    return X[train[:, 0]], y, codes[train[:, 0]], X[test[:, 0]], y_test


def errors_after(
    rule: Rule, make: Callable[[], Model], X: np.ndarray, codes: np.ndarray, seed: int, batch: int
) -> list[float]:
    """Errors in per cent after each batch of answers, the first before any."""
    X_train, y, truth, X_test, y_test = truth_of_training(X, codes, seed)
    errors = []
    for answered in range(0, ANSWERS + 1, batch):
        model = make().fit(X_train, y)
        errors.append(100 * float(np.mean(model.predict(X_test) != y_test)))
        if answered < ANSWERS:
            asked = rule(model, X_train, y, batch, 1000 * seed + answered)
            y[asked] = truth[asked]
    return errors


def main() -> None:
    """Print a table for each model."""
    parser = arguments(__doc__, 10, METHODS)
    parser.set_defaults(methods=["random", "entropy", "margin", "top"])
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--models", nargs="+", default=list(MODELS)[:2], choices=list(MODELS))
    parser.add_argument("--batch", type=int, default=20, help="questions between two fits")
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    given = parser.parse_args()
    seeds = range(given.first_seed, given.first_seed + given.splits)
    for model in given.models:
        print(f"\n{model}, {given.splits} splits: error in %, after {ANSWERS} answers in batches of {given.batch}\n")
        print_header(["set", "before", *given.methods])
        for name, X, codes in tables(given.sets, given.data, LABELS_TO_START):
            errors = [
                [errors_after(METHODS[method], MODELS[model], X, codes, seed, given.batch) for seed in seeds]
                for method in given.methods
            ]
            before = summary([of_split[0] for of_split in errors[0]])
            print_row([name, before, *(summary([of_split[-1] for of_split in of_method]) for of_method in errors)])


if __name__ == "__main__":
    main()
