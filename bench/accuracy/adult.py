"""Error on census income (adult), numbers and categories in one table, with few labels.

    OMP_NUM_THREADS=1 python -m bench.accuracy.adult --data DIR [--labels 10 100] [--splits 5] [--methods ...]

Who earns more than 50,000 dollars: 5 numbers and 8 categories, of which three have gaps; the sampling weight is no
feature. A split draws so many labelled rows a class and 4,000 unlabelled ones from the published training rows;
errors are on all 16,281 published test rows, of which the larger class has 76.4 %. As labels are drawn class by class,
no model knows that; so the balanced error, the mean of the two classes' own, stands behind each error. Splits are seeds
100, 101, ...; nothing was chosen by them.

Every model has the same columns: numbers standardised, a column of zeros and ones for each category that at least one
row in a hundred has, one for all others, and one for gaps. Models have their defaults, but for the autoencoders'
`latent_dim=10`, `hidden_dims=(200,)`, as in bench.accuracy.tables, and `max_epochs=60`, about 1,300 steps. They model
zeros and ones by Bernoulli and numbers by Gaussian likelihoods. "supervised" models have no unlabelled rows.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier

from bench.accuracy.digits import FIRST_SEED, LabelledRowsOnly
from bench.accuracy.protocol import arguments, print_header, print_row, summary
from bench.accuracy.suite import Spreading
from bench.datasets import ADULT_NUMBERS, AbsentError, adult, few_labels
from semigen import SemiSupervisedGMM, SemiSupervisedGMMCV, SemiSupervisedVAE

_UNLABELLED = 4000

METHODS: dict[str, Callable[[int], Any]] = {
    "SemiSupervisedGMMCV": lambda seed: SemiSupervisedGMMCV(random_state=seed),
    "SemiSupervisedGMMCV, supervised": lambda seed: SemiSupervisedGMMCV(unlabeled_weights=(0.0,), random_state=seed),
    "tied": lambda seed: SemiSupervisedGMM("tied"),
    "tied, guarded": lambda seed: SemiSupervisedGMM("tied", guard=True, random_state=seed),
    "SemiSupervisedVAE": lambda seed: SemiSupervisedVAE(10, (200,), max_epochs=60, random_state=seed, device="cpu"),
    "SelfTraining": lambda seed: SelfTrainingClassifier(LogisticRegression(max_iter=2000)),
    "LabelSpreading, knn": lambda seed: Spreading(kernel="knn", n_neighbors=7),
    "LogisticRegression": lambda seed: LabelledRowsOnly(LogisticRegression(max_iter=2000)),
}


def columns(names: list[str]) -> ColumnTransformer:
    """What makes numbers of the table."""
    numbers = [names.index(name) for name in ADULT_NUMBERS]
    categories = sorted(set(range(len(names))) - set(numbers))
    one_hot = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=0.01, sparse_output=False)
    filled = make_pipeline(SimpleImputer(), StandardScaler())
    return ColumnTransformer([("numbers", filled, numbers), ("categories", one_hot, categories)])


def few_rows(codes: np.ndarray, per_class: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the labelled rows and 4,000 others, and their codes, -1 for the others."""
    y = few_labels(codes, per_class, seed)
    others = np.random.default_rng(seed).permutation(np.flatnonzero(y < 0))[:_UNLABELLED]
    rows = np.r_[np.flatnonzero(y >= 0), others]
    return rows, y[rows]


def main() -> None:
    """Print a row for each method."""
    parser = arguments(__doc__, 5, METHODS)
    parser.add_argument("--labels", type=int, nargs="+", default=[10, 100], help="labelled rows a class")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # of categories that a draw lacks, and peers that do not settle
    try:
        table, names, codes = adult("train", given.data)
        tested, _, truth = adult("test", given.data)
    except AbsentError as absent:
        raise SystemExit(str(absent)) from None
    for labels in given.labels:
        print(f"\n{labels} labels a class, {given.splits} splits: mean ± sd\n")
        print_header(["method", "error, %", "balanced error, %", "seconds a fit"])
        for method in given.methods:
            errors, balanced, seconds = [], [], []
            for seed in range(FIRST_SEED, FIRST_SEED + given.splits):
                rows, y = few_rows(codes, labels, seed)
                model = make_pipeline(columns(names), METHODS[method](seed))
                began = time.perf_counter()
                model.fit(table[rows], y)
                seconds.append(time.perf_counter() - began)
                predicted = model.predict(tested)
                errors.append(100 * np.mean(predicted != truth))
                balanced.append(100 * (1 - balanced_accuracy_score(truth, predicted)))
            print_row([method, summary(errors), summary(balanced), f"{np.median(seconds):.2g}"])


if __name__ == "__main__":
    main()
