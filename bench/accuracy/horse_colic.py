"""Error on horse colic, of whose values a quarter is missing: marginal EM beside imputation in front of the same model.

    python -m bench.accuracy.horse_colic --data DIR [--labels 10 20 40] [--splits 20] [--methods ...]

300 horses; the class is whether the lesion was surgical (column 24, known for all of them, so that no row is dropped);
features are the columns before it, but for the hospital number: 22. Most of those are codes, from pulse felt to colour
of membranes; they are used as the numbers that they are, in order or not. The outcome (column 23) is among them.

Each split holds out a third of the rows, stratified; of the others, so many a class keep their labels. Errors and
log-losses (probabilities at least 1e-12) are on the rows held out. Splits are seeds 100, 101, ... Imputers see all
training rows, labelled or not, and have their defaults, as do all models; but trees have leaves of at least 5 rows, as
the default of 20 would allow no split of 20 labels. "CV" is SemiSupervisedGMMCV, the other families are those of
SemiSupervisedGMM. Logistic regression and trees see labelled rows only, and trees no column that those lack or in which
they do not differ.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import IterativeImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bench.accuracy.digits import FIRST_SEED, LabelledRowsOnly, split
from bench.accuracy.protocol import arguments, print_header, print_row, summary, table
from bench.accuracy.scores import Scores, scores
from semigen import SemiSupervisedGMM, SemiSupervisedGMMCV

IMPUTERS: dict[str, Callable[[int], Any]] = {
    "mean": lambda seed: SimpleImputer(),
    "iterative": lambda seed: IterativeImputer(random_state=seed),
}


def mixture(family: str, missing: str, seed: int) -> Any:
    """A mixture that integrates missing values out ("marginal"), or has them imputed."""
    options: dict[str, Any] = {"missing": "marginal"} if missing == "marginal" else {}
    if family == "CV":
        model: Any = SemiSupervisedGMMCV(random_state=seed, **options)
    else:
        model = SemiSupervisedGMM(family, **options)
    return model if missing == "marginal" else make_pipeline(IMPUTERS[missing](seed), model)


METHODS: dict[str, Callable[[int], Any]] = {
    **{
        f"{family}, {missing}": partial(mixture, family, missing)
        for family in ("tied", "full", "diag", "CV")
        for missing in ("marginal", *IMPUTERS)
    },
    "LogisticRegression, mean": lambda seed: make_pipeline(
        SimpleImputer(), StandardScaler(), LabelledRowsOnly(LogisticRegression(max_iter=2000))
    ),
    "HistGradientBoosting": lambda seed: LabelledRowsOnly(
        make_pipeline(VarianceThreshold(), HistGradientBoostingClassifier(min_samples_leaf=5, random_state=seed))
    ),
}


def scores_of(method: str, X: np.ndarray, codes: np.ndarray, labels: int, splits: int) -> list[Scores]:
    """Scores on the rows held out, split by split."""
    results = []
    for seed in range(FIRST_SEED, FIRST_SEED + splits):
        X_train, y, X_test, y_test = split(X, codes, seed, labels)
        with warnings.catch_warnings():
            # Ten rounds, the imputer's default, settle values to less than its tolerance but seldom.
            warnings.filterwarnings("ignore", r"\[IterativeImputer\]", ConvergenceWarning)
            model = METHODS[method](seed).fit(X_train, y)
        results.append(scores(model, X_test, y_test))
    return results


def main() -> None:
    """Print the table."""
    parser = arguments(__doc__, 20, METHODS)
    parser.add_argument("--labels", type=int, nargs="+", default=[10, 20, 40], help="labelled rows a class")
    given = parser.parse_args()
    X, codes = table("horse colic", given.data)
    missing = 100 * np.isnan(X).mean()
    print(f"horse colic, {missing:.0f} % missing, {given.splits} splits: error in %, mean ± sd; log-loss, mean ± sd\n")
    print_header(["method", *(f"{labels} labels a class" for labels in given.labels)])
    for method in given.methods:
        results = [scores_of(method, X, codes, labels, given.splits) for labels in given.labels]
        cells = [
            f"{summary([each.error for each in some])}; {summary([each.log_loss for each in some], 2)}"
            for some in results
        ]
        print_row([method, *cells])


if __name__ == "__main__":
    main()
