"""Nodes of an ONNX graph by short names, added to the container that skl2onnx fills."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from onnx import TensorProto
from onnx.numpy_helper import from_array


class Graph:
    """The part of a graph that one estimator becomes. A value is known by its name; numbers are doubles.

    Parameters
    ----------
    scope, container
        What skl2onnx passes to a converter.
    """

    def __init__(self, scope: Any, container: Any):
        self._scope, self._container = scope, container

    def constant(self, values: ArrayLike) -> str:
        """Return the name of an array that is part of the graph."""
        array, name = np.asarray(values), str(self._scope.get_unique_variable_name("constant"))
        if array.dtype.kind in "UO":
            self._container.add_initializer(name, TensorProto.STRING, array.shape, array.ravel().tolist())
        else:
            self._container.add_initializer(name, None, array.shape, from_array(np.ascontiguousarray(array)))
        return name

    def node(self, operator: str, *inputs: str | ArrayLike, to: str | None = None, **attributes: Any) -> str:
        """Add a node, and return the name of its output; inputs that are no names are constants."""
        names = [each if isinstance(each, str) else self.constant(each) for each in inputs]
        return self._node(operator, names, to, attributes)

    def _node(self, operator: str, names: list[str], to: str | None, attributes: dict[str, Any]) -> str:
        output = to or str(self._scope.get_unique_variable_name(operator.lower()))
        self._container.add_node(
            operator, names, [output], name=self._scope.get_unique_operator_name(operator), **attributes
        )
        return output

    def cast(self, name: str, element_type: int, to: str | None = None) -> str:
        """Return a value with elements of another type, by its number in ONNX."""
        return self._node("Cast", [name], to, {"to": element_type})

    def double(self, name: str) -> str:
        """Return an input in double precision."""
        return self.cast(name, TensorProto.DOUBLE)

    def affine(self, rows: str, matrix: NDArray[np.float64], offset: NDArray[np.float64]) -> str:
        """Return rows @ matrix + offset."""
        return self.node("Add", self.node("MatMul", rows, matrix), offset)

    def sum(self, values: str, axis: int = -1, *, keepdims: bool = False) -> str:
        """Return sums along an axis."""
        return self.node("ReduceSum", values, np.array([axis]), keepdims=int(keepdims))

    def sum_of_squares(self, values: str) -> str:
        """Return sums of squares along the last axis."""
        return self.node("ReduceSumSquare", values, np.array([-1]), keepdims=0)
