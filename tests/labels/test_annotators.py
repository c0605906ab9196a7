"""Labels of several annotators, in whatever holds them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

from semigen.labels import encode_annotators

CODES = np.array([[0, 1, -1], [1, 1, 0], [-1, -1, -1], [-1, 0, 1]])
MAJORITY = [0, 1, -1, 0]
TEXT = [["cat", "dog", None], ["dog", "dog", "cat"], [None, None, None], [None, "cat", "dog"]]
NUMBERS = np.where(CODES < 0, np.nan, CODES)


@pytest.mark.parametrize(
    "y",
    [
        TEXT,
        np.array(TEXT, dtype=object),
        pd.DataFrame(TEXT),
        pl.DataFrame(TEXT, schema=["a", "b", "c"], orient="row"),
        pd.DataFrame(TEXT).astype("category"),
        NUMBERS,
        NUMBERS.tolist(),
        np.ma.masked_invalid(NUMBERS),
        CODES,
        pd.DataFrame(CODES, dtype="Int64").mask(CODES < 0),
    ],
)
def test_labels_are_read_from_whatever_holds_them(y):
    labels = encode_annotators(y)
    assert np.array_equal(labels.given, CODES)
    assert labels.codes.tolist() == MAJORITY
    assert labels.names == (["cat", "dog"] if isinstance(labels.names[0], str) else [0, 1])


def test_of_labels_as_frequent_the_first_annotators_counts():
    assert encode_annotators([["b", "a"], ["a", "b"]]).codes.tolist() == [1, 0]


def test_parts_and_further_rows_keep_the_labels_of_all():
    labels = encode_annotators(CODES, classes=[1, 0]).joined(2).part(np.array([1, 5]))
    assert labels.given.tolist() == [[0, 0, 1], [-1, -1, -1]]
    assert labels.counts.tolist() == [1, 0]
