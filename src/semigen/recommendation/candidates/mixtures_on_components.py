"""Mixtures of the leading principal components of all rows, for tables with more columns than labels can teach."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline

from semigen.compose.number_scaler import NumberScaler
from semigen.mixture.cv import SemiSupervisedGMMCV
from semigen.recommendation.candidates import mixture
from semigen.recommendation.candidates.preparation import before
from semigen.recommendation.candidates.specification import Specification
from semigen.recommendation.training_rows import Rows, Size

COMPONENTS = 20
# Columns whose standard deviations differ by more have units of their own, which must not decide what is leading.
_SAME_UNITS = 10.0
_FITS = 150


def make(rows: Rows) -> Any:
    """Return the classifier for such rows."""
    sd = np.nanstd(rows.numbers, axis=0)
    scaled = [NumberScaler()] if rows.incomplete or sd.max() > _SAME_UNITS * np.median(sd[sd > 0]) else []
    reduced = PCA(COMPONENTS, svd_solver="randomized", random_state=0)
    return make_pipeline(before(rows, *scaled, reduced), SemiSupervisedGMMCV())


def suits(rows: Rows) -> bool:
    """Return whether there are columns enough to reduce, and rows that vary in more than so many ways."""
    return rows.size.n_columns >= 2 * COMPONENTS and rows.size.n_rows > 2 * COMPONENTS


def seconds(size: Size) -> float:
    """Return the seconds of a fit."""
    reduction = 0.02 + 1e-7 * size.n_rows * size.n_columns
    return reduction + _FITS * mixture.seconds(replace(size, n_columns=COMPONENTS))


CANDIDATE = Specification(
    "mixtures on principal components",
    f"Sums all columns up in {COMPONENTS} numbers, learnt from all rows, and averages many kinds of clouds of those.",
    make,
    seconds,
    suits,
)
