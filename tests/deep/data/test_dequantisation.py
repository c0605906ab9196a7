"""Grids on which values of columns lie."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semigen.deep.data.dequantisation import cell_widths
from tests.deep.tables import LEARNT, blobs, small, truth


@settings(deadline=None, max_examples=60)
@given(
    step=st.sampled_from([1.0, 0.5, 0.1, 0.01, 1 / 3, 1 / 255, 1000.0]),
    n_values=st.integers(2, 50),
    first=st.integers(-100, 100),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_the_step_of_a_grid_is_found(step, n_values, first, dtype):
    rng = np.random.default_rng(n_values)
    numbers = np.concatenate([np.arange(n_values), rng.integers(0, n_values, 5 * n_values)])
    column = (step * (first + numbers)).astype(dtype)[:, None]
    np.testing.assert_allclose(cell_widths(column), [step], rtol=0.02)


def test_values_on_no_grid_are_points_and_a_constant_has_a_cell_of_one():
    rng = np.random.default_rng(0)
    decimals = np.round(rng.normal(size=500), 1)
    columns = {
        "reals": (rng.normal(size=500), 0.0),
        "reals, each twice": (np.repeat(rng.normal(size=250), 2), 0.0),
        "whole numbers, all different": (np.arange(500.0), 0.0),
        "uneven grades": (rng.choice([0.0, 1.0, 2.5, 1e3 * np.pi], 500), 0.0),
        "constant": (np.full(500, 3.7), 1.0),
        "counts": (rng.poisson(4, 500).astype(float), 1.0),
        "halves": (rng.integers(0, 9, 500) / 2, 0.5),
        "rounded decimals": (decimals, 0.1),
        "every other": (2.0 * rng.integers(0, 9, 500), 2.0),
        "no two neighbours": (rng.choice([0.0, 10.0, 25.0], 500), 5.0),
        "zeros among reals": (np.where(rng.random(500) < 0.5, 0.0, rng.normal(size=500)), 0.0),
    }
    found = cell_widths(np.column_stack([values for values, _ in columns.values()]))
    for (name, (_, expected)), width in zip(columns.items(), found, strict=True):
        assert width == pytest.approx(expected, rel=0.02), name


def test_many_different_counts_in_few_rows_are_counts():
    ages = np.random.default_rng(0).integers(18, 90, 100)[:, None].astype(float)
    assert len(np.unique(ages)) > 50
    assert cell_widths(ages) == [1.0]


def test_a_value_that_many_rows_have_needs_noise_where_it_lies_on_no_grid():
    X, _ = blobs()
    X = pd.DataFrame(np.where(X < 0, 0, X), columns=list("abcd"))
    assert np.isfinite(small("FlowFeatures").fit(X).score(X))
    with pytest.raises(ValueError, match=r"Column 'a' has the value 0 in .*% of the rows .* Give input_noise > 0"):
        small("FlowFeatures", input_noise=0.0).fit(X)


def test_columns_that_vary_little_beside_their_size_are_no_constants():
    X, y = blobs()
    model = small("SemiSupervisedFlow", **LEARNT).fit(1e8 + 0.01 * X.astype(np.float64), y)
    assert model.score(1e8 + 0.01 * X.astype(np.float64), truth()) > 0.95
