"""What was said of given labels while they were hidden: found for the rows that `recommend` was given."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from semigen.diagnostics.rows_to_check import HIDDEN_DOUBT
from semigen.recommendation import recommend


@pytest.mark.parametrize("n_unlabeled", [40, 2500])
def test_a_wrong_label_among_clear_ones_is_improbable_while_it_is_hidden(n_unlabeled):
    rng = np.random.default_rng(0)
    k = rng.integers(0, 2, 60 + n_unlabeled)
    X = np.c_[6.0 * k, np.zeros(len(k))] + rng.normal(size=(len(k), 2))
    y = np.where(rng.permutation(len(k)) < 60, k, -1)
    wrong = np.flatnonzero(y >= 0)[17]
    y[wrong] = 1 - k[wrong]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = recommend(X, y, candidates=["gradient boosting"], budget=20, random_state=0)
    hidden = found.hidden_labels
    assert hidden is not None
    # All labelled rows, wherever they stand, whether the race has a sample of the others or not.
    assert np.array_equal(hidden.rows, np.flatnonzero(y >= 0))
    least = hidden.probability.argmin()
    assert hidden.rows[least] == wrong
    assert hidden.probability[least] <= HIDDEN_DOUBT
    assert hidden.best[least] == k[wrong]
    assert (hidden.probability > 0.5).mean() > 0.9
