"""What cannot be used with label_noise: a sentence says what is wrong, and the estimator stays as it was."""

from __future__ import annotations

import numpy as np
import pytest

from semigen import Partitions, SemiSupervisedGMM, SemiSupervisedGMMCV

EYE = np.eye(2)
X = np.arange(20.0).reshape(10, 2) % 7
Y = np.array([0, 1, 0, 1, 0, 1, -1, -1, -1, -1])
BY_TWO = np.column_stack([Y, Y])


@pytest.mark.parametrize(
    ("label_noise", "y", "message"),
    [
        ("some", Y, "'label_noise' parameter"),
        (np.eye(3), Y, r"label_noise has shape \(3, 3\); for the 2 classes \[0, 1\] it needs \(2, 2\)"),
        (0.2, Y, "'label_noise' parameter"),
        ([0.5, 0.5], Y, r"label_noise has shape \(2,\)"),
        ([EYE, EYE, EYE], BY_TWO, r"or \(2, 2, 2\) with a matrix for each annotator"),
        ([[0.9, 0.2], [0.1, 0.9]], Y, "The row of class 0 in label_noise sums to 1.1; each row must sum to 1"),
        ([EYE, [[0.9, 0.1], [0.5, 0.4]]], BY_TWO, "The row of class 1 in label_noise sums to 0.9"),
        ([[1.1, -0.1], [0.1, 0.9]], Y, "no probabilities"),
        ([[np.nan, 1.0], [0.1, 0.9]], Y, "no probabilities"),
        ([[0.6, 0.4], [0.6, 0.4]], Y, "label_noise is singular"),
        (np.full((2, 2), 0.5), BY_TWO, "label_noise is singular"),
        (EYE, np.column_stack([Y, np.where(Y == 0, 1, Y)]), r"labels of row 0, \[0, 1\], contradict one another"),
        ("auto", [[0, 1], [1]] * 5, r"The rows of y have \[1, 2\] labels"),
        ("auto", BY_TWO[:7], "inconsistent numbers of samples"),
        ("auto", np.full((10, 2), -1), "y has no labelled row"),
        ("auto", np.full(10, -1), "y has no labelled row"),
        ("auto", np.zeros((10, 2)), "y has one class only"),
        ("auto", np.full((10, 2), 0.5), "Unknown label type: continuous"),
    ],
)
def test_unusable_label_noise_is_refused(label_noise, y, message):
    model = SemiSupervisedGMM("diag").fit(X, Y)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=message):
        model.set_params(label_noise=label_noise).fit(X, y)
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is before[name] for name in before if name.endswith("_"))


def test_one_uninformative_annotator_among_others_is_taken():
    model = SemiSupervisedGMM("diag", label_noise=[0.8 * EYE + 0.1, np.full((2, 2), 0.5)]).fit(X, BY_TWO)
    alone = SemiSupervisedGMM("diag", label_noise=0.8 * EYE + 0.1).fit(X, Y)
    np.testing.assert_allclose(model.means_, alone.means_, rtol=1e-9)


def test_what_does_not_go_with_label_noise_is_refused():
    with pytest.raises(ValueError, match="class_prior='unlabeled' takes labels to be drawn class by class"):
        SemiSupervisedGMM(label_noise="auto", class_prior="unlabeled").fit(X, Y)
    with pytest.raises(ValueError, match="a stream does not keep them"):
        SemiSupervisedGMM(label_noise="auto").partial_fit(X, Y)
    parts = Partitions([(X[:5], BY_TWO[:5]), (X[5:], BY_TWO[5:])])
    with pytest.raises(ValueError, match="labels of several annotators are not taken"):
        SemiSupervisedGMM(label_noise="auto").fit(parts)
    with pytest.raises(TypeError, match="label_noise"):
        SemiSupervisedGMMCV(label_noise="auto")


def test_labels_of_more_annotators_than_the_fit_knows_are_refused():
    model = SemiSupervisedGMM("diag", label_noise="auto").fit(X, Y)
    with pytest.raises(ValueError, match="y has the labels of 2 annotators and the fit knows 1"):
        model.statistics(X, BY_TWO)
    with pytest.raises(ValueError, match="y has the labels of 2 annotators and the fit knows 1"):
        model.bic(X, BY_TWO)


def test_without_label_noise_a_matrix_holds_probabilities():
    probabilities = np.where(Y[:, None] < 0, np.nan, Y[:, None] == [0, 1])
    plain, soft = SemiSupervisedGMM("diag").fit(X, Y), SemiSupervisedGMM("diag").fit(X, probabilities)
    assert np.array_equal(plain.means_, soft.means_)


def test_a_class_that_is_outvoted_in_every_row_is_learnt_from_matrices_that_know_better():
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 3, 400)
    X = rng.normal(size=(400, 3)) + 3 * np.eye(3)[kind]
    labels = np.full((400, 3), -1)
    labels[:150, 0] = labels[:150, 1] = np.where(kind[:150] == 2, 0, kind[:150])
    labels[:150, 2] = kind[:150]
    blind = [[0.98, 0.01, 0.01], [0.01, 0.98, 0.01], [0.96, 0.02, 0.02]]
    model = SemiSupervisedGMM(label_noise=[blind, blind, np.eye(3) * 0.94 + 0.02]).fit(X, labels)
    assert model.score(X, kind) > 0.95


def test_probabilities_of_two_classes_are_not_taken_for_annotators():
    kind = np.arange(200) % 2
    X = np.random.default_rng(0).normal(size=(200, 2)) + 3 * np.eye(2)[kind]
    probabilities = np.full((200, 2), np.nan)
    probabilities[:50] = np.eye(2)[kind[:50]]
    with pytest.raises(ValueError, match="add up to 1 in every labelled row, as probabilities of two classes do"):
        SemiSupervisedGMM(label_noise="auto").fit(X, probabilities)
