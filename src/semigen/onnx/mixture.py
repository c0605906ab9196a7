"""Mixtures as graphs: log densities of components, class probabilities and log p(x)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semigen.mixture.estimator import SemiSupervisedGMM
from semigen.mixture.gaussian.parameters import Parameters
from semigen.mixture.gaussian.student_t import log_gamma_ratio
from semigen.onnx.graph import Graph
from semigen.onnx.no_graph import NoGraphError

_LOG_TWO_PI = float(np.log(2 * np.pi))


def log_joint(graph: Graph, rows: str, model: SemiSupervisedGMM) -> str:
    """Return log p(x, component) of rows in the units of the data, of shape (n, components)."""
    scaling, parameters = model._fit.scaling, model._fit.parameters
    centred = graph.node("Mul", graph.node("Sub", rows, scaling.centre), scaling.scale)
    form = parameters.form
    of_columns = parameters.log_weights - parameters.n_features * _LOG_TWO_PI / 2 + scaling.log_volume
    if not form.correlated:
        joint = _of_variances(graph, centred, parameters, np.log(scaling.scale), gaps=model.missing == "marginal")
        if parameters.degrees_of_freedom is None:
            return joint
        deviations = form.stacked(parameters.factors, parameters.n_features)
        constant = of_columns + np.log(np.broadcast_to(deviations, parameters.means.shape)).sum(axis=1)
        distances = graph.node("Mul", graph.node("Sub", graph.constant(constant), joint), np.array(2.0))
        # The square was multiplied out, which may leave less than nothing of it.
        return _with_tails(graph, graph.node("Relu", distances), constant, parameters)
    if form.rank:
        distances, log_determinant = _of_loadings(graph, centred, parameters)
    else:
        distances, log_determinant = _of_matrices(graph, centred, parameters)
    constant = of_columns + log_determinant
    if parameters.degrees_of_freedom is not None:
        return _with_tails(graph, distances, constant, parameters)
    return graph.node("Add", graph.node("Mul", distances, np.array(-0.5)), constant)


def _with_tails(graph: Graph, distances: str, constant: NDArray[np.float64], parameters: Parameters) -> str:
    """Return log p(x, component) of Student t components from squared distances and the constants of Gaussians."""
    assert parameters.degrees_of_freedom is not None
    nu, d = parameters.degrees_of_freedom, parameters.n_features
    far = graph.node("Log", graph.node("Add", graph.node("Div", distances, nu), np.array(1.0)))
    return graph.node("Add", graph.node("Mul", far, -(nu + d) / 2), constant + log_gamma_ratio(nu / 2, d / 2))


def class_probabilities(graph: Graph, joint: str, model: SemiSupervisedGMM) -> str:
    """Return p(class | x), of shape (n, classes), from log p(x, component)."""
    of_components = graph.node("Softmax", joint, axis=1)
    if len(model.weights_) == len(model.classes_):
        return of_components
    belongs = model.component_class_[:, None] == np.arange(len(model.classes_))
    return graph.node("MatMul", of_components, belongs.astype(np.float64))


def log_joint_of_groups(graph: Graph, joint: str, first: NDArray[np.int64]) -> str:
    """Return log p(x, group), of shape (n, groups), for groups of consecutive components."""
    if len(first) - 1 == first[-1]:
        return joint
    groups = [graph.node("Gather", joint, np.arange(*ends), axis=1) for ends in pairwise(first)]
    return graph.node("Concat", *(log_density(graph, each) for each in groups), axis=1)


def log_density(graph: Graph, joint: str) -> str:
    """Return log p(x), of shape (n, 1), from log p(x, component)."""
    largest = graph.node("ReduceMax", joint, np.array([1]), keepdims=1)
    below = graph.sum(graph.node("Exp", graph.node("Sub", joint, largest)), keepdims=True)
    return graph.node("Add", graph.node("Log", below), largest)


def _of_matrices(graph: Graph, rows: str, parameters: Parameters) -> tuple[str, NDArray[np.float64]]:
    """Return squared Mahalanobis' distances and log det P, where P with P^T P = precision are whole matrices."""
    d = parameters.n_features
    factors = parameters.form.stacked(parameters.factors, d)
    whitened_means = (factors @ parameters.means[:, :, None])[:, :, 0]
    log_determinant = np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
    if parameters.form.shared:
        whitened = graph.node("Unsqueeze", graph.node("MatMul", rows, factors[0].T), np.array([1]))
        apart = graph.node("Sub", whitened, whitened_means)
    else:
        apart = _projected(graph, rows, factors, whitened_means)
    return graph.sum_of_squares(apart), log_determinant


def _of_variances(
    graph: Graph, rows: str, parameters: Parameters, log_scale: NDArray[np.float64], *, gaps: bool
) -> str:
    """Return log p(x, component) where columns are uncorrelated; those of a row that are missing do not count.

    The square is multiplied out, so that no array of rows, components and columns is needed.
    """
    deviations = parameters.form.stacked(parameters.factors, parameters.n_features)
    inverse = np.broadcast_to(deviations, parameters.means.shape)
    precision = inverse**2
    of_column = np.log(inverse) + log_scale - _LOG_TWO_PI / 2 - precision * parameters.means**2 / 2
    if gaps:
        missing = graph.node("IsNaN", rows)
        rows = graph.node("Where", missing, np.array(0.0), rows)
        measured = graph.double(graph.node("Not", missing))
        constant = graph.affine(measured, of_column.T, parameters.log_weights)
    else:
        constant = graph.constant(of_column.sum(axis=1) + parameters.log_weights)
    squared = graph.node("MatMul", graph.node("Mul", rows, rows), -precision.T / 2)
    crossed = graph.node("MatMul", rows, (precision * parameters.means).T)
    return graph.node("Add", graph.node("Add", squared, crossed), constant)


def _of_loadings(graph: Graph, rows: str, parameters: Parameters) -> tuple[str, NDArray[np.float64]]:
    """Return squared Mahalanobis' distances and log det P of covariances Psi + Lambda Lambda^T.

    With w = Psi^-1/2 (x - mean), A = Psi^-1/2 Lambda and L L^T = I + A^T A, the distance is |w|^2 - |L^-1 A^T w|^2
    (Woodbury).
    """
    factors = parameters.form.stacked(parameters.factors, parameters.n_features)
    inverse, loadings = factors[:, 0], factors[:, 1:]
    root = np.linalg.cholesky(np.eye(loadings.shape[1]) + loadings @ np.swapaxes(loadings, 1, 2))
    projection = np.linalg.solve(root, loadings) * inverse[:, None]
    log_determinant = np.log(inverse).sum(axis=1) - np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    apart = graph.node("Sub", graph.node("Unsqueeze", rows, np.array([1])), parameters.means)
    along_columns = graph.sum_of_squares(graph.node("Mul", apart, inverse))
    projected_means = (projection @ parameters.means[:, :, None])[:, :, 0]
    along_loadings = graph.sum_of_squares(_projected(graph, rows, projection, projected_means))
    return graph.node("Sub", along_columns, along_loadings), log_determinant


def _projected(graph: Graph, rows: str, maps: NDArray[np.float64], offsets: NDArray[np.float64]) -> str:
    """Return every map of every row, less its offset: of shape (n, maps, outputs), by one multiplication."""
    count, outputs, d = maps.shape
    flat = graph.affine(rows, np.ascontiguousarray(maps.reshape(count * outputs, d).T), -offsets.ravel())
    return graph.node("Reshape", flat, np.array([-1, count, outputs]))


def check_convertible(model: Any) -> None:
    """Refuse a mixture that answers rows as unknown, or one that takes gaps and has no graph of them.

    Raises
    ------
    ValueError
    """
    if hasattr(model, "outlier_threshold_"):
        raise NoGraphError(
            f"The mixture answers {model.unknown_label!r} where outlier_score is above its threshold, and a graph has "
            "the known classes only: fit with unknown_label=None to convert what it says of them."
        )
    if model.missing == "marginal" and model._fit.parameters.form.correlated:
        raise NoGraphError(
            f"With missing='marginal', covariance_type={model.covariance_type!r} needs a factorisation for every "
            "pattern of gaps, for which ONNX has no operator: fit with missing='error' to rows whose gaps are filled, "
            "or with covariance_type='diag'."
        )
    if model.missing == "marginal" and model._fit.parameters.degrees_of_freedom is not None:
        raise NoGraphError(
            "A graph of Student t components takes no gaps: fit with missing='error' to rows whose gaps are filled, or "
            "with distribution='normal'."
        )
