"""Tables of numbers, text, dates and gaps become numbers: the encoder that `encoder_for` chooses."""

from __future__ import annotations

import datetime
import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from semigen import SemiSupervisedGMM, encoder_for
from semigen.tables.declare import declare_table
from semigen.tables.sentences import why_left_out

N = 60


@pytest.fixture
def visits() -> pd.DataFrame:
    """Numbers, text, a category, truth values and dates, with gaps in each."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "age": rng.normal(50, 10, N),
            "town": np.array(["Ulm", "Bern", "Graz"])[rng.integers(0, 3, N)],
            "plan": pd.Categorical(rng.integers(1, 3, N)),
            "smoker": pd.array(rng.random(N) < 0.5, dtype="boolean"),
            "since": pd.to_datetime("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, N), "D"),
        }
    )
    for j, name in enumerate(table):
        table.loc[j * 3 : j * 3 + 2, name] = None
    return table


def test_every_kind_of_column_becomes_numbers_and_gaps_stay_gaps_in_numbers(visits):
    encoder = encoder_for(visits)
    rows = encoder.fit_transform(visits)
    names = encoder.get_feature_names_out().tolist()
    assert rows.dtype == np.float64
    assert names == [
        *("age", "town_(blank)", "town_Bern", "town_Graz", "town_Ulm"),
        *("plan_(blank)", "plan_1", "plan_2", "smoker", "since"),
    ]
    assert np.isnan(rows).sum(axis=0).tolist() == [3, 0, 0, 0, 0, 0, 0, 0, 3, 3]
    np.testing.assert_array_equal(rows[:, 0], visits["age"])
    assert rows[3, 1] == 1
    assert np.diff(rows[[20, 21], 9])[0] == (visits["since"][21] - visits["since"][20]).days


def test_frames_of_polars_and_arrays_of_objects_give_what_pandas_gives(visits):
    rows = encoder_for(visits).fit_transform(visits)
    objects = visits.astype(object).where(visits.notna(), None)
    in_polars = pl.DataFrame({name: objects[name].tolist() for name in objects}).with_columns(
        pl.col("plan").cast(pl.String).cast(pl.Categorical)
    )
    np.testing.assert_allclose(encoder_for(in_polars).fit_transform(in_polars), rows)
    array = objects.astype({"plan": str}).to_numpy()
    array[6:9, 2] = None
    # Of strings of digits nobody knows that they are codes, unless somebody says so.
    np.testing.assert_allclose(encoder_for(array, {2: "category"}).fit_transform(array), rows)


def test_rows_that_are_numbers_need_no_encoder(visits):
    assert encoder_for(np.eye(3)) is None
    assert encoder_for([[1, 2], [3, np.nan]]) is None
    assert encoder_for(visits[["age"]]) is None
    assert encoder_for(pl.DataFrame({"a": [1.0, None, 2.0], "b": [True, False, True]})) is None


def test_numbers_that_numpy_does_not_know_are_encoded(visits):
    nullable = visits[["age", "smoker"]].convert_dtypes()
    rows = encoder_for(nullable).fit_transform(nullable)
    assert np.isnan(rows).sum(axis=0).tolist() == [3, 3]


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ([3.5] * N, "the same value in every row"),
        (["x"] * N, "the same value in every row"),
        ([datetime.date(2020, 1, 1)] * N, "the same value in every row"),
        ([None] * N, "blank in every row"),
        (range(100, 100 + N), "numbers the rows"),
        (range(N, 0, -1), "numbers the rows"),
        ([f"P-{i}" for i in range(N)], "none of its 60 values is frequent"),
    ],
)
def test_columns_that_say_nothing_are_left_out_with_a_reason(visits, cells, why):
    table = visits.assign(extra=pd.Series(list(cells), dtype=object))
    column = declare_table(table)[-1]
    assert not column.used
    assert why in why_left_out(column)
    with pytest.warns(UserWarning, match="'extra' is left out"):
        encoder = encoder_for(table)
    np.testing.assert_array_equal(encoder.fit_transform(table), encoder_for(visits).fit_transform(visits))


def test_sparse_rows_become_the_directions_in_which_they_differ():
    rows = csr_matrix(np.random.default_rng(0).random((80, 200)) * (np.random.default_rng(1).random((80, 200)) < 0.1))
    with pytest.warns(UserWarning, match="200 sparse columns are reduced"):
        encoder = encoder_for(rows)
    assert encoder.fit_transform(rows).shape == (80, 50)


def test_a_table_of_which_nothing_is_left_is_refused():
    table = pd.DataFrame({"name": [f"n{i}" for i in range(N)], "same": 1})
    with pytest.warns(UserWarning, match="left out"), pytest.raises(ValueError, match="No column is left"):
        encoder_for(table)


def test_whether_a_note_was_made_counts_where_notes_are_all_different(visits):
    table = visits.assign(note=[f"note {i}" if i % 3 else None for i in range(N)])
    encoder = encoder_for(table).fit(table)
    of_notes = [name for name in encoder.get_feature_names_out() if "note" in name]
    assert of_notes == ["note_(blank)", "note_infrequent_sklearn"]


def test_a_value_that_training_did_not_see_is_taken_for_a_rare_one(visits):
    rare = visits.copy()
    rare.loc[30, "town"] = "Rome"
    encoder = encoder_for(rare).fit(rare)
    strange = rare.iloc[[30, 31]].assign(town=["Rome", "Mars"])
    rows = encoder.transform(strange)
    shared = encoder.get_feature_names_out().tolist().index("town_infrequent_sklearn")
    assert rows[:, shared].tolist() == [1, 1]


def test_text_of_many_values_gets_a_bounded_number_of_columns():
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"code": [f"c{k}" for k in rng.integers(0, 30, 3000)], "x": rng.normal(size=3000)})
    assert encoder_for(table).fit_transform(table).shape[1] <= 21
    few = pd.DataFrame({"code": ["a", "a", "b", "b", "c"], "x": rng.normal(size=5)})
    assert encoder_for(few).fit_transform(few).shape[1] == 4


def test_codes_of_categories_are_the_same_with_and_without_gaps(visits):
    encoder = encoder_for(visits).fit(visits)
    full = visits[visits["plan"].notna()]
    np.testing.assert_array_equal(encoder.transform(full), encoder.transform(visits)[visits["plan"].notna()])
    assert full["plan"].astype(int).dtype.kind == "i"
    as_codes = full.assign(plan=full["plan"].astype(int).astype("category"))
    np.testing.assert_array_equal(encoder.transform(as_codes), encoder.transform(full))


def test_columns_are_found_by_name_in_any_order_and_by_position_without_names(visits):
    encoder = encoder_for(visits).fit(visits)
    np.testing.assert_array_equal(encoder.transform(visits[visits.columns[::-1]]), encoder.transform(visits))
    unnamed = visits.set_axis(range(5), axis=1)
    np.testing.assert_array_equal(encoder_for(unnamed).fit_transform(unnamed), encoder.transform(visits))


def test_the_encoder_is_a_citizen_of_scikit_learn(visits):
    y = np.where(np.arange(N) < 30, (visits["town"] == "Ulm").to_numpy(), None)
    encoder = encoder_for(visits)
    labels_alone = make_pipeline(
        clone(encoder), SimpleImputer(add_indicator=True), StandardScaler(), LogisticRegression()
    )
    labels_alone.fit(visits[:30], y[:30].astype(bool))
    assert labels_alone.score(visits[30:], visits["town"][30:] == "Ulm") > 0.9
    mixture = make_pipeline(clone(encoder), SemiSupervisedGMM("tied", missing="marginal")).fit(visits, y)
    again = pickle.loads(pickle.dumps(mixture))
    np.testing.assert_array_equal(again.predict(visits), mixture.predict(visits))


def test_a_table_with_nothing_to_say_of_it_warns_of_nothing(visits):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert encoder_for(visits) is not None
