"""Forests and boosted trees of scikit-learn, by the arrays of their nodes.

Compiled code follows the children of a node without looking whether they are there, so that nodes are checked before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from semigen.persistence.restorable import Estimator, Groups, Restorable, expect
from semigen.persistence.schema import Array, Flag, Integer, Kind, Nullable, Real, Text
from semigen.persistence.value_kinds import CLASS_NAMES, Anything, Each, Instance, Keyed, Nothing, Only

_LEAF = -1
_NODES = Keyed(Text(), Array("biuf", None))


def columns_of(trees: list[NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the nodes of all trees one after the other, an array for each field, and how many each tree has."""
    nodes = np.concatenate(trees)
    fields = {name: np.ascontiguousarray(nodes[name]) for name in nodes.dtype.names or ()}
    return {**fields, "n_nodes": np.array([len(each) for each in trees])}


def rows_of(columns: dict[str, NDArray[Any]], dtype: np.dtype[Any]) -> list[NDArray[Any]]:
    """Return the nodes of each tree.

    Raises
    ------
    ValueError
        If the columns are not those of `dtype`, or not all as long.
    """
    counts = columns["n_nodes"]
    fields = {name: array for name, array in columns.items() if name != "n_nodes"}
    expect(sorted(fields) == sorted(dtype.names or ()), "its trees are those of another version of scikit-learn")
    total = len(next(iter(fields.values())))
    expect(all(each.shape == (total,) for each in fields.values()), "its nodes are not as many in every column")
    expect(all(each.dtype == dtype[name] for name, each in fields.items()), "its nodes are of other types")
    expect(counts.ndim == 1 and counts.dtype.kind == "i" and len(counts) > 0, "it has no trees")
    expect(bool((counts > 0).all() and (counts <= total).all()) and sum(counts.tolist()) == total, "nodes are lost")
    nodes = np.zeros(total, dtype=dtype)
    for name, each in fields.items():
        nodes[name] = each
    return [nodes[end - n : end] for n, end in zip(counts, np.cumsum(counts), strict=True)]


def check_nodes(
    left: NDArray[Any], right: NDArray[Any], feature: NDArray[Any], is_leaf: NDArray[np.bool_], n_features: int
) -> None:
    """Refuse a tree of which a way down does not end at a leaf, or asks for a column that is not there.

    Raises
    ------
    ValueError
    """
    inner = ~is_leaf
    parents = np.flatnonzero(inner)
    for children in (left[inner].astype(np.int64), right[inner].astype(np.int64)):
        expect(bool(((children > parents) & (children < len(left))).all()), "a tree's nodes lead nowhere")
    asked = feature[inner]
    expect(bool(((asked >= 0) & (asked < n_features)).all()), "a tree asks for a column that is not there")


def _depth(left: NDArray[Any], right: NDArray[Any]) -> int:
    """Return the number of steps to the deepest leaf."""
    level, depth = np.zeros(1, dtype=np.int64), 0
    while True:
        inner = level[left[level] != _LEAF]
        if not len(inner):
            return depth
        level, depth = np.unique(np.concatenate([left[inner], right[inner]])), depth + 1


@dataclass(frozen=True)
class _Forest(Estimator):
    in_place_of_others: ClassVar[tuple[str, ...]] = ("_nodes", "_values", "_random_states", "_max_features")

    def taken_apart(self, value: Any, where: str) -> Groups:
        groups = super().taken_apart(value, where)
        if not hasattr(value, "estimators_"):
            return groups
        if value.n_outputs_ != 1:
            raise TypeError(f"{where}: this {self.name} has {value.n_outputs_} outputs, and files hold one.")
        trees = value.estimators_
        states = [each.tree_.__getstate__() for each in trees]
        attributes = groups["attributes"]
        attributes["_nodes"] = columns_of([state["nodes"] for state in states])
        attributes["_values"] = np.concatenate([state["values"] for state in states])
        attributes["_random_states"] = np.array([each.random_state for each in trees], dtype=np.int64)
        attributes["_max_features"] = int(trees[0].max_features_)
        return groups

    def complete(self, value: Any) -> None:
        # When they are needed: they take a while to import.
        from sklearn.tree._tree import NODE_DTYPE, Tree

        made = vars(value)
        values, seeds = made.pop("_values"), made.pop("_random_states")
        max_features, trees = made.pop("_max_features"), rows_of(made.pop("_nodes"), NODE_DTYPE)
        n_classes, n_features = len(value.classes_), value.n_features_in_
        expect(value.n_classes_ == n_classes and len(seeds) == len(trees), "its trees are of other classes, or lost")
        expect(values.shape == (sum(map(len, trees)), 1, n_classes) and values.dtype == np.float64, "nodes are lost")
        value.estimator_ = clone(value.estimator)
        value.estimators_, first = [], 0
        for nodes, seed in zip(trees, seeds.tolist(), strict=True):
            left, right, last = nodes["left_child"], nodes["right_child"], first + len(nodes)
            check_nodes(left, right, nodes["feature"], left == _LEAF, n_features)
            tree = Tree(n_features, np.array([n_classes], dtype=np.intp), 1)
            tree.__setstate__(
                {
                    "max_depth": _depth(left, right),
                    "node_count": len(nodes),
                    "nodes": nodes.copy(),
                    "values": values[first:last].copy(),
                }
            )
            one = value._make_estimator(append=True)
            one.random_state, first = seed, last
            one.n_features_in_, one.n_outputs_, one.max_features_, one.tree_ = n_features, 1, max_features, tree
            one.classes_, one.n_classes_ = np.arange(n_classes, dtype=np.float64), np.int64(n_classes)


@dataclass(frozen=True)
class _Boosting(Estimator):
    in_place_of_others: ClassVar[tuple[str, ...]] = ("_nodes",)

    def taken_apart(self, value: Any, where: str) -> Groups:
        groups = super().taken_apart(value, where)
        if hasattr(value, "_predictors"):
            nodes = [each.nodes for step in value._predictors for each in step]
            groups["attributes"]["_nodes"] = columns_of(nodes)
        return groups

    def complete(self, value: Any) -> None:
        from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE, X_BITSET_INNER_DTYPE
        from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor

        trees = rows_of(vars(value).pop("_nodes"), PREDICTOR_RECORD_DTYPE)
        n_classes, n_trees, bins = len(value.classes_), value.n_trees_per_iteration_, value._bin_mapper
        expect(n_trees == (n_classes if n_classes > 2 else 1), "its trees are of other classes")
        expect(value._baseline_prediction.shape == (1, n_trees), "its baseline is of other classes")
        expect(len(trees) % n_trees == 0, "trees are lost")
        expect(len(bins.is_categorical_) == value.n_features_in_ == value._n_features, "its bins are of other columns")
        expect(np.array_equal(value._label_encoder.classes_, value.classes_), "it encodes other classes")
        no_categories = np.zeros((0, 8), dtype=X_BITSET_INNER_DTYPE)
        predictors = []
        for nodes in trees:
            check_nodes(
                nodes["left"], nodes["right"], nodes["feature_idx"], nodes["is_leaf"] != 0, value.n_features_in_
            )
            expect(not nodes["is_categorical"].any(), "its trees ask for categories, which no file holds")
            predictors.append(TreePredictor(nodes.copy(), no_categories, no_categories))
        value._predictors = [predictors[first : first + n_trees] for first in range(0, len(trees), n_trees)]
        value._loss = value._get_loss(sample_weight=None)
        value._scorer = None
        value._feature_subsample_rng = np.random.default_rng(int(value._random_seed))


@dataclass(frozen=True)
class _Bins(Estimator):
    def complete(self, value: Any) -> None:
        expect(not value.is_categorical_.any(), "it has columns of categories, which no file holds")
        expect(len(value.bin_thresholds_) == len(value.is_categorical_), "its bins are of other columns")


_FOREST: dict[str, Kind] = {
    "classes_": CLASS_NAMES,
    "n_classes_": Integer(1),
    "n_outputs_": Only((1,)),
    "_nodes": _NODES,
    "_values": Array("f", None),
    "_random_states": Array("i", ("trees",)),
    "_max_features": Integer(1),
    "_n_samples": Integer(),
    "_n_samples_bootstrap": Nullable(Integer()),
    "_sample_weight": Nullable(Array("f", None)),
    "oob_score_": Real(finite=False),
    "oob_decision_function_": Array("f", None),
}
_NOT_ALWAYS = ("_n_samples", "_n_samples_bootstrap", "_sample_weight", "oob_score_", "oob_decision_function_")
_BOOSTING: dict[str, Kind] = {
    "classes_": CLASS_NAMES,
    "n_trees_per_iteration_": Integer(1),
    "_nodes": _NODES,
    "_baseline_prediction": Array("f", None),
    "_bin_mapper": Instance("_BinMapper"),
    "_label_encoder": Instance("LabelEncoder"),
    "_n_features": Integer(1),
    "_random_seed": Integer(),
    "is_categorical_": Nothing(),
    "_preprocessor": Nothing(),
    "_is_categorical_remapped": Nothing(),
    "do_early_stopping_": Flag(),
    "_use_validation_data": Anything(),
    "train_score_": Array("f", None),
    "validation_score_": Array("f", None),
}
_MADE_AGAIN = ("_predictors", "_loss", "_scorer", "_feature_subsample_rng", "_in_fit")

CLASSES: tuple[Restorable, ...] = (
    *(
        _Forest("sklearn.ensemble", name, _FOREST, _NOT_ALWAYS, again=("estimators_", "estimator_"))
        for name in ("ExtraTreesClassifier", "RandomForestClassifier")
    ),
    *(
        _Boosting(module, name, _BOOSTING, parameters={"warm_start": Only((False,))}, again=_MADE_AGAIN)
        for module, name in (
            ("sklearn.ensemble", "HistGradientBoostingClassifier"),
            ("semigen.recommendation.candidates.gradient_boosting", "ThriftyBoosting"),
        )
    ),
    _Bins(
        "sklearn.ensemble._hist_gradient_boosting.binning",
        "_BinMapper",
        {
            "is_categorical_": Array("biu", ("columns",)),
            "bin_thresholds_": Each(Array("f", None)),
            "n_bins_non_missing_": Array("iu", ("columns",)),
            "missing_values_bin_idx_": Integer(),
        },
    ),
)
