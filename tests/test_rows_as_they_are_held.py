"""Rows in whatever holds them: the same numbers for every model, NaN where a value is missing, or one sentence."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

import numpy as np
import pandas as pd
import polars as pl
import pytest

from semigen import GenerativeFeatures, SemiSupervisedGMM, SemiSupervisedGMMCV, label_curve, rank_queries, recommend
from semigen._validation import checked_rows, checked_weights, numbers
from semigen.display import CalibrationDisplay
from semigen.recommendation import ProbabilityAverage
from tests.deep.tables import MODELS as DEEP
from tests.deep.tables import small

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
TRUTH = np.arange(60) % 2
# Quarters of small numbers, so that every type below holds them exactly.
ROWS = np.round(4 * (RNG.normal(size=(60, 2)) + 4 * TRUTH[:, None] + 8)) / 4
LABELS = np.where(np.arange(60) < 12, TRUTH, -1)
GAPS = np.zeros(ROWS.shape, dtype=bool)
GAPS[[3, 20, 41], [0, 1, 0]] = True
WITH_GAPS = np.where(GAPS, np.nan, ROWS)
# What lies under a mask must not be seen.
UNDER_MASK = np.ma.MaskedArray(np.where(GAPS, -9999.0, ROWS), GAPS)

MODELS = {
    "SemiSupervisedGMM": lambda: SemiSupervisedGMM(),
    "SemiSupervisedGMM, gaps": lambda: SemiSupervisedGMM(missing="marginal"),
    "SemiSupervisedGMMCV": lambda: SemiSupervisedGMMCV(("tied",), transforms=("none",), cv=2, random_state=0),
    "SemiSupervisedGMMCV, gaps": lambda: SemiSupervisedGMMCV(
        ("tied",), transforms=("none",), cv=2, random_state=0, missing="marginal"
    ),
    "ProbabilityAverage": lambda: ProbabilityAverage([("a", SemiSupervisedGMM(missing="marginal"))]),
    "GenerativeFeatures": lambda: GenerativeFeatures(SemiSupervisedGMM()),
    **{name: lambda name=name: small(name, max_epochs=2) for name in DEEP},
}
TAKES_GAPS = {name for name in MODELS if "gaps" in name or name == "ProbabilityAverage"}


def of_objects(values, replaced=()):
    rows = np.asarray(values).astype(object)
    for at, value in replaced:
        rows[at] = value
    return rows


SAME = {
    "list": ROWS.tolist(),
    "float16": ROWS.astype(np.float16),
    "longdouble": ROWS.astype(np.longdouble),
    "big-endian": ROWS.astype(">f8"),
    "objects": of_objects(ROWS),
    "decimals": np.vectorize(Decimal, otypes=[object])(ROWS),
    "mask that hides nothing": np.ma.MaskedArray(ROWS, False),
    "pandas": pd.DataFrame(ROWS),
    "pandas nullable": pd.DataFrame(ROWS).astype("Float64"),
    "pandas arrow": pd.DataFrame(ROWS).astype("double[pyarrow]"),
    "pandas objects": pd.DataFrame(ROWS).astype(object),
    "pandas categories of numbers": pd.DataFrame(ROWS).astype("category"),
    "polars": pl.DataFrame(ROWS),
    "polars decimals": pl.DataFrame(ROWS).cast(pl.Decimal(10, 2)),
    "arrow": pl.DataFrame(ROWS).to_arrow(),
}

MISSING = {
    "masked array": UNDER_MASK,
    "masked float32": UNDER_MASK.astype(np.float32),
    "masked objects": UNDER_MASK.astype(object),
    "list of masked rows": list(UNDER_MASK),
    "None": of_objects(WITH_GAPS, [((3, 0), None)]),
    "NaT among numbers": of_objects(WITH_GAPS, [((3, 0), pd.NaT), ((20, 1), np.datetime64("NaT"))]),
    "pandas.NA": of_objects(WITH_GAPS, [((3, 0), pd.NA)]),
    "Decimal NaN": of_objects(WITH_GAPS, [((3, 0), Decimal("NaN"))]),
    "pandas": pd.DataFrame(WITH_GAPS),
    "pandas nullable": pd.DataFrame(WITH_GAPS).astype("Float64"),
    "pandas arrow": pd.DataFrame(WITH_GAPS).astype("double[pyarrow]"),
    "pandas objects": pd.DataFrame(of_objects(WITH_GAPS, [((3, 0), pd.NaT)])),
    "polars": pl.DataFrame(WITH_GAPS).fill_nan(None),
    "arrow": pl.DataFrame(WITH_GAPS).fill_nan(None).to_arrow(),
}

DATES = np.array(["2024-01-01", "NaT"], dtype="datetime64[ns]")[(np.arange(60) % 7 == 3).astype(int)]
SPANS = DATES - np.datetime64("2023-12-31")
DATED = "holds dates or durations .*encoder_for"
REFUSED = {
    "datetime64": (np.c_[DATES, DATES], DATED),
    "timedelta64": (np.c_[SPANS, SPANS], DATED),
    "masked timedelta64": (np.ma.MaskedArray(np.c_[SPANS, SPANS], GAPS), DATED),
    "dates among numbers": (of_objects(ROWS, [((5, 1), DATES[0])]), DATED),
    "pandas dates": (pd.DataFrame({"a": ROWS[:, 0], "b": DATES}), "Column 'b' of X " + DATED),
    "pandas dates alone": (pd.DataFrame({"a": DATES, "b": DATES}), "Column 'a' of X " + DATED),
    "pandas durations": (pd.DataFrame({"a": ROWS[:, 0], "b": SPANS}), "Column 'b' of X " + DATED),
    "pandas arrow durations": (
        pd.DataFrame({"a": ROWS[:, 0], "b": pd.Series(SPANS).astype("duration[ns][pyarrow]")}),
        "Column 'b' of X " + DATED,
    ),
    "pandas periods": (
        pd.DataFrame({"a": ROWS[:, 0], "b": pd.period_range("2020-01", periods=60, freq="M")}),
        "Column 'b' of X " + DATED,
    ),
    "pandas dates with a zone": (
        pd.DataFrame({"a": ROWS[:, 0], "b": pd.date_range("2020", periods=60, tz="UTC")}),
        "Column 'b' of X " + DATED,
    ),
    "polars durations": (pl.DataFrame({"a": ROWS[:, 0], "b": SPANS}), "Column 'b' of X " + DATED),
    "polars dates": (pl.DataFrame({"a": ROWS[:, 0], "b": DATES.astype("M8[D]")}), "Column 'b' of X " + DATED),
    "arrow durations": (pl.DataFrame({"a": ROWS[:, 0], "b": SPANS}).to_arrow(), "Column 'b' of X " + DATED),
    "numbers as text": (ROWS.astype(str), "numbers written as text"),
    "numbers as bytes": (ROWS.astype(bytes), "numbers written as text"),
    "numbers as text among objects": (of_objects(ROWS, [((5, 1), "7.5")]), "numbers written as text"),
    "pandas numbers as text": (
        pd.DataFrame({"a": ROWS[:, 0], "b": ROWS[:, 1].astype(str)}),
        "Column 'b' of X holds numbers written as text",
    ),
    "text": (of_objects(ROWS, [((5, 1), "n.d.")]), "could not convert string to float: 'n.d.'"),
    "complex": (ROWS.astype(complex), "Complex data not supported"),
    "complex objects": (of_objects(ROWS, [((5, 1), 2j)]), "Complex data not supported"),
    "fields": (np.array([(1.0, 2.0)] * 60, dtype=[("a", float), ("b", float)]), "structured array"),
    "rows of different lengths": ([*ROWS.tolist()[:-1], [1.0]], "not of the same length"),
    "integers beyond floats": (of_objects(ROWS, [((5, 1), 10**400)]), "too large"),
}


@cache
def fitted(name):
    model = MODELS[name]()
    return model.fit(WITH_GAPS if name in TAKES_GAPS else ROWS, LABELS)


def answers(model, X):
    return model.predict_proba(X) if hasattr(model, "predict_proba") else model.transform(X)


# Only frames have names of columns, and models fitted without warn of them.
@pytest.mark.filterwarnings("ignore:X has feature names")
@pytest.mark.parametrize("held", SAME)
@pytest.mark.parametrize("name", MODELS)
def test_every_model_reads_the_same_numbers_from_every_type(name, held):
    expected = answers(fitted(name), ROWS)
    np.testing.assert_allclose(answers(fitted(name), SAME[held]), expected, rtol=1e-3, atol=1e-5)


@pytest.mark.filterwarnings("ignore:X has feature names")
@pytest.mark.parametrize("held", MISSING)
@pytest.mark.parametrize("name", MODELS)
def test_what_is_missing_is_nan_or_an_error_to_every_model(name, held):
    if name in TAKES_GAPS:
        np.testing.assert_allclose(answers(fitted(name), MISSING[held]), answers(fitted(name), WITH_GAPS), atol=1e-5)
    else:
        with pytest.raises(ValueError, match="Input X contains NaN"):
            answers(fitted(name), MISSING[held])
        with pytest.raises(ValueError, match="Input X contains NaN"):
            MODELS[name]().fit(MISSING[held], LABELS)


@pytest.mark.filterwarnings("ignore:X has feature names")
@pytest.mark.parametrize("held", REFUSED)
@pytest.mark.parametrize("name", MODELS)
def test_dates_and_text_become_numbers_in_no_model(name, held):
    rows, message = REFUSED[held]
    with pytest.raises(ValueError, match=message):
        MODELS[name]().fit(rows, LABELS)
    with pytest.raises(ValueError, match=message):
        answers(fitted(name), rows)


def test_what_is_no_number_at_all_is_named():
    with pytest.raises(TypeError, match="Column 'b' of X holds a Interval"):
        checked_rows(pd.DataFrame({"a": ROWS[:, 0], "b": pd.interval_range(0, 60)}))


@pytest.mark.parametrize("held", SAME)
def test_the_gate_reads_numbers_exactly(held):
    np.testing.assert_array_equal(checked_rows(SAME[held]), ROWS)


@pytest.mark.parametrize("held", MISSING)
def test_the_gate_reads_gaps_exactly(held):
    np.testing.assert_array_equal(checked_rows(MISSING[held], missing_allowed=True), WITH_GAPS)


@pytest.mark.parametrize("name", [name for name in MODELS if "Features" not in name or name == "GenerativeFeatures"])
def test_masked_labels_are_unlabelled(name):
    shown = np.ma.MaskedArray(np.where(LABELS < 0, 7, LABELS), LABELS < 0)
    model = MODELS[name]().fit(ROWS, shown)
    assert model.classes_.tolist() == [0, 1]
    assert model.n_unlabeled_ == 48
    np.testing.assert_array_equal(model.transduction_, MODELS[name]().fit(ROWS, LABELS).transduction_)


@pytest.mark.parametrize("name", [name for name in MODELS if name != "ProbabilityAverage"])
def test_masked_weights_are_an_error(name):
    weights = np.ma.MaskedArray(np.ones(60), np.arange(60) == 5)
    with pytest.raises(ValueError, match=re.escape("sample_weight is masked at [5]")):
        MODELS[name]().fit(ROWS, LABELS, sample_weight=weights)


@pytest.mark.parametrize("name", MODELS)
def test_masked_unlabelled_rows_are_no_numbers(name):
    if name in ("VAEFeatures", "FlowFeatures"):
        return
    X, y, more = ROWS[:30], LABELS[:30], UNDER_MASK[30:]
    if name in TAKES_GAPS:
        apart = MODELS[name]().fit(X, y, X_unlabeled=more).transduction_
        np.testing.assert_array_equal(apart, MODELS[name]().fit(X, y, X_unlabeled=WITH_GAPS[30:]).transduction_)
    else:
        with pytest.raises(ValueError, match="Input X_unlabeled contains NaN"):
            MODELS[name]().fit(X, y, X_unlabeled=more)


def test_masked_options_are_an_error():
    hidden = np.ma.MaskedArray([0.5, 0.5], [False, True])
    with pytest.raises(ValueError, match="class_prior is masked"):
        SemiSupervisedGMM(class_prior=hidden).fit(ROWS, LABELS)
    with pytest.raises(ValueError, match="marks unlabelled rows"):
        SemiSupervisedGMM(classes=np.ma.MaskedArray([0, 1], [False, True])).fit(ROWS, LABELS)
    with pytest.raises(ValueError, match="weights is masked"):
        numbers(hidden, "weights")
    with pytest.raises(ValueError, match="probabilities is masked"):
        CalibrationDisplay.from_predictions(LABELS, np.ma.MaskedArray(np.full((60, 2), 0.5), GAPS))
    with pytest.raises(ValueError, match="written as text"):
        checked_weights(np.full(60, "1.0"), ROWS)
    with pytest.raises(ValueError, match="sample_weight is masked"):
        fitted("SemiSupervisedGMM").score(ROWS, LABELS, sample_weight=np.ma.MaskedArray(np.ones(60), GAPS[:, 0]))


def test_functions_of_rows_see_nothing_under_a_mask():
    model = fitted("SemiSupervisedGMM, gaps")
    asked = rank_queries(model, UNDER_MASK, 5, y=LABELS, random_state=0)
    np.testing.assert_array_equal(asked, rank_queries(model, WITH_GAPS, 5, y=LABELS, random_state=0))
    curves = [
        label_curve(MODELS["SemiSupervisedGMM, gaps"](), rows, LABELS, sizes=[4], n_repeats=2, random_state=0)
        for rows in (UNDER_MASK, WITH_GAPS)
    ]
    np.testing.assert_array_equal(*(curve.errors for curve in curves))
    found = [recommend(rows, LABELS, candidates=["LDA"], random_state=0) for rows in (UNDER_MASK, WITH_GAPS)]
    np.testing.assert_array_equal(*(each.errors for each in found))
    assert found[0].data_summary.n_missing == 3
