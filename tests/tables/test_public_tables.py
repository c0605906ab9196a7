"""Columns of public tables, as they stand there, get the kind and the numbers that a person would give them."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest

from semigen import encoder_for
from semigen.tables.declare import declare_table
from semigen.tables.kinds import Kind, Why
from semigen.tables.sentences import how_read, warnings_of

N = 60


def column(cells, name="x"):
    """Declare a column of which these cells are repeated, by way of polars and of pandas alike."""
    repeated = [cells[i % len(cells)] for i in range(max(N, len(cells)))]
    (of_polars,) = declare_table(pl.DataFrame({name: repeated}))
    (of_pandas,) = declare_table(pd.DataFrame({name: np.array(repeated, dtype=object)}))
    assert of_polars.kind is of_pandas.kind
    return of_polars


def numbers(cells):
    """What stands in the encoder's first column for each cell, fitted on these and read again as new rows."""
    table = pd.DataFrame({"x": np.array([cells[i % len(cells)] for i in range(N)], dtype=object)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        encoder = encoder_for(table).fit(table)
        rows = encoder.transform(table)[: len(cells), 0]
        again = [encoder.transform(pd.DataFrame({"x": [cell]}))[0, 0] for cell in cells]
    np.testing.assert_allclose(rows, again, atol=1e-9)
    return rows


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["(2017)", "(1994)", "(2003)"], [2017, 1994, 2003]),
        (["$(3.50)", "$12.00", "$7.25"], [-3.5, 12, 7.25]),
        (["15-24", "25-39", "40-"], [19.5, 32, 40]),
        (["1935-", "1940-", "1945-"], [1935, 1940, 1945]),
        (["12.5-", "3.0", "4.5"], [-12.5, 3, 4.5]),
        (["6-11", "6-1", "5-9", "7-0"], [83, 73, 69, 84]),
        (["5 feet and 8.5 inches", "5'4\"", "6'"], [68.5, 64, 72]),
        (["4 ★", "5 ★", "1 ★"], [4, 5, 1]),
        (["$426/mo", "$120/mo", "$91/mo"], [426, 120, 91]),
        (["$303/sqft", "$345/sqft", "$99/sqft"], [303, 345, 99]),
        (["1 acres", "43,560 sqft", "2 acres"], [1, 1, 2]),
        (["15 NTU", "12 NTU", "3 ntu"], [15, 12, 3]),
        (["29.87", "30.01s", "29.95", "29.94V", "30.2"], [29.87, 30.01, 29.95, 29.94, 30.2]),
        (["lt $1000", "$1000 to 2999", "$25000 or more"], [1000, 1999.5, 25000]),
        (["MT 12 yrs", "LT 8 yrs", "8-12 yrs"], [12, 8, 10]),
        (["Under 18 years old", "18-24 years old", "65 years or older"], [18, 21, 65]),
        (["20 to 99 employees", "100 to 499 employees", "10,000 or more employees"], [59.5, 299.5, 10000]),
        (["10 or younger", "12", "13", "15", "21 or older"], [10, 12, 13, 15, 21]),
        (["$137K-$171K (Glassdoor est.)", "$75K-$131K (Glassdoor est.)", "$79K-$131K"], [154e3, 103e3, 105e3]),
        (["$1 to $2 billion (USD)", "$500 million to $1 billion (USD)", "$10+ billion (USD)"], [1.5e9, 7.5e8, 1e10]),
        (["[50, 75)", "[75, 100)", "[100, Inf)"], [62.5, 87.5, 100]),
        (["2019 (under construction)", "1987", "2004"], [2019, 1987, 2004]),
    ],
    ids=lambda cells: str(cells[0]),
)
def test_numbers_are_read_as_people_write_them_in_public_tables(cells, expected):
    np.testing.assert_allclose(numbers(cells), expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1. White", "1. White", "1. White", "1. White", "2. Black", "3. Asian"], "category"),
        (["1920x1080", "1920x1080", "1366x768", "2560x1080"], "category"),
        (["1Fam", "1Fam", "1Fam", "TwnhsE", "Duplex"], "category"),
        (["71Yes", "71Yes", "71Yes", "No"], "category"),
        (["5k", "5k", "half-marathon"], "category"),
        (["1", "2", "20A", "M10", "130B", "W4", "33"], "category"),
        (["4.1 and up", "4.0.3 and up", "2.3.3 and up", "5.0.1 and up", "4.4 and up", "5.0 and up"], "category"),
        (["001", "002", "136A", "003", "004"], "code"),
        (["1960 Jan", "1960 Feb", "1960 Mar"], "date"),
        (["1990,  July", "1991,  December", "1992,  March"], "date"),
        (["1991 W06", "1991 W07", "1991 W08"], "date"),
        (["1980:1", "1980:2", "1979:4"], "date"),
        (["10am", "2pm", "6am", "6pm"], "duration"),
        (["3h39'36\"", "3h50'23\"", "2h59'36\""], "duration"),
        (["11:19/mi", "9:53/mi", "10:05/mi"], "duration"),
        (["+16:56", "+40:22", "+5:32"], "duration"),
        (["17:00", "8:15", "9:30", "0930"], "duration"),
    ],
    ids=lambda cells: str(cells[0]),
)
def test_columns_of_public_tables_get_the_kind_that_a_person_gives(cells, kind):
    assert column(cells).kind is Kind(kind)


@pytest.mark.parametrize(
    ("name", "cells", "kind", "why"),
    [
        ("zip_code", ["98115", "98108", "98117", "98112-4729"], "code", Why.POSTAL),
        ("zipcode", ["10405", "10437", "10119", "12047", "10999\n10999"], "code", Why.POSTAL),
        ("PHONE", [*(str(7_185_550_000 + 37 * i) for i in range(N)), "718628____"], "identifier", Why.PHONE),
        ("ID", [str(158_023 + 37 * i) for i in range(N)], "identifier", Why.NAMED_ID),
        ("license_number", [f"S{1000 + i}" if i % 3 else str(8_000_000 + 7 * i) for i in range(N)], "identifier", None),
        ("band", ["877-76317", *(f"{800 + i}-{76318 + i}" for i in range(N)), "123"], "identifier", None),
    ],
)
def test_one_odd_cell_makes_no_quantity_of_names_and_codes(name, cells, kind, why):
    found = column(cells, name)
    assert found.kind is Kind(kind)
    assert why in (None, found.why)


def test_a_few_letters_among_whole_numbers_do_not_count_as_their_numbers():
    found = column([*map(str, range(1, 40)), "1OT"], "quarter")
    assert (found.kind, found.n_unfit, found.examples) == (Kind.NUMBER, 1, ("1OT",))
    assert np.isnan(numbers(["9.3", "8.8", "8.5", "8:8", "7.9"])[3])


def test_durations_that_are_limits_ranges_or_estimates_are_read_in_a_column_of_durations():
    exact = ["5 minutes", "30 sec.", "45min.", "2 hours", "3 min", "90 seconds", "7 mins", "1 hour", "4 min", "9 min"]
    rough = {
        "1-2 hrs": 5400, "1/2 hour": 1800, "about 3 mins": 180, "10 to 15 sec": 12.5, "4.5 or more min.": 270,
        "<5 minutes": 300, "1 1/2 hours": 5400, "1-hour": 3600, "30 +/- min": 1800,
    }  # fmt: skip
    np.testing.assert_allclose(numbers([*exact, *rough])[len(exact) :], list(rough.values()))
    # By themselves, ranges are steps of a scale.
    assert column(["1 year or less", "2 - 4 years", "5-7 years", "41 years or more"]).kind is Kind.ORDERED


def test_years_alone_are_dates_in_a_column_of_dates_only():
    assert column(["2014", "2014Q1", "2014Q2", "2015Q3", "2015"]).n_unfit == 0
    assert column(["2014", "2015", "2016"]).kind is Kind.NUMBER


@pytest.mark.parametrize(
    ("cells", "years"),
    [
        (["25/11/63", "29/10/64", "5/12/66"], [1963, 1964, 1966]),
        (["Jan-85", "Dec-62", "Mar-05"], [1985, 1962, 2005]),
        (["21-11-46", "22-02-04", "2019-10-03", "1957-10-03"], [1946, 2004, 2019, 1957]),
        (["31/12/68", "1/13/30", "13/1/30"], [2068 - 100, np.nan, 1930]),
        (["6-Aug-09", "7-Aug-20"], [2009, 2020]),
    ],
    ids=lambda cells: str(cells[0]),
)
def test_two_figures_of_a_year_do_not_mean_the_future(cells, years):
    days = numbers(cells)
    found = (np.datetime64("1970-01-01") + np.nan_to_num(days).astype("timedelta64[D]")).astype("datetime64[Y]")
    np.testing.assert_array_equal(np.where(np.isnan(days), np.nan, found.astype(int) + 1970), years)


def test_a_column_with_units_that_cannot_be_converted_says_so_where_it_is_left_out():
    found = column([f"{i}.00 IU" if i % 3 else f"{i}.5 mcg" for i in range(N)], "vitamin_d")
    assert found.kind is Kind.IDENTIFIER
    assert "several units or currencies" in warnings_of([found])[0]
    # Letters are no units of several kinds.
    assert column(["170", "171a", "172b", "171b", "172a"]).why is not Why.UNITS


def test_a_fraction_that_may_be_a_day_is_said():
    (said,) = warnings_of([column(["8/29", "8/30", "9/1", "9/2"], "day")])
    assert said.startswith("The column 'day': '8/29' is read as 8 divided by 29; if it is a day")
    assert not warnings_of([column(["3/4", "1/2", "7/8", "15/16"])])


def test_cells_in_another_unit_are_not_said_to_be_no_numbers():
    found = column([*(f"{20 + i / 10}°C" for i in range(N)), "57.7°F"], "temperature")
    (said,) = warnings_of([found])
    assert "1 cell is no number in °C and counts as blank: '57.7°F'" in said


def test_what_was_left_out_behind_numbers_is_said():
    assert "letters behind numbers left out" in how_read(column(["29.8", "30.1s", "29.9", "28.1V", "29.5"]))
    assert "words in brackets left out" in how_read(column(["12 (estimated)", "15", "18"]))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [(['="27"', '="31"', '="8.5"'], [27, 31, 8.5]), (["'27.5", "'-3", "4", "'$1,200.50"], [27.5, -3, 4, 1200.5])],
)
def test_numbers_that_a_spreadsheet_was_told_are_text_are_numbers(cells, expected):
    np.testing.assert_allclose(numbers(cells), expected)
    assert column([f'="{i:04d}"' for i in range(N)]).why is Why.LEADING_ZEROS
    assert column(["'t Hooft", "'s Gravenhage"]).kind is Kind.CATEGORY


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["2024-03-01 12:00:00 CET", "2024-07-01 12:00:00 CEST"], ["2024-03-01T11", "2024-07-01T10"]),
        (["Mon Mar 04 12:00:00 2024", "1 Jul 2024 08:00 EST"], ["2024-03-04T12", "2024-07-01T13"]),
        (["2024年3月1日", "2024年11月30日 08:30"], ["2024-03-01", "2024-11-30T08:30"]),
        (["2024년 3월 1일", "2024년 4월"], ["2024-03-01", "2024-04-01"]),
    ],
)
def test_dates_with_names_of_zones_or_of_east_asia_are_dates(cells, expected):
    assert column(cells).kind is Kind.DATE
    days = (np.array(expected, dtype="datetime64[us]") - np.datetime64("1970-01-01")) / np.timedelta64(1, "D")
    np.testing.assert_allclose(numbers(cells), days)


def test_hours_and_minutes_need_no_mark_behind_the_minutes():
    assert column(["1h30", "2h05", "12 h 00"]).kind is Kind.DURATION
    np.testing.assert_allclose(numbers(["1h30", "2h05", "12 h 00"]), [5400, 7500, 43200])
    assert column(["1h75", "2h99"]).kind is Kind.CATEGORY


def test_two_numbers_in_a_cell_that_are_divided_are_said():
    (said,) = warnings_of([column(["120/80", "135/85", "110/70", "n.d."], "pressure")])
    assert said.startswith("The column 'pressure': '120/80' is read as 120 divided by 80; if these are two numbers")
    assert not warnings_of([column(["15/20", "18/20", "9/20"])])


def test_the_word_below_among_numbers_says_what_a_limit_does():
    table = pd.DataFrame({"x": ["below", "<1.5", "7.2", "8.1", "6.6", "9.0"] * 10})
    with pytest.warns(UserWarning, match="'below'"):
        encoder = encoder_for(table).fit(table)
    assert encoder.get_feature_names_out().tolist() == ["x", "x (below the limit)"]
    assert encoder.transform(table)[:3, 1].tolist() == [1, 1, 0]
