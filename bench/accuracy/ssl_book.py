"""Error on the semi-supervised learning book's sets, with its official splits: every model here beside its peers.

    OMP_NUM_THREADS=1 python -m bench.accuracy.ssl_book --data DIR [--sets digit1 usps g241c] [--labels 10 100]
        [--splits 12] [--methods ...]

The sets are those of O. Chapelle, B. Schölkopf, A. Zien, "Semi-supervised learning", MIT Press 2006, chapter 21: 1,500
rows of 241 columns in two classes (usps: 4 to 1, the others about even). A split says which 10 or 100 rows keep their
labels. All other rows are in the training set without them, and are what errors are on, as in the book: a model's
answers for rows that it was fitted to. All columns are divided by one number, so that their mean variance is one and
neighbours stay the same; the variational models, the GAN and the mixtures take care of units themselves.

Settings are the same for all sets and budgets. None was chosen by these labels, but for the principal components that
compete in SemiSupervisedGMMCV: other draws of labels of these sets had a part in that. Mixtures have their defaults.
Deep models have latents of 10 dimensions and one hidden layer of 200 units, as in bench.accuracy.tables; the GAN's
networks are as small (critic 200, 100, 100; generator 100, 100). Flows have their own defaults: on 241 columns they
start from a tied SemiSupervisedGMM, on ten components from a SemiSupervisedGMMCV. All train for 150 epochs, about
1,500 steps, so that a fit takes seconds. "features" are those of one VAEFeatures(10) for each set, fitted to the rows
alone and shared by all splits; StackedSemiSupervisedVAE is on the same. "PCA" are ten principal components, their
linear counterpart. Label spreading has the 7 nearest neighbours of the other tables here, or a Gaussian kernel with
gamma = 1 / columns, what scikit-learn calls "scale" elsewhere: two rows at the usual distance weigh exp(-2).

On one core of the machine in bench/README.md a fit takes about 0.3 s (SemiSupervisedGMM), 30 s (SemiSupervisedGMMCV),
8 s (SemiSupervisedVAE), 3 s (stacked), 11 s (auxiliary), 13 s (GAN), 30 s (flow) and less than 1 s (others): the table
takes two and a half hours; --sets, --labels and --methods print it in parts. What is done so far goes to stderr.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier

from bench.accuracy.digits import LabelledRowsOnly
from bench.accuracy.protocol import arguments, print_header, print_row, summary
from bench.datasets import AbsentError, ssl_book
from semigen import (
    AuxiliarySemiSupervisedVAE,
    SemiSupervisedFlow,
    SemiSupervisedGAN,
    SemiSupervisedGMM,
    SemiSupervisedGMMCV,
    SemiSupervisedVAE,
    StackedSemiSupervisedVAE,
    VAEFeatures,
)

SETS = ("digit1", "usps", "g241c")
BUDGETS = (10, 100)
_SIZES: tuple[int, tuple[int]] = (10, (200,))
_TRAINING = {"max_epochs": 150, "device": "cpu"}


def _deep(make: Callable[..., Any], **settings: Any) -> Callable[[int, Any], Any]:
    return lambda seed, features: make(*_SIZES, random_state=seed, **_TRAINING, **settings)


# What makes the model of a column, from the number of the split and the features of the set.
METHODS: dict[str, Callable[[int, Any], Any]] = {
    "SemiSupervisedGMM": lambda seed, features: SemiSupervisedGMM(),
    "SemiSupervisedGMM, tied": lambda seed, features: SemiSupervisedGMM("tied"),
    "SemiSupervisedGMMCV": lambda seed, features: SemiSupervisedGMMCV(random_state=seed),
    "PCA, SemiSupervisedGMMCV": lambda seed, features: make_pipeline(
        PCA(10, random_state=seed), SemiSupervisedGMMCV(random_state=seed)
    ),
    "features, SemiSupervisedGMMCV": lambda seed, features: make_pipeline(
        features, SemiSupervisedGMMCV(random_state=seed)
    ),
    "features, LogisticRegression": lambda seed, features: make_pipeline(
        features, LabelledRowsOnly(LogisticRegression(max_iter=2000))
    ),
    "SemiSupervisedVAE": _deep(SemiSupervisedVAE),
    "StackedSemiSupervisedVAE": lambda seed, features: _deep(StackedSemiSupervisedVAE, vae=features)(seed, features),
    "AuxiliarySemiSupervisedVAE": _deep(AuxiliarySemiSupervisedVAE, auxiliary_dim=10),
    "SemiSupervisedGAN": lambda seed, features: SemiSupervisedGAN(
        hidden_dims=(200, 100, 100), generator_dims=(100, 100), random_state=seed, **_TRAINING
    ),
    "SemiSupervisedFlow": lambda seed, features: SemiSupervisedFlow(random_state=seed, **_TRAINING),
    "PCA, SemiSupervisedFlow": lambda seed, features: make_pipeline(
        PCA(10, random_state=seed), SemiSupervisedFlow(random_state=seed, **_TRAINING)
    ),
    "LabelSpreading, knn": lambda seed, features: LabelSpreading(kernel="knn", n_neighbors=7),
    "LabelSpreading, rbf": lambda seed, features: LabelSpreading(kernel="rbf", gamma=1 / 241),
    "SelfTraining": lambda seed, features: SelfTrainingClassifier(LogisticRegression(max_iter=2000)),
    "LogisticRegression": lambda seed, features: LabelledRowsOnly(LogisticRegression(max_iter=2000)),
    "1-NN": lambda seed, features: LabelledRowsOnly(KNeighborsClassifier(1)),
}


def shared_features(X: np.ndarray) -> FrozenEstimator:
    """M1 of all rows, which no label has touched and no later fit changes."""
    return FrozenEstimator(VAEFeatures(*_SIZES, random_state=0, **_TRAINING).fit(X))


def fit_of_split(make: Callable[[], Any], X: np.ndarray, codes: np.ndarray, kept: np.ndarray) -> tuple[float, float]:
    """Error on the rows without labels, in per cent, and the seconds of the fit."""
    y = np.full(len(codes), -1)
    y[kept] = codes[kept]
    hidden = y < 0
    model = make()
    began = time.perf_counter()
    model.fit(X, y)
    seconds = time.perf_counter() - began
    # Label spreading answers for the rows that it was fitted to; its `predict` is for new ones.
    predicted = model.transduction_[hidden] if isinstance(model, LabelSpreading) else model.predict(X[hidden])
    return 100 * float(np.mean(predicted != codes[hidden])), seconds


def main() -> None:
    """Print a row of errors and a row of seconds for each set and number of labels."""
    parser = arguments(__doc__, 12, METHODS)
    parser.add_argument("--sets", nargs="+", default=SETS, choices=SETS)
    parser.add_argument("--labels", type=int, nargs="+", default=BUDGETS, choices=BUDGETS, help="labelled rows in all")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # of peers that do not settle
    print(
        f"the first {given.splits} of 12 splits: error in %, mean ± sd; below it the median of the seconds of a fit\n"
    )
    print_header(["set, labels", *given.methods])
    for name in given.sets:
        try:
            rows, codes, splits = ssl_book(name, given.data)
        except AbsentError as absent:
            print(absent)
            continue
        X = rows / np.sqrt(rows.var(axis=0).mean())
        features = shared_features(X)
        for labels in given.labels:
            errors, seconds = [], []
            for method in given.methods:
                fits = [
                    fit_of_split(partial(METHODS[method], number, features), X, codes, kept)
                    for number, kept in enumerate(splits[labels][: given.splits])
                ]
                errors.append(summary([error for error, _ in fits]))
                seconds.append(f"{np.median([each for _, each in fits]):.2g} s")
                print(f"{name}, {labels} labels: {method}: {errors[-1]}, {seconds[-1]}", file=sys.stderr, flush=True)
            print_row([f"{name}, {labels}", *errors])
            print_row(["", *seconds])


if __name__ == "__main__":
    main()
