"""Rows a second of ONNX graphs in onnxruntime, beside `predict_proba` of the models that they were made of.

    python -m bench.onnx [--repeats 9]

One thread each, of rows of digits. The answers are compared to 1e-6 before anything is timed.
"""

from __future__ import annotations

import argparse
import warnings
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnxruntime
from sklearn.datasets import load_digits

from bench.datasets import few_labels
from bench.timing import alternate
from semigen import SemiSupervisedGMM, SemiSupervisedGMMCV, SuspectFitWarning, to_onnx
from semigen._config import config


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    warnings.simplefilter("ignore", SuspectFitWarning)
    print("; ".join(f"{name} {value}" for name, value in config().items()), f"; onnxruntime {onnxruntime.__version__}")
    print(
        f"median of {options.repeats}\n\n| digits, rows a second | semigen | onnxruntime | ratio |\n|---|---|---|---|"
    )
    X, truth = load_digits(return_X_y=True)
    y = few_labels(truth, 10, 0)
    models = {
        "SemiSupervisedGMMCV": SemiSupervisedGMMCV(random_state=0, n_jobs=1),
        **{f"SemiSupervisedGMM, {name}": SemiSupervisedGMM(name, n_jobs=1) for name in ("full", "tied", "diag")},
        "SemiSupervisedGMM, low_rank": SemiSupervisedGMM("low_rank", n_jobs=1),
    }
    for name, model in models.items():
        model.fit(X, y)
        for each in getattr(model, "estimators_", []):
            each.n_jobs = 1
        for dtype in (np.float64, np.float32):
            rows = X.astype(dtype)
            graph = session_of(model, dtype)
            run = partial(graph.run, ["probabilities"], {"X": rows})
            np.testing.assert_allclose(run()[0], model.predict_proba(X), atol=1e-6)
            ours, theirs = (
                1e3 * len(X) / ms for ms in alternate([partial(model.predict_proba, rows), run], options.repeats)
            )
            print(f"| {name}, {dtype.__name__} | {ours:,.0f} | {theirs:,.0f} | {theirs / ours:.2f} |", flush=True)


def session_of(model: Any, dtype: type) -> onnxruntime.InferenceSession:
    """Return a session with one thread for the graph of a model."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    with TemporaryDirectory() as folder:
        path = Path(folder, "graph.onnx")
        to_onnx(model, path, dtype=dtype)
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    main()
