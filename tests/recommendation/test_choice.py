"""What held-out rows and other tables together say of candidates."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from semigen.labels import encode
from semigen.recommendation._recommend import _best
from semigen.recommendation.candidates import LABELS_ALONE
from semigen.recommendation.choice import (
    EITHER_SIDE,
    are_told_apart,
    expected_errors,
    explained_by_chance,
    interval,
    is_worse,
    still_racing,
)
from semigen.recommendation.competitors import candidates_for
from semigen.recommendation.evaluation import Answers
from semigen.recommendation.race import FOLDS, Run
from semigen.recommendation.summary import best_on_labels_alone
from semigen.recommendation.training_rows import prepare
from tests.recommendation.samples import (
    SPECIES,
    X,
    few,
    prior,
    race,
)


def test_without_evidence_other_tables_decide():
    standing = expected_errors([None, None, None], prior([0.0, -0.03, 0.02]))
    assert standing.error.tolist() == [0.0, -0.03, 0.02]


def test_much_evidence_outweighs_other_tables():
    rng = np.random.default_rng(0)
    good, bad = (rng.random(3000) < 0.1).astype(float), (rng.random(3000) < 0.2).astype(float)
    assert expected_errors([bad, good], prior([-0.05, 0.0])).error.argmin() == 1
    assert expected_errors([bad[:5], good[:5]], prior([-0.05, 0.0])).error.argmin() == 0


def test_small_differences_are_put_down_to_noise_and_large_ones_believed():
    rng = np.random.default_rng(0)
    wrong = rng.random((4, 60)) < np.array([0.3, 0.3, 0.3, 0.25])[:, None]
    known = prior([0.0, -0.05, -0.02, 0.03])
    assert expected_errors(list(wrong.astype(float)), known).error.argmin() == 1
    wrong[3] = False
    assert expected_errors(list(wrong.astype(float)), known).error.argmin() == 3


losses = st.integers(3, 30).flatmap(
    lambda n: st.lists(st.lists(st.floats(0, 1), min_size=n, max_size=n), min_size=2, max_size=5)
)


@given(losses, st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_what_makes_a_row_hard_for_all_tells_nothing(table, seed):
    table = np.array(table)
    hard = np.random.default_rng(seed).random(table.shape[1])
    known = prior(np.linspace(-0.05, 0.05, len(table)))
    before, after = expected_errors(list(table), known), expected_errors(list(table + hard), known)
    np.testing.assert_allclose(before.error, after.error, atol=1e-12)
    np.testing.assert_allclose(before.covariance, after.covariance, atol=1e-12)


@given(losses)
@settings(max_examples=30, deadline=None)
def test_the_order_of_candidates_does_not_matter(table):
    table = np.array(table)
    known = prior(np.linspace(-0.05, 0.05, len(table)))
    forward, backward = (
        expected_errors(list(table), known),
        expected_errors(list(table[::-1]), known.of(np.arange(len(table))[::-1])),
    )
    np.testing.assert_allclose(forward.error, backward.error[::-1], atol=1e-12)


@given(losses)
@settings(max_examples=30, deadline=None)
def test_half_of_the_candidates_go_on_with_the_leader_among_them(table):
    known = prior(np.zeros(len(table)))
    stays = still_racing([np.array(each) for each in table], known)
    leader = expected_errors([np.array(each) for each in table], known).error.argmin()
    assert stays[leader]
    assert stays[np.argmin([np.mean(each) for each in table])]
    assert 1 <= stays.sum() <= max(-(-len(table) // 2), 2) + 1


@given(st.integers(0, 40), st.integers(40, 400), st.integers(1, 6))
@settings(max_examples=50, deadline=None)
def test_an_interval_holds_the_error_and_is_never_a_point(n_wrong, n_rows, n_rounds):
    error = n_wrong / n_rows
    low, high = interval(error, n_rows, n_rounds, FOLDS)
    assert 0 <= low <= error <= high <= 1
    assert high - low > 0
    wider = interval(error, n_rows // 2, n_rounds, FOLDS)
    assert wider[1] - wider[0] > high - low


def test_intervals_of_many_rows_have_the_variance_of_nadeau_and_bengio():
    n, n_rounds, error = 100_000, 2, 0.2
    tested = n / FOLDS
    deviation = np.sqrt((1 / (FOLDS * n_rounds) + tested / (n - tested)) * error * (1 - error) / tested)
    low, high = interval(error, n, n_rounds, FOLDS)
    np.testing.assert_allclose(high - low, 2 * 1.96 * deviation, rtol=1e-3)


def test_rows_tell_errors_apart_beyond_chance_only():
    rng = np.random.default_rng(0)
    some = (rng.random(1000) < 0.2).astype(float)
    fewer = np.where(rng.random(1000) < 0.3, 0.0, some)
    assert are_told_apart(some, fewer, FOLDS)
    assert not are_told_apart(some[:20], fewer[:20], FOLDS)
    assert not are_told_apart(some, some, FOLDS)
    by_chance = [are_told_apart(*(rng.random((2, 200)) < 0.2).astype(float), FOLDS) for _ in range(400)]
    assert np.mean(by_chance) < 0.05


@given(st.integers(0, 2**32 - 1), st.integers(2, 300), st.floats(0.01, 0.99))
@settings(max_examples=50, deadline=None)
def test_errors_differ_beyond_chance_where_they_differ_by_more_than_chance_explains(seed, n_rows, share):
    one, other = (np.random.default_rng(seed).random((2, n_rows)) < [[share], [0.2]]).astype(float)
    difference = one.mean() - other.mean()
    explained = explained_by_chance(one, other, FOLDS)
    assert is_worse(one, other, FOLDS) == (difference > max(explained, 0))
    # The same sizes in both directions; stricter tests need larger ones; a single row tells nothing.
    assert explained == explained_by_chance(other, one, FOLDS)
    assert explained <= explained_by_chance(one, other, FOLDS, EITHER_SIDE)
    assert explained_by_chance(one[:1], other[:1], FOLDS) == np.inf


def test_of_independent_folds_chance_explains_what_a_paired_t_test_does():
    one, other = np.random.default_rng(0).random((2, 50))
    difference = one - other
    sd = np.sqrt((1 + FOLDS / (FOLDS - 1)) * difference.var(ddof=1) / 50)
    np.testing.assert_allclose(explained_by_chance(one, other, FOLDS), scipy.stats.t.ppf(0.95, 49) * sd)


def runs_with_errors(n_rows=1000, **n_wrong):
    """Runs of these candidates that had so many of the rows wrong."""
    names = {"regression": LABELS_ALONE, "LDA": "LDA", "mixture": "mixture"}
    runs = [Run(each) for each in candidates_for(prepare(X, encode(few(SPECIES, 10))), list(names.values()))]
    for name, wrong in n_wrong.items():
        run = next(run for run in runs if run.candidate.name == names[name])
        run.wrong = run.quadratic = [(np.arange(n_rows) < wrong).astype(float)]
    return runs


def expected_of(runs):
    """What to expect of runs if mixtures were four points ahead on other tables."""
    mean = np.array([-0.04 if run.candidate.name == "mixture" else 0.0 for run in runs])
    return expected_errors([run.loss for run in runs], prior(mean))


@pytest.mark.parametrize(
    ("n_wrong", "first"),
    [
        ({"regression": 90, "LDA": 60, "mixture": 80}, "LDA"),
        ({"regression": 90, "LDA": 60, "mixture": 5}, "mixture"),
        ({"regression": 60, "LDA": 90, "mixture": 95}, LABELS_ALONE),
        ({"regression": 90, "LDA": 0, "mixture": 0}, "LDA"),
    ],
)
def test_where_nothing_is_worth_it_the_best_on_labels_alone_is_taken(n_wrong, first):
    runs = runs_with_errors(**n_wrong)
    expected = expected_of(runs)
    chosen = _best(runs, expected, race(["LDA", "mixture"], few(SPECIES, 10)))
    assert runs[chosen].candidate.name == first
    assert runs[best_on_labels_alone(runs, expected)].candidate.name == (
        LABELS_ALONE if first == LABELS_ALONE else "LDA"
    )


def test_no_error_in_few_rows_is_no_proof_that_there_is_nothing_to_gain():
    runs = runs_with_errors(n_rows=30, regression=3, LDA=0, mixture=0)
    expected = expected_of(runs)
    chosen = _best(runs, expected, race(["LDA", "mixture"], few(SPECIES, 10)))
    assert runs[chosen].candidate.name == "mixture"


def test_surer_probabilities_are_no_better_than_true_ones():
    rng = np.random.default_rng(0)
    true = rng.dirichlet(np.ones(3), 20_000)
    codes = np.array([rng.choice(3, p=each) for each in true])
    wrong = (true.argmax(axis=1) != codes).astype(float)
    surer = true**20 / (true**20).sum(axis=1, keepdims=True)
    shyer = true**0.2 / (true**0.2).sum(axis=1, keepdims=True)
    right, *others = (Answers(codes, wrong, said).quadratic.mean() for said in (true, surer, shyer))
    assert right < min(others) - 0.01


def chosen_among(runs, mixture):
    """What is chosen if mixtures were so far ahead on other tables."""
    known = prior([mixture if run.candidate.name == "mixture" else 0.0 for run in runs], sd=0.002)
    expected = expected_errors([run.loss for run in runs], known)
    return runs[_best(runs, expected, race(["LDA", "mixture"], few(SPECIES, 10)))].candidate.name


def test_no_candidate_is_chosen_against_a_difference_that_chance_does_not_explain():
    runs = runs_with_errors(n_rows=100, regression=30, LDA=5, mixture=30)
    assert chosen_among(runs, mixture=-0.4) == "LDA"
    runs = runs_with_errors(n_rows=100, regression=30, LDA=30, mixture=5)
    assert chosen_among(runs, mixture=0.4) == "mixture"


def test_one_that_was_dropped_early_is_chosen_if_it_refutes_all_others():
    runs = runs_with_errors(n_rows=100, regression=30, LDA=30, mixture=5)
    next(run for run in runs if run.candidate.name == "mixture").status = "dropped early"
    assert chosen_among(runs, mixture=0.4) == "mixture"
