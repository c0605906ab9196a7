"""The guard as a user meets it: what is kept, what stays reachable, and what it says."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.exceptions import ConvergenceWarning

from semigen import SemiSupervisedGMM
from semigen.mixture import training as training_module
from semigen.mixture.training import variants
from semigen.model_selection import paired_test as module

X, SPECIES = load_iris(return_X_y=True)
FITTED = ("weights_", "means_", "covariances_", "history_", "transduction_")


def few(truth: np.ndarray, per_class: int, seed: int = 0) -> np.ndarray:
    rng, kept = np.random.default_rng(seed), np.full(len(truth), -1)
    for k in np.unique(truth):
        kept[rng.permutation(np.flatnonzero(truth == k))[:per_class]] = k
    return kept


def helpful(n: int = 1200) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian classes that a few labels describe badly and all rows describe well."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, n)
    root = np.eye(20) + rng.normal(size=(20, 20))
    return (rng.normal(size=(n, 20)) + 4 * np.outer(truth, np.eye(20)[0])) @ root, truth


def harmful(n: int = 1200) -> tuple[np.ndarray, np.ndarray]:
    """Clusters that have nothing to do with the classes."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(n, 3)) + np.outer(rng.integers(0, 2, n), [0, 20, 0])
    return rows, (rows[:, 0] > 0).astype(int)


def same(one: SemiSupervisedGMM, other: SemiSupervisedGMM) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in FITTED)


def test_where_unlabelled_rows_help_they_are_kept():
    rows, truth = helpful()
    y = few(truth, 15)
    model = SemiSupervisedGMM(guard=True, random_state=0).fit(rows, y)
    assert model.kept_ == "EM"
    assert same(model, SemiSupervisedGMM().fit(rows, y))
    assert model.score(rows, truth) > model.supervised_.score(rows, truth) + 0.03
    assert "Kept the EM fit" in model.report()
    assert "changed the predicted class of" in model.report()


@pytest.mark.parametrize("family", ["full", "tied"])
def test_where_they_hurt_the_supervised_fit_is_kept(family):
    rows, truth = harmful()
    y = few(truth, 15)
    model = SemiSupervisedGMM(family, guard=True, random_state=0).fit(rows, y)
    assert model.kept_ in ("supervised", "pessimistic")
    assert model.score(rows, truth) > model.supervised_.score(rows, truth) - 0.01
    assert SemiSupervisedGMM(family).fit(rows, y).score(rows, truth) < model.score(rows, truth) - 0.1


def test_wrong_labels_do_not_make_it_keep_the_worse_fit():
    """EM is sure of the right class where a label held out is wrong, and must not pay more for it than a timid fit."""
    lost = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        truth = rng.integers(0, 3, 800)
        rows = rng.normal(size=(800, 6)) + 5 * np.eye(3, 6)[truth]
        y = few(truth, 40, seed)
        some = rng.permutation(np.flatnonzero(y >= 0))[:30]
        y[some] = (y[some] + rng.integers(1, 3, 30)) % 3
        model = SemiSupervisedGMM(guard=True, random_state=0).fit(rows, y)
        lost.append(SemiSupervisedGMM().fit(rows, y).score(rows, truth) - model.score(rows, truth))
    assert max(lost) < 0.02


def test_supervised_is_the_fit_without_unlabelled_rows(family):
    y = few(SPECIES, 10)
    model = SemiSupervisedGMM(family, guard=True, random_state=0).fit(X, y)
    assert same(model.supervised_, SemiSupervisedGMM(family, unlabeled_weight=0).fit(X, y))


def test_a_pessimistic_fit_is_no_less_likely_than_the_supervised_one():
    rows, truth = load_breast_cancer(return_X_y=True)
    y = few(truth, 8)
    supervised = SemiSupervisedGMM("tied", unlabeled_weight=0).fit(rows, y)
    training = supervised._validated(rows, y, None, None, None)
    asked = clone(supervised).set_params(unlabeled_weight=1.0)
    model = variants(asked, training, pessimistic=True)["pessimistic"](training)
    assert model.history[1] >= model.history[0]
    assert (model.probabilities(rows).argmax(axis=1) != supervised.predict(rows)).any()


def test_few_labels_and_no_unlabelled_rows_leave_the_supervised_fit():
    one_each = few(SPECIES, 1)
    model = SemiSupervisedGMM(guard=True).fit(X, one_each)
    assert model.kept_ == "supervised"
    assert "too few to compare" in model.report()
    complete = SemiSupervisedGMM(guard=True).fit(X, SPECIES)
    assert complete.kept_ == "supervised"
    assert "no unlabelled row counts" in complete.report()
    ignored = SemiSupervisedGMM(guard=True, unlabeled_weight=0).fit(X, few(SPECIES, 5))
    assert ignored.kept_ == "supervised"


def test_works_with_missing_values_unsure_labels_weights_and_several_components():
    rows, truth = helpful(400)
    rows[np.random.default_rng(1).random(rows.shape) < 0.1] = np.nan
    y = [{0, 1} if i % 7 == 0 else None if k < 0 else int(k) for i, k in enumerate(few(truth, 20))]
    weights = np.random.default_rng(2).integers(0, 3, 400)
    model = SemiSupervisedGMM("diag", {0: 2}, guard=True, missing="marginal", random_state=0)
    model.fit(rows, y, weights)
    assert model.kept_ in ("EM", "supervised")
    assert np.isfinite(model.predict_proba(rows)).all()


def test_the_same_seed_gives_the_same_fit_and_another_order_of_options_nothing_new():
    y = few(SPECIES, 6)
    one, two = (SemiSupervisedGMM(guard=True, random_state=3).fit(X, y) for _ in range(2))
    assert same(one, two)
    assert one.report() == two.report()


def test_rows_held_out_are_not_seen_by_the_fits_that_are_tested_on_them(monkeypatch):
    """Folds hold labelled rows only, and leave every unlabelled one in training."""
    y, seen = few(SPECIES, 5), []
    original = training_module.learn

    def noting(asked, training, *others, **options):
        seen.append(training)
        return original(asked, training, *others, **options)

    monkeypatch.setattr(training_module, "learn", noting)
    SemiSupervisedGMM(guard=True, random_state=0).fit(X, y)
    assert len(seen) > 2 * module.REPETITIONS * module.FOLDS
    for training in seen:
        assert training.labels.unlabeled.sum() == (y < 0).sum()
        assert (training.labels.counts > 0).all()
    assert {len(training.X) for training in seen} == {150, 147}


def test_classes_without_labels_cannot_be_guarded():
    y = np.where(SPECIES == 2, -1, few(SPECIES, 5))
    with pytest.raises(ValueError, match="guard=True needs a fit to the labelled rows alone"):
        SemiSupervisedGMM(classes=[0, 1, 2], guard=True).fit(X, y)


def test_a_failed_guarded_fit_changes_nothing():
    model = SemiSupervisedGMM(guard=True, random_state=0).fit(X, few(SPECIES, 5))
    before = dict(vars(model))
    with pytest.raises(ValueError, match="guard=True needs"):
        model.set_params(n_components={0: 9}).fit(X, few(SPECIES, 3))
    assert {name: vars(model)[name] for name in before if name != "n_components"} == {
        name: value for name, value in before.items() if name != "n_components"
    }


def test_report_without_a_guard_says_what_is_missing():
    with pytest.raises(ValueError, match="only guard=True makes"):
        SemiSupervisedGMM().fit(X, few(SPECIES, 5)).report()


def test_refitting_without_the_guard_forgets_the_report():
    model = SemiSupervisedGMM(guard=True, random_state=0).fit(X, few(SPECIES, 5))
    model.set_params(guard=False).fit(X, few(SPECIES, 5))
    assert not hasattr(model, "supervised_")
    assert not hasattr(model, "kept_")


def test_rows_of_weight_zero_change_nothing_and_get_a_class():
    rows, truth = helpful(400)
    y, weights = few(truth, 12), np.random.default_rng(1).integers(0, 2, 400).astype(float)
    weights[y >= 0] = 1
    rows[weights == 0, 3] = np.nan
    options = {"guard": True, "missing": "marginal", "random_state": 0}
    weighted = SemiSupervisedGMM("tied", **options).fit(rows, y, weights)
    without = SemiSupervisedGMM("tied", **options).fit(rows[weights > 0], y[weights > 0])
    np.testing.assert_allclose(weighted.means_, without.means_, rtol=1e-9)
    assert weighted.report() == without.report()
    assert len(weighted.transduction_) == 400


def test_threads_do_not_matter_to_the_last_bit():
    rows, truth = helpful()
    one, three = (SemiSupervisedGMM(guard=True, random_state=0, n_jobs=n).fit(rows, few(truth, 15)) for n in (1, 3))
    assert same(one, three)


def test_a_start_of_ones_own_could_know_the_labels_held_out():
    start = SemiSupervisedGMM().fit(X, SPECIES)
    init = {"weights": start.weights_, "means": start.means_, "covariances": start.covariances_}
    with pytest.raises(ValueError, match="leave init as it is"):
        SemiSupervisedGMM(guard=True, init=init).fit(X, few(SPECIES, 5))


def test_one_warning_for_a_fit_that_has_not_settled_and_it_points_at_the_caller():
    rows, truth = helpful()
    with pytest.warns(ConvergenceWarning) as caught:
        SemiSupervisedGMM(guard=True, random_state=0, max_iter=2, tol=0).fit(rows, few(truth, 15))
    assert len(caught) == 1
    assert caught[0].filename == __file__
