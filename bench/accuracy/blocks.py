"""Error of mixtures over blocks on tables of numbers, categories and gaps, alone and within the ensemble.

    OMP_NUM_THREADS=1 python -m bench.accuracy.blocks --data DIR [--sets titanic ...] [--labels 3 10 30] [--splits 5]

A split draws so many labelled rows a class and at most 2,000 unlabelled ones of a table, as bench.accuracy.mixed reads
it, or of the published training rows of adult; errors are on these unlabelled rows. As labels are drawn class by class,
no model knows how frequent classes are: the balanced error is the mean of the classes' own.
Classes of fewer than twice as many rows are left out. Splits are seeds 200, 201, ...; the defaults of the mixture
(covariances of classes, a weight of unlabelled rows by labels held out) and which values are rare were chosen on
seeds 0 to 2, with 30 and 100 labels drawn from all rows. Logistic regression is the candidate of recommend,
regularised by cross-validation; only numbers are scaled.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline

from bench.accuracy.protocol import arguments, print_header, print_row, summary
from bench.datasets import MIXED, AbsentError, adult, mixed
from semigen import SemiSupervisedEnsemble, SemiSupervisedGMMCV, SemiSupervisedMixture
from semigen.labels import encode
from semigen.model_selection.any_classifier import fit_any
from semigen.recommendation.candidates import CANDIDATES
from semigen.recommendation.training_rows import Rows, prepare

_FIRST_SEED, _MOST_UNLABELLED = 200, 2000
ADULT = "adult"


class _WithoutCategories(SemiSupervisedEnsemble):
    """The ensemble as it is for tables of numbers alone."""

    def _unfitted_members(self, training: Any) -> dict[str, Any]:
        found = super()._unfitted_members(training)
        return {name: each for name, each in found.items() if not isinstance(each, SemiSupervisedMixture)}


METHODS: dict[str, Callable[[Rows, int], Any]] = {
    "logistic regression": lambda rows, seed: CANDIDATES["logistic regression"].make(rows),
    "extra trees": lambda rows, seed: CANDIDATES["extra trees"].make(rows),
    "gradient boosting": lambda rows, seed: CANDIDATES["gradient boosting"].make(rows),
    "GMMCV": lambda rows, seed: SemiSupervisedGMMCV(missing="marginal", random_state=seed),
    "mixture": lambda rows, seed: SemiSupervisedMixture(random_state=seed),
    "mixture, labels alone": lambda rows, seed: SemiSupervisedMixture(unlabeled_weight=0.0),
    "mixture, all rows alike": lambda rows, seed: SemiSupervisedMixture(unlabeled_weight=1.0),
    "ensemble": lambda rows, seed: SemiSupervisedEnsemble(missing="marginal", random_state=seed),
    "ensemble without it": lambda rows, seed: _WithoutCategories(missing="marginal", random_state=seed),
}
# They read the columns themselves, where others get them as numbers.
_READING = ("mixture", "mixture, labels alone", "mixture, all rows alike")


def table(name: str, folder: str | None) -> tuple[Any, np.ndarray]:
    """Rows as they stand in the file, and class codes."""
    if name != ADULT:
        X, truth = mixed(name, folder)
        return X, np.unique(truth, return_inverse=True)[1]
    X, names, codes = adult("train", folder)
    frame = pl.DataFrame({each: X[:, j].tolist() for j, each in enumerate(names)}, strict=False)
    return frame, codes


def draw(codes: np.ndarray, labels: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the rows of a split, and their labels."""
    rng = np.random.default_rng(seed)
    kept = [rng.permutation(np.flatnonzero(codes == k))[:labels] for k in np.unique(codes)]
    labeled = np.concatenate(kept)
    others = rng.permutation(np.setdiff1d(np.arange(len(codes)), labeled))[:_MOST_UNLABELLED]
    numbers = np.sort(np.concatenate([labeled, others]))
    return numbers, np.where(np.isin(numbers, labeled), codes[numbers], -1)


def main() -> None:
    """Print a table for each number of labels: balanced errors, and errors behind them."""
    parser = arguments(__doc__, 5, METHODS)
    parser.add_argument("--sets", nargs="+", default=[ADULT, *MIXED])
    parser.add_argument("--labels", type=int, nargs="+", default=[3, 10, 30], help="labels a class")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # of columns that are left out, and fits that may be wrong
    for labels in given.labels:
        print(f"\n{labels} labels a class, {given.splits} splits: balanced error in %, mean ± sd (error)\n")
        print_header(["table", *given.methods])
        means, seconds = [], dict.fromkeys(given.methods, 0.0)
        for name in given.sets:
            try:
                X, codes = table(name, given.data)
            except AbsentError as absent:
                print(absent)
                continue
            large = np.flatnonzero(np.bincount(codes) >= 2 * labels)
            kept = np.flatnonzero(np.isin(codes, large))
            X, codes = X[kept], np.unique(codes[kept], return_inverse=True)[1]
            if len(large) < 2 or len(codes) < 2 * labels * len(large):
                continue
            found: dict[str, list[tuple[float, float]]] = {method: [] for method in given.methods}
            for seed in range(_FIRST_SEED, _FIRST_SEED + given.splits):
                numbers, y = draw(codes, labels, seed)
                part, new = X[numbers], np.flatnonzero(y < 0)
                rows = prepare(part, encode(y))
                for method in given.methods:
                    model = METHODS[method](rows, seed)
                    if rows.encoder is not None and method not in _READING:
                        model = make_pipeline(rows.encoder, model)
                    began = time.perf_counter()
                    fitted = fit_any(model, part, np.unique(codes), y, seed).model
                    seconds[method] += (time.perf_counter() - began) / given.splits
                    answers, truth = fitted.predict(part[new]), codes[numbers][new]
                    balanced = 1 - balanced_accuracy_score(truth, answers)
                    found[method].append((100 * balanced, 100 * float(np.mean(answers != truth))))
            means.append([np.mean(values, axis=0) for values in found.values()])
            cells = [f"{summary([b for b, _ in v])} ({np.mean([e for _, e in v]):.1f})" for v in found.values()]
            print_row([name, *cells])
        if means:
            print_row(["mean", *(f"{b:.1f} ({e:.1f})" for b, e in np.mean(means, axis=0))])
            print_row(["seconds a table and split", *(f"{each / len(means):.2g}" for each in seconds.values())])


if __name__ == "__main__":
    main()
