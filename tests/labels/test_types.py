"""Labels in whatever holds them: exact, in the type that was given, for every estimator; or one sentence."""

from __future__ import annotations

import datetime
import enum
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import semigen
from semigen import (
    GenerativeFeatures,
    LabeledStratifiedKFold,
    SemiSupervisedGMM,
    SemiSupervisedGMMCV,
    label_curve,
    labeled_scorer,
    rank_queries,
    recommend,
)
from semigen.labels import encode

TRUTH = np.arange(40) % 2
X = np.random.default_rng(0).normal(size=(40, 2)) + 6 * TRUTH[:, None]
# Every other pair of rows has no label.
GIVEN = np.arange(40) % 4 < 2

BIG = 2**53


class Kind(str, enum.Enum):  # noqa: UP042 - a StrEnum reads as its value, this one as "Kind.BENIGN"
    """Text that is a member of an Enum."""

    BENIGN = "benign"
    MALIGN = "malign"


class Level(enum.Enum):
    """Members without an order but that of the list."""

    ZERO = "z"
    ONE = "a"


class Code(enum.IntEnum):
    """Integers with names."""

    ONE = 1
    TWO = 2


class Word(str):
    """A subclass of text."""


def in_object_array(values):
    return np.fromiter(values, dtype=object, count=len(values))


def with_gaps(first, second, gap=None):
    return [(second if t else first) if known else gap for t, known in zip(TRUTH, GIVEN, strict=True)]


INTEGERS = with_gaps(BIG, BIG + 1)
HUGE = with_gaps(2**64 + 1, 2**64 + 2)
PAIRS = with_gaps(("a", 1), ("b", 2))
SPANS = pd.interval_range(0, 2).tolist()
DAYS = [datetime.date(2020, 1, 1), datetime.date(2021, 1, 1)]
TIMES = np.array(["2020-01-01T00:00:00.123456789", "2021-01-01"], dtype="datetime64[ns]")
PERIODS = pd.period_range("2020-01", periods=2, freq="M").tolist()
DECIMALS = [Decimal(1), Decimal(2)]

# What holds the labels, and the classes in the type that was given.
HELD = {
    "list of large integers": (INTEGERS, [BIG, BIG + 1]),
    "list of large integers with NaN": (with_gaps(BIG, BIG + 1, np.nan), [BIG, BIG + 1]),
    "list of small integers with NaN": (with_gaps(1, 2, np.nan), [1, 2]),
    "object array of large integers": (in_object_array(INTEGERS), [BIG, BIG + 1]),
    "pandas Int64": (pd.Series(INTEGERS, dtype="Int64"), [BIG, BIG + 1]),
    "pandas small Int64": (pd.Series(with_gaps(1, 2), dtype="Int64"), [1, 2]),
    "pandas UInt64": (pd.Series(with_gaps(2**63, 2**63 + 1), dtype="UInt64"), [2**63, 2**63 + 1]),
    "pandas Int64 array": (pd.array(INTEGERS, dtype="Int64"), [BIG, BIG + 1]),
    "pandas Int64 index": (pd.Index(INTEGERS, dtype="Int64"), [BIG, BIG + 1]),
    "pandas arrow integers": (pd.Series(INTEGERS, dtype="int64[pyarrow]"), [BIG, BIG + 1]),
    "pandas categories of integers": (pd.Series(INTEGERS, dtype="Int64").astype("category"), [BIG, BIG + 1]),
    "pandas boolean": (pd.Series(with_gaps(False, True), dtype="boolean"), [False, True]),
    "polars integers": (pl.Series(INTEGERS), [BIG, BIG + 1]),
    "polars UInt64": (pl.Series(with_gaps(2**63, 2**63 + 1), dtype=pl.UInt64), [2**63, 2**63 + 1]),
    "polars Int128": (pl.Series(HUGE, dtype=pl.Int128), [2**64 + 1, 2**64 + 2]),
    "arrow integers": (pa.array(INTEGERS), [BIG, BIG + 1]),
    "arrow chunks": (pa.chunked_array([pa.array(INTEGERS[:7]), pa.array(INTEGERS[7:])]), [BIG, BIG + 1]),
    "arrow text": (pa.array(with_gaps("a", "b")), ["a", "b"]),
    "arrow dictionary": (pa.array(with_gaps("a", "b")).dictionary_encode(), ["a", "b"]),
    "masked integers": (np.ma.MaskedArray(BIG + TRUTH, ~GIVEN), [BIG, BIG + 1]),
    "integers above 2**63": (with_gaps(2**63, 2**63 + 1), [2**63, 2**63 + 1]),
    "integers beyond 2**64": (HUGE, [2**64 + 1, 2**64 + 2]),
    "text and Enum": (with_gaps(Kind.BENIGN, Kind.MALIGN), [Kind.BENIGN, Kind.MALIGN]),
    "pandas of text and Enum": (
        pd.Series(with_gaps(Kind.BENIGN, Kind.MALIGN), dtype=object),
        [Kind.BENIGN, Kind.MALIGN],
    ),
    "Enum": (with_gaps(Level.ZERO, Level.ONE), [Level.ZERO, Level.ONE]),
    "IntEnum": (with_gaps(Code.ONE, Code.TWO), [Code.ONE, Code.TWO]),
    "subclass of text": (with_gaps(Word("a"), Word("b")), [Word("a"), Word("b")]),
    "intervals": (pd.Series(with_gaps(*SPANS)), SPANS),
    "pandas.cut": (pd.Series(pd.cut(with_gaps(0.5, 1.5, np.nan), [0, 1, 2])), SPANS),
    "decimals": (with_gaps(*DECIMALS), DECIMALS),
    "polars decimals": (pl.Series(with_gaps(*DECIMALS), dtype=pl.Decimal(5, 0)), DECIMALS),
    "pandas arrow decimals": (
        pd.Series(pd.array(with_gaps(*DECIMALS), dtype=pd.ArrowDtype(pa.decimal128(5, 0)))),
        DECIMALS,
    ),
    "fractions": (with_gaps(Fraction(1), Fraction(2)), [Fraction(1), Fraction(2)]),
    "bytes": (with_gaps(b"a", b"b"), [b"a", b"b"]),
    "array of bytes": (np.array(with_gaps(b"a", b"b", b"?"), dtype=bytes), [b"a", b"b"]),
    "tuples": (pd.Series(PAIRS), [("a", 1), ("b", 2)]),
    "object array of tuples": (in_object_array(PAIRS), [("a", 1), ("b", 2)]),
    "StringDType": (
        np.array(with_gaps("a", "b", np.nan), dtype=np.dtypes.StringDType(na_object=np.nan)),
        ["a", "b"],
    ),
    "pandas text": (pd.Series(with_gaps("a", "b"), dtype="string"), ["a", "b"]),
    "pandas arrow text": (pd.Series(with_gaps("a", "b"), dtype="string[pyarrow]"), ["a", "b"]),
    "polars Enum": (pl.Series(with_gaps("a", "b"), dtype=pl.Enum(["a", "b", "c"])), ["a", "b"]),
    "days": (with_gaps(*DAYS), DAYS),
    "polars days": (pl.Series(with_gaps(*DAYS)), DAYS),
    "datetime64": (np.where(GIVEN, TIMES[TRUTH], np.datetime64("NaT")), list(TIMES)),
    "periods": (pd.Series(pd.PeriodIndex(with_gaps(*PERIODS, pd.NaT), freq="M")), PERIODS),
    "frame of one column": (pd.DataFrame({"y": pd.Series(INTEGERS, dtype="Int64")}), [BIG, BIG + 1]),
    "polars frame of one column": (pl.DataFrame({"y": INTEGERS}), [BIG, BIG + 1]),
    "arrow table of one column": (pa.table({"y": INTEGERS}), [BIG, BIG + 1]),
    "list of lists": ([[name] for name in with_gaps("a", "b")], ["a", "b"]),
}


def marker_in(held):
    return b"?" if held == "array of bytes" else -1


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
@pytest.mark.parametrize("held", HELD)
def test_labels_are_exact_and_classes_are_of_the_type_that_was_given(held):
    y, classes = HELD[held]
    found = encode(y, unlabeled=marker_in(held))
    assert found.names == classes
    assert all(type(name) is type(expected) for name, expected in zip(found.names, classes, strict=True))
    np.testing.assert_array_equal(found.codes, np.where(GIVEN, TRUTH, -1))
    np.testing.assert_array_equal(encode(y, unlabeled=marker_in(held), classes=classes[::-1]).codes[:2], [1, 0])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
@pytest.mark.parametrize("held", HELD)
def test_a_model_answers_in_the_type_that_was_given(held):
    y, classes = HELD[held]
    model = SemiSupervisedGMM(unlabeled=marker_in(held)).fit(X, y)
    assert list(model.classes_) == classes
    assert list(model.predict(X)) == [classes[t] for t in TRUTH]
    assert model.score(X, y) == 1
    assert list(model.sample(3, y=classes[1])[1]) == [classes[1]] * 3


ESTIMATORS = {
    "mixtures": lambda: SemiSupervisedGMMCV(("tied",), transforms=("none",), cv=2, random_state=0),
    "guard": lambda: SemiSupervisedGMM(guard=True, random_state=0),
    "hybrid": lambda: GenerativeFeatures(SemiSupervisedGMM()),
    "VAE": lambda: semigen.SemiSupervisedVAE(2, (8,), max_epochs=40, learning_rate=0.03, random_state=0),
    "flow": lambda: semigen.SemiSupervisedFlow(2, (8,), max_epochs=2, random_state=0),
}
FEW = ["pandas Int64", "integers beyond 2**64", "text and Enum", "intervals", "tuples", "bytes", "datetime64"]


@pytest.mark.parametrize("held", FEW)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_estimator_reads_labels_alike(name, held):
    y, classes = HELD[held]
    model = ESTIMATORS[name]().fit(X, y)
    assert list(model.classes_) == classes
    assert list(model.predict(X)) == [classes[t] for t in TRUTH]
    assert list(model.transduction_) == [classes[t] for t in TRUTH]


@pytest.mark.parametrize("held", FEW)
def test_a_saved_model_has_the_classes_that_were_given_or_is_refused(held, tmp_path):
    y, classes = HELD[held]
    model = semigen.SemiSupervisedVAE(2, (8,), max_epochs=1, random_state=0).fit(X, y)
    if held == "pandas Int64":
        model.save(tmp_path / "model")
        assert list(semigen.load(tmp_path / "model").classes_) == classes
    else:
        with pytest.raises((TypeError, ValueError), match=r"cannot be saved"):
            model.save(tmp_path / "model")


@pytest.mark.parametrize("held", FEW)
def test_functions_read_labels_as_estimators_do(held):
    y, classes = HELD[held]
    splits = list(LabeledStratifiedKFold(5, random_state=0).split(X, y))
    assert sum(len(test) for _, test in splits) == 20
    model = SemiSupervisedGMM().fit(X, y)
    assert labeled_scorer()(model, X, y) == 1
    assert not GIVEN[rank_queries(model, X, 3, y=y, random_state=0)].any()
    curve = label_curve(SemiSupervisedGMM(), X, y, sizes=[4], n_repeats=2, random_state=0)
    assert curve.errors.max() == 0
    found = recommend(X, y, candidates=["LDA"], random_state=0)
    assert list(found.best_estimator_.predict(X)) == [classes[t] for t in TRUTH]
    assert list(found.data_summary.labels_per_class) == classes


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (["a", 1, None], "mixes labels of the types int, str"),
        ([Kind.BENIGN, "benign"], "mixes labels of the types Kind, str"),
        ([True, 2], "mixes labels of the types bool, int"),
        ([2**53 + 1, 0.0], "no float holds, such as 9007199254740993"),
        (["a", "b", ["c"]], "different lengths|holds a list"),
        (pd.Series(["a", ["b"]]), "row 1 of y holds a list"),
        (pd.Series(["a", {"b"}]), "row 1 of y holds a set.*SemiSupervisedGMM "),
        ([1j, 2j], "no order|mixes|complex"),
        (np.array([1j, 2j]), "y holds complex128"),
        ([Decimal("0.5"), Decimal(1)], "continuous.*Decimal that is not whole"),
        ([0.5, 1.25], "continuous"),
        (pa.array([0.5, 1.25]), "continuous"),
        ([object(), object()], "type object have no order.*classes="),
        (pl.DataFrame({"a": [1], "b": [2]}), r"its shape is \(1, 2\)"),
        (pa.table({"a": [1], "b": [2]}), r"its shape is \(1, 2\)"),
        ([b"-1", b"a"], "unlabeled=b'-1'"),
        ("abc", "one dimension"),
        ({"a": 1}, "one dimension"),
    ],
)
def test_what_holds_no_labels_is_refused_in_one_sentence(y, message):
    with pytest.raises(ValueError, match=message):
        encode(y)


def test_many_classes_are_no_regression():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encode(pd.Series([f"kind {i % 40}" for i in range(120)]))
        encode([2**60 + i % 40 for i in range(120)])


def test_a_marker_of_bytes_is_told_from_one_of_text():
    with pytest.raises(ValueError, match=r"unlabeled=b'\?'"):
        encode(np.array([b"a", b"b", b"?"]), unlabeled="?")
    assert encode([Kind.BENIGN, Kind.MALIGN], unlabeled=Kind.MALIGN).names == [Kind.BENIGN]
    assert encode(np.array(["benign", "malign"]), unlabeled=Kind.MALIGN).names == ["benign"]


def test_floats_that_may_have_been_integers_are_warned_of():
    with pytest.warns(UserWarning, match="floats beyond 2\\*\\*53.*Int64"):
        encode(pd.Series([BIG, BIG + 1, None]))
