"""What onnxruntime answers of a graph, beside what the model answers."""

from __future__ import annotations

import numpy as np
import onnxruntime
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine

from semigen import to_onnx

SETS = {"iris": load_iris, "wine": load_wine, "breast_cancer": load_breast_cancer, "digits": load_digits}
# The least agreement that is promised of graphs of either precision.
LARGEST_DIFFERENCE = {np.float64: 1e-6, np.float32: 1e-4}


def answers(model, path, rows, dtype=np.float64, **options) -> dict[str, np.ndarray]:
    to_onnx(model, path, dtype=dtype, **options)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, {"X": rows.astype(dtype)}), strict=True))


def partly_labeled(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of a set, labels of which every fourth is known, and rows within ten standard deviations in each column."""
    X, truth = SETS[name](return_X_y=True)
    y = np.where(np.arange(len(truth)) % 4 == 0, truth, -1)
    rng = np.random.default_rng(0)
    far = X.mean(axis=0) + rng.uniform(-10, 10, X.shape) * X.std(axis=0)
    return X, y, far


def check_agreement(model, path, rows, dtype=np.float64, **options) -> None:
    """Labels and probabilities are the model's, for rows that both know in the same precision."""
    rows = rows.astype(dtype).astype(np.float64)
    found, expected = answers(model, path, rows, dtype, **options), model.predict_proba(rows)
    assert found["probabilities"].dtype == dtype
    np.testing.assert_allclose(found["probabilities"], expected, rtol=0, atol=LARGEST_DIFFERENCE[dtype])
    top_two = np.sort(expected, axis=1)[:, -2:]
    clear = top_two[:, 1] - top_two[:, 0] > 2 * LARGEST_DIFFERENCE[dtype]
    assert clear.mean() > 0.9
    np.testing.assert_array_equal(found["label"][clear], model.predict(rows)[clear])
