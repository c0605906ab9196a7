"""Columns of bits are told from columns that a scaler brought to [0, 1]."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_wine
from sklearn.preprocessing import minmax_scale

from semigen.tables.bits import columns_of_bits, is_bit
from semigen.tables.declare import declare_table
from semigen.tables.kinds import Kind

RNG = np.random.default_rng(0)
BITS = RNG.integers(2, size=(50, 3)).astype(float)


def test_bits_beside_numbers_are_bits_and_numbers_are_not():
    X = np.column_stack([BITS, RNG.normal(size=50)])
    assert columns_of_bits(X).tolist() == [True, True, True, False]
    assert [column.kind is Kind.BOOLEAN for column in declare_table(X)] == columns_of_bits(X).tolist()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_column_is_one_of_bits_only_among_bits(dtype):
    constant = np.zeros((50, 1), dtype=dtype)
    assert columns_of_bits(np.hstack([BITS, constant]).astype(dtype)).all()
    beside_numbers = np.hstack([BITS, constant, 3 + BITS]).astype(dtype)
    assert columns_of_bits(beside_numbers).tolist() == [True, True, True, False, False, False, False]


def test_all_pixels_of_images_are_bits_and_scaled_numbers_are_not():
    assert columns_of_bits(load_digits().data / 16).all()
    assert not columns_of_bits(minmax_scale(load_wine().data)).any()


def test_many_rows_give_the_same_as_few():
    assert columns_of_bits(np.tile(np.column_stack([BITS, 1 + BITS]), (400, 1))).tolist() == [True] * 3 + [False] * 3


def test_a_gap_is_no_bit():
    assert is_bit(np.array([0.0, 1.0, np.nan, 0.5, 1 + 1e-7])).tolist() == [True, True, False, False, False]
    assert is_bit(np.array([1 + 1e-7, -1e-7, 1e-5]), 1e-6).tolist() == [True, True, False]
