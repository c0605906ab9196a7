"""Transforms of columns before the mixtures of `SemiSupervisedGMMCV`, as graphs."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import FunctionTransformer

from semigen.mixture.cv.transforms import FURTHEST, NormalScores, PrincipalComponents, UnitLength, YeoJohnson
from semigen.onnx.graph import Graph

# Powers within this of zero are logarithms, as in scikit-learn.
_NO_POWER = np.finfo(np.float64).eps

# Powers of larger exponents are beyond what a transformed value is clipped to.
_LARGEST_EXPONENT = 700.0


@singledispatch
def transformed(transform: Any, graph: Graph, rows: str) -> str:
    """Return transformed rows."""
    raise TypeError(f"There is no ONNX graph of the transform {type(transform).__name__}.")


@transformed.register
def _(transform: FunctionTransformer, graph: Graph, rows: str) -> str:
    return rows


@transformed.register
def _(transform: YeoJohnson, graph: Graph, rows: str) -> str:
    power, scaler = transform._power.lambdas_, transform._power._scaler
    above = _powers(graph, graph.node("Max", rows, np.array(0.0)), power)
    below = _powers(graph, graph.node("Max", graph.node("Neg", rows), np.array(0.0)), 2 - power)
    centred = graph.node("Sub", graph.node("Sub", above, below), scaler.mean_)
    scaled = graph.node("Div", centred, scaler.scale_)
    return graph.node("Min", graph.node("Max", scaled, transform._low), transform._high)


@transformed.register
def _(transform: NormalScores, graph: Graph, rows: str) -> str:
    """Return scores that are interpolated in tables of the columns, one after the other, found by bisection."""
    longest = max(len(values) for values, _ in transform._columns)
    steps = [2**i for i in reversed(range(int(longest).bit_length()))]
    tables = [_table(values, scores, 2 * steps[0]) for values, scores in transform._columns]
    knots, scores, slopes = (np.concatenate(each) for each in zip(*tables, strict=True))
    place = graph.node("Expand", np.arange(len(tables)) * 2 * steps[0], graph.node("Shape", rows))
    for step in steps:
        further = graph.node("Add", place, np.array(step))
        reached = graph.node("LessOrEqual", graph.node("Gather", knots, further), rows)
        place = graph.node("Where", reached, further, place)
    beyond = graph.node("Max", graph.node("Sub", rows, graph.node("Gather", knots, place)), np.array(0.0))
    rise = graph.node("Mul", graph.node("Gather", slopes, place), beyond)
    return graph.node("Add", graph.node("Gather", scores, place), rise)


@transformed.register
def _(transform: PrincipalComponents, graph: Graph, rows: str) -> str:
    prepared = transformed(transform._prepare, graph, rows)
    scaled = graph.node("Div", graph.node("Sub", prepared, transform._mean), transform._deviation)
    clipped = graph.node("Clip", scaled, np.array(-FURTHEST), np.array(FURTHEST))
    return graph.node("MatMul", clipped, transform._directions)


@transformed.register
def _(transform: UnitLength, graph: Graph, rows: str) -> str:
    largest = graph.node("ReduceMax", graph.node("Abs", rows), np.array([1]), keepdims=1)
    scaled = graph.node("Div", rows, _one_for_zero(graph, largest))
    length = graph.node("Sqrt", graph.sum(graph.node("Mul", scaled, scaled), keepdims=True))
    return graph.node("Div", scaled, _one_for_zero(graph, length))


def _one_for_zero(graph: Graph, values: str) -> str:
    return graph.node("Where", graph.node("Equal", values, np.array(0.0)), np.array(1.0), values)


def _powers(graph: Graph, values: str, power: NDArray[np.float64]) -> str:
    """Return ((1 + u)^p - 1) / p, or log(1 + u) where p is zero, with all digits of a small u."""
    logarithm = _log1p(graph, values)
    none = np.abs(power) < _NO_POWER
    if none.all():
        return logarithm
    exponent = graph.node("Min", graph.node("Mul", logarithm, power), np.array(_LARGEST_EXPONENT))
    raised = graph.node("Div", _expm1(graph, exponent), np.where(none, 1.0, power))
    return graph.node("Where", none, logarithm, raised) if none.any() else raised


def _log1p(graph: Graph, values: str) -> str:
    """Return log(1 + u) of u >= 0: log(w) u / (w - 1) with w = 1 + u as it is rounded, as Kahan has it."""
    one_more = graph.node("Add", values, np.array(1.0))
    rounded = graph.node("Sub", one_more, np.array(1.0))
    corrected = graph.node("Mul", graph.node("Log", one_more), graph.node("Div", values, _one_for_zero(graph, rounded)))
    return graph.node("Where", graph.node("Equal", rounded, np.array(0.0)), values, corrected)


def _expm1(graph: Graph, values: str) -> str:
    """Return exp(v) - 1: (w - 1) v / log(w) with w = exp(v) as it is rounded, as Kahan has it."""
    exponential = graph.node("Exp", graph.node("Max", values, np.array(-_LARGEST_EXPONENT)))
    less_one = graph.node("Sub", exponential, np.array(1.0))
    logarithm = graph.node("Log", exponential)
    corrected = graph.node("Mul", less_one, graph.node("Div", values, _one_for_zero(graph, logarithm)))
    return graph.node("Where", graph.node("Equal", less_one, np.array(0.0)), values, corrected)


def _table(
    values: NDArray[Any], scores: NDArray[np.float64], length: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return knots, their scores and the slopes after them; beyond the last knot comes none that a value reaches."""
    knots = np.pad(values.astype(np.float64), (0, length - len(values)), constant_values=np.inf)
    slopes = np.append(np.diff(scores) / np.diff(values.astype(np.float64)), 0.0)
    missing = length - len(values)
    return knots, np.pad(scores, (0, missing)), np.pad(slopes, (0, missing))
