"""recommend: what is chosen, fitted and said."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import LabelSpreading
from sklearn.svm import LinearSVC

from semigen import SemiSupervisedGMM, recommend
from semigen.recommendation.candidates import CANDIDATES, LABELS_ALONE
from semigen.recommendation.findings import LowerError, Status
from semigen.recommendation.training_rows import Size
from semigen.recommendation.verdict import Ground
from tests.recommendation.samples import (
    QUICK,
    SPECIES,
    Fails,
    FailsOnAll,
    Spy,
    X,
    few,
    named,
)


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
    recommend(rows, y, budget=5, candidates={"neighbours": own} | dict.fromkeys(CANDIDATES, own), random_state=0)
    assert (rows == X).all()
    assert (y == few(SPECIES, 5)).all()
    assert not hasattr(own, "classes_")


def test_labels_alone_never_meet_an_unlabelled_row():
    Spy.seen = []
    y = few(SPECIES, 5)
    recommend(X, y, budget=5, candidates={name: Spy() for name in CANDIDATES}, random_state=0)
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
        recommend(X, few(SPECIES, 5), candidates=dict.fromkeys(CANDIDATES, Fails()))


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
    assert any(reason.startswith("The labels of 12 rows were hidden") for reason in result.reasons)


def test_a_label_for_each_class_gives_an_answer_without_evidence():
    result = recommend(X, few(SPECIES, 1), candidates=QUICK, random_state=0)
    assert "every class has a single label" in result.verdict
    assert set(result.best_estimator_.predict(X)) == {0, 1, 2}
    assert np.isnan(result.errors).all()
    assert set(result.statuses) == {"not measured"}


def test_without_unlabelled_rows_it_answers_and_leaves_out_what_makes_no_sense():
    result = recommend(X, SPECIES, candidates=["self-training", *QUICK], random_state=0)
    assert "self-training" not in result.names
    assert "There are no unlabelled rows." in result.verdict
    assert any("no unlabelled rows" in reason for reason in result.reasons)


def test_a_hybrid_of_very_many_classes_is_expected_to_take_long():
    of_ten, of_thousand = (Size(n_labeled=1000, n_unlabeled=2000, n_columns=5, n_classes=k) for k in (10, 1000))
    assert CANDIDATES["mixture, then logistic regression"].seconds(of_ten) < 1
    assert CANDIDATES["mixture, then logistic regression"].seconds(of_thousand) > 10  # 47 s were measured


def test_warnings_of_candidates_are_not_passed_on():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        recommend(X, few(SPECIES, 2), candidates=["label spreading", "self-training"], random_state=0)


def test_guessing_is_measured_by_classes_that_can_be_held_out():
    y = np.full(150, -1)
    y[:20], y[50:70] = 0, 1
    y[100:112] = np.arange(2, 14)
    found = recommend(np.random.default_rng(0).normal(size=(150, 3)), y, candidates=QUICK, random_state=0)
    assert found.conclusion.guessing == 0.5


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


def test_former_names_warn_and_work():
    import semigen.recommendation as package

    found = recommend(X, few(SPECIES, 5), candidates=["LDA"], budget=5, random_state=0)
    with pytest.warns(DeprecationWarning, match="data_summary"):
        assert found.situations is found.data_summary
    with pytest.warns(DeprecationWarning, match="DataSummary"):
        assert package.Situations is package.DataSummary


def test_what_is_said_of_a_difference_agrees_with_what_was_chosen():
    rng = np.random.default_rng(0)
    for seed in range(3):
        rows = X + rng.normal(size=X.shape)
        result = recommend(
            rows, few(SPECIES, 8, seed), candidates=[*QUICK, "label spreading"], budget=5, random_state=seed
        )
        told = result.conclusion.reference
        if told.ground is Ground.SHOWN:
            assert told.error - result.conclusion.error > told.by_chance
        elif result.conclusion.error < told.error:
            assert told.error - result.conclusion.error <= told.by_chance
        lower = [each for each in result.findings if isinstance(each, LowerError)]
        # Each that was compared to the end with fewer errors is explained.
        fewer = {
            each.name
            for each in result.candidates
            if each.status is Status.RACED and each.error < result.conclusion.error
        }
        assert fewer <= {each.other.name for each in lower}
        for each in lower:
            assert 0 < each.chosen_error - each.other.error <= each.other.by_chance
