"""Error on MNIST with few labels: classifiers on features of M1, beside the same classifiers on pixels.

    python -m bench.accuracy.hybrids --data DIR [--methods ...] [--splits 5] [--first-split 0] [--labels 100]
        [--epochs 120] [--latent-dim 12] [--rows N] [--device auto]

M1 is fitted once to all 60,000 training rows without any label, so the same features serve all splits and leak none.
For each split (seeds 0, 1, ...) so many rows, balanced by class, keep their labels; the others are unlabelled rows for
what reads these. Errors are on the 10,000 test rows; nothing was chosen by them. Seconds are those of a fit on the
features; those of M1 are printed above the table.

- LogisticRegression and SVC (rbf) have scikit-learn's defaults. Features go in as they are: their prior has variance
  one, and a latent variable that hardly moves should not be blown up. Pixels lie in [0, 1].
- SemiSupervisedGMM on features is that of `bench.accuracy.mnist`: two components a class with full covariances, and
  unlabelled rows at 0.3. On 784 pixels a covariance has 307,720 numbers, fifty for each row of a class; variances
  alone (diag) are what the labels can start, in seconds. Trials on the first 10,000 to 20,000 rows had full and tied
  covariances no better.
- "distances" are those to the components of that mixture, fitted to the features of all rows and these labels.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from bench.accuracy.digits import LabelledRowsOnly
from bench.accuracy.mnist import few_labels, load
from bench.accuracy.protocol import arguments, print_header, print_row, summary
from bench.datasets import AbsentError
from semigen import GenerativeFeatures, SemiSupervisedGMM, VAEFeatures

METHODS: dict[str, Callable[[Any, int], Any]] = {
    "pixels + LogisticRegression": lambda once, seed: LabelledRowsOnly(linear()),
    "pixels + SVC": lambda once, seed: LabelledRowsOnly(SVC()),
    "pixels + SemiSupervisedGMM": lambda once, seed: SemiSupervisedGMM("diag", random_state=seed),
    "M1 + LogisticRegression": lambda once, seed: clone(once).set_params(classifier=linear()),
    "M1 + SVC": lambda once, seed: clone(once).set_params(classifier=SVC()),
    "M1 + SemiSupervisedGMM": lambda once, seed: clone(once).set_params(classifier=mixture(seed)),
    "M1 + distances + LogisticRegression": lambda once, seed: distances(once, seed, linear()),
    "M1 + distances + SVC": lambda once, seed: distances(once, seed, SVC()),
}


def linear() -> LogisticRegression:
    """Defaults, but for iterations enough to settle."""
    return LogisticRegression(max_iter=2000)


def mixture(seed: int) -> SemiSupervisedGMM:
    """That of m1+gmm in `bench.accuracy.mnist`."""
    return SemiSupervisedGMM(n_components=2, unlabeled_weight=0.3, random_state=seed, max_iter=500)


def distances(once: GenerativeFeatures, seed: int, classifier: Any) -> GenerativeFeatures:
    """A classifier on the distances to the components of the mixture on M1."""
    return GenerativeFeatures(make_pipeline(once.model, mixture(seed)), classifier)


def main() -> None:
    """Print the table."""
    parser = arguments(__doc__, 5, METHODS)
    parser.add_argument("--first-split", type=int, default=0, help="number of the first split")
    parser.add_argument("--labels", type=int, default=100, help="labelled rows in all")
    parser.add_argument("--epochs", type=int, default=120, help="of M1")
    parser.add_argument("--latent-dim", type=int, default=12, help="of M1")
    parser.add_argument("--rows", type=int, help="use the first so many training rows only, to try it out")
    parser.add_argument("--device", default="auto")
    given = parser.parse_args()
    try:
        X, truth, X_test, truth_test = load(given.data)
    except AbsentError as error:
        raise SystemExit(str(error)) from None
    X, truth = X[: given.rows], truth[: given.rows]
    features = VAEFeatures(
        given.latent_dim, max_epochs=given.epochs, drop_inactive=True, random_state=0, device=given.device
    )
    once = None
    if any(name.startswith("M1") for name in given.methods):
        began = time.perf_counter()
        once = GenerativeFeatures(features).with_features_of(X)
        print(f"M1 on {len(X):,} rows without labels: {time.perf_counter() - began:.0f} s\n", flush=True)
    print(f"{given.labels} labels, {given.splits} splits\n")
    print_header(["method", "error, % (mean ± sd)", "seconds a fit"])
    for name in given.methods:
        errors, seconds = [], []
        for seed in range(given.first_split, given.first_split + given.splits):
            y = few_labels(truth, given.labels, seed)
            model = METHODS[name](once, seed)
            began = time.perf_counter()
            model.fit(X, y)
            seconds.append(time.perf_counter() - began)
            errors.append(100 * np.mean(model.predict(X_test) != truth_test))
        print_row([name, summary(errors), f"{np.median(seconds):.2g}"])


if __name__ == "__main__":
    main()
