"""Error on news of Reuters (R8) as counts of words, with few labels a class: multinomial mixtures and naive Bayes.

    OMP_NUM_THREADS=1 python -m bench.accuracy.words --data DIR [--splits 5] [--labels 5 10 30] [--methods ...]

The published training documents, of which so many a class keep their labels; errors are on the published test
documents. Splits are seeds 200, 201, ... Counts are of words that two training documents have. That a text counts as
many words as texts have on average, five components a class, Laplace's prior and how labels held out count were chosen
on seeds 100 to 103, by errors on all other documents.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.semi_supervised import SelfTrainingClassifier

from bench.accuracy.digits import LabelledRowsOnly
from bench.accuracy.protocol import arguments, print_header, print_row, summary
from bench.accuracy.text import documents
from semigen import SemiSupervisedMixture

_FIRST_SEED = 200

METHODS: dict[str, Callable[[int], Any]] = {
    "MultinomialNB, labels alone": lambda seed: LabelledRowsOnly(MultinomialNB()),
    "MultinomialNB, self-training": lambda seed: SelfTrainingClassifier(MultinomialNB()),
    "TF-IDF, LogisticRegression": lambda seed: make_pipeline(
        TfidfTransformer(sublinear_tf=True), LabelledRowsOnly(LogisticRegression(max_iter=2000))
    ),
    "mixture, labels alone": lambda seed: SemiSupervisedMixture(unlabeled_weight=0.0, random_state=seed),
    "mixture": lambda seed: SemiSupervisedMixture(unlabeled_weight=1.0, random_state=seed),
    "mixture, weight chosen": lambda seed: SemiSupervisedMixture(random_state=seed),
    "mixture, 5 components": lambda seed: SemiSupervisedMixture(
        unlabeled_weight=1.0, n_components=5, random_state=seed
    ),
    "mixture, both chosen": lambda seed: SemiSupervisedMixture(n_components="auto", random_state=seed),
}


def main() -> None:
    """Print a table for each number of labels."""
    parser = arguments(__doc__, 5, METHODS)
    parser.add_argument("--labels", type=int, nargs="+", default=[5, 10, 30], help="labelled documents a class")
    given = parser.parse_args()
    folder = Path(given.data or os.environ.get("SEMIGEN_DATA", "."))
    if not (folder / "text").is_dir():
        raise SystemExit("R8: text/ is not in the data folder; name the folder with --data or SEMIGEN_DATA")
    texts, codes, of_training = documents(folder)
    words = CountVectorizer(min_df=2).fit(texts[of_training])
    X, X_test = (words.transform(texts[some]).astype(float) for some in (of_training, ~of_training))
    truth, truth_test = codes[of_training], codes[~of_training]
    warnings.simplefilter("ignore")  # of fits that may be wrong
    for labels in given.labels:
        print(f"\nR8, {labels} labels a class, {given.splits} splits, {X.shape[0]:,} documents, {X.shape[1]:,} words\n")
        print_header(["method", "error, %", "balanced error, %", "seconds a fit"])
        for method in given.methods:
            errors, balanced, seconds = [], [], []
            for seed in range(_FIRST_SEED, _FIRST_SEED + given.splits):
                rng = np.random.default_rng(seed)
                y = np.full(len(truth), -1)
                for k in np.unique(truth):
                    y[rng.choice(np.flatnonzero(truth == k), labels, replace=False)] = k
                began = time.perf_counter()
                model = METHODS[method](seed).fit(X, y)
                seconds.append(time.perf_counter() - began)
                answers = model.predict(X_test)
                errors.append(100 * np.mean(answers != truth_test))
                balanced.append(100 * (1 - balanced_accuracy_score(truth_test, answers)))
            print_row([method, summary(errors), summary(balanced), f"{np.median(seconds):.2g}"])


if __name__ == "__main__":
    main()
