"""Signs that a fit is wrong: what is found, by name, that sound fits have none, and who warns of them, once."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris, make_circles
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from semigen import (
    GenerativeFeatures,
    LabeledStratifiedKFold,
    SemiSupervisedGMM,
    SemiSupervisedGMMCV,
    SuspectFitWarning,
    label_curve,
)
from semigen.diagnostics import Sign, sentence_of, signs, suspicions_of
from semigen.diagnostics.reference import reference
from semigen.mixture.training import variants

X, SPECIES = load_iris(return_X_y=True)


def few(truth: np.ndarray, per_class: int, seed: int = 0) -> np.ndarray:
    rng, kept = np.random.default_rng(seed), np.full(len(truth), -1)
    for k in np.unique(truth):
        kept[rng.permutation(np.flatnonzero(truth == k))[:per_class]] = k
    return kept


def clouds(n: int = 600, d: int = 4, gap: float = 5.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, n)
    return rng.normal(size=(n, d)) + gap * np.eye(3, d)[truth], truth


def wrong_labels() -> tuple[np.ndarray, np.ndarray]:
    rows, truth = clouds()
    y = few(truth, 20)
    some = np.flatnonzero(y >= 0)[::4]
    y[some] = (y[some] + 1) % 3
    return rows, y


def found(model) -> list[Sign]:
    return [each.sign for each in model.suspicions_]


def test_sound_fits_are_not_suspect(family):
    for seed in range(3):
        rows, truth = clouds(seed=seed)
        assert found(SemiSupervisedGMM(family).fit(rows, few(truth, 10, seed))) == []
    assert found(SemiSupervisedGMM().fit(X, few(SPECIES, 10))) == []
    assert found(SemiSupervisedGMM().fit(X, SPECIES)) == []


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_wild_value_is_found_by_the_name_of_its_column(dtype):
    table = pd.DataFrame(X.astype(dtype), columns=list("abcd"))
    table.loc[70, "c"] = 9999
    model = SemiSupervisedGMM(missing="marginal").fit(table.mask(table == 1.4), few(SPECIES, 10))
    wild = model.suspicions_[0]
    assert (wild.sign, wild.column, wild.value, wild.n_cells) == (Sign.WILD_VALUES, "c", 9999, 1)
    assert "one cell of column 'c' (such as 9999)" in sentence_of(model.suspicions_, "else")
    assert "correct or leave out column 'c'" in sentence_of(model.suspicions_, "else")


def test_columns_of_which_most_values_are_alike_have_no_wild_ones():
    rows = np.zeros((1000, 2))
    rows[::100, 0] = 5
    rows[3, 1] = 1
    assert signs.wild_values(rows, range(2)) == []
    rows = np.random.default_rng(0).normal(size=(1000, 2))
    assert signs.wild_values(rows, range(2)) == []
    rows[[5, 900], 1] = -999
    for held in (rows, np.asfortranarray(rows), rows[::1]):
        assert [(each.column, each.n_cells) for each in signs.wild_values(held, range(2))] == [(1, 2)]


def test_labels_that_contradict_the_fit_are_counted():
    model = SemiSupervisedGMM().fit(*wrong_labels())
    improbable = next(each for each in model.suspicions_ if each.sign is Sign.IMPROBABLE_LABELS)
    assert improbable.n_contradicted == 15
    assert improbable.n_labels == 60
    assert improbable.n_expected < 2


def test_an_unsure_fit_may_contradict_labels():
    """Classes that overlap: the probabilities say so, and expect as many errors as there are."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 2000)
    rows = rng.normal(size=(2000, 2)) + 1.5 * truth[:, None]
    assert found(SemiSupervisedGMM().fit(rows, few(truth, 100))) == []


def test_unlabelled_rows_that_were_measured_otherwise_shift_a_class():
    rows, truth = clouds()
    y = few(truth, 30)
    rows[y < 0, 3] += 4
    named = [None if k < 0 else "xyz"[k] for k in y]
    model = SemiSupervisedGMM().fit(pd.DataFrame(rows, columns=list("abcd")), named)
    shifted = model.suspicions_[0]
    assert (shifted.sign, shifted.column, shifted.n_labels) == (Sign.SHIFTED_CLASS, "d", 30)
    assert shifted.label in "xyz"
    assert shifted.distance > 1


def test_covariances_of_more_columns_than_rows_support_are_found():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 150)
    rows = rng.normal(size=(150, 60)) + 1.5 * np.eye(3, 60)[truth]
    assert Sign.TOO_FEW_ROWS in found(SemiSupervisedGMM().fit(rows, few(truth, 5)))
    assert Sign.TOO_FEW_ROWS not in found(SemiSupervisedGMM("diag").fit(rows, few(truth, 5)))
    assert Sign.TOO_FEW_ROWS not in found(SemiSupervisedGMM(unlabeled_weight=0).fit(rows, few(truth, 5)))


def test_a_classifier_of_the_labels_alone_contradicts_a_fit_that_lost_the_classes():
    """A ring round a disc, which a kernel tells apart, and a fit that cuts both in two and is sure of it."""
    rows, truth = make_circles(800, noise=0.08, factor=0.4, random_state=0)
    known = few(truth, 40) >= 0
    cut = np.eye(2)[(rows[~known, 0] > 0).astype(int)]
    found = signs.disagreement(rows[known], truth[known], rows[~known], cut)
    assert found.reference_accuracy > 0.9
    assert found.agreement < 0.6
    assert signs.disagreement(rows[known], truth[known], rows[~known], np.eye(2)[truth[~known]]) is None


def test_guessing_is_no_better_than_guessing():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2, 200)
    assert signs.guessed_labels(rng.integers(0, 2, 200), codes, 2).sign is Sign.GUESSED_LABELS
    assert signs.guessed_labels(codes, codes, 2) is None
    # Of one class in fifty, half are found: the most frequent label would be right as often.
    rare = (np.arange(400) % 50 == 0).astype(int)
    assert signs.guessed_labels(np.where(np.arange(400) % 100 == 0, 1, 0), rare, 2) is None


def test_shares_of_answers_are_compared_with_a_sample_of_labels_only():
    answers = np.repeat([0, 1], [490, 10])
    as_they_come = np.repeat([0, 1], [12, 28])
    assert signs.unbalanced_answers(answers, as_they_come, ["a", "b"]).label == "a"
    as_many_of_each = np.repeat([0, 1], [20, 20])
    assert signs.unbalanced_answers(answers, as_many_of_each, ["a", "b"]) is None


def test_answers_for_labels_held_out_are_compared_with_the_hit_rate():
    codes = np.arange(300) % 2
    sure = np.where(np.arange(300)[:, None] % 3 == 0, [0.99, 0.01], np.eye(2)[codes])
    assert signs.overconfidence(sure, codes).hit_rate == pytest.approx(5 / 6)
    assert signs.overconfidence(0.5 + 0.8 * (np.eye(2)[codes] - 0.5), codes) is None


def test_one_warning_that_points_at_the_caller():
    rows, y = wrong_labels()
    for model in (SemiSupervisedGMM(), SemiSupervisedGMM(guard=True, random_state=0)):
        with pytest.warns(SuspectFitWarning, match="given labels are less probable") as caught:
            model.fit(rows, y)
        assert len(caught) == 1
        assert caught[0].filename == __file__
    with pytest.warns(SuspectFitWarning):
        make_pipeline(StandardScaler(), SemiSupervisedGMM()).fit(rows, y)


def test_fits_within_fits_do_not_warn():
    rows, y = wrong_labels()
    with warnings.catch_warnings():
        warnings.simplefilter("error", SuspectFitWarning)
        cross_val_score(SemiSupervisedGMM(), rows, y, cv=LabeledStratifiedKFold(3), n_jobs=2)
        label_curve({"mixture": SemiSupervisedGMM()}, rows, y, sizes=[20, 30], n_repeats=1, random_state=0)
        model = SemiSupervisedGMM(guard=True, random_state=0)
        training = model._validated(rows, y, None, None, None)
        variants(model, training, pessimistic=False)["EM"](training)
    rows[0, 0] = 1e6
    with pytest.warns(SuspectFitWarning) as caught:
        hybrid = GenerativeFeatures(SemiSupervisedGMM()).fit(rows, y)
    assert len(caught) == 1
    assert hybrid.model_.suspicions_


def test_an_average_is_examined_by_the_labels_that_it_held_out():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 3))
    y = np.where(np.arange(300) < 60, rng.integers(0, 2, 300), -1)
    model = SemiSupervisedGMMCV(transforms=("none",), shrinkages=(1.0,), random_state=0)
    with pytest.warns(SuspectFitWarning, match="labels held out") as caught:
        model.fit(rows, y)
    assert len(caught) == 1
    assert Sign.GUESSED_LABELS in found(model)
    rows, truth = clouds()
    assert found(model.fit(rows, few(truth, 10))) == []


def test_findings_are_values_that_pickle_and_rows_without_weight_do_not_count():
    rows, y = wrong_labels()
    model = SemiSupervisedGMM().fit(rows, y)
    assert pickle.loads(pickle.dumps(model)).suspicions_ == model.suspicions_
    with_nothing = np.vstack([rows, rows[y >= 0]])
    labels = np.concatenate([y, np.zeros((y >= 0).sum(), dtype=int)])
    weights = np.repeat([1.0, 0.0], [len(rows), (y >= 0).sum()])
    assert SemiSupervisedGMM().fit(with_nothing, labels, weights).suspicions_ == model.suspicions_


def test_an_examination_scores_some_rows_of_many(monkeypatch):
    rows, truth = clouds(20_000)
    scored = []
    model = SemiSupervisedGMM()
    original = SemiSupervisedGMM._log_posterior
    monkeypatch.setattr(SemiSupervisedGMM, "_log_posterior", lambda self, X: scored.append(len(X)) or original(self, X))
    model.fit(rows, np.where(np.arange(20_000) < 10_000, truth, -1))
    assert sum(scored) <= 2500


def test_columns_of_a_pipeline_have_the_names_that_its_first_steps_give():
    table = pd.DataFrame(X, columns=list("abcd"))
    table.loc[70, "c"] = 9999
    model = make_pipeline(StandardScaler(), SemiSupervisedGMM()).fit(table, few(SPECIES, 10))
    assert suspicions_of(model)[0].column == "c"
    assert suspicions_of(StandardScaler()) == ()


def test_rows_of_which_a_few_lie_far_from_all_others_are_examined():
    rng = np.random.default_rng(0)
    labeled = np.zeros((20, 3))
    labeled[:3] = 1e3 * rng.normal(size=(3, 3))
    codes = np.arange(20) % 2
    for scale in (1.0, 1e-200, 1e150):
        found = reference(scale * labeled, codes, scale * labeled, 2)
        assert found.answers.shape == (20,)
