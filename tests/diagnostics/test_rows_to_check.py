"""Rows whose labels a person should check: which, in which order, and how many there are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from semigen.diagnostics.rows_to_check import Answers, HiddenLabels, rows_to_check


def answers(**changes: Any) -> Answers:
    """Four rows with a label, of which the classifier doubts two, and four without."""
    told = {
        "classes": ["a", "b"],
        "codes": [0, 0, 1, 1, 0, 1, 0, 1],
        "given": [True] * 4 + [False] * 4,
        "probability": [0.9, 0.4, 0.1, 0.5, 0.7, 0.6, 0.99, 0.8],
        "best": [0, 1, 0, 0, 0, 1, 0, 1],
        "best_probability": [0.9, 0.6, 0.9, 0.5, 0.7, 0.6, 0.99, 0.8],
    }
    arrays = {name: value if name == "classes" else np.array(value) for name, value in (told | changes).items()}
    return Answers(**arrays)


def test_given_labels_are_doubted_where_another_class_is_more_probable_the_most_doubtful_first():
    found = rows_to_check(answers())
    assert [each.row for each in found.doubted] == [3, 2]  # as probable as another is not doubted
    assert (found.n_doubted, found.n_given) == (2, 4)
    first = found.doubted[0]
    assert (first.label, first.probability, first.best, first.best_probability) == ("b", 0.1, "a", 0.9)


def test_predictions_come_the_least_sure_first_and_rows_without_an_answer_before_them():
    assert [each.row for each in rows_to_check(answers()).unsure] == [6, 5, 8, 7]
    gaps = answers(probability=[0.9, 0.4, 0.1, 0.5, 0.7, 0.6, np.nan, 0.8])
    assert [each.row for each in rows_to_check(gaps).unsure] == [7, 6, 5, 8]


def test_some_rows_are_named_and_all_are_counted():
    n = 1000
    many = Answers(
        ["a", "b"],
        np.zeros(n, dtype=int),
        np.arange(n) < 500,
        np.full(n, 0.4),
        np.ones(n, dtype=int),
        np.full(n, 0.6),
    )
    found = rows_to_check(many)
    assert (found.n_doubted, found.n_given, found.n_predicted) == (500, 500, 500)
    assert len(found.doubted) < 20
    assert len(found.unsure) < 20


def test_a_table_without_unlabelled_rows_has_no_predictions_to_check():
    found = rows_to_check(answers(given=[True] * 8))
    assert found.unsure == ()
    assert found.n_predicted == 0


def test_the_rows_of_parts_are_those_of_the_whole():
    rng = np.random.default_rng(0)
    of_classes = rng.dirichlet([1, 1, 1], size=90)
    of_classes[7] = np.nan
    given, best = rng.random(90) < 0.4, np.nan_to_num(of_classes).argmax(axis=1)
    codes = np.where(given, rng.integers(0, 3, 90), best)
    probability = of_classes[np.arange(90), codes]

    def some(rows: Any) -> Any:
        kept = codes[rows], given[rows], probability[rows], best[rows], of_classes.max(axis=1)[rows]
        return rows_to_check(Answers(["a", "b", "c"], *kept), np.arange(90)[rows])

    whole, parts = some(slice(None)), some(slice(0, 30)) + some(slice(30, 31)) + some(slice(31, None))
    for name in ("n_doubted", "n_given", "n_predicted", "n_unsure"):
        assert getattr(parts, name) == getattr(whole, name)
    assert [each.row for each in parts.doubted] == [each.row for each in whole.doubted]
    assert [each.row for each in parts.unsure] == [each.row for each in whole.unsure]
    assert dict(parts.predicted) == dict(whole.predicted)


def hidden(rows: Any, probability: Any) -> HiddenLabels:
    """Answers of a classifier that took these rows for "b" while their labels were hidden."""
    return HiddenLabels(np.array(rows), np.array(probability), np.full(len(rows), "b"), 1 - np.array(probability))


def test_a_label_that_the_classifier_learnt_by_heart_is_doubted_for_what_was_said_while_it_was_hidden():
    learnt = answers(probability=[0.99, 0.9, 0.9, 0.9, 0.7, 0.6, 0.99, 0.8], best=[0, 0, 1, 1, 0, 1, 0, 1])
    learnt = replace(learnt, best_probability=learnt.probability)
    assert rows_to_check(learnt).doubted == ()
    found = rows_to_check(learnt, hidden=hidden([0, 1, 2], [0.15, 0.03, 0.6]))
    # The surest first; what was only unlikely while it was hidden is not doubted.
    assert [each.row for each in found.doubted] == [2, 1]
    assert (found.n_doubted, found.n_hidden) == (2, 3)
    first = found.doubted[0]
    assert (first.label, first.probability, first.best, first.best_probability, first.hidden) == (
        *("a", 0.03, "b"),
        *(0.97, True),
    )


def test_a_row_that_is_doubted_twice_is_named_once_as_it_is_the_more_doubtful():
    found = rows_to_check(answers(), hidden=hidden([1, 2], [0.05, 0.2]))
    assert [(each.row, each.probability, each.hidden) for each in found.doubted] == [(2, 0.05, True), (3, 0.1, False)]
    assert found.n_doubted == 2


def test_hidden_labels_go_by_the_numbers_of_the_rows():
    numbers = np.arange(8) * 10 + 5
    found = rows_to_check(answers(), numbers, hidden([5, 15, 999], [0.01, 0.9, 0.0]))
    assert [each.row for each in found.doubted] == [6, 26, 16]
    assert found.n_hidden == 2
    both = [rows_to_check(answers(), numbers + more, hidden([5, 105], [0.01, 0.02])) for more in (0, 100)]
    assert [each.row for each in (both[0] + both[1]).doubted[:2]] == [6, 106]
    assert (both[0] + both[1]).n_hidden == 2


def test_a_label_that_was_improbable_but_more_probable_than_any_other_class_is_not_doubted():
    of_many = HiddenLabels(np.array([0]), np.array([0.15]), np.array(["a"]), np.array([0.15]))
    assert [each.row for each in rows_to_check(answers(), hidden=of_many).doubted] == [3, 2]
