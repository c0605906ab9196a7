"""SemiSupervisedEnsemble: its average, what its members see, what it refuses, and where each member is right."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_wine
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import LabelSpreading
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks

from semigen import (
    GenerativeFeatures,
    SemiSupervisedEnsemble,
    SemiSupervisedGMM,
    SemiSupervisedGMMCV,
    SemiSupervisedMixture,
)
from semigen.diagnostics import SuspectFitWarning
from semigen.mixture.cv.evidence import tempered
from semigen.mixture.mixed.indicators import OtherValueWarning

X, KIND = load_wine(return_X_y=True)
QUICK = SemiSupervisedGMMCV(("full",), transforms=("none",), n_components=1, random_state=0)


def labelled(truth: np.ndarray, per_class: int) -> np.ndarray:
    y = np.full(len(truth), -1)
    for k in np.unique(truth):
        y[np.flatnonzero(truth == k)[:per_class]] = k
    return y


def quick(**options) -> SemiSupervisedEnsemble:
    forest = ExtraTreesClassifier(20, random_state=0)
    both = GenerativeFeatures(SemiSupervisedGMM(), forest, passthrough=True, n_folds=5)
    given = {"mixtures": QUICK, "classifiers": [("forest", forest), ("both", both)], "random_state": 0}
    return SemiSupervisedEnsemble(**{**given, **options})


@parametrize_with_checks(
    [quick(classifiers=[("tree", DecisionTreeClassifier(random_state=0))])],
    expected_failed_checks=lambda estimator: {
        "check_classifiers_classes": "-1 marks unlabelled rows",
        "check_sample_weight_equivalence_on_dense_data": "folds are of rows, not of weights",
        "check_sample_weight_equivalence_on_sparse_data": "folds are of rows, not of weights",
    },
)
def test_the_checks_of_scikit_learn_hold(estimator, check):
    check(estimator)


def test_the_average_is_that_of_its_members_tempered():
    y = labelled(KIND, 8)
    model = quick().fit(X, y)
    selection, prepared = model.selection_, model._prepare.transform(X)
    of_mixtures = model.mixtures_.predict_proba(X)
    seen = {"forest": prepared, "both": X}
    expected = np.zeros((len(X), 3))
    for name, weight, power in zip(selection.names, model.weights_, selection.power, strict=True):
        answer = of_mixtures if name == "mixtures" else model.estimators_[name].predict_proba(seen[name])
        expected += weight * tempered(answer, power)
    np.testing.assert_allclose(model.predict_proba(X), expected, atol=1e-9)
    assert selection.weight.sum() == pytest.approx(1)
    assert (model.transduction_[y >= 0] == y[y >= 0]).all()
    assert model.n_labeled_.tolist() == [8, 8, 8]


def test_no_member_is_credited_with_labels_that_it_has_seen():
    rng = np.random.default_rng(0)
    noise, truth = rng.normal(size=(120, 6)), rng.integers(0, 2, 120)
    mixture = SemiSupervisedGMM(shrinkage=0.01, unlabeled_weight=0)
    tree = DecisionTreeClassifier(max_depth=1, random_state=0)
    members = [("tree", tree), ("both", GenerativeFeatures(mixture, tree, passthrough=True, n_folds=5))]
    model = SemiSupervisedEnsemble(mixture, members, random_state=0).fit(noise, truth)
    assert (mixture.fit(noise, truth).predict(noise) == truth).mean() > 0.6
    assert model.selection_.error.min() > 0.4


def test_rows_of_a_group_are_held_out_together():
    rng = np.random.default_rng(0)
    patient = np.repeat(np.arange(40), 5)
    sick = patient % 2
    # Rows of a patient are nearly copies of one another, and say nothing of other patients.
    rows = rng.normal(size=(40, 6))[patient] + 0.01 * rng.normal(size=(200, 6))
    forest = [("forest", ExtraTreesClassifier(50, random_state=0))]
    apart, together = (quick(classifiers=forest).fit(rows, sick, groups=groups) for groups in (None, patient))
    of_forest = [model.selection_.error[model.selection_.names.index("forest")] for model in (apart, together)]
    assert of_forest[0] < 0.05
    assert of_forest[1] > 0.35
    with pytest.raises(ValueError, match="groups has 3 entries for 200 rows"):
        quick().fit(rows, sick, groups=[1, 2, 3])


def test_a_forest_wins_where_classes_are_no_clouds_and_mixtures_where_they_are():
    rng = np.random.default_rng(0)
    board = rng.uniform(-2, 2, size=(900, 2))
    parity = (np.floor(board).sum(axis=1) % 2).astype(int)
    y = np.where(np.arange(900) < 300, parity, -1)
    on_board = quick().fit(board, y)
    assert on_board.selection_.names[0] in ("forest", "both")
    assert on_board.score(board[300:], parity[300:]) > 0.85
    clouds = quick().fit(X, labelled(KIND, 5))
    assert clouds.selection_.names[0] == "mixtures"
    assert clouds.score(X, KIND) > 0.9


def test_the_selection_prints_as_a_table_and_becomes_a_frame():
    selection = quick().fit(X, labelled(KIND, 8)).selection_
    lines = repr(selection).splitlines()
    assert lines[0] == "Weights after 24 labels were held out:"
    assert lines[1].split() == ["weight", "log-loss", "error", "power"]
    assert len(pd.DataFrame(selection.to_dict())) == len(selection) == 3
    words, table = str(selection).split("\n\n")
    assert "power" in words
    assert table == repr(selection)
    assert f"Most weight has {selection.names[0]} ({selection.weight[0]:.0%})." in words
    best = selection.names[selection.log_loss.argmin()]
    assert f"The best by itself is {best} alone" in words


def test_with_a_single_label_a_class_the_mixtures_decide_alone():
    model = quick().fit(X, labelled(KIND, 1))
    assert repr(model.selection_) == "No label could be held out, so only one member counts: mixtures."
    np.testing.assert_allclose(model.predict_proba(X), model.mixtures_.predict_proba(X))


def test_a_handful_of_rows_is_enough_for_the_default_members():
    few = np.array([0, 1, 70, 71, 140, 141])
    model = quick(classifiers=None).fit(X[few], KIND[few])
    assert np.isfinite(model.predict_proba(X)).all()


def test_the_mixture_of_the_default_forest_has_variances_alone_for_many_columns(recwarn):
    rng = np.random.default_rng(0)
    rows = 0.2 * rng.normal(size=(3, 1000))[KIND[::6]] + rng.normal(size=(30, 1000))
    on_leading = SemiSupervisedGMMCV(("diag",), transforms=("pca-2",), unlabeled_weights=(1.0,), n_components=1)
    for columns, family in ((1000, "diag"), (20, "full")):
        model = quick(mixtures=on_leading, classifiers=None, cv=2).fit(rows[:, :columns], KIND[::6])
        assert model.estimators_["forest on columns and mixture"].model_.covariance_type == family


def test_a_class_with_one_label_among_others_is_never_held_out():
    y = labelled(KIND, 6)
    y[np.flatnonzero(y == 2)[1:]] = -1
    model = quick().fit(X, y)
    selection = model.selection_
    assert selection.n_held_out == 12
    assert selection.untested == (2,)
    assert "No label of class 2 could be held out" in str(selection)
    probability = model.predict_proba(X)
    np.testing.assert_allclose(probability.sum(axis=1), 1)
    power = selection.power[selection.names.index("mixtures")]
    np.testing.assert_allclose(probability[:, 2], tempered(model.mixtures_.predict_proba(X), power)[:, 2], atol=1e-9)


def test_label_spreading_does_not_warn_of_rows_that_no_label_reaches():
    rng = np.random.default_rng(0)
    # Two tight groups of neighbours without a label, far from the others.
    far = 0.01 * rng.normal(size=(20, 2)) + 50
    rows = np.vstack([rng.normal(size=(40, 2)), far, -far])
    y = np.where(np.arange(80) < 12, np.arange(80) % 2, -1)
    spreading = LabelSpreading(kernel="knn", n_neighbors=5)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("ignore", SuspectFitWarning)
        model = quick(classifiers=[("spreading", spreading)]).fit(rows, y)
        hybrid = GenerativeFeatures(StandardScaler(), spreading).fit(rows, y)
        assert np.isfinite(model.predict_proba(rows)).all()
        np.testing.assert_allclose(hybrid.predict_proba(rows)[-1], 0.5)
        assert len(hybrid.predict(rows)) == 80


def test_missing_values_reach_every_member():
    rng = np.random.default_rng(0)
    rows = np.where(rng.random(X.shape) < 0.1, np.nan, X)
    mixtures = SemiSupervisedGMMCV(("tied",), transforms=("none",), n_components=1)
    model = quick(mixtures=mixtures, missing="marginal").fit(rows, labelled(KIND, 8))
    assert model.score(rows, KIND) > 0.85
    assert model.mixtures_.missing == "marginal"
    complete = quick(missing="marginal").fit(X, labelled(KIND, 8))
    assert np.isfinite(complete.predict_proba(rows)).all()
    with pytest.raises(ValueError, match="missing='marginal'"):
        quick().fit(rows, labelled(KIND, 8))


def test_text_classes_other_orders_rows_apart_and_pickles_give_the_same_answers():
    y = labelled(KIND, 8)
    model = quick().fit(X, y)
    text = np.where(y < 0, None, np.array(["a", "b", "c"])[y])
    named = quick(classes=["c", "a", "b"]).fit(X, text)
    assert (named.predict(X) == np.array(["a", "b", "c"])[model.predict(X)]).mean() > 0.97
    assert named.classes_.tolist() == ["c", "a", "b"]
    apart = quick().fit(X[y >= 0], y[y >= 0], X_unlabeled=X[y < 0])
    assert (apart.predict(X) == model.predict(X)).mean() > 0.97
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"classifiers": [("mixtures", LogisticRegression())]}, "must differ"),
        ({"classifiers": [("a", LinearSVC())]}, "CalibratedClassifierCV"),
        ({"classifiers": [LogisticRegression()]}, "no pair of a name and a classifier"),
        ({"classifiers": [("a", "logreg")]}, "no pair of a name and a classifier"),
        ({"classes": [0, 1, 2, 3]}, r"No labelled row of the classes \[3\]"),
        ({"cv": 1}, "cv"),
        ({"missing": "drop"}, "missing"),
    ],
    ids=str,
)
def test_bad_options_are_refused_and_change_nothing(options, message):
    y = labelled(KIND, 6)
    model = quick().fit(X, y)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=message):
        model.set_params(**options).fit(X, y)
    assert all(vars(model)[name] is before[name] for name in before if name.endswith("_"))


def test_weights_reach_members_that_take_them_and_zero_is_absence():
    y = labelled(KIND, 10)
    weights = np.where(np.arange(len(X)) % 5 == 0, 0.0, 2.0)
    weighted = quick().fit(X, y, weights)
    without = quick().fit(X[weights > 0], y[weights > 0], weights[weights > 0])
    np.testing.assert_allclose(weighted.predict_proba(X), without.predict_proba(X), rtol=1e-9)
    assert len(weighted.transduction_) == len(X)
    spreading = [("spreading", LabelSpreading(kernel="knn"))]
    with pytest.raises(ValueError, match="spreading: LabelSpreading takes no sample_weight"):
        quick(classifiers=spreading).fit(X, y, weights)
    assert "label spreading" not in quick(classifiers=None).fit(X, y, weights).selection_.names


def test_folds_that_lack_the_values_of_a_column_are_no_warning(recwarn):
    rng = np.random.default_rng(0)
    truth = np.arange(60) % 2
    few_values = np.where(np.arange(60) == 3, 2.0, rng.random(60) < 0.5)
    X = np.column_stack([rng.normal(truth, 1.0), rng.random(60) < 0.5, few_values])
    members = [("mixture", SemiSupervisedMixture(unlabeled_weight=1.0))]
    y = np.where(np.arange(60) < 20, truth, -1)
    SemiSupervisedEnsemble(QUICK, members, random_state=0).fit(X, y)
    assert not [each for each in recwarn if issubclass(each.category, OtherValueWarning)]
