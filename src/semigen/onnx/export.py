"""`to_onnx`: a fitted classifier as a file that onnxruntime runs without semigen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from semigen._files import replacing

# What the graphs are written in: operators of these versions, which onnxruntime 1.14 and later run.
OPSETS = {"": 18, "ai.onnx.ml": 3}


def to_onnx(
    estimator: Any, path: str | os.PathLike[str], *, dtype: DTypeLike = np.float64, log_density: bool = False
) -> None:
    """Write a fitted classifier as an ONNX graph, which answers as `predict` and `predict_proba` do.

    The graph takes rows `X` of shape (n, d) and gives `label`, of shape (n,), and `probabilities`, of shape
    (n, classes). Rows with NaN, which `predict` refuses, get probabilities that are NaN, and a label without a meaning.

    Parameters
    ----------
    estimator : classifier
        A fitted `SemiSupervisedGMM`, or a `Pipeline` that ends in it and begins with transformers that skl2onnx
        converts.
    path : str or path-like
        Where to write the file, whole or not at all.
    dtype : {float64, float32}, default=float64
        Of the rows that the graph takes, and of its probabilities. Densities are computed in float64 either way.
    log_density : bool, default=False
        Whether the graph gives log p(x) as well, as `log_density` of shape (n, 1); of a `SemiSupervisedGMM` alone or
        at the end of a pipeline.

    Raises
    ------
    ImportError
        If onnx or skl2onnx is not installed.
    NotFittedError
        If the estimator is not fitted.
    TypeError
        If there is no graph for an estimator of this type.
    ValueError
        If the mixture takes missing values and has correlated columns.
    OSError
        If no file can be written there.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn.datasets import load_iris
    >>> from semigen import SemiSupervisedGMM, to_onnx
    >>> X, y = load_iris(return_X_y=True)
    >>> model = SemiSupervisedGMM().fit(X, y)
    >>> with TemporaryDirectory() as folder:
    ...     to_onnx(model, Path(folder, "iris.onnx"))
    ...     Path(folder, "iris.onnx").stat().st_size > 0
    True
    """
    try:
        from skl2onnx import to_onnx as converted
        from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType
        from skl2onnx.common.exceptions import MissingConverter, MissingShapeCalculator
    except ImportError as error:
        raise ImportError('to_onnx needs onnx and skl2onnx: pip install "semigen[onnx]"') from error
    from semigen.onnx.classifiers import register

    types = {np.dtype(np.float64): DoubleTensorType, np.dtype(np.float32): FloatTensorType}
    if np.dtype(dtype) not in types:
        raise ValueError(f"dtype must be float64 or float32, got {np.dtype(dtype)}.")
    check_is_fitted(estimator)
    register()
    last = _last(estimator)
    options = {id(last): {"log_density": True}} if log_density else None
    try:
        graph = converted(
            estimator,
            initial_types=[("X", types[np.dtype(dtype)]([None, estimator.n_features_in_]))],
            target_opset=OPSETS,
            options=options,
        )
    except (MissingConverter, MissingShapeCalculator) as error:
        raise TypeError(str(error)) from error
    with replacing(Path(path)) as file:
        file.write(graph.SerializeToString())


def _last(estimator: Any) -> Any:
    """Return the last step of a pipeline, or the estimator itself."""
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    return estimator
