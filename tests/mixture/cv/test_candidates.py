"""Candidates of the search: their combinations, and numbers of components that the rows allow."""

from __future__ import annotations

import numpy as np

from semigen.diagnostics import TooFewRows
from semigen.mixture.cv.candidates import candidates
from semigen.mixture.cv.limits import Bounds
from tests.mixture.cv.problems import labels_of, small, two_clouds


def test_candidates_are_all_combinations_and_lambda_is_idle_without_unlabelled_rows():
    grid = (["none"], ["tied", "full"], [1.0, 4.0], [0.0, "balanced", 1.0], 1)
    many = candidates(*grid, Bounds(10, 100, 3, 50, 60, 5))
    assert len(many) == 2 * 2 * 3
    assert {each.unlabeled_weight for each in many} == {0.0, 0.1, 1.0}
    assert {each.unlabeled_weight for each in candidates(*grid, Bounds(10, 5, 3, 50, 60, 5))} == {0.0, 1.0}
    assert {each.unlabeled_weight for each in candidates(*grid, Bounds(10, 100, 0, 50, 60, 5))} == {0.1, 1.0}
    assert len(candidates(*grid, Bounds(10, 0, 3, 3, 60, 5))) == 4


def test_several_components_compete_where_there_are_rows_for_them():
    found = candidates(["none"], ["full"], [1.0], [0.0, 1.0], (1, 2, 3, 9), Bounds(10, 100, 2, 5, 60, 5))
    assert {each.n_components for each in found if each.unlabeled_weight == 0} == {1, 2}
    assert {each.n_components for each in found if each.unlabeled_weight == 1} == {1, 2, 3}


def test_auto_lets_several_components_compete_where_columns_are_few_and_labels_alone_can_tell_them():
    grid = (["none"], ["full"], [1.0], [0.0, 1.0], "auto")
    few = candidates(*grid, Bounds(10, 100, 5, 50, 60, 5))
    assert {each.n_components for each in few if each.unlabeled_weight == 0} == {1, 2}
    assert {each.n_components for each in few if each.unlabeled_weight == 1} == {1, 2, 3}
    with_three_labels = candidates(*grid, Bounds(10, 100, 2, 50, 60, 5))
    assert {each.n_components for each in with_three_labels if each.unlabeled_weight == 0} == {1}
    assert {each.n_components for each in candidates(*grid, Bounds(10, 100, 5, 50, 60, 40))} == {1}


def test_auto_reduces_wide_rows_and_gives_no_class_a_covariance_of_all_columns():
    def transforms(n_columns, **options):
        grid = ("auto", ["tied", "full"], [1.0], [0.0, 1.0], "auto")
        return candidates(*grid, Bounds(10, 1000, 5, 50, 1000, n_columns), **options)

    assert {each.transform for each in transforms(8)} == {"none", "yeo-johnson", "principal"}
    assert {each.transform for each in transforms(12)} == {"none", "yeo-johnson", "principal", "principal-5"}
    wide = transforms(700)
    assert {each.transform for each in wide} == {"none", "pca-5", "pca-10", "pca-20", "pca-40"}
    raw = [each for each in wide if each.transform == "none"]
    assert {(each.covariance_type, each.unlabeled_weight) for each in raw} == {("tied", 0.0)}
    assert {each.n_components for each in wide if each.transform == "pca-20"} == {1, 2, 3}
    assert {each.n_components for each in wide if each.transform == "pca-40"} == {1}
    low_rank = ("auto", ["low_rank"], [1.0], [1.0], 1, Bounds(10, 100, 5, 50, 100, 150))
    assert "none" in {each.transform for each in candidates(*low_rank)}
    assert {each.transform for each in transforms(12, incomplete=True)} == {"none", "yeo-johnson", "normal-scores"}
    assert {each.transform for each in transforms(700, incomplete=True)} == {"none"}
    assert {each.transform for each in transforms(2500)} == {"pca-5", "pca-10", "pca-20", "pca-40"}
    assert {(each.covariance_type, each.unlabeled_weight) for each in transforms(2500, incomplete=True)} == {
        ("tied", 0)
    }
    grid = ("auto", ["tied"], [1.0], [0.0, 1.0], 1)
    few_rows = {each.transform for each in candidates(*grid, Bounds(10, 4, 2, 5, 14, 5000))}
    assert few_rows == {"pca-5"}, few_rows


def test_a_lack_of_rows_is_told_of_for_the_columns_that_candidates_see(recwarn):
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 150)
    X = 0.6 * rng.normal(size=(2, 900))[truth] + rng.normal(size=(150, 900))
    model = small(covariance_types=("tied",), transforms=["pca-5"]).fit(X, labels_of(truth, 8))
    assert not [each for each in model.suspicions_ if isinstance(each, TooFewRows)]
    few = small(covariance_types=("tied",), transforms=["none"]).fit(X[:, :100], labels_of(truth, 8))
    assert [each.n_columns for each in few.suspicions_ if isinstance(each, TooFewRows)] == [100]


def test_without_unlabelled_rows_a_candidate_weighs_a_quarter_before_evidence():
    grid = (["none"], ["tied"], [1.0], [0.0, 1.0], 1)
    alone, helped = candidates(*grid, Bounds(10, 100, 3, 50, 60, 5))
    assert alone.prior == helped.prior / 4


def test_each_component_after_the_first_halves_the_weight_before_evidence():
    one, two, three = candidates(["none"], ["tied"], [1.0], [1.0], (1, 2, 3), Bounds(10, 100, 3, 50, 60, 5))
    assert one.prior == 2 * two.prior == 4 * three.prior


def test_several_components_per_class_win_where_classes_have_several_clouds():
    rng = np.random.default_rng(0)
    cloud = rng.integers(0, 4, 800)
    X = np.array([[0, 0], [6, 6], [0, 6], [6, 0]])[cloud] + rng.normal(size=(800, 2))
    truth = np.array([0, 0, 1, 1])[cloud]
    y = labels_of(truth, 15)
    model = small(n_components=(1, 2), transforms=("none",)).fit(X, y)
    assert model.selection_.candidates[0].n_components == 2
    assert model.score(X, truth) > 0.95


def test_more_components_than_rows_allow_are_no_candidates():
    X, truth = two_clouds(60)
    model = small(n_components=(1, 60), transforms=("none",)).fit(X, labels_of(truth, 5))
    assert {each.n_components for each in model.selection_} == {1}
