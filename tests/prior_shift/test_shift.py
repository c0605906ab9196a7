"""Whether predictions go by the estimate, and how that is said."""

from __future__ import annotations

import numpy as np
import pytest

from semigen.prior_shift.shift import Outcome, shift_of
from tests.prior_shift.problems import posterior, rows

HALVES = np.array([0.5, 0.5])
NAMES = ("a", "b")


def held_out(n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    X, truth = rows(n, 0.5, seed=7)
    return posterior(X), truth


@pytest.mark.parametrize(
    ("share", "n", "apart", "labels", "outcome", "said"),
    [
        (0.1, 500, 2.0, held_out(), Outcome.ADAPTED, "labels held out do not speak against it"),
        (0.1, 500, 2.0, None, Outcome.ADAPTED, "no labels were held out"),
        (0.5, 500, 2.0, held_out(), Outcome.NO_EVIDENCE, "Chance explains"),
        (0.35, 500, 2.0, held_out(12), Outcome.NO_EVIDENCE, "Chance explains"),
        (0.1, 20, 0.3, held_out(), Outcome.TOO_UNSURE, "overlap too much, or the rows are too few"),
        (0.1, 500, 2.0, held_out(1), Outcome.TOO_FEW_LABELS, "Too few labels"),
        (0.1, 0, 2.0, held_out(), Outcome.NO_ROWS, "No row says"),
    ],
)
def test_the_outcome_goes_by_errors_and_tests(share, n, apart, labels, outcome, said):
    answers = posterior(rows(n, share, apart=apart)[0], apart=apart)
    shift = shift_of(NAMES, answers, HALVES, labels)
    assert shift.outcome is outcome
    assert said in str(shift)
    assert np.array_equal(shift.after, shift.estimate if outcome is Outcome.ADAPTED else HALVES)


def test_answers_that_misjudge_how_sure_they_are_are_refuted():
    """Too sure by a factor, they ask for class probabilities that do not mix the classes to what is seen."""
    answers = posterior(rows(3000, 0.1, apart=1.0)[0], apart=1.0) ** 4
    answers /= answers.sum(axis=1, keepdims=True)
    X, truth = rows(2000, 0.5, seed=8, apart=1.0)
    labeled = posterior(X, apart=1.0) ** 4
    labeled /= labeled.sum(axis=1, keepdims=True)
    shift = shift_of(NAMES, answers, HALVES, (labeled, truth))
    assert shift.outcome is Outcome.REFUTED
    assert "misjudges how sure it is" in str(shift)
    assert np.array_equal(shift.after, HALVES)


def test_it_prints_each_class_with_its_error():
    shift = shift_of(NAMES, posterior(rows(500, 0.1)[0]), HALVES, None)
    assert str(shift).startswith("Class probabilities of 500 rows: 'a' 0.9")
    assert "(before 0.50)" in str(shift)
