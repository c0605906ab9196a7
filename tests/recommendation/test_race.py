"""The race: rounds of cross-validation within a budget, from which losers drop out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from semigen import SemiSupervisedGMM, SemiSupervisedGMMCV, recommend
from semigen.labels import encode
from semigen.model_selection.any_classifier import AnyFit
from semigen.recommendation.candidates import CANDIDATES, LABELS_ALONE
from semigen.recommendation.competitors import candidates_for
from semigen.recommendation.evaluation import Answers, own_answers
from semigen.recommendation.findings import OutOfTime
from semigen.recommendation.other_tables import Prior
from semigen.recommendation.race import FOLDS, Race, rounded
from semigen.recommendation.training_rows import MOST_LABELED, MOST_UNLABELED, for_the_race, prepare
from tests.recommendation.samples import (
    CLOCK,
    QUICK,
    SPECIES,
    Slow,
    X,
    few,
    named,
    race,
)


def test_a_candidate_that_cannot_end_in_time_is_left_out_after_its_first_fold():
    runs = {run.candidate.name: run for run in race([("snail", Slow(100.0))], few(SPECIES, 10), 500.0).run()}
    assert runs["snail"].status == "no time"
    assert runs["snail"].fold_seconds == [100.0]
    # With the budget that it is told to need it ends.
    budget = runs["snail"].budget
    runs = {run.candidate.name: run for run in race([("snail", Slow(100.0))], few(SPECIES, 10), budget).run()}
    assert len(runs["snail"].wrong) == 1


def test_a_candidate_is_not_started_that_cannot_end_in_time_even_if_sizes_mislead():
    for seconds, n_folds in (1000.0, 0), (100.0, 1):
        running = race([("snail", Slow(100.0))], few(SPECIES, 10), 500.0)
        snail = next(run for run in running.runs if run.candidate.name == "snail")
        snail.candidate = replace(snail.candidate, seconds=lambda size, seconds=seconds: seconds)
        running.run()
        assert (snail.status, len(snail.fold_seconds)) == ("no time", n_folds)


def test_time_for_the_final_fit_is_kept_back():
    running = race([("walker", Slow(10.0))], few(SPECIES, 10), seconds=100.0)
    runs = {run.candidate.name: run for run in running.run()}
    assert len(runs["walker"].wrong) == 1  # two rounds would take the 100 seconds
    assert CLOCK.now + 10.0 <= 100.0


def test_the_worse_half_drops_out_and_labels_alone_stay():
    runs = race([*QUICK, "self-training", "label spreading"], few(SPECIES, 5)).run()
    by_name = {run.candidate.name: run for run in runs}
    assert by_name[LABELS_ALONE].status == "racing"
    assert sum(run.status == "racing" for run in runs) <= 3
    assert sum(run.status == "dropped early" for run in runs) >= 2
    assert max(len(run.wrong) for run in runs) > min(len(run.wrong) for run in runs)


def test_the_members_of_an_average_race_as_long_as_it_does():
    running = race(None, few(SPECIES, 3))
    by_name = {run.candidate.name: run for run in running.runs}
    average, rounds = by_name["average of three"], 3
    for number in range(rounds):
        for run in running.runs:
            if run.candidate.name in average.candidate.average_of:
                said = np.random.default_rng(number).dirichlet(np.ones(3), 9)
                run.record(Answers(np.arange(9) % 3, np.ones(9), said))
        assert running._averaged(average, number)
        running._drop_losers()
    assert len(average.wrong) == rounds
    assert {by_name[name].status for name in average.candidate.average_of} == {"racing"}


def test_replacing_what_is_averaged_takes_the_average_out():
    replaced = race({"mixtures by cross-validation": SemiSupervisedGMM()}, few(SPECIES, 3))
    assert "average of three" not in [run.candidate.name for run in replaced.runs]


def test_an_average_without_one_of_its_members_says_so():
    running = race(None, few(SPECIES, 3))
    average = next(run for run in running.runs if run.candidate.average_of)
    assert not running._averaged(average, 0)
    assert average.status == "no time"


def test_rounds_have_the_same_rows_for_all_candidates():
    y = np.random.default_rng(0).permutation(few(SPECIES, 10))  # so that folds differ in their order of classes
    runs = race(list(QUICK), y).run()
    for run in runs:
        assert (run.latest.codes == y[y >= 0]).all()
    assert {len(run.wrong[0]) for run in runs if run.wrong} == {30}


def test_the_race_has_few_rows_and_two_labels_of_each_class():
    rng = np.random.default_rng(0)
    y = np.r_[np.zeros(7000, dtype=int), [1, 1], np.full(9000, -1)]
    part = for_the_race(prepare(rng.normal(size=(len(y), 2)), encode(y)), rng)
    assert part.size.n_unlabeled == MOST_UNLABELED
    assert part.labels.counts[1] == 2
    assert MOST_LABELED - 10 <= part.size.n_labeled <= MOST_LABELED + 10


@pytest.mark.parametrize(("seconds", "shown"), [(0.02, 1), (1.2, 2), (37.1, 38), (1234.0, 1300)])
def test_seconds_are_rounded_up(seconds, shown):
    assert rounded(seconds) == shown


def test_the_best_on_labels_alone_stays_in_the_race():
    runs = {run.candidate.name: run for run in race(["LDA", "mixture", "self-training"], few(SPECIES, 5)).run()}
    assert runs["LDA"].status == runs[LABELS_ALONE].status == "racing"


def test_a_budget_that_is_advised_is_more_than_the_one_that_was_given():
    running = race([("snail", Slow(0.2))], few(SPECIES, 10), 1.0)
    running.spent = 0.5
    run = next(run for run in running.run() if run.candidate.name == "snail")
    assert run.budget == 3


def test_the_budget_for_all_is_no_less_than_that_for_one_more_and_averages_are_counted_too():
    names = [*CANDIDATES["average of three"].average_of, "average of three"]
    found = recommend(X, few(SPECIES, 5), candidates=[*names, ("snail", Slow())], budget=1e-3)
    (late,) = (each for each in found.findings if isinstance(each, OutOfTime))
    had_none = {each.name for each in found.candidates if each.status == "no time"}
    assert set(late.names) == had_none - {found.conclusion.chosen}
    assert late.budget_for_all >= late.budget > 0
    assert not any(each.seconds for each in found.candidates if not each.began)


def test_an_average_takes_the_time_of_its_members(monkeypatch):
    monkeypatch.setattr("semigen.recommendation.race.MOST_ROUNDS", 1)
    candidates = [*CANDIDATES["average of three"].average_of, "average of three"]
    found = recommend(X, few(SPECIES, 5), candidates=candidates, budget=1000)
    took = {each.name: each.seconds for each in found.candidates}
    assert took["average of three"] == pytest.approx(
        sum(seconds for name, seconds in took.items() if name in CANDIDATES["average of three"].average_of)
    )


def test_the_final_fit_of_an_ensemble_is_expected_to_take_what_its_members_took_in_folds():
    running = race(None, few(SPECIES, 3))
    by_name = {run.candidate.name: run for run in running.runs}
    ensemble = by_name["ensemble"]
    for name in ensemble.candidate.average_of:
        by_name[name].fold_seconds = [1.0]
    of_one = running.seconds_of_final_fit(by_name["LDA"])
    # The mixtures once; every other member once more for each of five folds.
    others = len(ensemble.candidate.average_of) - 1
    assert running.seconds_of_final_fit(ensemble) == pytest.approx(of_one * (1 + 6 * others))
    assert set(ensemble.candidate.fits_of) == set(ensemble.candidate.average_of) - {"mixtures by cross-validation"}


def test_a_candidate_that_measures_itself_takes_one_fit_a_round_and_answers_for_the_same_rows():
    y = few(SPECIES, 10)
    copied = np.vstack([X, X[y >= 0][:6]]), np.r_[y, y[y >= 0][:6]]
    groups = np.arange(len(y)) % 7
    for rows, labels, of_groups in ((X, y, None), (*copied, None), (X, y, groups)):
        given = prepare(rows, encode(labels), of_groups)
        competing = candidates_for(given, ["LDA", "mixtures by cross-validation"])
        expected = Prior(np.zeros(len(competing)), np.eye(len(competing)), 1.0)
        runs = Race(given, given.size, competing, seconds=1000, seed=0, prior=expected).run()
        by_name = {run.candidate.name: run for run in runs}
        mixtures, lda = by_name["mixtures by cross-validation"], by_name["LDA"]
        assert mixtures.failure == ""
        assert len(mixtures.wrong) == len(mixtures.fold_seconds)
        assert len(lda.fold_seconds) == FOLDS * len(lda.wrong)
        np.testing.assert_array_equal(mixtures.tested, lda.tested)
        np.testing.assert_array_equal(mixtures.latest.codes, given.labels.codes[lda.tested])
        # Another seed each round.
        assert not np.array_equal(mixtures.quadratic[0], mixtures.quadratic[1])


@pytest.mark.parametrize("seed", range(8))
def test_where_other_groups_have_to_stay_in_training_it_is_measured_as_all_others_are(seed):
    rng = np.random.default_rng(0)
    y = np.r_[0, 1, 2, 3, 1, 2, 3, 0, np.full(60, -1)]
    rows = rng.normal(size=(68, 2)) + np.where(y >= 0, y, rng.integers(0, 4, 68))[:, None]
    groups = np.array([1, 2, 3, 0, 1, 2, 3, 4, *[np.nan] * 60])
    found = recommend(
        rows, y, groups=groups, candidates=["LDA", "mixtures by cross-validation"], budget=30, random_state=seed
    )
    mixtures = named(found, "mixtures by cross-validation")
    assert mixtures.failure == ""
    assert mixtures.n_rounds > 0


@pytest.mark.parametrize(("seconds", "begins"), [(40.0, True), (60.0, False), (140.0, False)])
def test_a_fit_that_is_a_whole_round_begins_only_if_it_and_the_last_one_can_end(seconds, begins):
    running = race(["mixtures by cross-validation"], few(SPECIES, 3), 100.0)
    run = next(run for run in running.runs if run.candidate.measures_itself)
    run.candidate = replace(run.candidate, seconds=lambda size: seconds)
    assert running._has_time(run) is begins


def test_own_answers_are_in_the_order_asked_for_and_for_the_same_rows_only():
    y = few(SPECIES, 4)
    model = SemiSupervisedGMMCV(random_state=0).fit(X, y)
    tested = np.flatnonzero(y >= 0)[::-1]
    fit = AnyFit(model, model.classes_)
    found = own_answers(fit, tested, y[tested])
    for row, said in zip(tested, found.probability, strict=True):
        np.testing.assert_array_equal(said, model.cross_fitted_proba_[model.held_out_rows_ == row][0])
    np.testing.assert_array_equal(found.wrong, found.probability.argmax(axis=1) != y[tested])
    with pytest.raises(ValueError, match="held out other rows"):
        own_answers(fit, tested[1:], y[tested[1:]])
