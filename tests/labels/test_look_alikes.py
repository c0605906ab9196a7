"""Classes that a reader would take for one, and rows and labels that may not belong together, are warned of."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from semigen import LabeledStratifiedKFold, SemiSupervisedGMM, label_curve, rank_queries, recommend
from semigen.labels import encode, look_alikes

X = np.random.default_rng(0).normal(size=(40, 2)) + 5 * (np.arange(40) % 2)[:, None]
Y = np.where(np.arange(40) < 20, np.arange(40) % 2, -1)


@pytest.mark.parametrize(
    "alike",
    [
        ("Cat", "cat"),
        ("1", "1.0"),
        ("1", "01"),
        ("-2", "-2.00"),
        ("caf\u00e9", "cafe\u0301"),
        ("cat", "cat\u200b"),
        ("cat", "\ufeffcat"),
        ("black cat", "black\u00a0cat"),
        ("cat", "cat "),
        ("\ufb01r", "fir"),
        ("stra\u00dfe", "STRASSE"),
    ],
)
def test_classes_that_look_alike_are_warned_of_and_stay_apart(alike):
    with pytest.warns(UserWarning, match="look alike"):
        assert len(encode([*alike, "dog"]).classes) == 3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encode([*alike, "dog"], classes=[*alike, "dog"])


def test_a_warning_shows_what_cannot_be_seen():
    with pytest.warns(UserWarning, match=r"\['cat', 'cat\\u200b'\]"):
        encode(["cat", "cat\u200b"])


@pytest.mark.parametrize("apart", [("cat", "cab"), ("1", "-1x"), ("1", "10"), ("0.1", "0.10a"), ("a b", "ab"), (1, 2)])
def test_classes_that_differ_are_not(apart):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encode(list(apart))


FRAME = pd.DataFrame(X, columns=["a", "b"])
OTHERS = {
    "another order": (pd.Series(Y)[::-1], r"same index in another order.*y\.loc\[X\.index\]"),
    "other rows": (pd.Series(Y, index=np.arange(40) + 1), r"indexes that differ.*join"),
    "repeated": (pd.Series(Y, index=np.zeros(40)), "indexes that differ"),
}
READERS = {
    "fit": lambda X, y: SemiSupervisedGMM().fit(X, y),
    "score": lambda X, y: SemiSupervisedGMM().fit(FRAME, Y).score(X, y),
    "split": lambda X, y: list(LabeledStratifiedKFold(2).split(X, y)),
    "label_curve": lambda X, y: label_curve(SemiSupervisedGMM(), X, y, sizes=[4], n_repeats=1),
    "rank_queries": lambda X, y: rank_queries(SemiSupervisedGMM().fit(FRAME, Y), X, 1, y=y),
    "recommend": lambda X, y: recommend(X, y, candidates=["LDA"]),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", OTHERS)
def test_rows_and_labels_with_different_indexes_are_warned_of(name, reader):
    y, message = OTHERS[name]
    with pytest.warns(UserWarning, match=f"X and y have .*{message}"):
        READERS[reader](FRAME, y)


@pytest.mark.parametrize("reader", READERS)
def test_indexes_that_agree_or_are_not_there_are_not(reader):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "X does not have valid feature names")
        for rows, y in [(FRAME, pd.Series(Y)), (FRAME, Y), (X, pd.Series(Y)[::-1]), (FRAME, Y.tolist())]:
            READERS[reader](rows, y)


def test_a_warning_points_to_the_line_of_the_caller():
    with pytest.warns(UserWarning, match="look alike") as caught:
        SemiSupervisedGMM().fit(X, np.where(Y < 0, None, np.array(["a", "A"])[Y]))
    assert caught[0].filename == __file__


@pytest.mark.parametrize("pair", [("it's", "it’s"), ("a-b", "a–b"), ('"a"', "“a”"), ("A", "\u0410"), ("core", "соre")])
def test_marks_and_letters_that_are_drawn_alike_are_told(pair):
    assert look_alikes(pair) == [list(pair)]
    assert not look_alikes(["ab", "a-b", "Ωmega", "omega"])
