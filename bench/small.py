"""Whole fits of small tables, ours beside scikit-learn's GaussianMixture: overhead is all there is.

    python -m bench.small [--repeats 15]

Ours learns from three labels a class and the unlabelled rows; scikit-learn's clusters, from its default start.
"""

from __future__ import annotations

import argparse
import warnings
from functools import partial

from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler

from bench.datasets import few_labels
from bench.timing import alternate
from semigen import SemiSupervisedGMM
from semigen._config import config


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15)
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    print("; ".join(f"{name} {value}" for name, value in config().items()))
    print(f"median of {options.repeats}\n\n| data | semigen, ms | scikit-learn, ms | ratio |\n|---|---|---|---|")
    for load in (load_iris, load_wine, load_breast_cancer):
        X, truth = load(return_X_y=True)
        X, y = StandardScaler().fit_transform(X), few_labels(truth, 3, 0)
        model, theirs = SemiSupervisedGMM(), GaussianMixture(len(set(truth)), random_state=0)
        a, b = alternate([partial(model.fit, X, y), partial(theirs.fit, X)], options.repeats)
        print(f"| {load.__name__.removeprefix('load_')} {X.shape} | {a:.2f} | {b:.2f} | {b / a:.1f}× |", flush=True)


if __name__ == "__main__":
    main()
