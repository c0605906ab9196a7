"""Data of the report's pictures: a plane for the rows, and a part of many rows."""

from __future__ import annotations

import numpy as np
import pytest

from semigen.labels import encode
from semigen.report.pictures.material import as_numbers, some_rows
from semigen.report.pictures.rows_on_a_plane import on_a_plane


def test_classes_lie_apart_on_the_plane_if_they_do_anywhere():
    rng = np.random.default_rng(1)
    classes = rng.integers(0, 3, 200)
    rows = rng.normal(size=(200, 10)) * np.r_[np.full(8, 5.0), 1, 1]
    rows[:, 8:] += 6 * np.array([[0, 0], [1, 0], [0, 1]])[classes]
    places, names = on_a_plane(rows, classes)
    assert places.shape == (200, 2)
    assert len(names) == 2
    centres = np.array([places[classes == k].mean(axis=0) for k in range(3)])
    nearest = ((places[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    assert np.mean(nearest == classes) > 0.97


@pytest.mark.parametrize(
    ("n", "d", "n_classes", "width"),
    [(50, 1, 2, 1), (50, 5, 1, 2), (50, 5, 2, 2), (3, 40, 3, 2), (1, 3, 1, 2), (80, 300, 3, 2)],
)
def test_a_plane_is_found_for_few_rows_columns_and_classes(n, d, n_classes, width):
    rows = np.random.default_rng(2).normal(size=(n, d))
    places, names = on_a_plane(rows, np.arange(n) % n_classes)
    assert places.shape == (n, width)
    assert len(names) == width
    assert np.isfinite(places).all()


def test_rows_that_are_all_alike_have_a_plane():
    places, _ = on_a_plane(np.ones((20, 3)), np.arange(20) % 2)
    assert np.isfinite(places).all()


def test_drawn_rows_are_no_more_than_asked_for_and_in_order():
    labels = encode(np.where(np.arange(100) < 30, np.arange(100) % 3, -1))
    some = some_rows(labels, 10, 20, 0)
    assert (np.diff(some) > 0).all()
    assert (labels.labeled[some].sum(), labels.unlabeled[some].sum()) == (10, 20)
    np.testing.assert_array_equal(some_rows(labels, 1000, 1000, 0), np.arange(100))


def test_tables_with_text_and_gaps_become_standard_numbers():
    import pandas as pd

    table = pd.DataFrame({"x": [1.0, None, 3.0, 8.0], "t": ["a", "b", "a", None], "same": 1})
    numbers = as_numbers(table)
    assert np.isfinite(numbers).all()
    np.testing.assert_allclose(numbers.mean(axis=0), 0, atol=1e-12)
