"""Options of a mixture as users give them, checked and turned into those of `fit_mixture`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils._param_validation import Interval, StrOptions

from semigen._runtime.memory import require_memory
from semigen._validation import numbers
from semigen.labels import Labels, as_objects
from semigen.mixture.families import FAMILIES, Family
from semigen.mixture.gaussian.label_noise import LabelNoise
from semigen.mixture.gaussian.parameters import SingularCovarianceError
from semigen.mixture.gaussian.student_t import PER_COMPONENT, SHARED
from semigen.mixture.label_mechanism import CLASS, ENTROPY
from semigen.mixture.learning.fit import MixtureFit, Start

# What the density of a component is.
NORMAL, STUDENT_T = "normal", "t"

# The class prior that goes by the unlabelled rows.
UNLABELED = "unlabeled"

# The density of rows that are of no class.
UNIFORM = "uniform"

# A matrix of label noise with so small a singular value cannot be told from one that is singular.
_SINGULAR = 1e-8

# Parameters of the fit to labelled rows alone that the guard compares with.
SUPERVISED_ALONE: dict[str, Any] = {
    "guard": False,
    "unlabeled_weight": 0.0,
    "label_mechanism": None,
    "noise": None,
    "novelty": None,
    "unknown_label": None,
    "warm_start": False,
    "verbose": 0,
}

CONSTRAINTS: dict[str, Any] = {
    "covariance_type": [StrOptions(set(FAMILIES))],
    "distribution": [StrOptions({NORMAL, STUDENT_T})],
    "degrees_of_freedom": [StrOptions({"auto", PER_COMPONENT}), Interval(Real, 1e-3, None, closed="left")],
    "n_components": [Interval(Integral, 1, None, closed="left"), Mapping, StrOptions({"bic"})],
    "rank": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
    "classes": ["array-like", None],
    "unlabeled": "no_validation",
    "unlabeled_weight": [Interval(Real, 0, 1, closed="both")],
    "guard": ["boolean"],
    "shrinkage": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
    "reg_covar": [Interval(Real, 0, 1, closed="left")],
    "missing": [StrOptions({"error", "marginal"})],
    "class_prior": ["array-like", Mapping, StrOptions({UNLABELED}), None],
    "label_noise": ["array-like", StrOptions({"auto"}), None],
    "label_mechanism": [StrOptions({ENTROPY, CLASS}), None],
    "noise": [StrOptions({UNIFORM}), None],
    "novelty": [Interval(Integral, 1, None, closed="left"), StrOptions({"bic", "aic"}), None],
    "unknown_label": "no_validation",
    "false_alarm": [Interval(Real, 0, 1, closed="neither")],
    "max_iter": [Interval(Integral, 1, None, closed="left")],
    "tol": [Interval(Real, 0, None, closed="left")],
    "n_init": [Interval(Integral, 1, None, closed="left")],
    "init": [StrOptions({"labeled"}), Mapping],
    "warm_start": ["boolean"],
    "accelerate": [StrOptions({"auto", "quasi-newton"}), None],
    "prune": ["boolean"],
    "random_state": ["random_state"],
    "n_jobs": [Integral, None],
    "verbose": ["verbose"],
}


def component_counts(n_components: int | Mapping[Any, int] | str, classes: NDArray[Any]) -> NDArray[np.int64]:
    """Return the components of every class; one each if their number is yet to be chosen."""
    if isinstance(n_components, str):
        return np.ones(len(classes), dtype=np.int64)
    if not isinstance(n_components, Mapping):
        return np.full(len(classes), int(n_components))
    listed = as_objects(classes)
    unknown = [name for name in n_components if name not in listed]
    if unknown:
        raise ValueError(f"n_components names {unknown}, which are not among the classes {listed}.")
    counts = [n_components.get(name, 1) for name in listed]
    if not all(is_whole(count) and count >= 1 for count in counts):
        raise ValueError(f"n_components={dict(n_components)!r}: every class needs a whole number of at least 1.")
    return np.array(counts, dtype=np.int64)


def is_whole(count: object) -> bool:
    """Return whether something is a whole number; a truth value is none."""
    return isinstance(count, Integral) and not isinstance(count, bool)


def checked_rank(rank: int | str, form: Family, n_features: int, n_rows: int) -> int:
    """Return the number of latent factors of each covariance, of which families without loadings have none."""
    if isinstance(rank, str):
        return form.automatic_rank(n_features, n_rows)
    if not form.rank:
        raise ValueError(
            f"rank={rank} is for covariance_type='low_rank'; {form.name!r} has no latent factors. Leave rank out."
        )
    most = min(n_features, n_rows)
    if rank > most:
        raise ValueError(
            f"rank={rank} is more than the {n_features} columns of X, or its {n_rows} rows that count, can tell; the "
            f"largest is {most}. Ask for fewer latent factors, or leave it to rank='auto'."
        )
    return int(rank)


def checked_degrees(distribution: str, degrees_of_freedom: float | str) -> float | str | None:
    """Return which degrees of freedom Student t components have, or how they are learnt; None for Gaussian ones."""
    if distribution == NORMAL:
        if degrees_of_freedom != "auto":
            raise ValueError(
                f"degrees_of_freedom={degrees_of_freedom!r} is for distribution='t', and distribution='normal' has "
                "none. Set distribution='t', or leave degrees_of_freedom out."
            )
        return None
    if isinstance(degrees_of_freedom, str):
        return SHARED if degrees_of_freedom == "auto" else PER_COMPONENT
    if isinstance(degrees_of_freedom, bool):
        raise ValueError(f"degrees_of_freedom={degrees_of_freedom} is no number: give one, 'auto' or 'per_component'.")
    return float(degrees_of_freedom)


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


def memory_of_fit(form: Family, n_components: int, n_features: int) -> float:
    """Return the bytes that a fit takes beyond its rows, about: twelve numbers for each entry of a covariance.

    Measured with 1,500 columns (peak of the process, in covariances of all components): 'tied' 19, 'full' 31 with two
    components, 66 with five and 71 with six. They are held by the parameters before and after a step, their factors,
    the prior, moments of rows, and the start.
    """
    n_covariances = form.count(n_components)
    entries = math.prod(form.covariance_shape(n_components, n_features)) / n_covariances
    return 8.0 * entries * (12 * n_covariances + 8)


def check_memory(form: Family, n_components: int, n_features: int) -> None:
    """Refuse a fit whose covariances take more memory than is available, before any of it is taken.

    Raises
    ------
    MemoryError
    """
    fewer = f"reduce the {n_features:,} columns first, as PCA(40) in a pipeline before the mixture does"
    remedy = f"To need less, {fewer}."
    if form.correlated and not form.rank:
        remedy = (
            "Use covariance_type='low_rank' or 'diag', which hold a few numbers for each column instead of one for "
            f"each pair of columns; or {fewer} (SemiSupervisedGMMCV does that itself, with transforms=['pca-40'])."
        )
    require_memory(
        memory_of_fit(form, n_components, n_features),
        f"The parameters of {n_components:,} components in {n_features:,} columns with covariance_type={form.name!r}",
        remedy,
    )


def given_start(init: Mapping[str, ArrayLike], form: Family, n_features: int, class_first: NDArray[np.int64]) -> Start:
    """Return the weights, means and covariances of `init`, in the units of the data."""
    wanted = {"weights", "means", "covariances"}
    if set(init) != wanted:
        raise ValueError(f"init must have just the keys {sorted(wanted)}; it has {sorted(map(str, init))}.")
    n_components = int(class_first[-1])
    shapes: dict[str, tuple[int, ...]] = {
        "weights": (n_components,),
        "means": (n_components, n_features),
        "covariances": form.covariance_shape(n_components, n_features),
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
    form.check(arrays["covariances"], "init['covariances']")
    return arrays["weights"] / arrays["weights"].sum(), arrays["means"], arrays["covariances"]


def singular_error(
    error: SingularCovarianceError, classes: Sequence[Any], shrinkage: object, reg_covar: object
) -> ValueError:
    """Return what to tell a caller whose options let a covariance collapse."""
    whose = "The shared covariance"
    if error.class_code is not None:
        known = error.class_code < len(classes)
        whose = f"The covariance of class {classes[error.class_code]!r}" if known else "That of a novel component"
    return ValueError(
        f"{whose} became singular: too few distinct rows, or columns that depend on one another, with "
        f"shrinkage={shrinkage!r} and reg_covar={reg_covar!r}. Raise reg_covar (1e-6 is the default), use "
        "shrinkage='auto', or a simpler covariance_type."
    )


def checked_label_noise(label_noise: ArrayLike | str | None, labels: Labels) -> LabelNoise | None:
    """Return how labels go wrong, by each annotator; None if all are right.

    Raises
    ------
    ValueError
        If a matrix does not have probabilities for these classes and annotators, or labels would not tell the classes
        apart.
    """
    if label_noise is None:
        return None
    n_annotators, n_classes = labels.given.shape[1], len(labels.classes)
    if isinstance(label_noise, str):  # "auto"
        return LabelNoise.mostly_right(n_annotators, n_classes)
    given = numbers(label_noise, "label_noise")
    of_one, of_each = (n_classes, n_classes), (n_annotators, n_classes, n_classes)
    if given.shape not in (of_one, of_each):
        raise ValueError(
            f"label_noise has shape {given.shape}; for the {n_classes} classes {labels.names} it needs {of_one}, or "
            f"{of_each} with a matrix for each annotator: row by row the probabilities of the labels that a class gets."
        )
    confusion = np.broadcast_to(given, of_each)
    if not (np.isfinite(confusion).all() and (confusion >= 0).all()):
        raise ValueError("label_noise has entries that are no probabilities: they must be between 0 and 1.")
    total = confusion.sum(axis=-1)
    if not np.allclose(total, 1, rtol=0, atol=1e-6):
        annotator, k = np.argwhere(np.abs(total - 1) > 1e-6)[0]
        raise ValueError(
            f"The row of class {labels.names[k]!r} in label_noise sums to {total[annotator, k]:.6g}; each row must sum "
            "to 1. Rows are classes, columns the labels that they get: transpose the matrix if it is the other way."
        )
    confusion = confusion / total[..., None]
    if np.linalg.svd(np.hstack(list(confusion)), compute_uv=False)[-1] < _SINGULAR:
        raise ValueError(
            "label_noise is singular: some classes get the same labels as a mixture of others, so that labels cannot "
            "tell them apart. Give a matrix with linearly independent rows, or label_noise='auto'."
        )
    return LabelNoise(confusion)


def not_converged(fit: MixtureFit, max_iter: int, tol: float) -> str:
    """Return what to tell of a fit that has not settled."""
    remedy = "Raise max_iter, or loosen tol."
    if not fit.ran_out:
        remedy = "Rounding keeps it from rising further: raise reg_covar or shrinkage, or pass X as float64."
    return (
        f"EM stopped after {fit.n_iter} iterations (max_iter={max_iter}) before the objective settled to tol={tol}. "
        f"{remedy}"
    )
