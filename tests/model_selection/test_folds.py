"""Folds of labelled rows, and the loss of a held-out label."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semigen.model_selection.folds import fold_numbers
from semigen.model_selection.log_losses import log_losses


@settings(deadline=None)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=5), st.integers(2, 6), st.integers(0, 2**31))
def test_folds_leave_a_labelled_row_of_every_class_in_training(counts, n_splits, seed):
    codes = np.repeat(np.arange(len(counts)), counts)
    folds = fold_numbers(codes, n_splits, np.random.default_rng(seed))
    for k, count in enumerate(counts):
        of_class = folds[codes == k]
        assert (of_class == -1).all() if count == 1 else (of_class >= 0).all()
        assert count == 1 or len(set(of_class)) == min(count, n_splits, max(counts))
    sizes = np.bincount(folds[folds >= 0]) if (folds >= 0).any() else np.zeros(1)
    assert sizes.max() - sizes.min() <= len(counts)
    assert folds.max() < n_splits


def test_a_label_held_impossible_costs_a_bounded_loss():
    probability = np.array([[1.0, 0.0], [0.5, 0.5]])
    losses = log_losses(probability, np.array([1, 0]))
    assert losses[0] == pytest.approx(np.log(200))
    assert losses[1] == pytest.approx(np.log(2))
