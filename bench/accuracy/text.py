"""Error on news of Reuters (R8) as sparse TF-IDF rows, with few labels a class.

    OMP_NUM_THREADS=1 python -m bench.accuracy.text --data DIR [--splits 5] [--labels 10] [--methods ...]

The published training documents, of which so many a class keep their labels; errors are on the published test
documents. Splits are seeds 100, 101, ...; words and their weights are learnt from the training documents. Ours take
the sparse rows, which they reduce to 50 columns; the peers see all words, or the same 50 columns ("SVD").
"""

from __future__ import annotations

import gzip
import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier

from bench.accuracy.digits import FIRST_SEED, LabelledRowsOnly
from bench.accuracy.protocol import arguments, print_header, print_row, summary
from semigen import SemiSupervisedEnsemble, SemiSupervisedGMMCV
from semigen.tables.free_text import SparseReduction

METHODS: dict[str, Callable[[int], Any]] = {
    "SemiSupervisedGMMCV": lambda seed: SemiSupervisedGMMCV(random_state=seed),
    "SemiSupervisedEnsemble": lambda seed: SemiSupervisedEnsemble(random_state=seed),
    "LogisticRegression": lambda seed: LabelledRowsOnly(LogisticRegression(max_iter=2000)),
    "SelfTraining": lambda seed: SelfTrainingClassifier(LogisticRegression(max_iter=2000)),
    "SVD, LogisticRegression": lambda seed: make_pipeline(
        SparseReduction(), LabelledRowsOnly(LogisticRegression(max_iter=2000))
    ),
    "SVD, LabelSpreading": lambda seed: make_pipeline(SparseReduction(), LabelSpreading(kernel="knn", n_neighbors=7)),
}


def documents(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Texts, codes of classes, and whether a document is of the published training set."""
    with gzip.open(folder / "text" / "R8.clean.txt.gz", "rt") as lines:
        texts = np.array([line.strip() for line in lines], dtype=object)
    with gzip.open(folder / "text" / "R8.labels.tsv.gz", "rt") as lines:
        _, part, classes = zip(*(line.strip().split("\t") for line in lines), strict=True)
    return texts, np.unique(classes, return_inverse=True)[1], np.array(part) == "train"


def main() -> None:
    """Print the table."""
    parser = arguments(__doc__, 5, METHODS)
    parser.add_argument("--labels", type=int, default=10, help="labelled documents a class")
    given = parser.parse_args()
    folder = Path(given.data or os.environ.get("SEMIGEN_DATA", "."))
    if not (folder / "text").is_dir():
        raise SystemExit("R8: text/ is not in the data folder; name the folder with --data or SEMIGEN_DATA")
    texts, codes, of_training = documents(folder)
    words = TfidfVectorizer(sublinear_tf=True, min_df=2).fit(texts[of_training])
    X, X_test = words.transform(texts[of_training]), words.transform(texts[~of_training])
    truth, truth_test = codes[of_training], codes[~of_training]
    warnings.simplefilter("ignore")  # of the reduction, which is meant
    print(f"R8, {given.labels} labels a class, {given.splits} splits, {X.shape[0]:,} documents, {X.shape[1]:,} words\n")
    print_header(["method", "error, %", "seconds a fit"])
    for method in given.methods:
        errors, seconds = [], []
        for seed in range(FIRST_SEED, FIRST_SEED + given.splits):
            rng = np.random.default_rng(seed)
            y = np.full(len(truth), -1)
            for k in np.unique(truth):
                y[rng.choice(np.flatnonzero(truth == k), given.labels, replace=False)] = k
            began = time.perf_counter()
            model = METHODS[method](seed).fit(X, y)
            seconds.append(time.perf_counter() - began)
            errors.append(100 * np.mean(model.predict(X_test) != truth_test))
        print_row([method, summary(errors), f"{np.median(seconds):.2g}"])


if __name__ == "__main__":
    main()
