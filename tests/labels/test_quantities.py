"""A target that measures something is told from one whose numbers name classes."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_diabetes

from semigen import SemiSupervisedGMM, SemiSupervisedGMMCV, recommend
from semigen.labels import LabelWarning, encode

X, PROGRESSION = load_diabetes(return_X_y=True)
Y = np.where(np.arange(len(X)) % 3 == 0, PROGRESSION, -1)  # 148 labels, 100 different ones
TELLS = r"different numbers in 1?\d\d labelled rows.*quantity.*numpy\.digitize"


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("y", [Y, Y.astype(int), Y[:300]], ids=["float", "int", "fewer"])
def test_a_quantity_is_told_with_the_remedy(y):
    with pytest.warns(LabelWarning, match=TELLS):
        encode(y)
    with pytest.warns(LabelWarning, match=TELLS):
        SemiSupervisedGMM("spherical", max_iter=1).fit(X[: len(y)], y)


@pytest.mark.parametrize("give", [recommend, SemiSupervisedGMMCV().fit], ids=["recommend", "SemiSupervisedGMMCV"])
def test_who_takes_labels_tells(give, monkeypatch):
    def stop(*_, **__):
        raise InterruptedError

    monkeypatch.setattr("semigen.recommendation._recommend._check", stop)
    monkeypatch.setattr("semigen.mixture.cv.estimator.check_labels", stop)
    with pytest.warns(LabelWarning, match=TELLS), pytest.raises(InterruptedError):
        give(X, Y)


@pytest.mark.parametrize(
    "y",
    [
        np.repeat(np.arange(26), 3),
        np.arange(100),  # one label a class
        np.delete(np.arange(1, 40), [3, 17]),  # a class or two without a label here
        np.repeat(np.arange(1000), 5),
        np.repeat(np.arange(90) * 1000 + 7, 2),  # numbers of products
        np.arange(50).astype(str),
        np.random.default_rng(0).integers(0, 1000, 20),  # no more than a few
    ],
    ids=["letters", "one label a class", "codes with gaps", "a thousand classes", "identifiers", "text", "few"],
)
def test_classes_by_number_are_taken_in_silence(y):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encode(y)


def test_named_classes_are_classes():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encode(Y, classes=np.unique(PROGRESSION))


def test_very_many_numbers_are_told_also_with_several_rows_each():
    with pytest.warns(LabelWarning, match="3,000 different numbers in 9,000 labelled rows"):
        encode(np.repeat(np.arange(3000) * 7, 3))
