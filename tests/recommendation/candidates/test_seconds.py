"""Estimates of how long candidates take: they grow with classes, and forests of many classes stay within memory."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semigen.compose.forest_size import number_of_trees
from semigen.recommendation import fit_named
from semigen.recommendation.candidates import CANDIDATES, LABELS_ALONE
from semigen.recommendation.training_rows import Size

CLASSES = (2, 10, 100, 1000)


@pytest.mark.parametrize("name", CANDIDATES)
@given(st.integers(1, 20), st.integers(0, 10_000), st.integers(1, 2000))
def test_more_classes_take_longer(name, per_class, n_unlabeled, n_columns):
    seconds = CANDIDATES[name].seconds
    of_classes = [seconds(Size(k * per_class, n_unlabeled, n_columns, k)) for k in CLASSES]
    assert all(fewer < more for fewer, more in pairwise(of_classes)), of_classes


def test_labels_alone_have_time_for_a_thousand_classes_and_slow_ones_are_known_to_have_none():
    size = Size(3000, 2000, 10, 1000)
    # Five folds and a final fit are to end in a minute; what is expected to take three times as long is not begun.
    assert 6 * CANDIDATES[LABELS_ALONE].seconds(size) < 60
    for name in ("gradient boosting", "SVM", "mixtures by cross-validation"):
        assert 6 * CANDIDATES[name].seconds(size) > 180, name


def test_a_forest_of_many_classes_has_fewer_trees_and_one_of_few_all():
    assert number_of_trees(300, 10) == number_of_trees(3, 3) == 300
    n_labeled, n_classes = 3000, 1000
    assert 20 < number_of_trees(n_labeled, n_classes) < 50
    assert number_of_trees(n_labeled, n_classes) * 2 * n_labeled * 8 * n_classes <= 2 << 30
    assert number_of_trees(10**6, 1000) == 20
    rows = np.random.default_rng(0).normal(size=(30, 3))
    forest = fit_named("extra trees", rows, np.arange(30) % 3)
    assert len(forest.classifier_.estimators_) == 300
