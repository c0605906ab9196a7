"""Error on MNIST with few labels: the deep models, the mixture on their features, and calls by default on pixels.

    python -m bench.accuracy.mnist --data DIR [--models m1+m2 ...] [--labels 100] [--splits 3] [--first-split 0]
        [--rows 60000] [--device auto]

Training set: all 60,000 rows, or as many drawn at random as --rows says besides the labelled ones, of which so many,
balanced by class, keep their labels; the error is on the 10,000 test rows, with the weights of the last epoch. No label
beyond those stated is used anywhere, for stopping neither. Splits are seeds 0, 1, ...; hyperparameters were chosen on
rows of the training set with other seeds (bench/README.md). Seconds are those of a whole fit, M1 included.
"""

from __future__ import annotations

import argparse
import gzip
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.pipeline import make_pipeline

from bench.datasets import AbsentError
from semigen import (
    AuxiliarySemiSupervisedVAE,
    SemiSupervisedEnsemble,
    SemiSupervisedFlow,
    SemiSupervisedGAN,
    SemiSupervisedGMM,
    SemiSupervisedGMMCV,
    SemiSupervisedVAE,
    StackedSemiSupervisedVAE,
    VAEFeatures,
)

_FILES = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")


def load(folder: str | None) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Training rows in [0, 1] and classes, then test rows and classes."""
    base = Path(folder or os.environ.get("SEMIGEN_DATA", ".")) / "mnist"
    arrays = []
    for name in _FILES:
        path = base / f"{name}-ubyte.gz"
        if not path.is_file():
            raise AbsentError(
                f"mnist/{path.name} is not in the data folder; name the folder with --data or SEMIGEN_DATA"
            )
        raw = gzip.decompress(path.read_bytes())
        if "images" in name:
            arrays.append(np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 784).astype(np.float32) / 255)
        else:
            arrays.append(np.frombuffer(raw, np.uint8, offset=8).astype(np.int64))
    X, y, X_test, y_test = arrays
    return X, y, X_test, y_test


def few_labels(y: np.ndarray, n_labels: int, seed: int) -> np.ndarray:
    """Classes, -1 for all rows but a balanced few."""
    rng = np.random.default_rng(seed)
    kept = np.full(len(y), -1)
    for k in range(10):
        kept[rng.choice(np.flatnonzero(y == k), n_labels // 10, replace=False)] = k
    return kept


def models(seed: int, options: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """The estimators of the table, by name."""
    common = {"random_state": seed, **options}

    return {
        "m2": lambda: SemiSupervisedVAE(max_epochs=50, **common),
        "m1+m2": lambda: StackedSemiSupervisedVAE(
            vae=VAEFeatures(50, max_epochs=40, **common), max_epochs=100, **common
        ),
        "gan": lambda: SemiSupervisedGAN(max_epochs=100, **common),
        "flow": lambda: SemiSupervisedFlow(max_epochs=100, consistency_weight=1, **common),
        "sdgm": lambda: AuxiliarySemiSupervisedVAE(max_epochs=100, learning_rate=1e-3, **common),
        "m1+gmm": lambda: make_pipeline(
            VAEFeatures(12, max_epochs=120, drop_inactive=True, **common),
            SemiSupervisedGMM(n_components=2, unlabeled_weight=0.3, random_state=seed, max_iter=500),
        ),
        "gmmcv": lambda: SemiSupervisedGMMCV(random_state=seed),
        "ensemble": lambda: SemiSupervisedEnsemble(random_state=seed),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data")
    parser.add_argument("--models", nargs="+", default=["m1+gmm", "m1+m2", "m2"])
    parser.add_argument("--labels", type=int, nargs="+", default=[100])
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument("--first-split", type=int, default=0, help="number of the first split")
    parser.add_argument("--rows", type=int, default=60_000, help="training rows without a label, at most")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", default="bfloat16")
    parser.add_argument("--verbose", type=int, default=0)
    given = parser.parse_args()
    try:
        X, truth, X_test, truth_test = load(given.data)
    except AbsentError as error:
        raise SystemExit(str(error)) from None
    where = torch.cuda.get_device_name() if torch.cuda.is_available() and given.device != "cpu" else "CPU"
    print(f"torch {torch.__version__}, {where}, {torch.get_num_threads()} threads, {given.precision}")
    options = {"device": given.device, "precision": given.precision, "verbose": given.verbose}
    for name in given.models:
        for n_labels in given.labels:
            errors, seconds = [], []
            for seed in range(given.first_split, given.first_split + given.splits):
                y = few_labels(truth, n_labels, seed)
                order = np.random.default_rng(seed).permutation(len(y))
                kept = np.sort(np.concatenate([np.flatnonzero(y >= 0), order[y[order] < 0][: given.rows]]))
                model = models(seed, options)[name]()
                began = time.perf_counter()
                model.fit(X[kept], y[kept])
                seconds.append(time.perf_counter() - began)
                errors.append(100 * np.mean(model.predict(X_test) != truth_test))
                print(f"  {name}, {n_labels} labels, split {seed}: {errors[-1]:.2f} %, {seconds[-1]:.0f} s", flush=True)
            spread = np.std(errors, ddof=1) if len(errors) > 1 else float("nan")
            print(
                f"{name}, {n_labels} labels, {len(errors)} splits: {np.mean(errors):.2f} ± {spread:.2f} %, "
                f"median {np.median(errors):.2f} %, {np.mean(seconds):.0f} s a fit",
                flush=True,
            )


if __name__ == "__main__":
    main()
