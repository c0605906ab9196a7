"""Converters of skl2onnx for semigen's classifiers: which outputs a graph has, and how it gets there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from skl2onnx import update_registered_converter
from skl2onnx.common.data_types import (
    BooleanTensorType,
    DoubleTensorType,
    Int64TensorType,
    StringTensorType,
    guess_proto_type,
)

from semigen.compose.generative_features import GenerativeFeatures
from semigen.mixture.cv.estimator import SemiSupervisedGMMCV
from semigen.mixture.cv.evidence import LEAST_PROBABILITY
from semigen.mixture.estimator import SemiSupervisedGMM
from semigen.onnx import features
from semigen.onnx.column_transforms import transformed
from semigen.onnx.graph import Graph
from semigen.onnx.mixture import check_convertible, class_probabilities, log_density, log_joint
from semigen.onnx.no_graph import NoGraphError


def register() -> None:
    """Tell skl2onnx of semigen's classifiers, so that they convert wherever they stand in a pipeline."""
    features.register()
    converters = {SemiSupervisedGMM: _convert_mixture, SemiSupervisedGMMCV: _convert_average}
    for kind, convert in converters.items():
        options = {"log_density": [False, True]} if kind is SemiSupervisedGMM else {}
        update_registered_converter(kind, _alias(kind), _shapes, convert, parser=_parse, options=options)

    update_registered_converter(
        GenerativeFeatures, _alias(GenerativeFeatures), _shapes, _convert_hybrid, parser=_parse_hybrid
    )


def _alias(kind: type) -> str:
    return f"Semigen{kind.__name__}"


def _parse(scope: Any, model: Any, inputs: list[Any], custom_parsers: Any = None) -> list[Any]:
    """Declare the outputs: label, probabilities and, if asked for, log p(x)."""
    names = ["label", "probabilities"]
    if (scope.get_options(model, fail=False) or {}).get("log_density", False):
        names.append("log_density")
    return _declared(scope, model, inputs, names, inputs[0])


def _parse_hybrid(scope: Any, model: Any, inputs: list[Any], custom_parsers: Any = None) -> list[Any]:
    """Declare the features, then the classifier on them, and last the outputs."""
    seen = features.declare_features(scope, model, inputs, custom_parsers)
    scope.add_options(id(model.classifier_), {"zipmap": False})
    answers = features.parse(scope, model.classifier_, seen, custom_parsers)
    return _declared(scope, model, answers, ["label", "probabilities"], inputs[0])


def _declared(scope: Any, model: Any, inputs: list[Any], names: list[str], rows: Any) -> list[Any]:
    """Declare the operator of a classifier, whose numbers have the type of the rows."""
    operator = scope.declare_local_operator(_alias(type(model)), model)
    operator.inputs = inputs
    for name in names:
        of_type = _label_type(model.classes_) if name == "label" else type(rows.type)()
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
        _give_out(graph, operator, log_density(graph, joint), operator.outputs[2])


def _convert_average(scope: Any, operator: Any, container: Any) -> None:
    graph, model = Graph(scope, container), operator.raw_operator
    if model.reduction_ is not None:
        raise NoGraphError("It was fitted to sparse rows, which ONNX graphs do not take: fit it to dense rows.")
    rows = graph.double(operator.inputs[0].full_name)
    seen = {name: transformed(model._transformers[name], graph, rows) for name in _transforms_of(model)}
    members = [
        _tempered(graph, _probabilities(graph, seen[each.transform], mixture), power)
        for each, mixture, power in zip(model._chosen, model.estimators_, model.powers_, strict=True)
    ]
    weighted = [graph.node("Mul", each, np.array(weight)) for each, weight in zip(members, model.weights_, strict=True)]
    _answer(graph, operator, graph.node("Sum", *weighted))


def _convert_hybrid(scope: Any, operator: Any, container: Any) -> None:
    """Give out the classifier's answers; it may know classes by their numbers."""
    graph, model = Graph(scope, container), operator.raw_operator
    label, probabilities = (each.full_name for each in operator.inputs)
    of_label, of_probabilities = (each.full_name for each in operator.outputs)
    if model._in_codes:
        graph.node("Gather", _classes(model), label, to=of_label)
    else:
        graph.node("Identity", label, to=of_label)
    # Trees answer in float32 whatever they are asked in.
    graph.cast(probabilities, guess_proto_type(operator.outputs[1].type), to=of_probabilities)


def _transforms_of(model: SemiSupervisedGMMCV) -> list[str]:
    return list(dict.fromkeys(each.transform for each in model._chosen))


def _probabilities(graph: Graph, rows: str, mixture: SemiSupervisedGMM) -> str:
    check_convertible(mixture)
    return class_probabilities(graph, log_joint(graph, rows, mixture), mixture)


def _tempered(graph: Graph, probabilities: str, power: float) -> str:
    """Return what `semigen.mixture.cv.evidence.tempered` does."""
    logarithm = graph.node("Log", graph.node("Max", probabilities, np.array(LEAST_PROBABILITY)))
    return graph.node("Softmax", graph.node("Mul", logarithm, np.array(float(power))), axis=1)


def _answer(graph: Graph, operator: Any, probabilities: str) -> None:
    """Give out probabilities and the most probable class."""
    model = operator.raw_operator
    _give_out(graph, operator, probabilities, operator.outputs[1])
    code = graph.node("ArgMax", probabilities, axis=1, keepdims=0)
    graph.node("Gather", _classes(model), code, to=operator.outputs[0].full_name)


def _classes(model: Any) -> NDArray[Any]:
    """Return the classes in a type that ONNX has."""
    classes: NDArray[Any] = model.classes_
    return classes.astype(np.int64) if classes.dtype.kind in "iu" else classes


def _give_out(graph: Graph, operator: Any, values: str, output: Any) -> None:
    graph.cast(values, guess_proto_type(output.type), to=output.full_name)


def _label_type(classes: Any) -> Any:
    """Return the type of labels: whole numbers, truth values, floats or text, as in `classes_`.

    Raises
    ------
    TypeError
        If classes are of another type, or of several.
    """
    kind = np.asarray(classes).dtype.kind
    if kind in "iu" and (kind == "i" or np.max(classes) < 2**63):
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
