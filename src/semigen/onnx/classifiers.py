"""Converters of skl2onnx for semigen's classifiers: which outputs a graph has, and how it gets there."""

from __future__ import annotations

from typing import Any

import numpy as np
from skl2onnx import update_registered_converter
from skl2onnx.common.data_types import (
    BooleanTensorType,
    DoubleTensorType,
    Int64TensorType,
    StringTensorType,
    guess_proto_type,
)

from semigen.mixture.estimator import SemiSupervisedGMM
from semigen.onnx.graph import Graph
from semigen.onnx.mixture import check_convertible, class_probabilities, log_density, log_joint


def register() -> None:
    """Tell skl2onnx of semigen's classifiers, so that they convert wherever they stand in a pipeline."""
    update_registered_converter(
        SemiSupervisedGMM,
        "SemigenSemiSupervisedGMM",
        _shapes,
        _convert_mixture,
        parser=_parse,
        options={"log_density": [False, True]},
    )


def _parse(scope: Any, model: Any, inputs: list[Any], custom_parsers: Any = None) -> list[Any]:
    """Declare the outputs: label, probabilities and, if asked for, log p(x)."""
    operator = scope.declare_local_operator(f"Semigen{type(model).__name__}", model)
    operator.inputs = inputs
    names = ["label", "probabilities"]
    if (scope.get_options(model, fail=False) or {}).get("log_density", False):
        names.append("log_density")
    for name in names:
        of_type = _label_type(model.classes_) if name == "label" else type(inputs[0].type)()
        operator.outputs.append(scope.declare_local_variable(name, of_type))
    return list(operator.outputs)


def _shapes(operator: Any) -> None:
    n, n_classes = operator.inputs[0].type.shape[0], len(operator.raw_operator.classes_)
    for output, shape in zip(operator.outputs, ([n], [n, n_classes], [n, 1]), strict=False):
        output.type.shape = shape


def _convert_mixture(scope: Any, operator: Any, container: Any) -> None:
    graph, model = Graph(scope, container), operator.raw_operator
    check_convertible(model)
    joint = log_joint(graph, graph.double(operator.inputs[0].full_name), model)
    _answer(graph, operator, class_probabilities(graph, joint, model))
    if len(operator.outputs) > 2:
        _cast_to_input_type(graph, operator, log_density(graph, joint), operator.outputs[2])


def _answer(graph: Graph, operator: Any, probabilities: str) -> None:
    """Give out probabilities and the most probable class."""
    model = operator.raw_operator
    _cast_to_input_type(graph, operator, probabilities, operator.outputs[1])
    code = graph.node("ArgMax", probabilities, axis=1, keepdims=0)
    classes = model.classes_
    if classes.dtype.kind in "iu":
        classes = classes.astype(np.int64)
    graph.node("Gather", classes, code, to=operator.outputs[0].full_name)


def _cast_to_input_type(graph: Graph, operator: Any, values: str, output: Any) -> None:
    graph.cast(values, guess_proto_type(operator.inputs[0].type), to=output.full_name)


def _label_type(classes: Any) -> Any:
    """Return the type of labels: whole numbers, truth values, floats or text, as in `classes_`.

    Raises
    ------
    TypeError
        If classes are of another type, or of several.
    """
    kind = np.asarray(classes).dtype.kind
    if kind in "iu":
        return Int64TensorType()
    if kind == "b":
        return BooleanTensorType()
    if kind == "f":
        return DoubleTensorType()
    if all(isinstance(each, str) for each in classes):
        return StringTensorType()
    raise TypeError(
        f"Classes are {list(classes)[:3]}, and ONNX has numbers, truth values and text; fit with such labels."
    )
