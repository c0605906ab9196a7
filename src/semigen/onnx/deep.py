"""ONNX graphs of deep classifiers: torch's exporter writes the networks, and the classes are added to what it wrote."""

from __future__ import annotations

import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import DTypeLike
from onnx.numpy_helper import from_array
from torch import Tensor, nn

from semigen.deep.data.columns import KINDS, ColumnCoding
from semigen.deep.estimators.fitted_networks import networks

# Rows by which the exporter follows the networks.
_TRACED_ROWS = 4


class _Probabilities(nn.Module):
    """From rows in the units of X to class probabilities, as `predict_proba` computes them."""

    def __init__(self, classifier: Any, dtype: DTypeLike):
        super().__init__()
        coding: ColumnCoding = classifier._coding
        self.precision = torch.float64 if np.dtype(dtype) == np.float64 else torch.float32
        self.networks = networks(classifier, dtype).cpu()
        self.temperature = float(classifier.temperature_)
        self.kinds = [torch.from_numpy(coding._of_kind(kind)) for kind in KINDS]
        reals = coding._of_kind("gaussian")
        self.centre, self.scale = (
            torch.tensor(np.asarray(each)[reals], dtype=torch.float64) for each in (coding.centre, coding.scale)
        )
        self.counts = [
            tuple(
                torch.tensor(np.asarray(each)[columns], dtype=torch.float64) for each in (coding.centre, coding.scale)
            )
            for columns in map(coding._of_kind, KINDS[3:])
        ]
        self.categories = [torch.tensor(values, dtype=torch.float64) for values in coding.categories]

    def forward(self, X: Tensor) -> Tensor:
        """Return the probabilities; NaN where a category is one that training did not see."""
        bits, reals, categorical, *counts = self.kinds
        # In float64, as differences of numbers that are nearly the same keep their digits so.
        X = X.double()
        blocks = [X[:, bits].clip(0, 1), (X[:, reals] - self.centre) / self.scale]
        blocks = [block for block, numbers in zip(blocks, (bits, reals), strict=True) if len(numbers)]
        for column, values in zip(categorical.tolist(), self.categories, strict=True):
            one_hot = (X[:, column, None] == values).to(X.dtype)
            unseen = one_hot.sum(dim=1, keepdim=True) == 0
            blocks.append(torch.where(unseen, torch.full_like(one_hot, torch.nan), one_hot))
        for columns, (centre, scale) in zip(counts, self.counts, strict=True):
            if len(columns):
                blocks.append((torch.log1p(X[:, columns]) - centre) / scale)
        log_posterior: Tensor = self.networks.log_posterior(torch.cat(blocks, dim=1).to(self.precision))
        return torch.softmax(log_posterior / self.temperature, dim=1)


def model_of(classifier: Any, dtype: DTypeLike, opset: int) -> onnx.ModelProto:
    """Return the graph of a fitted deep classifier: from `X` to `label` and `probabilities`.

    Parameters
    ----------
    classifier : deep classifier
        Of a class with `_has_onnx_graph`.
    dtype : {float64, float32}
    opset : int

    Raises
    ------
    TypeError
        If classes are of a type that ONNX lacks.
    """
    labels = _labels(classifier.classes_)
    module = _Probabilities(classifier, dtype).train(False)
    rows = torch.zeros((_TRACED_ROWS, classifier.n_features_in_), dtype=module.precision)
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        path = Path(folder) / "networks.onnx"
        # The exporter that succeeds this one takes some fifty times as long, and onnxscript.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            (rows,),
            path,
            dynamo=False,
            input_names=["X"],
            output_names=["probabilities"],
            dynamic_axes={"X": {0: "n"}, "probabilities": {0: "n"}},
            opset_version=opset,
        )
        model = onnx.load(path)
    _add_label(model.graph, labels)
    return model


def _labels(classes: np.ndarray) -> onnx.TensorProto:
    """Return classes as ONNX has them: whole numbers, truth values, floats or text."""
    kind = classes.dtype.kind
    if kind in "ibf" or (kind == "u" and classes.max() < 2**63):
        return from_array(classes.astype(np.int64) if kind in "iu" else classes, "classes")
    if all(isinstance(each, str) for each in classes.tolist()):
        return from_array(classes.astype(object), "classes")
    raise TypeError(
        f"Classes are {classes.tolist()[:3]}, and ONNX has numbers, truth values and text; fit with such labels."
    )


def _add_label(graph: onnx.GraphProto, classes: onnx.TensorProto) -> None:
    """Add the most probable class as the first output."""
    graph.initializer.append(classes)
    graph.node.append(onnx.helper.make_node("ArgMax", ["probabilities"], ["most_probable"], axis=1, keepdims=0))
    graph.node.append(onnx.helper.make_node("Gather", ["classes", "most_probable"], ["label"]))
    label = onnx.helper.make_tensor_value_info("label", classes.data_type, [None])
    graph.output.insert(0, label)
