"""What counts as a label, what as a marker, and what is refused as unclear."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest

from semigen.labels import encode


def labels_of(y, **options):
    """The label of every row, None where there is none."""
    found = encode(y, **options)
    return [None if code < 0 else found.classes.tolist()[code] for code in found.codes]


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        ([0, 1, -1, 1], [0, 1, None, 1]),
        (np.array([3, -1, 5], dtype=np.int8), [3, None, 5]),
        ([0.0, 1.0, np.nan, -1.0], [0.0, 1.0, None, None]),
        (["a", "b", None, "a"], ["a", "b", None, "a"]),
        (np.array(["a", "b", -1, np.nan, pd.NA], dtype=object), ["a", "b", None, None, None]),
        (pd.Series(["x", None, "y"], dtype="string"), ["x", None, "y"]),
        (pd.Series([1, pd.NA, 2], dtype="Int64"), [1, None, 2]),
        (pd.Series(pd.Categorical(["u", None, "v"], categories=["u", "v", "w"])), ["u", None, "v"]),
        (pl.Series(["x", None, "y"]), ["x", None, "y"]),
        (pl.Series([1, None, 2]), [1, None, 2]),
        ([True, False, None], [True, False, None]),
    ],
)
def test_markers_are_told_from_labels(y, expected):
    assert labels_of(y) == expected


def test_a_marker_of_ones_own_is_honoured():
    assert labels_of(["yes", "?", "no"], unlabeled="?") == ["yes", None, "no"]
    assert labels_of([7, 0, 8], unlabeled=0) == [7, None, 8]
    assert labels_of([-1, 1, -1], unlabeled=None) == [-1, 1, -1]
    assert labels_of([0.0, np.nan, 1.0], unlabeled=np.nan) == [0.0, None, 1.0]


def test_a_category_that_no_row_has_is_not_a_class():
    y = pd.Series(pd.Categorical(["u", "v"], categories=["u", "v", "phantom"]))
    assert encode(y).classes.tolist() == ["u", "v"]


@pytest.mark.parametrize("y", [["-1", "a", "b"], np.array(["-1", "a"]), np.array(["-1 ", "a"], dtype=object)])
def test_text_that_looks_like_the_marker_is_refused_with_both_remedies(y):
    with pytest.raises(ValueError, match=r"unlabeled='-1'.*unlabeled=None"):
        encode(y)


@pytest.mark.parametrize("text", ["nan", "None", "NaT", "<NA>"])
def test_a_missing_value_that_numpy_turned_into_text_is_refused(text):
    with pytest.raises(ValueError, match="may have been a missing value"):
        encode(np.array(["a", "b", text]))
    assert labels_of(np.array(["a", "b", text]), unlabeled=text) == ["a", "b", None]
    assert labels_of(np.array(["a", "b", text], dtype=object)) == ["a", "b", text]


@pytest.mark.parametrize("text", ["", " ", "?", "NA"])
def test_a_blank_that_is_taken_for_a_class_is_warned_of(text):
    with pytest.warns(UserWarning, match=f"pass unlabeled={re.escape(repr(text))}"):
        assert encode(["a", "b", text]).classes.tolist() == sorted(["a", "b", text])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert encode(["a", "b", text], unlabeled=text).classes.tolist() == ["a", "b"]
        encode(["a", "b", text], classes=["a", "b", text])


def test_a_number_beside_a_marker_of_the_same_text_is_refused():
    with pytest.raises(ValueError, match=r"unlabeled=-1.*unlabeled=None"):
        encode([0, 1, -1], unlabeled="-1")


def test_classes_keep_the_order_they_were_given_in_and_may_lack_labels():
    found = encode(["b", None, "a"], classes=["c", "b", "a"])
    assert found.classes.tolist() == ["c", "b", "a"]
    assert found.codes.tolist() == [1, -1, 2]
    assert found.counts.tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"classes": ["a"]}, r"not in classes: \['b'\]"),
        ({"classes": [0, 1]}, "not in classes"),
        ({"classes": []}, "classes is empty"),
        ({"classes": [["a"], ["b"]]}, "flat list"),
        ({"unlabeled": [-1, -2]}, "unlabeled.*single value"),
        ({"classes": ["a", "b", "a"]}, "more than once"),
        ({"classes": ["a", "b", None]}, "marks unlabelled rows"),
    ],
)
def test_bad_classes_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        encode(["a", "b"], **options)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "y is None"),
        ([[0, 1], [1, 0]], "one dimension"),
        ([0.5, 1.25, 3.75], "continuous"),
        (np.array([True, 2, 3], dtype=object), "mixes labels"),
        (np.array(["a", 1, 2.5], dtype=object), "mixes labels"),
    ],
)
def test_what_is_no_vector_of_classes_is_refused(y, message):
    with pytest.raises(ValueError, match=message):
        encode(y)
