"""Whether more labels would help: decided from the last doubling of a label curve, draw by draw."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import t

from semigen.model_selection.label_curves import LabelCurve
from semigen.model_selection.more_labels import Help, would_more_labels_help


def curve_of(errors: Any, sizes: Any = (5, 10, 20, 40), n_test: int = 20) -> LabelCurve:
    """A curve of one classifier, from errors of shape (sizes, draws)."""
    return LabelCurve(("a",), np.array(sizes), np.array([errors], dtype=float), 100, n_test, (True,))


def told(*errors: Any, **options: Any) -> Any:
    before = [[0.5] * len(errors[-1])] * (4 - len(errors))
    return would_more_labels_help(curve_of([*before, *errors], **options), "a")


def test_a_fall_beyond_chance_says_yes_and_is_that_of_the_last_doubling():
    found = told([0.40, 0.42, 0.41, 0.40], [0.20, 0.21, 0.22, 0.20])
    assert (found.help, found.few, found.many, found.n_draws) == (Help.YES, 20, 40, 4)
    assert found.fall == pytest.approx(0.2)
    # What fell before does not count.
    assert told([0.9] * 4, [0.21, 0.19, 0.20, 0.22], [0.20, 0.22, 0.21, 0.19]).help is not Help.YES


def test_what_chance_explains_is_the_corrected_paired_t_quantile():
    falls = np.array([0.05, 0.11, -0.02, 0.08, 0.03])
    found = told(0.3 + falls, np.full(5, 0.3), n_test=400)
    by_hand = t.ppf(0.95, 4) * np.sqrt(falls.var(ddof=1) * (1 / 5 + 400 / 40))
    assert found.by_chance == pytest.approx(by_hand)


def test_draws_are_compared_in_pairs():
    # Draws differ by far more than sizes do.
    levels = np.array([0.1, 0.5, 0.3, 0.7])
    assert told(levels + np.array([0.22, 0.24, 0.23, 0.22]), levels).help is Help.YES


def test_two_draws_cannot_tell_however_far_the_error_falls():
    found = told([0.9, 0.9], [0.1, 0.1])
    assert found.help is Help.CANNOT_TELL
    assert found.by_chance == np.inf
    # Nor can three of which a fit failed.
    failed = told([0.9, 0.9, np.nan], [0.1, 0.1, 0.1])
    assert (failed.help, failed.n_draws) == (Help.CANNOT_TELL, 2)


def test_a_flat_curve_says_no_only_where_its_draws_leave_no_room_for_a_fall():
    flat = [0.1, 0.102, 0.098, 0.1]
    assert told(flat, flat[::-1], n_test=500, sizes=(125, 250, 500, 1000)).help is Help.NO
    # The same with few rows: three of sixty may hide behind none.
    assert told(flat, flat).help is Help.CANNOT_TELL


def test_a_curve_of_one_size_or_of_failed_fits_says_nothing():
    assert would_more_labels_help(curve_of([[0.1, 0.2, 0.3]], sizes=(10,)), "a") is None
    assert told([np.nan] * 4, [0.1] * 4) is None


def test_chance_alone_says_yes_in_no_more_than_one_case_of_twenty():
    rng = np.random.default_rng(0)
    n_yes, n_tables, n_rows, n_test = 0, 1500, 60, 20
    for _ in range(n_tables):
        # Rows that were labelled by luck, of which as many are told better as worse with twice the labels.
        wrong = rng.random((2, n_rows)) < 0.3
        draws = [rng.permutation(n_rows)[:n_test] for _ in range(5)]
        errors = np.array([[of_size[draw].mean() for draw in draws] for of_size in wrong])
        found = would_more_labels_help(curve_of(errors, sizes=(20, 40), n_test=n_test), "a")
        n_yes += found.help is Help.YES
    assert n_yes / n_tables < 0.06
