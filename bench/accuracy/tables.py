"""Error on tables with few labels: the deep models beside the mixture and logistic regression.

    python -m bench.accuracy.tables --data DIR [--sets pendigits waveform ...] [--methods SemiSupervisedGAN ...]
        [--splits 5] [--labels 10]

Each split holds out a third of the rows, stratified; of the others, so many a class keep their labels. Errors are on
the rows held out. Splits are seeds 100, 101, ...; nothing was chosen by them. All methods have their defaults, but for
the variational models' `latent_dim=10` and `hidden_dims=(200,)`, the same for every set. Logistic regression sees
columns standardised.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bench.accuracy.digits import FIRST_SEED, LabelledRowsOnly, split
from bench.datasets import AbsentError, load
from semigen import SemiSupervisedGAN, SemiSupervisedGMM, SemiSupervisedVAE, StackedSemiSupervisedVAE, VAEFeatures

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
        "LogisticRegression": lambda: LabelledRowsOnly(
            make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
        ),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data")
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--methods", nargs="+", default=list(methods(0)), choices=list(methods(0)))
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--labels", type=int, default=10, help="labelled rows per class")
    given = parser.parse_args()
    print(f"{given.labels} labels a class, {given.splits} splits: error in %, mean ± sd; seconds a fit\n")
    print(f"| set | {' | '.join(given.methods)} |")
    print("|---" * (len(given.methods) + 1) + "|")
    for name in given.sets:
        try:
            X, truth = load(name, given.data)
        except AbsentError as absent:
            print(absent)
            continue
        cells = []
        for method in given.methods:
            errors, seconds = [], []
            for seed in range(FIRST_SEED, FIRST_SEED + given.splits):
                codes = np.unique(truth, return_inverse=True)[1]
                X_train, y, X_test, y_test = split(X, codes, seed, given.labels)
                model = methods(seed)[method]()
                began = time.perf_counter()
                model.fit(X_train, y)
                seconds.append(time.perf_counter() - began)
                errors.append(100 * np.mean(model.predict(X_test) != y_test))
            cells.append(f"{np.mean(errors):.1f} ± {np.std(errors, ddof=1):.1f}; {np.median(seconds):.2g} s")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
