"""Error on tables with few labels: the deep models beside the mixture and logistic regression.

    python -m bench.accuracy.tables --data DIR [--sets pendigits waveform ...] [--methods SemiSupervisedGAN ...]
        [--splits 5] [--labels 10 100]

Each split holds out a third of the rows, stratified; of the others, so many a class keep their labels. Errors are on
the rows held out. Splits are seeds 100, 101, ...; nothing was chosen by them. All methods have their defaults, but for
the variational models' `latent_dim=10` and `hidden_dims=(200,)`, the same for every set. Logistic regression and
self-training see columns standardised; SemiSupervisedFlow starts from a SemiSupervisedGMMCV like that beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier

from bench.accuracy.digits import FIRST_SEED, LabelledRowsOnly, split
from bench.accuracy.protocol import arguments, print_header, print_row, summary, tables
from semigen import (
    SemiSupervisedFlow,
    SemiSupervisedGAN,
    SemiSupervisedGMM,
    SemiSupervisedGMMCV,
    SemiSupervisedVAE,
    StackedSemiSupervisedVAE,
    VAEFeatures,
)

SETS = ("pendigits", "waveform", "segment", "MAGIC", "letter")


def methods(seed: int) -> dict[str, Callable[[], Any]]:
    """The columns of the table."""
    common = {"random_state": seed, "device": "cpu"}
    return {
        "SemiSupervisedGMM": SemiSupervisedGMM,
        "SemiSupervisedVAE": lambda: SemiSupervisedVAE(10, (200,), **common),
        "StackedSemiSupervisedVAE": lambda: StackedSemiSupervisedVAE(
            10, (200,), vae=VAEFeatures(10, (200,), **common), **common
        ),
        "SemiSupervisedGAN": lambda: SemiSupervisedGAN(**common),
        "SemiSupervisedFlow": lambda: SemiSupervisedFlow(**common),
        "SemiSupervisedGMMCV": lambda: SemiSupervisedGMMCV(random_state=seed),
        "SelfTraining": lambda: make_pipeline(
            StandardScaler(), SelfTrainingClassifier(LogisticRegression(max_iter=2000))
        ),
        "LogisticRegression": lambda: LabelledRowsOnly(
            make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
        ),
    }


def main() -> None:
    """Print the table."""
    parser = arguments(__doc__, 5, methods(0))
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--labels", type=int, nargs="+", default=[10], help="labelled rows per class")
    given = parser.parse_args()
    for labels in given.labels:
        print(f"\n{labels} labels a class, {given.splits} splits: error in %, mean ± sd; seconds a fit\n")
        print_header(["set", *given.methods])
        for name, X, codes in tables(given.sets, given.data, labels):
            cells = [result(method, X, codes, labels, given.splits) for method in given.methods]
            print_row([name, *cells])


def result(method: str, X: np.ndarray, codes: np.ndarray, labels: int, splits: int) -> str:
    """A cell of the table."""
    errors, seconds = [], []
    for seed in range(FIRST_SEED, FIRST_SEED + splits):
        X_train, y, X_test, y_test = split(X, codes, seed, labels)
        model = methods(seed)[method]()
        began = time.perf_counter()
        model.fit(X_train, y)
        seconds.append(time.perf_counter() - began)
        errors.append(100 * np.mean(model.predict(X_test) != y_test))
    return f"{summary(errors)}; {np.median(seconds):.2g} s"


if __name__ == "__main__":
    main()
