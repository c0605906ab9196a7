"""Sums over parts, and reading ahead."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semigen.mixture.partitions.engine import read_ahead, sum_in_pairs
from semigen.mixture.partitions.part import Part


@given(st.integers(1, 70))
def test_neighbours_are_added_first_level_by_level(n):
    """The tree that the cluster's engine builds from all answers at once."""
    level = [(i,) for i in range(n)]
    as_text = [str(i) for i in range(n)]
    while len(level) > 1:
        as_text = [f"({a}{b})" for a, b in zip(as_text[::2], as_text[1::2], strict=False)] + as_text[
            len(as_text) - len(as_text) % 2 :
        ]
        level = [a + b for a, b in zip(level[::2], level[1::2], strict=False)] + level[len(level) - len(level) % 2 :]

    class Text(str):
        def __add__(self, other):
            return Text(f"({self!s}{other!s})")

    assert sum_in_pairs(Text(i) for i in range(n)) == as_text[0]


def test_of_no_part_there_is_no_sum():
    with pytest.raises(ValueError, match="There is no partition"):
        sum_in_pairs([])


def test_an_error_of_the_reader_reaches_the_user_and_the_thread_ends():
    def broken():
        yield 1
        raise OSError("the disk is gone")

    found = []
    with pytest.raises(OSError, match="the disk is gone"):
        found.extend(read_ahead(broken()))
    assert "semigen-read-ahead" not in {each.name for each in threading.enumerate()}


def test_who_stops_early_leaves_no_thread_behind():
    parts = read_ahead(iter(range(100)))
    assert next(parts) == 0
    parts.close()
    assert "semigen-read-ahead" not in {each.name for each in threading.enumerate()}


@pytest.mark.parametrize("owned", [False, True])
@given(st.integers(0, 12), st.randoms())
def test_without_some_rows_the_others_are_left(owned, n, random):
    X = np.arange(2.0 * n).reshape(n, 2)
    rows = np.array(sorted(random.sample(range(n), random.randint(0, n))), dtype=np.int64)
    given_rows = X.copy()
    left, weights = Part(given_rows, weights=X[:, 0].copy(), owned=owned).without(rows)
    assert sorted(left[:, 0]) == np.delete(X[:, 0], rows).tolist()
    assert (left[:, 0] == weights).all()
    assert owned or (given_rows == X).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_checksum_changes_with_any_value(dtype):
    X = np.random.default_rng(0).normal(size=(7, 3)).astype(dtype)
    for i in range(7):
        for j in range(3):
            other = X.copy()
            other[i, j] = np.nextafter(other[i, j], dtype(9))
            assert Part(other).checksum != Part(X).checksum


def test_a_checksum_changes_where_halves_of_small_whole_numbers_change_places():
    X = np.random.default_rng(0).integers(0, 10, (8192, 4)).astype(float)
    assert Part(np.concatenate([X[4096:], X[:4096]])).checksum != Part(X).checksum
