"""recommend: candidates race fairly within a budget, the choice weighs evidence, and words say what was found."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris, make_blobs
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.semi_supervised import LabelSpreading
from sklearn.svm import LinearSVC

from semigen import SemiSupervisedGMM, label_curve, recommend
from semigen.labels import encode
from semigen.recommendation import ProbabilityAverage, words
from semigen.recommendation.candidates import KINDS, LABELS_ALONE, candidates_for, handicaps
from semigen.recommendation.choice import are_told_apart, expected_errors, interval, still_racing
from semigen.recommendation.judging import Answers, averaged
from semigen.recommendation.procedure import _best, fit_named
from semigen.recommendation.race import FOLDS, Race, Run, rounded
from semigen.recommendation.result import Calibration
from semigen.recommendation.rows import MOST_LABELED, MOST_UNLABELED, Size, for_the_race, prepare
from semigen.recommendation.situations import misspecification
from semigen.recommendation.summary import best_on_labels_alone

X, SPECIES = load_iris(return_X_y=True)
QUICK = ("LDA", "mixture")
HYBRID = ("mixture, then logistic regression",)


def few(truth, per_class, seed=0, hidden=-1):
    """Labels of so many rows a class; the marker in all others."""
    rng = np.random.default_rng(seed)
    y = np.full(len(truth), hidden, dtype=object if hidden is None else np.asarray(truth).dtype)
    for name in np.unique(truth):
        kept = rng.choice(np.flatnonzero(truth == name), per_class, replace=False)
        y[kept] = np.asarray(truth)[kept]
    return y


class Spy(ClassifierMixin, BaseEstimator):
    """Predicts the first class, and remembers what it was given."""

    seen: list = []  # noqa: RUF012

    def fit(self, X, y):
        Spy.seen.append((X, np.asarray(y)))
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.repeat(self.classes_[:1], len(X))


class Fails(Spy):
    """Raises in every fit."""

    def fit(self, X, y):
        raise RuntimeError("it cannot be done\nand here is why")


class FailsOnAll(KNeighborsClassifier):
    """Raises when it is given as many labelled rows as there are."""

    def fit(self, X, y):
        if len(y) == 30:
            raise RuntimeError("too many rows")
        return super().fit(X, y)


class Clock:
    """Time that passes only when a candidate is fitted."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


CLOCK = Clock()


class Slow(Spy):
    """Takes so many seconds a fit, by the clock of the tests."""

    def __init__(self, seconds=1.0):
        self.seconds = seconds

    def fit(self, X, y):
        CLOCK.now += self.seconds
        return super().fit(X, y)


def named(found, name):
    return next(each for each in found.candidates if each.name == name)


# What the choice makes of losses.


def test_without_evidence_the_handicaps_decide():
    standing = expected_errors([None, None, None], np.array([0.0, -0.03, 0.02]))
    assert standing.error.tolist() == [0.0, -0.03, 0.02]


def test_much_evidence_outweighs_the_handicaps():
    rng = np.random.default_rng(0)
    good, bad = (rng.random(3000) < 0.1).astype(float), (rng.random(3000) < 0.2).astype(float)
    assert expected_errors([bad, good], np.array([-0.05, 0.0])).error.argmin() == 1
    assert expected_errors([bad[:5], good[:5]], np.array([-0.05, 0.0])).error.argmin() == 0


def test_small_differences_are_put_down_to_noise_and_large_ones_believed():
    rng = np.random.default_rng(0)
    wrong = rng.random((4, 60)) < np.array([0.3, 0.3, 0.3, 0.25])[:, None]
    handicap = np.array([0.0, -0.05, -0.02, 0.03])
    assert expected_errors(list(wrong.astype(float)), handicap).error.argmin() == 1
    wrong[3] = False
    assert expected_errors(list(wrong.astype(float)), handicap).error.argmin() == 3


losses = st.integers(3, 30).flatmap(
    lambda n: st.lists(st.lists(st.floats(0, 1), min_size=n, max_size=n), min_size=2, max_size=5)
)


@given(losses, st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_what_makes_a_row_hard_for_all_tells_nothing(table, seed):
    table = np.array(table)
    hard = np.random.default_rng(seed).random(table.shape[1])
    handicap = np.linspace(-0.05, 0.05, len(table))
    before, after = expected_errors(list(table), handicap), expected_errors(list(table + hard), handicap)
    np.testing.assert_allclose(before.error, after.error, atol=1e-12)
    np.testing.assert_allclose(before.variance, after.variance, atol=1e-12)


@given(losses)
@settings(max_examples=30, deadline=None)
def test_the_order_of_candidates_does_not_matter(table):
    table = np.array(table)
    handicap = np.linspace(-0.05, 0.05, len(table))
    forward, backward = expected_errors(list(table), handicap), expected_errors(list(table[::-1]), handicap[::-1])
    np.testing.assert_allclose(forward.error, backward.error[::-1], atol=1e-12)


@given(losses)
@settings(max_examples=30, deadline=None)
def test_half_of_the_candidates_go_on_with_the_leader_among_them(table):
    handicap = np.zeros(len(table))
    stays = still_racing([np.array(each) for each in table], handicap)
    leader = expected_errors([np.array(each) for each in table], handicap).error.argmin()
    assert stays[leader]
    assert 1 <= stays.sum() <= max(-(-len(table) // 2), 2)


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


# The average.


def test_the_average_is_the_weighted_mean_of_probabilities():
    y = few(SPECIES, 5)
    members = [("mixture", SemiSupervisedGMM()), ("regression", LogisticRegression(max_iter=1000))]
    model = ProbabilityAverage(members, weights=[3, 1]).fit(X, y)
    mixture = SemiSupervisedGMM().fit(X, y)
    regression = LogisticRegression(max_iter=1000).fit(X[y >= 0], y[y >= 0])
    expected = 0.75 * mixture.predict_proba(X) + 0.25 * regression.predict_proba(X)
    np.testing.assert_allclose(model.predict_proba(X), expected)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), expected, atol=1e-12)
    assert (model.predict(X) == expected.argmax(axis=1)).all()
    assert (model.transduction_[y >= 0] == y[y >= 0]).all()


def test_a_failed_fit_leaves_the_average_as_it_was():
    model = ProbabilityAverage([("mixture", SemiSupervisedGMM())]).fit(X, few(SPECIES, 5))
    before = model.predict(X)
    with pytest.raises(ValueError, match="one class only"):
        model.fit(X[:50, :2], np.zeros(50, dtype=int))
    with pytest.raises(ValueError, match="sample_weight"):
        model.fit(X, few(SPECIES, 5), np.ones(150))
    assert (model.predict(X) == before).all()
    for weights in ([1.0, 2.0], [-1.0]):
        with pytest.raises(ValueError, match="weights"):
            clone(model).set_params(weights=weights).fit(X, few(SPECIES, 5))


def test_what_is_averaged_in_the_race_is_what_the_fitted_average_would_say():
    codes = np.array([0, 1])
    one = Answers(codes, np.zeros(2), np.array([[0.9, 0.1], [0.4, 0.6]]))
    other = Answers(codes, np.ones(2), np.array([[0.1, 0.9], [0.8, 0.2]]))
    both = averaged([one, other], [1.0, 3.0])
    np.testing.assert_allclose(both.probability, [[0.3, 0.7], [0.7, 0.3]])
    assert both.wrong.tolist() == [1.0, 1.0]
    np.testing.assert_allclose(both.quadratic, [0.49, 0.49])


# The race.


def race(candidates, y, seconds=1000.0):
    rows = prepare(X, encode(y))
    competing = candidates_for(rows, candidates)
    CLOCK.now = 0.0
    handicap = handicaps(competing, 10.0)
    return Race(rows, rows.size, competing, seconds=seconds, seed=0, handicap=handicap, clock=CLOCK)


def test_a_candidate_that_cannot_end_in_time_is_left_out_after_its_first_fold():
    runs = {run.candidate.name: run for run in race([("snail", Slow(100.0))], few(SPECIES, 10), 500.0).run()}
    assert runs["snail"].status == "no time"
    assert runs["snail"].fold_seconds == [100.0]
    # With the budget that it is told to need it ends.
    budget = float(runs["snail"].detail.split("budget=")[1].rstrip("."))
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
    assert by_name[LABELS_ALONE].status == "raced"
    assert sum(run.status == "raced" for run in runs) <= 3
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
    assert {by_name[name].status for name in average.candidate.average_of} == {"raced"}


def test_replacing_what_is_averaged_takes_the_average_out():
    replaced = race({"mixtures by cross-validation": SemiSupervisedGMM()}, few(SPECIES, 3))
    assert "average of three" not in [run.candidate.name for run in replaced.runs]


def test_an_average_without_one_of_its_members_says_so():
    running = race(None, few(SPECIES, 3))
    average = next(run for run in running.runs if run.candidate.average_of)
    assert not running._averaged(average, 0)
    assert (average.status, "no answer of logistic" in average.detail) == ("no time", True)


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


# recommend.


@pytest.fixture(scope="module")
def found():
    return recommend(X, few(SPECIES, 5), candidates=["label spreading", "self-training", *QUICK], random_state=0)


def test_the_chosen_classifier_is_fitted_to_all_rows(found):
    chosen = found.candidates[found.chosen]
    assert found.best_estimator_.score(X, SPECIES) > 0.9
    again = clone(chosen.estimator).fit(X, few(SPECIES, 5))
    assert (again.predict(X) == found.best_estimator_.predict(X)).all()


def test_what_is_drawn_has_an_entry_for_every_candidate(found):
    assert found.names[found.baseline] == LABELS_ALONE
    assert found.chosen == 0
    for values in (found.errors, found.lower, found.upper):
        assert values.shape == (5,)
    assert {"raced", "dropped early"} == set(found.statuses)
    for i, status in enumerate(found.statuses):
        dropped = status == "dropped early"
        assert np.isnan(found.lower[i]) == dropped
        assert dropped or found.lower[i] <= found.errors[i] <= found.upper[i]


def test_printed_it_is_a_verdict_a_table_and_reasons(found):
    text = str(found)
    assert text.startswith(found.verdict)
    assert all(name in found.table() for name in found.names)
    assert f"> {found.names[found.chosen]}" in found.table()
    assert all(reason in text for reason in found.reasons)
    assert found.seconds > 0


def test_the_same_seed_gives_the_same_answer(found):
    candidates = ["label spreading", "self-training", *QUICK]
    again = recommend(X, few(SPECIES, 5), candidates=candidates, random_state=0)
    assert again.names == found.names
    np.testing.assert_array_equal(again.errors, found.errors)


def test_a_call_changes_neither_rows_nor_candidates():
    rows, y, own = X.copy(), few(SPECIES, 5), KNeighborsClassifier(3)
    recommend(rows, y, budget=5, candidates={"neighbours": own} | dict.fromkeys(KINDS, own), random_state=0)
    assert (rows == X).all()
    assert (y == few(SPECIES, 5)).all()
    assert not hasattr(own, "classes_")


def test_labels_alone_never_meet_an_unlabelled_row():
    Spy.seen = []
    y = few(SPECIES, 5)
    recommend(X, y, budget=5, candidates={name: Spy() for name in KINDS}, random_state=0)
    assert Spy.seen
    for rows, labels in Spy.seen:
        assert len(rows) <= 15
        assert (labels >= 0).all()


def test_classes_may_be_text_and_markers_none():
    names = np.array(["setosa", "versicolor", "virginica"], dtype=object)[SPECIES]
    own = {"spreading": LabelSpreading(kernel="knn"), "vectors": LinearSVC()}
    result = recommend(X, few(names, 5, hidden=None), budget=10, candidates=[*QUICK, *own.items()], random_state=0)
    assert set(result.best_estimator_.predict(X)) <= set(names)
    assert named(result, "spreading").n_rounds > 0
    assert named(result, "vectors").n_rounds > 0
    fitted = clone(named(result, "spreading").estimator).fit(X, few(names, 5, hidden=None))
    assert set(fitted.predict(X)) <= set(names)


def test_a_candidate_that_fails_is_told_of_and_the_others_go_on():
    result = recommend(X, few(SPECIES, 5), budget=10, candidates=[*QUICK, ("mine", Fails())], random_state=0)
    mine = named(result, "mine")
    assert (mine.status, mine.n_rounds) == ("failed", 0)
    assert mine.detail == "It failed: RuntimeError: it cannot be done"
    assert np.isnan(mine.error)
    assert any("“mine” failed" in reason for reason in result.reasons)


def test_if_the_chosen_one_fails_on_all_rows_the_next_is_taken():
    result = recommend(X, few(SPECIES, 10), candidates=[("mine", FailsOnAll())], random_state=0)
    assert (named(result, "mine").status, named(result, "mine").n_rounds > 1) == ("failed", True)
    assert "on all rows" in named(result, "mine").detail
    assert result.names[result.chosen] == LABELS_ALONE
    assert result.best_estimator_.score(X, SPECIES) > 0.7


def test_if_all_fail_one_sentence_says_with_what():
    with pytest.raises(ValueError, match=r"No candidate could be fitted.*it cannot be done"):
        recommend(X, few(SPECIES, 5), candidates=dict.fromkeys(KINDS, Fails()))


def test_a_budget_too_small_for_anything_gives_labels_alone_and_says_so():
    result = recommend(X, few(SPECIES, 5), budget=1e-6, random_state=0)
    assert result.chosen == 0
    assert result.names[0] == LABELS_ALONE
    assert "without evidence" in result.verdict
    assert "give budget=" in result.verdict
    assert {each.status for each in result.candidates} == {"no time"}
    assert result.best_estimator_.predict(X).shape == (150,)


def test_classes_with_a_single_label_are_never_held_out_and_named():
    y = few(SPECIES, 6)
    y[np.flatnonzero(y == 2)[1:]] = -1
    result = recommend(X, y, candidates=QUICK, random_state=0)
    assert any("“2” has a single label" in reason for reason in result.reasons)
    assert any(reason.startswith("12 labelled rows were held out") for reason in result.reasons)


def test_a_label_for_each_class_gives_an_answer_without_evidence():
    result = recommend(X, few(SPECIES, 1), candidates=QUICK, random_state=0)
    assert "every class has a single label" in result.verdict
    assert set(result.best_estimator_.predict(X)) == {0, 1, 2}
    assert np.isnan(result.errors).all()
    assert set(result.statuses) == {"not measured"}


def test_without_unlabelled_rows_it_answers_and_leaves_out_what_makes_no_sense():
    result = recommend(X, SPECIES, candidates=["self-training", *QUICK], random_state=0)
    assert "self-training" not in result.names
    assert "no unlabelled rows" in result.verdict
    assert any("no unlabelled rows" in reason for reason in result.reasons)


def test_more_columns_than_rows():
    rng = np.random.default_rng(0)
    truth = np.arange(40) % 2
    wide = rng.normal(size=(40, 200)) + truth[:, None]
    result = recommend(wide, few(truth, 5), candidates=QUICK, random_state=0)
    assert "more than the 40 rows" in result.situations.sentences["columns"]
    assert result.situations.misspecification is None
    assert result.best_estimator_.score(wide, truth) > 0.9


def test_of_rows_that_are_all_the_same_it_says_that_nothing_can_be_relied_on():
    result = recommend(np.ones((60, 3)), few(np.arange(60) % 2, 5), candidates=QUICK, random_state=0)
    assert result.verdict.startswith("Nothing can be relied on yet")


def test_a_thousand_classes():
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(1000), 2)
    rows = rng.normal(size=(1000, 5))[truth] * 20 + rng.normal(size=(2000, 5))
    result = recommend(rows, truth, budget=4, candidates=["LDA"], random_state=0)
    assert result.best_estimator_.predict(rows).shape == (2000,)
    assert len(result.situations.labels_per_class) == 1000


def test_missing_values():
    rows = X.copy()
    rows[np.random.default_rng(0).random(X.shape) < 0.1] = np.nan
    own = {"neighbours": KNeighborsClassifier(3)}
    result = recommend(rows, few(SPECIES, 5), budget=10, candidates=[*QUICK, *own.items()], random_state=0)
    assert {each.status for each in result.candidates} <= {"raced", "dropped early"}
    assert result.situations.n_missing == np.isnan(rows).sum()
    assert result.best_estimator_.score(rows, SPECIES) > 0.8


def test_frames_with_text_are_encoded_and_own_pipelines_get_them_as_they_are():
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    colour = np.array(["red", "green", "blue"], dtype=object)[(SPECIES + (rng.random(150) < 0.2)) % 3]
    colour[:3] = None
    frame = pandas.DataFrame({"length": X[:, 0], "colour": colour, "number": np.arange(150)})
    own = make_pipeline(
        ColumnTransformer([("colour", OneHotEncoder(handle_unknown="ignore"), ["colour"])]), KNeighborsClassifier(1)
    )
    with pytest.warns(UserWarning, match="'number' is left out"):
        result = recommend(frame, few(SPECIES, 8), budget=10, candidates=[*QUICK, ("mine", own)], random_state=0)
    assert result.situations.n_columns == 5  # blank is a colour too
    assert result.situations.n_missing == 3
    assert named(result, "mine").n_rounds > 0
    assert any("'number' is left out" in reason for reason in result.reasons)
    assert result.best_estimator_.score(frame, SPECIES) > 0.6
    for each in result.candidates:
        assert clone(each.estimator).fit(frame, few(SPECIES, 8)).predict(frame).shape == (150,)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"budget": 0.0}, "budget"),
        ({"budget": np.nan}, "budget=nan must be a finite number of seconds"),
        ({"budget": np.inf}, "budget=inf must be a finite number of seconds"),
        ({"candidates": ["magic"]}, "known are"),
        ({"candidates": {"mine": make_pipeline(OneHotEncoder(), LabelSpreading())}}, "GenerativeFeatures"),
    ],
)
def test_bad_options_are_refused_in_a_sentence(options, message):
    with pytest.raises(ValueError, match=message):
        recommend(X, few(SPECIES, 5), **options)


@pytest.mark.parametrize(
    ("rows", "y", "message"),
    [
        (X, np.full(150, -1), "no labelled row"),
        (X, np.where(SPECIES == 0, 0, -1), "one class only, 0"),
        (X[:99], SPECIES, "99 rows and y has 150 labels"),
        (np.where(X > 7, np.inf, X), SPECIES, "infinity"),
        (np.where(X > 7, 1e300, X), SPECIES, "Column 0 of X goes up to 1e\\+300"),
        (X, np.eye(3)[SPECIES], "one dimension"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(rows, y, message):
    with pytest.raises(ValueError, match=message):
        recommend(rows, y)


def test_sparse_rows_are_reduced_with_a_word_and_few_columns_stay_as_they_are():
    wide = csr_matrix(np.hstack([X, *([X * 0] * 20)]))
    with pytest.warns(UserWarning, match="84 sparse columns are reduced to 50 numbers at most by truncated SVD"):
        recommend(wide, few(SPECIES, 5), candidates=["LDA"], budget=1, random_state=0)
    sparse = csr_matrix(X)
    found = recommend(sparse, few(SPECIES, 5), candidates=["LDA"], budget=2, random_state=0)
    dense = recommend(X, few(SPECIES, 5), candidates=["LDA"], budget=2, random_state=0)
    np.testing.assert_array_equal(found.best_estimator_.predict(sparse), dense.best_estimator_.predict(X))


def test_a_hybrid_of_very_many_classes_is_expected_to_take_long():
    of_ten, of_thousand = (Size(n_labeled=1000, n_unlabeled=2000, n_columns=5, n_classes=k) for k in (10, 1000))
    assert KINDS["mixture, then logistic regression"].seconds(of_ten) < 1
    assert KINDS["mixture, then logistic regression"].seconds(of_thousand) > 10  # 47 s were measured


def test_an_own_candidate_must_be_a_classifier():
    with pytest.raises(TypeError, match="mine is 3"):
        recommend(X, few(SPECIES, 5), candidates={"mine": 3})


def test_warnings_of_candidates_are_not_passed_on():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        recommend(X, few(SPECIES, 2), candidates=["label spreading", "self-training"], random_state=0)


# Situations and words.


def test_clouds_raise_no_suspicion_and_rings_do():
    rng = np.random.default_rng(0)
    rows, truth = make_blobs(900, 2, centers=3, random_state=0)
    calm = misspecification(prepare(rows, encode(few(truth, 60))), 0)
    assert calm.suspicious == ()
    # A thin core and a wide skirt: a tenth of the rows lie where no cloud would have them.
    spread = np.where(rng.random(900) < 0.1, 6.0, 0.3)[:, None]
    heavy = rng.normal(size=(900, 2)) * spread + 40.0 * truth[:, None]
    found = misspecification(prepare(heavy, encode(few(truth, 60))), 0)
    assert len(found.suspicious) >= 2
    assert "hardly Gaussian clouds" in words.of_model(found, prepare(rows, encode(truth)))
    assert "no sign" in words.of_model(calm, prepare(rows, encode(truth)))


def test_unlabelled_rows_that_mislead_a_mixture_are_seen():
    rng = np.random.default_rng(0)
    # Two clusters that are clearer than the classes, and agree with them in four rows of five.
    truth = rng.integers(0, 2, 1000)
    side = np.where(rng.random(1000) < 0.8, truth, 1 - truth)
    rows = np.c_[6.0 * side, 3.0 * truth] + rng.normal(size=(1000, 2))
    found = misspecification(prepare(rows, encode(few(truth, 20))), 0)
    assert found.density_gain > 0
    assert found.error_gain < 0
    assert "sorts them worse" in words.of_model(found, prepare(rows, encode(truth)))


def test_probabilities_are_called_too_sure_only_beyond_chance():
    sure = Calibration("a", 0.99, 0.80, 0.70, 0.88, 60)
    assert "too sure" in words.of_probabilities([sure])
    assert "too cautious" in words.of_probabilities([Calibration("a", 0.5, 0.80, 0.70, 0.88, 60)])
    assert "as sure as it should be on average" in words.of_probabilities(
        [Calibration("a", 0.85, 0.80, 0.70, 0.88, 60)]
    )
    assert "4 rows tell little" in words.of_probabilities([Calibration("a", 0.85, 0.75, 0.30, 0.95, 4)])


def result(name, gain, uses, error=0.1, sd=0.01):
    from semigen.recommendation import CandidateResult

    return CandidateResult(name, None, uses, error, error / 2, error * 2, gain, sd, 3, 1.0, "raced", "")


ALONE = result("LDA", 0.0, False, error=0.12)
MIXTURE = result("mixture", 0.05, True)
UNTRIED = replace(result("GAN", 0.0, True), n_rounds=0, status="no time", error=np.nan)


def over(told_apart=False, elsewhere=0.03):
    return words.Advantage(ALONE, told_apart, elsewhere)


@pytest.mark.parametrize(
    ("chosen", "ahead", "beginning"),
    [
        (MIXTURE, over(), "Take mixture (10.0 % of held-out rows wrong): LDA, the best on labels alone, had 12.0 %"),
        (ALONE, None, "Labels alone are as good as anything here: take LDA (12.0 % of held-out rows wrong)"),
        (result("mixture", 0.05, True, error=0.5), over(), "Nothing can be relied on yet"),
        (result("mixture", 0.05, True, error=0.498), over(), "Nothing can be relied on yet"),
    ],
)
def test_the_verdict_says_whether_labels_alone_are_as_good(chosen, ahead, beginning):
    assert words.verdict(chosen, ahead, 100, 0.5, [MIXTURE]).startswith(beginning)


@pytest.mark.parametrize(
    ("error", "told_apart", "elsewhere", "end"),
    [
        (0.10, True, 0.03, "12.0 % wrong, and the held-out rows tell them apart."),
        (0.10, False, 0.03, "apart for sure, but on fifteen other tables with few labels its error was 3.0 percentage"),
        (
            0.13,
            True,
            0.03,
            "12.0 % wrong, which is less. These rows speak against it, but on fifteen other tables",
        ),
        (0.12, False, 0.03, "12.0 % wrong, too. These rows cannot tell them apart for sure, but on fifteen"),
        (0.13, False, 0.0, "These rows cannot tell them apart for sure; its probabilities were the better ones."),
        (0.11, False, 0.0, "12.0 % wrong. These rows cannot tell them apart for sure."),
    ],
)
def test_a_verdict_says_what_rows_show_and_what_is_known_of_other_tables(error, told_apart, elsewhere, end):
    chosen = result("mixture", 0.05, True, error=error)
    assert end in words.verdict(chosen, over(told_apart, elsewhere), 100, 0.5)


def test_labels_alone_are_said_to_be_as_good_as_what_was_measured_only():
    some = words.verdict(ALONE, None, 100, 0.5, [MIXTURE, UNTRIED])
    assert some.startswith("Labels alone are as good as what else could be measured: take LDA")
    assert some.endswith("Nothing is known of “GAN”.")
    none = words.verdict(ALONE, None, 100, 0.5, [UNTRIED])
    assert none.endswith("nothing that learns from unlabelled rows too was measured beside it.")
    found = recommend(X, few(SPECIES, 10), candidates=["LDA"], random_state=0)
    assert "nothing that learns from unlabelled rows too was measured" in found.verdict


def test_long_lists_are_cut():
    assert words.listed(["a"]) == "“a”"
    assert words.listed(["a", "b, c"]) == "“a” or “b, c”"
    assert words.listed(list("abcde")) == "“a”, “b”, “c” and 2 more"


def test_a_verdict_says_where_guessing_may_be_as_good():
    guess = "These rows do not prove it better than guessing: always guessing the most frequent class has 15.0 % wrong."
    assert guess in words.verdict(MIXTURE, over(), 100, 0.15)
    assert "guessing" not in words.verdict(MIXTURE, over(), 100, 0.3)


def test_a_verdict_compares_with_nothing_that_was_not_measured():
    said = words.verdict(MIXTURE, None, 100, 0.5)
    assert said.endswith("; nothing that learns from labels alone could be measured beside it.")
    found = recommend(X, few(SPECIES, 10), candidates=[(LABELS_ALONE, Fails()), "mixture"], random_state=0)
    assert "nothing that learns from labels alone" in found.verdict


def test_rows_tell_errors_apart_beyond_chance_only():
    rng = np.random.default_rng(0)
    some = (rng.random(1000) < 0.2).astype(float)
    fewer = np.where(rng.random(1000) < 0.3, 0.0, some)
    assert are_told_apart(some, fewer, FOLDS)
    assert not are_told_apart(some[:20], fewer[:20], FOLDS)
    assert not are_told_apart(some, some, FOLDS)
    by_chance = [are_told_apart(*(rng.random((2, 200)) < 0.2).astype(float), FOLDS) for _ in range(400)]
    assert np.mean(by_chance) < 0.05


def test_guessing_is_measured_by_classes_that_can_be_held_out():
    y = np.full(150, -1)
    y[:20], y[50:70] = 0, 1
    y[100:112] = np.arange(2, 14)
    found = recommend(np.random.default_rng(0).normal(size=(150, 3)), y, candidates=QUICK, random_state=0)
    assert any("most frequent class has 50.0 % wrong" in said for said in [found.verdict, *found.reasons])


class FailsOnAllRows(SemiSupervisedGMM):
    """A mixture that cannot be fitted to fifteen labelled rows."""

    def fit(self, X, y, sample_weight=None, *, X_unlabeled=None):
        if sum(label is not None for label in y) == 15:
            raise RuntimeError("too many rows")
        return super().fit(X, y)


def test_where_the_best_fails_on_all_rows_the_others_are_judged_afresh():
    found = recommend(X, few(SPECIES, 5), candidates=[("mine", FailsOnAllRows())], random_state=0)
    assert named(found, "mine").status == "failed"
    assert found.names[found.chosen] == LABELS_ALONE
    assert not any("mine had the lower error" in reason for reason in found.reasons)
    assert any("“mine” failed" in reason for reason in found.reasons)


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
    handicap = np.array([-0.04 if run.candidate.name == "mixture" else 0.0 for run in runs])
    return expected_errors([run.loss for run in runs], handicap)


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


class Boastful(LogisticRegression):
    """Logistic regression that claims to be sure."""

    def predict_proba(self, X):
        said = super().predict_proba(X) ** 20
        return said / said.sum(axis=1, keepdims=True)


def test_a_candidate_that_is_only_surer_is_not_said_to_err_less():
    rows, truth = make_blobs(600, centers=3, cluster_std=5.0, random_state=0)
    boastful = [("boastful", make_pipeline(StandardScaler(), Boastful(max_iter=1000)))]
    found = recommend(rows, few(truth, 100), candidates=boastful, random_state=0)
    assert named(found, "boastful").gain == pytest.approx(0, abs=0.01)
    assert found.names[found.chosen] == LABELS_ALONE


def test_identical_rows_tell_nothing_whatever_rounding_says():
    for n_classes in (2, 3, 7):
        y = np.repeat(np.arange(n_classes), 20)
        found = recommend(np.ones((20 * n_classes, 3)), y, candidates=QUICK, random_state=0)
        assert found.verdict.startswith("Nothing can be relied on yet")


def test_the_best_on_labels_alone_stays_in_the_race():
    runs = {run.candidate.name: run for run in race(["LDA", "mixture", "self-training"], few(SPECIES, 5)).run()}
    assert runs["LDA"].status == runs[LABELS_ALONE].status == "raced"


def test_a_class_may_be_called_minus_one():
    y = np.array([-1, 0, 1], dtype=object)[SPECIES]
    hidden = few(SPECIES, 10) < 0
    y[hidden] = None
    found = recommend(X, y, unlabeled=None, candidates=["mixture", "mixture, then logistic regression"], random_state=0)
    same = recommend(X, few(SPECIES, 10), candidates=["mixture", "mixture, then logistic regression"], random_state=0)
    np.testing.assert_allclose(found.errors, same.errors)
    assert (found.best_estimator_.predict(X) + 1 == same.best_estimator_.predict(X)).all()
    curves = [
        label_curve(SemiSupervisedGMM(), X, labels, unlabeled=None, n_repeats=2, random_state=0).errors
        for labels in (SPECIES, SPECIES - 1)
    ]
    np.testing.assert_array_equal(*curves)


@pytest.mark.parametrize(("classes", "marker"), [((0, 1, 2), -1), (("a", "b", "c"), "?"), ((-1, 0, 1), None)])
def test_what_is_recommended_can_be_fitted_again_to_the_labels_that_recommend_had(classes, marker):
    y = np.array(classes, dtype=object)[SPECIES]
    y[few(SPECIES, 10) < 0] = marker
    found = recommend(X, y, unlabeled=marker, random_state=0, candidates=["mixture", *HYBRID])
    average = fit_named("average of three", X, y, marker, 0)
    for model in (
        found.best_estimator_,
        average,
        *(each.estimator for each in found.candidates if each.uses_unlabeled),
    ):
        again = clone(model).fit(X, y)
        assert set(again.classes_) == set(classes)


def test_a_classifier_of_ones_own_can_be_fitted_again_to_the_labels_that_recommend_had():
    y = few(SPECIES, 10)
    found = recommend(
        X, y, candidates=[("mine", KNeighborsClassifier(1)), ("theirs", LabelSpreading())], random_state=0
    )
    for name in ("mine", "theirs"):
        assert clone(named(found, name).estimator).fit(X, y).classes_.tolist() == [0, 1, 2]


def test_a_candidate_that_there_is_not_cannot_be_fitted_by_name():
    with pytest.raises(ValueError, match="There is no candidate 'best'; known are"):
        fit_named("best", X, few(SPECIES, 10))


def test_a_regressor_is_no_candidate():
    with pytest.raises(TypeError, match=r"mine is Ridge.*a regressor; classes need a classifier"):
        recommend(X, few(SPECIES, 10), candidates=[("mine", Ridge())])


def test_a_budget_that_is_advised_is_more_than_the_one_that_was_given():
    running = race([("snail", Slow(0.2))], few(SPECIES, 10), 1.0)
    running.spent = 0.5
    run = next(run for run in running.run() if run.candidate.name == "snail")
    assert int(run.detail.split("budget=")[1].rstrip(".")) == 3


def test_an_average_takes_the_time_of_its_members():
    found = recommend(X, few(SPECIES, 5), candidates=[*KINDS["average of three"].average_of, "average of three"])
    took = {each.name: each.seconds for each in found.candidates}
    assert took["average of three"] == pytest.approx(
        sum(seconds for name, seconds in took.items() if name in KINDS["average of three"].average_of)
    )


def test_a_column_of_huge_values_is_named():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["a", "b", "c", "d"]).assign(text=np.where(SPECIES == 1, "x", "y"))
    frame.loc[3, "c"] = -1e200
    for table in (frame, frame.drop(columns="text")):
        with pytest.raises(ValueError, match="Column 'c' of X goes up to 1e\\+200"):
            recommend(table, few(SPECIES, 5))


def test_an_average_is_explained():
    assert words.of_average("average", {"a": 2.0, "b": 1.0}) == ["average averages class probabilities: 2 × a, 1 × b."]
    assert words.of_average("a", {}) == []


def test_a_chosen_candidate_with_the_higher_error_is_explained():
    said = words.comparison(result("mixture", 0.02, True, 0.2), [result("LDA", 0.0, False, 0.1)])
    assert "LDA had the lower error" in said[0]
