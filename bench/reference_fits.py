"""Digests of many fits, to tell whether a change of the code changed a bit of any: write them before, compare after.

    python -m bench.reference_fits write FILE
    python -m bench.reference_fits compare FILE

A digest is of the bytes of a fit's parameters, of its objectives and of its predictions. Digests are of one machine:
another instruction set, BLAS or version of torch rounds otherwise, so the file is not kept in the repository. Fits are
of every covariance, in float32 and float64, with and without weights, missing values, unsure labels, acceleration and
guard, in few columns and in many; then `SemiSupervisedGMMCV`, the deep models and `recommend` on two tables.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_iris, load_wine

import semigen

COVARIANCES = ("full", "tied", "diag", "spherical")
FEW, MANY = 4, 70


def digest(*arrays: Any) -> str:
    """Return a digest of the bytes of arrays."""
    found = hashlib.sha256()
    for each in arrays:
        found.update(np.ascontiguousarray(each).tobytes())
    return found.hexdigest()[:16]


def clouds(n_features: int, dtype: str, *, missing: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return 400 rows of three overlapping classes, of which 60 are labelled."""
    rng = np.random.default_rng(7)
    truth = rng.integers(0, 3, 400)
    mixing = rng.standard_normal((3, n_features, n_features)) / np.sqrt(n_features) + np.eye(n_features)
    X = np.einsum("nij,nj->ni", mixing[truth], rng.standard_normal((400, n_features))) + 2 * truth[:, None]
    X *= 10.0 ** rng.integers(-3, 4, n_features)
    if missing:
        gaps = rng.random(X.shape) < 0.1
        gaps[:, 0] = False
        X[gaps] = np.nan
    return X.astype(dtype), np.where(np.arange(400) < 60, truth, -1)


def soft(y: np.ndarray) -> np.ndarray:
    """Return the labels as probabilities, of which every fifth is unsure."""
    matrix = np.full((len(y), 3), np.nan)
    known = np.flatnonzero(y >= 0)
    matrix[known] = np.eye(3)[y[known]]
    matrix[known[::5]] = 0.6 * matrix[known[::5]] + 0.4 / 3
    return matrix


def of_mixture(model: Any, X: np.ndarray) -> str:
    """Return the digest of a fitted mixture."""
    return digest(
        model.weights_,
        model.means_,
        model.covariances_,
        model.precisions_cholesky_,
        model.history_,
        [model.log_likelihood_],
        model.transduction_,
        model.predict_joint_log_proba(X),
        model.transform(X),
    )


def mixture(n_features: int, dtype: str, weighted: bool, missing: bool, unsure: bool, options: dict[str, Any]) -> str:
    X, y = clouds(n_features, dtype, missing=missing)
    weights = np.random.default_rng(3).integers(0, 4, len(X)).astype(float) if weighted else None
    if missing:
        options = {**options, "missing": "marginal"}
    model = semigen.SemiSupervisedGMM(random_state=0, **options).fit(X, soft(y) if unsure else y, weights)
    drawn, classes = model.sample(20)
    filled = model.impute(X) if missing else drawn
    return of_mixture(model, X) + digest(drawn, classes, filled, [model.bic(X)])


def searched(dtype: str, missing: bool, options: dict[str, Any]) -> str:
    X, y = clouds(FEW, dtype, missing=missing)
    if missing:
        options = {**options, "missing": "marginal"}
    model = semigen.SemiSupervisedGMMCV(random_state=0, **options).fit(X, y)
    parts = [each.means_ for each in model.estimators_] + [each.covariances_ for each in model.estimators_]
    return digest(
        model.weights_, model.powers_, model.selection_.log_loss, *parts, model.predict_proba(X), model.transduction_
    )


def deep(name: str, options: dict[str, Any]) -> str:
    import torch

    torch.set_num_threads(1)
    X, y = clouds(6, "float32")
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    model = getattr(semigen, name)(random_state=0, **options)
    model = model.fit(X) if name.endswith("Features") else model.fit(X, y)
    answers = model.transform(X) if hasattr(model, "transform") else model.predict_proba(X)
    asked = [answers] if name.endswith("Features") else [answers, model.predict_proba(X), model.transduction_]
    return digest(*asked, *model.history_.values() if isinstance(model.history_, dict) else [model.history_])


def recommended(load: Callable[..., Any]) -> str:
    X, truth = load(return_X_y=True)
    y = np.where(np.arange(len(X)) % 8 == 0, truth, -1)
    names = ["logistic regression", "LDA", "mixture", "mixtures by cross-validation", "self-training"]
    found = semigen.recommend(X, y, budget=300, candidates=names, random_state=0)
    return f"{found.chosen} " + digest(found.best_estimator_.predict_proba(X), [each.name for each in found.candidates])


def fits() -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield names of fits, and what makes their digests."""
    for columns, covariance, dtype, weighted, missing, unsure in product(
        (FEW, MANY), COVARIANCES, ("float32", "float64"), (False, True), (False, True), (False, True)
    ):
        kind = f"{covariance} {columns} {dtype} {'weighted ' * weighted}{'missing ' * missing}{'unsure' * unsure}"
        yield kind, partial(mixture, columns, dtype, weighted, missing, unsure, {"covariance_type": covariance})
    variants: dict[str, dict[str, Any]] = {
        "quasi-Newton": {"accelerate": "quasi-newton", "tol": 1e-9},
        "EM alone": {"accelerate": None},
        "two components": {"n_components": 2},
        "bic": {"n_components": "bic"},
        "a class without labels": {"classes": [0, 1, 2, 3]},
        "light rows": {"unlabeled_weight": 0.3, "class_prior": [0.2, 0.3, 0.5]},
        "no shrinkage": {"shrinkage": 0.5, "n_init": 3, "prune": False},
        "guard": {"guard": True},
    }
    for covariance, (name, options) in product(COVARIANCES, variants.items()):
        call = partial(mixture, FEW, "float64", False, False, False, {"covariance_type": covariance, **options})
        yield f"{covariance} {name}", call
    yield "GMMCV", partial(searched, "float64", False, {})
    yield "GMMCV float32 guard", partial(searched, "float32", False, {"guard": True})
    yield "GMMCV missing", partial(searched, "float64", True, {"covariance_types": COVARIANCES, "cv": 3})
    yield "GMMCV components", partial(searched, "float64", False, {"n_components": (1, 2), "transforms": ["none"]})
    quick = {"max_epochs": 4}
    for name in (
        "SemiSupervisedVAE",
        "AuxiliarySemiSupervisedVAE",
        "StackedSemiSupervisedVAE",
        "SemiSupervisedFlow",
        "SemiSupervisedGAN",
        "VAEFeatures",
        "FlowFeatures",
    ):
        yield name, partial(deep, name, quick)
    yield "recommend iris", partial(recommended, load_iris)
    yield "recommend wine", partial(recommended, load_wine)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("write", "compare"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--only", default="", help="fits whose name contains this")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    found = {}
    for name, call in fits():
        if asked.only not in name:
            continue
        try:
            found[name] = call()
        except ValueError as error:
            found[name] = f"refused: {error}"
    if asked.action == "write":
        asked.file.write_text(json.dumps(found, indent=1))
        print(f"{len(found)} fits written")
        return
    before = json.loads(asked.file.read_text())
    changed = [name for name, each in found.items() if before.get(name) != each]
    for name in changed:
        print(f"changed: {name}: {before.get(name)} -> {found[name]}")
    print(f"{len(found) - len(changed)} of {len(found)} fits are the same to the last bit")


if __name__ == "__main__":
    main()
