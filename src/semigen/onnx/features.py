"""The features of `GenerativeFeatures` as a graph."""

from __future__ import annotations

from typing import Any

import numpy as np
from skl2onnx import update_registered_converter
from skl2onnx._parse import _parse_sklearn as parse  # the public parse_sklearn names outputs of a whole graph
from skl2onnx.common.data_types import guess_proto_type
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from semigen.compose.generative_features import GenerativeFeatures
from semigen.mixture.estimator import SemiSupervisedGMM
from semigen.onnx.graph import Graph
from semigen.onnx.mixture import log_joint, log_joint_of_groups
from semigen.onnx.no_graph import NoGraphError

__all__ = ["declare_features", "parse"]


def register() -> None:
    """Tell skl2onnx how features are computed."""
    # No estimator has this type: parsers declare these operators by their names.
    update_registered_converter(_Distances, "SemigenDistances", _shapes, _convert_distances)
    update_registered_converter(_Beside, "SemigenBeside", _shapes, _convert_beside)


class _Distances:
    """Distances to components or, with labels held out, to classes."""

    def __init__(self, mixture: SemiSupervisedGMM, *, of_classes: bool):
        self.mixture = mixture
        self.first = mixture._fit.class_first if of_classes else np.arange(len(mixture.weights_) + 1)
        self.width = len(self.first) - 1


class _Beside:
    """Columns beside features."""

    def __init__(self, width: int):
        self.width = width


def declare_features(scope: Any, model: GenerativeFeatures, inputs: list[Any], custom_parsers: Any) -> list[Any]:
    """Declare what the classifier sees, and return it."""
    steps, features = _steps(model.model_), inputs
    for step in steps[:-1]:
        features = parse(scope, step, features, custom_parsers)
    last = steps[-1]
    if isinstance(last, SemiSupervisedGMM):
        if last.missing == "marginal":
            raise NoGraphError("Features of a mixture with missing='marginal' have no graph: fit with missing='error'.")
        features = [_declared(scope, "SemigenDistances", _Distances(last, of_classes=model._held_out), features)]
    else:
        features = parse(scope, last, features, custom_parsers)
    if not model.passthrough:
        return features
    return [_declared(scope, "SemigenBeside", _Beside(model._n_features_out), [*inputs, *features])]


def _steps(model: Any) -> list[Any]:
    """Return the steps of a pipeline of pipelines, frozen or not."""
    if isinstance(model, FrozenEstimator):
        return _steps(model.estimator)
    if isinstance(model, Pipeline):
        return [last for _, step in model.steps for last in _steps(step)]
    return [] if model == "passthrough" else [model]


def _declared(scope: Any, alias: str, part: Any, inputs: list[Any]) -> Any:
    operator = scope.declare_local_operator(alias, part)
    operator.inputs = inputs
    operator.outputs.append(scope.declare_local_variable("features", type(inputs[0].type)()))
    return operator.outputs[0]


def _shapes(operator: Any) -> None:
    operator.outputs[0].type.shape = [operator.inputs[0].type.shape[0], operator.raw_operator.width]


def _convert_distances(scope: Any, operator: Any, container: Any) -> None:
    graph, part = Graph(scope, container), operator.raw_operator
    mixture, groups = part.mixture, np.arange(part.width)
    own = np.repeat(groups, np.diff(part.first))[:, None] == groups
    largest = np.where(own, mixture._log_joint_by(mixture.means_, part.first), -np.inf).max(axis=0)
    joint = log_joint(graph, graph.double(operator.inputs[0].full_name), mixture)
    short = graph.node("Sub", largest, log_joint_of_groups(graph, joint, part.first))
    doubled = graph.node("Mul", graph.node("Max", short, np.array(0.0)), np.array(2.0))
    distance = graph.node("Sqrt", doubled)
    mean = graph.node("ReduceMean", distance, np.array([1]), keepdims=1)
    features = graph.node("Sub", distance, mean)
    graph.cast(features, guess_proto_type(operator.inputs[0].type), to=operator.outputs[0].full_name)


def _convert_beside(scope: Any, operator: Any, container: Any) -> None:
    names = [each.full_name for each in operator.inputs]
    Graph(scope, container).node("Concat", *names, axis=1, to=operator.outputs[0].full_name)
