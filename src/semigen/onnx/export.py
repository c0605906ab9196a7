"""`to_onnx`: a fitted classifier as a file that onnxruntime runs without semigen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike
from sklearn.base import ClassifierMixin
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from semigen._files import replacing
from semigen.compose.generative_features import GenerativeFeatures
from semigen.mixture.cv.estimator import SemiSupervisedGMMCV
from semigen.mixture.estimator import SemiSupervisedGMM

# What the graphs are written in: operators of these versions, which onnxruntime 1.14 and later run.
OPSETS = {"": 18, "ai.onnx.ml": 3}

CONVERTIBLE = (SemiSupervisedGMM, SemiSupervisedGMMCV, GenerativeFeatures)
_PRECISIONS = (np.dtype(np.float64), np.dtype(np.float32))


def to_onnx(
    estimator: Any, path: str | os.PathLike[str], *, dtype: DTypeLike = np.float64, log_density: bool = False
) -> None:
    """Write a fitted classifier as an ONNX graph, which answers as `predict` and `predict_proba` do.

    The graph takes rows `X` of shape (n, d) and gives `label`, of shape (n,), and `probabilities`, of shape
    (n, classes). Rows with NaN, which `predict` refuses, get probabilities that are NaN, and a label without a meaning.

    Parameters
    ----------
    estimator : classifier
        A fitted `SemiSupervisedGMM`, `SemiSupervisedGMMCV` or `GenerativeFeatures`, or a `Pipeline` that ends in one.
        skl2onnx must know the parts of a pipeline, and of `GenerativeFeatures`, that are not semigen's. Or a
        `SemiSupervisedVAE`, `AuxiliarySemiSupervisedVAE`, `StackedSemiSupervisedVAE` or `SemiSupervisedGAN` by itself,
        which torch's exporter writes.
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
        If a mixture takes missing values and has correlated columns, rows were sparse, a pipeline imputes in float64,
        or `log_density` is asked of a classifier without a density.
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
        import skl2onnx  # noqa: F401 (and onnx, which it imports)
    except ImportError as error:
        raise ImportError('to_onnx needs onnx and skl2onnx: pip install "semigen[onnx]"') from error
    if np.dtype(dtype) not in _PRECISIONS:
        raise ValueError(f"dtype must be float64 or float32, got {np.dtype(dtype)}.")
    if not hasattr(estimator, "fit"):
        inner = "; give its classifier" if hasattr(estimator, "classifier") else ""
        raise TypeError(f"{_no_graph(estimator)}{inner}")
    check_is_fitted(estimator)
    if not hasattr(estimator, "predict_proba"):
        raise TypeError(f"{type(estimator).__name__} has no predict_proba here, which an ONNX graph gives out.")
    # Of the class itself: one that inherits it may answer otherwise.
    deep = vars(type(estimator)).get("_has_onnx_graph", False)
    graph = _of_deep(estimator, dtype, log_density) if deep else _of_pipeline(estimator, dtype, log_density)
    with replacing(Path(path)) as file:
        file.write(graph.SerializeToString())


def _of_pipeline(estimator: Any, dtype: DTypeLike, log_density: bool) -> Any:
    """Return the graph of a mixture, of averaged ones or of a hybrid, perhaps behind transformers."""
    *before, last = _steps(estimator)
    if type(last) not in CONVERTIBLE or any(isinstance(each, ClassifierMixin) for each in before):
        raise TypeError(_no_graph(estimator))
    if log_density and type(last) is not SemiSupervisedGMM:
        raise ValueError(f"{type(last).__name__} has no density of the rows: leave log_density out.")
    if np.dtype(dtype) == np.float64 and any(isinstance(each, SimpleImputer) for each in before):
        raise ValueError("onnxruntime has no SimpleImputer for float64: take dtype=numpy.float32.")
    from skl2onnx import to_onnx as converted
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType
    from skl2onnx.common.exceptions import MissingConverter, MissingShapeCalculator

    from semigen.onnx.classifiers import register
    from semigen.onnx.no_graph import NoGraphError

    register()
    type_of = DoubleTensorType if np.dtype(dtype) == np.float64 else FloatTensorType
    # Unknown where the first step is of a class that does not say.
    n_features = getattr(estimator, "n_features_in_", None)
    options = {id(last): {"log_density": True}} if log_density else None
    try:
        return converted(
            estimator,
            initial_types=[("X", type_of([None, n_features]))],
            target_opset=OPSETS,
            options=options,
        )
    except NoGraphError:
        raise
    except (
        MissingConverter,
        MissingShapeCalculator,
        NameError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        # Converters of other packages fail in many ways on what they do not know.
        raise TypeError(_no_graph(estimator)) from error


def _of_deep(estimator: Any, dtype: DTypeLike, log_density: bool) -> Any:
    """Return the graph of a deep classifier."""
    from semigen.onnx.deep import model_of

    if log_density:
        raise ValueError(
            f"The graph of a {type(estimator).__name__} has no density of the rows: leave log_density out."
        )
    return model_of(estimator, dtype, OPSETS[""])


def _steps(estimator: Any) -> list[Any]:
    """Return the steps of a pipeline, of pipelines perhaps, or the estimator itself."""
    if isinstance(estimator, Pipeline):
        return [last for _, step in estimator.steps for last in _steps(step)]
    return [estimator]


def _no_graph(estimator: Any) -> str:
    names = ", ".join(kind.__name__ for kind in CONVERTIBLE)
    return (
        f"{type(estimator).__name__}, or a part of it, has no ONNX graph. What has one: {names}, and pipelines "
        "that end in one of these, if skl2onnx converts all transformers and classifiers of scikit-learn in them; and "
        "variational autoencoders and the GAN by themselves."
    )
