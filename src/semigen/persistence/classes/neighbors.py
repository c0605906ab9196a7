"""Nearest neighbours and support vectors of scikit-learn; search trees are built again from their rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from semigen.persistence.restorable import Estimator, Restorable, expect
from semigen.persistence.schema import Array, Flag, Integer, Kind, Labels, Nullable, Text
from semigen.persistence.value_kinds import CLASS_NAMES, Each, Instance, Keyed, Number, Only

_SEARCH: dict[str, Kind] = {
    "_fit_X": Array("f", ("samples", "columns")),
    "_fit_method": Text(["brute", "kd_tree", "ball_tree"]),
    "effective_metric_": Text(),
    "effective_metric_params_": Keyed(Text(), Nullable(Number())),
    "n_samples_fit_": Integer(1, size="samples"),
}


@dataclass(frozen=True)
class _Neighbors(Estimator):
    def complete(self, value: Any) -> None:
        # When it is needed: it takes a while to import.
        from sklearn.neighbors import NearestNeighbors

        search = NearestNeighbors(
            algorithm=value._fit_method,
            leaf_size=value.leaf_size,
            metric=value.metric,
            metric_params=value.metric_params,
            p=value.p,
        ).fit(value._fit_X)
        same = (search.effective_metric_, search.effective_metric_params_, search._fit_method)
        expect(
            same == (value.effective_metric_, value.effective_metric_params_, value._fit_method),
            "its parameters are of another way to measure distances",
        )
        value._tree = search._tree


@dataclass(frozen=True)
class _NeighborsClassifier(_Neighbors):
    def complete(self, value: Any) -> None:
        super().complete(value)
        # Compiled code counts classes by these.
        fits = value._y.dtype == np.intp and value._y.min() >= 0 and value._y.max() < len(value.classes_)
        expect(bool(fits), "its rows are of classes that it has not")


_CLASSIFIER: dict[str, Kind] = {
    **_SEARCH,
    "classes_": CLASS_NAMES,
    "_y": Array("i", ("samples",)),
    "outputs_2d_": Only((False,)),
}
_WEIGHTS: dict[str, Kind] = {"weights": Only(("uniform", "distance", None))}

_SPREADING: dict[str, Kind] = {
    "classes_": CLASS_NAMES,
    "X_": Array("f", ("samples", "columns")),
    "label_distributions_": Array("f", ("samples", "classes")),
    "transduction_": Labels("samples"),
    "n_iter_": Integer(),
    "nn_fit": Nullable(Instance("NearestNeighbors")),
}
_KERNEL: dict[str, Kind] = {"kernel": Only(("knn", "rbf"))}


@dataclass(frozen=True)
class _Spreading(Estimator):
    def complete(self, value: Any) -> None:
        search = getattr(value, "nn_fit", None)
        if value.kernel == "knn":
            expect(search is not None and search._fit_X.shape == value.X_.shape, "its neighbours are of other rows")


@dataclass(frozen=True)
class _SVC(Estimator):
    """The arrays of libsvm, whose code trusts that they are as long as one another says."""

    def complete(self, value: Any) -> None:
        n_classes, n_vectors = len(value.classes_), len(value.support_)
        pairs = n_classes * (n_classes - 1) // 2
        expect(n_classes > 1 and value._n_support.shape == (n_classes,), "its support vectors are of other classes")
        expect(value._n_support.dtype == np.int32 == value.support_.dtype, "its counts are of another type")
        expect(bool((value._n_support >= 0).all()) and value._n_support.sum() == n_vectors, "its counts do not add up")
        for array in (value._dual_coef_, value.dual_coef_):
            expect(array.shape == (n_classes - 1, n_vectors), "its coefficients are of other vectors")
        for array in (value._intercept_, value.intercept_):
            expect(array.shape == (pairs,), "its intercepts are of other classes")
        expect(len(value._probA) == len(value._probB) and len(value._probA) in (0, pairs), "its sigmoids lack")
        floats = ("support_vectors_", "_dual_coef_", "_intercept_", "_probA", "_probB", "class_weight_")
        for name in floats:
            expect(getattr(value, name).dtype == np.float64, f"{name} is of another type")
            expect(getattr(value, name).flags.c_contiguous, f"{name} is in another order")
        shape = value.shape_fit_
        expect(len(shape) == 2 and shape[1] == value.n_features_in_, "it was fitted to other columns")
        within = n_vectors == 0 or (value.support_.min() >= 0 and value.support_.max() < shape[0])
        expect(bool(within), "its support vectors are no rows")


CLASSES: tuple[Restorable, ...] = (
    _Neighbors("sklearn.neighbors", "NearestNeighbors", _SEARCH, again=("_tree",)),
    _NeighborsClassifier(
        "sklearn.neighbors", "KNeighborsClassifier", _CLASSIFIER, parameters=_WEIGHTS, again=("_tree",)
    ),
    _NeighborsClassifier(
        "semigen.recommendation.candidates.nearest_neighbours",
        "TunedNearestNeighbours",
        {**_CLASSIFIER, "n_neighbors": Integer(1)},
        again=("_tree",),
    ),
    _Spreading("sklearn.semi_supervised", "LabelSpreading", _SPREADING, ("nn_fit",), parameters=_KERNEL),
    _Spreading("sklearn.semi_supervised", "LabelPropagation", _SPREADING, ("nn_fit",), parameters=_KERNEL),
    _Spreading(
        "semigen.recommendation.candidates.label_spreading",
        "CompleteLabelSpreading",
        _SPREADING,
        ("nn_fit",),
        parameters=_KERNEL,
    ),
    _SVC(
        "sklearn.svm",
        "SVC",
        {
            "classes_": CLASS_NAMES,
            "support_": Array("i", ("vectors",)),
            "support_vectors_": Array("f", ("vectors", "columns")),
            "_n_support": Array("i", ("classes",)),
            **dict.fromkeys(("dual_coef_", "_dual_coef_", "intercept_", "_intercept_"), Array("f", None)),
            "_probA": Array("f", ("sigmoids",)),
            "_probB": Array("f", ("sigmoids",)),
            "class_weight_": Array("f", ("classes",)),
            "_gamma": Number(),
            "_sparse": Only((False,)),
            "_effective_probability": Flag(),
            "fit_status_": Integer(),
            "shape_fit_": Each(Integer(), tuple),
            "_num_iter": Array("iu", None),
            "n_iter_": Array("iu", None),
        },
        ("_effective_probability",),
        parameters={"kernel": Only(("linear", "poly", "rbf", "sigmoid"))},
    ),
    Estimator(
        "semigen.recommendation.candidates.svm",
        "ProbabilisticSVC",
        {"C_": Number(), "scale_": Number(), "classes_": CLASS_NAMES, "svc_": Instance("SVC")},
    ),
)
