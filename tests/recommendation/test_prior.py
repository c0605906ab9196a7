"""What other tables say of candidates: as far as they are like this one, and nothing where none is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from semigen.labels import encode
from semigen.recommendation import candidates
from semigen.recommendation.candidates import CANDIDATES
from semigen.recommendation.choice import expected_errors, is_worse
from semigen.recommendation.other_tables import Measured, measured, prior_of, shape_of
from semigen.recommendation.race import FOLDS
from semigen.recommendation.training_rows import prepare
from tests.recommendation.samples import SPECIES, X, few

NAMES = ("a", "b")
# On tables of the first kind a is better by ten points, on those of the second b.
KNOWN = Measured(
    tuple("uvwxyz"),
    np.array([[0, 0, 0, 0, 0]] * 3 + [[5, 0, 0, 0, 0]] * 3, dtype=float),
    NAMES,
    np.array([[0.1, 0.2]] * 3 + [[0.3, 0.2]] * 3),
)


@pytest.mark.parametrize(("first", "better"), [(0.0, 0), (5.0, 1)])
def test_tables_like_this_one_count(first, better):
    prior = prior_of(NAMES, np.array([first, 0, 0, 0, 0]), KNOWN)
    assert prior.mean.argmin() == better
    assert prior.n_similar == pytest.approx(3, abs=0.01)


def test_a_table_that_was_measured_with_several_numbers_of_labels_counts_once():
    known = Measured(("u, 3 labels", "u, 10 labels", "v, 3 labels"), np.zeros((3, 5)), NAMES, np.full((3, 2), 0.1))
    assert prior_of(NAMES, np.zeros(5), known).n_similar == 2


def test_where_no_table_is_like_this_one_nothing_is_expected():
    prior = prior_of(NAMES, np.full(5, 50.0), KNOWN)
    np.testing.assert_array_equal(prior.mean, 0)
    assert (prior.covariance.diagonal() > 0.05**2).all()
    assert prior.n_similar == 0


def test_nothing_is_expected_of_a_candidate_that_was_never_measured():
    prior = prior_of(("a", "mine", "b"), np.zeros(5), KNOWN)
    assert prior.mean[0] < prior.mean[1] == 0 < prior.mean[2]


def test_evidence_on_one_candidate_tells_of_those_that_do_well_on_the_same_tables():
    known = Measured(tuple("uvwx"), np.zeros((4, 5)), ("a", "b", "c"), np.array([[0.1, 0.1, 0.3], [0.3, 0.3, 0.1]] * 2))
    prior = prior_of(known.names, np.zeros(5), known)
    good, bad = np.zeros(200), np.ones(200)
    expected = expected_errors([good, None, bad], prior).error
    assert expected[1] < expected[2]


def test_every_file_of_a_candidate_is_in_the_table():
    files = {
        path.stem for path in Path(candidates.__file__).parent.glob("*.py") if "\nCANDIDATE = " in path.read_text()
    }
    assert files == set(candidates._FILES)
    assert len(CANDIDATES) == len(files)


def test_every_candidate_that_is_not_deep_was_measured():
    assert {name for name, each in CANDIDATES.items() if not each.deep} == set(measured().names)
    errors = measured().errors
    assert ((errors >= 0) & (errors <= 1) | np.isnan(errors)).all()


def test_a_shape_says_what_a_table_is_like():
    rows = np.column_stack([X, SPECIES == 1])
    rows[:15, 0] = np.nan
    shape = shape_of(prepare(rows, encode(few(SPECIES, 5))))
    assert shape == pytest.approx([np.log(5), np.log(5 / 15), 0, 3 / 5, 6 * 15 / 750])


def test_a_difference_that_chance_does_not_explain_is_told_and_one_that_it_does_is_not():
    rng = np.random.default_rng(0)
    worse = [is_worse(*(rng.random((2, 100)) < 0.2).astype(float), FOLDS) for _ in range(400)]
    assert np.mean(worse) < 0.05
    assert is_worse(np.ones(20), np.zeros(20), FOLDS)
    assert not is_worse(np.zeros(20), np.ones(20), FOLDS)
    assert not is_worse(np.ones(1), np.zeros(1), FOLDS)
