"""SemiSupervisedGMMCV: predictions, labels, weights, missing values, and refused options."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import parametrize_with_checks

from semigen import SemiSupervisedGMM, SemiSupervisedGMMCV
from semigen.mixture.cv.evidence import tempered
from semigen.mixture.cv.transforms import TRANSFORMS
from tests.mixture.cv.problems import labels_of, small, two_clouds

# These two use -1 as a class, and repeat rows, which then fall into other folds than a row of weight two.
EXPECTED = {
    "check_classifiers_classes": "-1 marks unlabelled rows",
    "check_sample_weight_equivalence_on_dense_data": "folds are of rows, not of weights",
    "check_sample_weight_equivalence_on_sparse_data": "folds are of rows, not of weights",
}


@parametrize_with_checks([small(transforms=("none",))], expected_failed_checks=lambda estimator: EXPECTED)
def test_the_checks_of_scikit_learn_hold(estimator, check):
    check(estimator)


def test_predictions_are_the_weighted_mean_of_what_the_mixtures_say_tempered(blobs):
    X, _, y = blobs
    model = small(transforms=("none",)).fit(X, y)
    used = zip(model.weights_, model.estimators_, model.powers_, strict=True)
    mean = sum(weight * tempered(each.predict_proba(X), power) for weight, each, power in used)
    np.testing.assert_allclose(model.predict_proba(X), mean, rtol=1e-12, atol=1e-300)
    assert model.weights_.sum() == pytest.approx(1)
    assert model.selection_.weight.sum() == pytest.approx(1)
    assert len(model.estimators_) == len(model.weights_) <= len(model.selection_)
    assert model.n_iter_ == max(each.n_iter_ for each in model.estimators_)
    assert model.converged_ == all(each.converged_ for each in model.estimators_)


def test_the_best_is_the_candidate_with_the_least_log_loss(blobs):
    X, _, y = blobs
    model = small(combine="best").fit(X, y)
    assert len(model.estimators_) == 1
    assert model.selection_.log_loss[0] == model.selection_.log_loss.min()
    assert model.selection_.weight.tolist() == [1.0] + [0.0] * (len(model.selection_) - 1)


def test_classes_without_labels_strings_weights_and_rows_apart_are_as_in_the_mixture(blobs):
    X, truth, y = blobs
    names = np.array(["ant", "bee", "cow"])
    text = np.where(y < 0, None, names[truth])
    model = small().fit(pd.DataFrame(X, columns=list("abcdefgh")[: X.shape[1]]), text)
    assert model.classes_.tolist() == ["ant", "bee", "cow"]
    assert (model.transduction_[y >= 0] == text[y >= 0]).all()
    more = small(classes=[0, 1, 2, 7], class_prior={0: 0.3, 1: 0.3, 2: 0.3, 7: 0.1}).fit(X, y)
    assert more.predict_proba(X).shape == (len(X), 4)
    order = np.r_[np.flatnonzero(y >= 0), np.flatnonzero(y < 0)]
    together = small().fit(X[order], y[order])
    apart = small().fit(X[y >= 0], y[y >= 0], X_unlabeled=X[y < 0])
    np.testing.assert_allclose(together.predict_proba(X), apart.predict_proba(X), rtol=1e-9, atol=1e-12)


def test_threads_do_not_matter_and_seeds_do(blobs):
    X, _, y = blobs
    one, two, other = (small(n_jobs=n, random_state=s).fit(X, y) for n, s in ((1, 0), (2, 0), (1, 1)))
    assert np.array_equal(one.predict_proba(X), two.predict_proba(X))
    assert not np.array_equal(one.selection_.log_loss, other.selection_.log_loss)


def test_the_selection_prints_as_a_table_and_becomes_a_frame():
    X, kind = load_wine(return_X_y=True)
    y = np.where(np.arange(len(X)) % 10 == 0, kind, -1)
    selection = SemiSupervisedGMMCV(random_state=0).fit(X, y).selection_
    lines = repr(selection).splitlines()
    columns = ["weight", "log-loss", "error", "power", "covariance", "components", "shrinkage", "lambda", "transform"]
    assert lines[0].split() == columns
    assert lines[-1] == f"... and {len(selection) - 10} more"
    frame = pd.DataFrame(selection.to_dict())
    words, table, glossary = str(selection).split("\n\n")
    assert table == repr(selection)
    # Lambda "balanced" is 18 labels over 160 other rows, which no person reads in six digits.
    assert "each counts 0.11 of a labelled one" in words
    assert {line.split()[7] for line in lines[1:11]} <= {"0", "0.11", "1"}
    as_claimed = frame.weight[frame.power == 1].sum()
    assert f"as claimed ({as_claimed:.0%})" in words
    assert all(f"{name}: " in glossary for name in ("power", "shrinkage", "lambda"))
    assert "shrinkage" not in words
    without = frame.weight[frame.unlabeled_weight == 0].sum()
    assert f"not counted ({without:.0%})" in words
    full = frame.weight[frame.covariance_type == "full"].sum()
    assert f"- covariances: full ({full:.0%})" in words
    assert len(frame) == len(selection)
    assert frame.weight.is_monotonic_decreasing


def test_rows_held_out_are_named_with_the_answers_of_fits_that_had_not_seen_their_labels(blobs):
    X, truth, y = blobs
    weights = np.ones(len(X))
    weights[np.flatnonzero(y >= 0)[0]] = 0
    model = small(transforms=("none",)).fit(X, y, weights)
    counting = np.flatnonzero((y >= 0) & (weights > 0))
    assert sorted(model.held_out_rows_) == counting.tolist()
    assert model.held_out_proba_.shape == (len(counting), 3)
    wrong = model.held_out_proba_.argmax(axis=1) != truth[model.held_out_rows_]
    assert wrong.mean() <= model.selection_.error.max()
    np.testing.assert_allclose(model.held_out_proba_.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"covariance_types": ()}, "covariance_types"),
        ({"covariance_types": ("round",)}, "covariance_types=.*'full'"),
        ({"transforms": ("log",)}, "transforms=.*yeo-johnson"),
        ({"transforms": ("pca-0",)}, "transforms=.*'pca-10'"),
        ({"transforms": "none"}, r"transforms='none': give a list of names"),
        ({"n_components": ["auto"]}, "n_components"),
        ({"n_components": "bic"}, "n_components"),
        ({"shrinkages": (-1.0,)}, "shrinkages"),
        ({"shrinkages": ("balanced",)}, "shrinkages"),
        ({"unlabeled_weights": (1.5,)}, "unlabeled_weights.*between 0 and 1"),
        ({"unlabeled_weights": (float("nan"),)}, "unlabeled_weights"),
        ({"unlabeled_weights": ("much",)}, "unlabeled_weights"),
        ({"cv": 1}, "cv"),
        ({"combine": "vote"}, "combine"),
        ({"class_prior": {0: 1.0}}, "class_prior"),
    ],
    ids=str,
)
def test_bad_options_are_refused_and_change_nothing(blobs, options, message):
    X, _, y = blobs
    model = small().fit(X, y)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=message):
        model.set_params(**options).fit(X, y)
    assert all(vars(model)[name] is before[name] for name in before if name.endswith("_"))


def test_arrays_of_transforms_and_numbers_are_lists_of_them(blobs):
    X, _, y = blobs
    model = small(transforms=np.array(["none", "pca-2"]), n_components=np.array([1, 2])).fit(X, y)
    assert {each.transform for each in model.selection_} == {"none", "pca-2"}
    assert {each.n_components for each in model.selection_ if each.unlabeled_weight} == {1, 2}


def test_missing_values_go_through_every_candidate_but_principal_components():
    X, truth = two_clouds()
    rows = np.where(np.random.default_rng(1).random(X.shape) < 0.2, np.nan, X)
    model = small(missing="marginal", transforms=TRANSFORMS).fit(rows, labels_of(truth, 10))
    assert {each.transform for each in model.selection_} == set(TRANSFORMS) - {"principal", "unit-length"}
    assert model.score(rows, truth) > 0.85
    with pytest.raises(ValueError, match="Pass missing='marginal'"):
        small().fit(rows, labels_of(truth, 10))


def test_columns_that_few_labelled_rows_have_are_learnt_from_the_others():
    X, truth = two_clouds()
    y, rows = labels_of(truth, 6), X.copy()
    rows[np.flatnonzero(y >= 0)[1:], 5] = np.nan
    model = small(missing="marginal", transforms=("none",)).fit(rows, y)
    assert {each.unlabeled_weight > 0 for each in model.selection_} == {True, False}
    assert np.isfinite(model.selection_.log_loss).all()
    rows[y >= 0, 5] = np.nan
    only_unlabeled = small(missing="marginal", transforms=("none",)).fit(rows, y)
    assert {each.unlabeled_weight > 0 for each in only_unlabeled.selection_} == {True}
    assert only_unlabeled.score(rows, truth) > 0.85


def test_rows_of_weight_zero_might_as_well_not_be_there():
    X, truth = two_clouds()
    rows, y = X.copy(), labels_of(truth, 10)
    weights = (np.random.default_rng(0).random(len(X)) < 0.7).astype(float)
    rows[weights == 0, 0] = np.nan
    options = {"missing": "marginal", "guard": True}
    weighted = small(**options).fit(rows, y, weights)
    counting = weights > 0
    without = small(**options).fit(rows[counting], y[counting])
    np.testing.assert_allclose(weighted.predict_proba(X), without.predict_proba(X), rtol=1e-9)
    assert weighted.report() == without.report()
    assert len(weighted.transduction_) == len(X)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [1e160, 1e300, -1e300])
def test_values_whose_squares_cannot_be_computed_with_are_refused(blobs, value):
    X, _, y = blobs
    far = X.copy()
    far[3, 1] = value
    with pytest.raises(ValueError, match="Rescale"):
        SemiSupervisedGMMCV().fit(far, y)


def test_threads_leave_the_filters_of_warnings_alone():
    X, truth = two_clouds()
    small(n_jobs=4).fit(X, labels_of(truth, 5))
    for _ in range(2):
        with pytest.warns(ConvergenceWarning):
            SemiSupervisedGMM(max_iter=1, tol=0).fit(X, labels_of(truth, 5))
