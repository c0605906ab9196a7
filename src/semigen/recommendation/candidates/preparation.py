"""Transformers in front of a classifier: gaps filled where it takes none, and numbers scaled."""

from __future__ import annotations

from typing import Any

from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from semigen._runtime.transform_output import giving_arrays
from semigen.compose.generative_features import GenerativeFeatures
from semigen.compose.number_scaler import NumberScaler
from semigen.recommendation.training_rows import Rows


def before(rows: Rows, *steps: Any) -> Any:
    """Return transformers in a row; if there are gaps they are filled first, and marked by columns of their own."""
    filled = [SimpleImputer(add_indicator=True, keep_empty_features=True)] if rows.incomplete else []
    every = [*filled, *steps]
    return giving_arrays(every[0] if len(every) == 1 else make_pipeline(*every))


def on_scaled(rows: Rows, classifier: Any) -> GenerativeFeatures:
    """Return a classifier behind scaling that is taught by all rows, while it learns from those that it can use."""
    return GenerativeFeatures(before(rows, NumberScaler()), classifier)
