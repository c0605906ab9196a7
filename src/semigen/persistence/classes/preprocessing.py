"""Transformers of scikit-learn for columns of numbers, by their fitted arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from semigen.persistence.restorable import Estimator, Restorable, expect
from semigen.persistence.schema import Array, Flag, Integer, Labels, Nullable, Text
from semigen.persistence.value_kinds import Dtype, Each, Either, Instance, Nothing, Number, Only

OF_COLUMNS = Array("f", ("columns",))
_MAYBE = Nullable(OF_COLUMNS)
_SEEN = Either((Number(), Array("iuf", ("columns",))))


@dataclass(frozen=True)
class _OneHotEncoder(Estimator):
    """Its codes of values are columns of a sparse matrix, which SciPy does not check."""

    def complete(self, value: Any) -> None:
        expect(value.n_features_in_ == len(value.categories_), "it is of other columns")
        asked = value.min_frequency is not None or value.max_categories is not None
        expect(value._infrequent_enabled == asked, "its parameters and its rare values do not go together")
        rare = value._infrequent_indices if value._infrequent_enabled else [None] * len(value.categories_)
        codes = value._default_to_infrequent_mappings if value._infrequent_enabled else rare
        widths = []
        for names, few, code in zip(value.categories_, rare, codes, strict=True):
            widths.append(len(names) if few is None else len(names) - len(few) + 1)
            if few is None or code is None:
                expect(few is None and code is None, "its rare values have no codes")
                continue
            frequent = np.setdiff1d(np.arange(len(names)), few)
            expected = np.full(len(names), len(frequent))
            expected[frequent] = np.arange(len(frequent))
            expect(len(frequent) + len(few) == len(names) and np.array_equal(code, expected), "its codes do not fit")
        expect(widths == value._n_features_outs, "its columns are not as many")


@dataclass(frozen=True)
class _QuantileTransformer(Estimator):
    def complete(self, value: Any) -> None:
        expect(value.n_quantiles_ == len(value.references_), "its quantiles are not as many")


_CODES = Each(Nullable(Array("iu", None)))
_STRATEGIES = Text(["mean", "median", "most_frequent", "constant"])

CLASSES: tuple[Restorable, ...] = (
    Estimator(
        "sklearn.preprocessing",
        "StandardScaler",
        {"mean_": _MAYBE, "scale_": _MAYBE, "var_": _MAYBE, "n_samples_seen_": _SEEN},
    ),
    Estimator(
        "sklearn.preprocessing",
        "MinMaxScaler",
        {
            **dict.fromkeys(("min_", "scale_", "data_min_", "data_max_", "data_range_"), OF_COLUMNS),
            "n_samples_seen_": _SEEN,
        },
    ),
    Estimator(
        "sklearn.preprocessing",
        "MaxAbsScaler",
        {"max_abs_": OF_COLUMNS, "scale_": OF_COLUMNS, "n_samples_seen_": _SEEN},
    ),
    Estimator("sklearn.preprocessing", "RobustScaler", {"center_": _MAYBE, "scale_": _MAYBE}),
    Estimator("sklearn.preprocessing", "Normalizer"),
    Estimator(
        "sklearn.preprocessing",
        "PowerTransformer",
        {"lambdas_": OF_COLUMNS, "_scaler": Instance("StandardScaler")},
        ("_scaler",),
    ),
    _QuantileTransformer(
        "sklearn.preprocessing",
        "QuantileTransformer",
        {
            "n_quantiles_": Integer(1),
            "references_": Array("f", ("quantiles",)),
            "quantiles_": Array("f", ("quantiles", "columns")),
        },
    ),
    Estimator(
        "sklearn.preprocessing",
        "FunctionTransformer",
        parameters={name: Nothing() for name in ("func", "inverse_func", "kw_args", "inv_kw_args")}
        | {"feature_names_out": Only((None, "one-to-one"))},
    ),
    _OneHotEncoder(
        "sklearn.preprocessing",
        "OneHotEncoder",
        {
            "categories_": Each(Labels(None)),
            "_infrequent_enabled": Flag(),
            "_infrequent_indices": _CODES,
            "_default_to_infrequent_mappings": _CODES,
            "_drop_idx_after_grouping": Nothing(),
            "drop_idx_": Nothing(),
            "_n_features_outs": Each(Integer(0)),
        },
        ("_infrequent_indices", "_default_to_infrequent_mappings"),
        parameters={"drop": Nothing(), "feature_name_combiner": Only(("concat",))},
    ),
    Estimator(
        "sklearn.impute",
        "SimpleImputer",
        {
            "statistics_": Array("fiub", ("columns",)),
            "indicator_": Nullable(Instance("MissingIndicator")),
            "_fit_dtype": Dtype(),
            "_fill_dtype": Dtype(),
        },
        ("indicator_", "_fill_dtype"),
        parameters={"strategy": _STRATEGIES},
    ),
    Estimator(
        "sklearn.impute",
        "MissingIndicator",
        {
            "features_": Array("iu", ("marked columns",), least=0),
            "_n_features": Integer(1, size="columns"),
            "_precomputed": Flag(),
        },
        ("_precomputed",),
    ),
    Estimator(
        "sklearn.decomposition",
        "PCA",
        {
            "components_": Array("f", ("components", "columns")),
            "n_components_": Integer(0, size="components"),
            "mean_": OF_COLUMNS,
            **{
                name: Array("f", ("components",))
                for name in ("explained_variance_", "explained_variance_ratio_", "singular_values_")
            },
            "noise_variance_": Number(),
            "n_samples_": Integer(),
            "_fit_svd_solver": Text(),
        },
    ),
    Estimator(
        "sklearn.decomposition",
        "TruncatedSVD",
        {
            "components_": Array("f", ("components", "columns")),
            **{
                name: Array("f", ("components",))
                for name in ("explained_variance_", "explained_variance_ratio_", "singular_values_")
            },
        },
    ),
)
