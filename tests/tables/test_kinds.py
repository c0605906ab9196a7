"""Every column gets the kind that a person would give it, whichever way it comes in."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest

from semigen import encoder_for, read_table, recommend
from semigen.cli import recommend_table as recommend_module
from semigen.tables.declare import declare_table
from semigen.tables.errors import TableError
from semigen.tables.kinds import Kind
from tests.cli.commands import run
from tests.tables.columns import COLUMNS, LISTED, N

KINDS = {name: kind for name, (_, kind) in COLUMNS.items()}
CLASSES = np.where(np.arange(N) % 2, "yes", "no").tolist()
# What stands in a frame that was read, by kind; names and constants are left out.
TYPES = {
    "number": pl.Float64,
    "ordered": pl.Float64,
    "boolean": pl.Boolean,
    "date": pl.Datetime("us"),
    "duration": pl.Duration("us"),
    "category": pl.Categorical,
    "code": pl.Categorical,
    "text": pl.String,
}


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame({name: cells for name, (cells, _) in COLUMNS.items()})


@pytest.fixture
def path(tmp_path, frame):
    half = [label if i % 4 < 2 else "" for i, label in enumerate(CLASSES)]
    frame.assign(target=half).to_csv(tmp_path / "t.csv", index=False)
    return tmp_path / "t.csv"


def kinds_of(columns) -> dict[str, str]:
    return {column.name: column.kind.value for column in columns}


def test_there_are_sixty_columns_of_which_thirty_are_not_listed():
    assert (len(COLUMNS), len(LISTED)) == (60, 30)


@pytest.mark.filterwarnings("ignore:The column")
def test_encoder_for_gives_the_sixty_kinds(frame):
    assert kinds_of(encoder_for(frame).columns) == KINDS


@pytest.mark.filterwarnings("ignore:The column")
def test_recommend_gives_the_sixty_kinds(frame):
    found = recommend(frame, CLASSES, candidates=["LDA"], budget=1, random_state=0)
    assert kinds_of(found.columns) == KINDS
    assert found.best_estimator_.predict(frame).shape == (N,)
    assert any("'name' is left out" in reason for reason in found.reasons)


def test_read_table_gives_the_sixty_kinds(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        X, _ = read_table(path, "target")
    shown = {name: kind for name, kind in X.schema.items() if name in KINDS}
    assert shown == {name: TYPES[kind] for name, kind in KINDS.items() if kind in TYPES}


@pytest.mark.parametrize("command", ["recommend", "label"])
def test_the_commands_give_the_sixty_kinds(path, monkeypatch, command):
    seen = []

    def compare(given, features, *_):
        seen.append(kinds_of(features.columns))
        raise TableError("seen")

    monkeypatch.setattr(recommend_module, "compare", compare)
    more = ["--model", "auto", "--out", path.with_name("out.csv")] if command == "label" else []
    result = run(command, path, "-t", "target", *more)
    assert result.exit_code == 1
    assert seen == [KINDS]


@pytest.mark.parametrize("name", list(COLUMNS))
def test_other_rows_are_read_as_those_of_training_were(name):
    """Whatever else the new rows would look like by themselves."""
    cells, _ = COLUMNS[name]
    table = pd.DataFrame({"x": np.arange(N) / 7, name: cells})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        encoder = encoder_for(table)
    if encoder is None:
        return
    rows = encoder.fit_transform(table)
    for few in ([5], [8, 3], list(range(20, 30))):
        np.testing.assert_allclose(encoder.transform(table.iloc[few]), rows[few], atol=1e-9)
        np.testing.assert_allclose(encoder.transform(pl.from_pandas(table.iloc[few])), rows[few], atol=1e-9)


def test_a_column_of_numbers_and_words_keeps_where_frequent_words_and_limits_stand():
    cells = ["<18", "more", "broken", *map(str, range(20, 57))] * 3
    table = pd.DataFrame({"age": cells})
    with pytest.warns(UserWarning, match=r"6 cells are no number .*'more', 'broken'"):
        encoder = encoder_for(table)
    rows = encoder.fit_transform(table)
    assert encoder.get_feature_names_out().tolist() == ["age", "age (below the limit)", "age (more)", "age (broken)"]
    assert rows[0].tolist() == [18, 1, 0, 0]
    np.testing.assert_array_equal(rows[1], [np.nan, 0, 1, 0])


def test_a_column_that_looks_like_a_number_and_is_not_used_as_one_is_named():
    codes = pd.DataFrame({"x": np.arange(60) % 7, "plz": ["01067", "80331", "10115"] * 20})
    with pytest.warns(UserWarning, match=r"'plz' is used as codes, not as a number: .*'01067'.*column_kinds"):
        encoder_for(codes)
    few = pd.DataFrame({"x": np.arange(60) % 7, "room": ["kitchen", "hall", "12"] * 20})
    with pytest.warns(UserWarning, match=r"'room' is used as categories, not as a number: 33 % of its cells"):
        encoder_for(few)


def test_what_is_ambiguous_is_said():
    days = pd.DataFrame({"day": ["3/4/2020", "5/6/2021", "1/2/2020"] * 9})
    with pytest.warns(UserWarning, match="month is taken to come first in dates such as '3/4/2020'"):
        encoder_for(days)
    prices = pd.DataFrame({"price": ["1,234", "2,500", "7,125"] * 9})
    with pytest.warns(UserWarning, match="'1,234' is read as 1234"):
        encoder_for(prices)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("number", [1067.0, 80331.0]), ("category", None), ("identifier", None), ("code", None)],
)
def test_a_caller_overrules_what_a_column_looks_like(kind, expected):
    table = pd.DataFrame({"x": np.arange(60) % 7, "plz": ["01067", "80331"] * 30})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        columns = encoder_for(table, {"plz": kind}).columns
        encoded = encoder_for(table, {"plz": kind}).fit_transform(table)
    assert columns[1].kind is Kind(kind)
    if expected:
        assert encoded[:2, 1].tolist() == expected
    elif kind == "identifier":
        assert encoded.shape == (60, 1)
    else:
        assert encoded[:2, 1:].tolist() == [[1, 0], [0, 1]]


def test_the_order_of_a_scale_can_be_said():
    table = pd.DataFrame({"taste": ["mild", "hot", "scorching"] * 20})
    encoder = encoder_for(table, {"taste": "mild<hot<scorching"})
    assert encoder.fit_transform(table)[:3, 0].tolist() == [0, 1, 2]
    assert encoder_for(table, {"taste": ["scorching", "hot", "mild"]}).fit_transform(table)[0, 0] == 2


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        ({"tast": "number"}, "did you mean 'taste'"),
        ({"taste": "numbr"}, "kinds are 'number', 'code'"),
        ({"taste": "number"}, "no cell reads as one: 'mild'"),
    ],
)
def test_what_cannot_be_asked_for_is_an_error_in_a_sentence(kinds, told):
    table = pd.DataFrame({"taste": ["mild", "hot", "scorching"] * 20})
    with pytest.raises(ValueError, match=told):
        encoder_for(table, kinds)


def test_cells_that_do_not_fit_at_prediction_are_said():
    table = pd.DataFrame({"age": [*map(str, range(20, 60))], "day": ["2020-01-05", "2021-03-07"] * 20})
    encoder = encoder_for(table, {"age": "number"}).fit(table)
    with pytest.warns(UserWarning, match=r"'age' held numbers in training; 1 cell does not fit .*'old'"):
        rows = encoder.transform(pd.DataFrame({"age": ["old", "n.d."], "day": ["2020-01-05", "2020-01-06"]}))
    assert np.isnan(rows[:, 0]).all()
    with pytest.warns(UserWarning, match=r"'day' held dates in training; 1 cell does not fit"):
        encoder.transform(pd.DataFrame({"age": ["21"], "day": ["soon"]}))


def test_a_long_cell_among_many_rows_costs_no_array_of_fixed_width():
    cells = np.array(["red", "green"] * 20_000, dtype=object)
    cells[7] = "x" * 30_000
    (column,) = declare_table(pd.DataFrame({"colour": cells}))
    assert column.kind is Kind.CATEGORY
    # 40,000 cells of 30,000 letters would be 4.8 GB.
    assert encoder_for(pd.DataFrame({"colour": cells})).fit_transform(pd.DataFrame({"colour": cells})).shape[1] <= 3
