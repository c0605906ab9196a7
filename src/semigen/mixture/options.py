"""What a caller may ask of a mixture, checked and in the form that the computation wants."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from semigen._validation import numbers
from semigen.labels import Labels, as_objects
from semigen.mixture.gaussian.parameters import covariance_shape
from semigen.mixture.learning.problem import Problem


def component_counts(n_components: int | Mapping[Any, int] | str, classes: NDArray[Any]) -> NDArray[np.int64]:
    """Components of every class; one each if their number is yet to be chosen."""
    if isinstance(n_components, str):
        return np.ones(len(classes), dtype=np.int64)
    if not isinstance(n_components, Mapping):
        return np.full(len(classes), int(n_components))
    listed = as_objects(classes)
    unknown = [name for name in n_components if name not in listed]
    if unknown:
        raise ValueError(f"n_components names {unknown}, which are not among the classes {listed}.")
    counts = [n_components.get(name, 1) for name in listed]
    if not all(_is_whole(count) and count >= 1 for count in counts):
        raise ValueError(f"n_components={dict(n_components)!r}: every class needs a whole number of at least 1.")
    return np.array(counts, dtype=np.int64)


def _is_whole(count: object) -> bool:
    return isinstance(count, Integral) and not isinstance(count, bool)


def check_enough_rows(sizes: NDArray[np.int64], labels: Labels, weights: NDArray[np.float64]) -> None:
    """Refuse more components than there are rows to make them of."""
    counting = labels.codes[weights > 0]
    unlabeled = int((counting < 0).sum())
    available = np.bincount(counting[counting >= 0], minlength=len(sizes)) + unlabeled
    short = np.flatnonzero((available < sizes) & (sizes > 1))
    if len(short):
        k = short[0]
        raise ValueError(
            f"n_components asks for {sizes[k]} components of class {labels.names[k]!r}, but only {available[k]} rows "
            "could belong to it; ask for fewer."
        )
    if sizes.sum() > max(len(counting), len(sizes)):
        raise ValueError(
            f"n_components asks for {sizes.sum()} components in all, but there are only {len(counting)} rows; "
            "ask for fewer."
        )


def given_start(
    init: Mapping[str, ArrayLike], problem: Problem
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Weights, means and covariances of `init`, in the units of the data."""
    wanted = {"weights", "means", "covariances"}
    if set(init) != wanted:
        raise ValueError(f"init must have just the keys {sorted(wanted)}; it has {sorted(map(str, init))}.")
    n_components = int(problem.class_first[-1])
    shapes = {
        "weights": (n_components,),
        "means": (n_components, problem.n_features),
        "covariances": covariance_shape(problem.family, n_components, problem.n_features),
    }
    arrays = {}
    for name, shape in shapes.items():
        array = numbers(init[name], f"init[{name!r}]")
        if array.shape != shape:
            raise ValueError(f"init[{name!r}] has shape {array.shape}; this model needs {shape}.")
        if not np.isfinite(array).all():
            raise ValueError(f"init[{name!r}] contains NaN or infinity.")
        arrays[name] = array
    if (arrays["weights"] <= 0).any():
        raise ValueError("init['weights'] must be positive.")
    variances = arrays["covariances"]
    if problem.family in ("full", "tied"):
        if not np.allclose(variances, np.swapaxes(variances, -1, -2), rtol=1e-8, atol=0):
            raise ValueError("init['covariances'] must be symmetric.")
        variances = np.diagonal(variances, axis1=-2, axis2=-1)
    if (variances <= 0).any():
        raise ValueError("init['covariances'] must have positive variances.")
    return arrays["weights"] / arrays["weights"].sum(), arrays["means"], arrays["covariances"]


def singular_error(component: int, problem: Problem, labels: Labels, asked: Any) -> ValueError:
    """What to tell a caller whose options let a covariance collapse."""
    if problem.family == "tied":
        whose = "The shared covariance"
    else:
        owner = np.repeat(np.arange(problem.n_classes), problem.sizes)
        whose = f"The covariance of class {labels.names[owner[component]]!r}"
    return ValueError(
        f"{whose} became singular: too few distinct rows, or columns that depend on one another, with "
        f"shrinkage={asked.shrinkage!r} and reg_covar={asked.reg_covar!r}. Raise reg_covar (1e-6 is the default), use "
        "shrinkage='auto', or a simpler covariance_type."
    )
