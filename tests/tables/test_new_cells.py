"""Cells of later rows: read as the sample was declared, counted where they do not fit, filled where it had no gap."""

import polars as pl

from semigen.tables.frames import declare_columns, typed_frame
from semigen.tables.new_cells import NewCells, SeenColumns


def of(sample):
    columns, cells = declare_columns(sample, sample.columns)
    return NewCells(SeenColumns.of(columns, cells, typed_frame(sample, columns, cells)))


def test_gaps_count_as_the_median_in_columns_without_a_gap_only():
    days = ["2026-01-01", "2026-01-02", "2026-01-09"]
    sample = pl.DataFrame(
        {"x": ["1", "2", "9"] * 8, "y": ["1", "", "3"] * 8, "day": days * 8, "word": ["u", "v", "v"] * 8}
    )
    new = of(sample)
    for _ in range(2):
        typed = new.typed(pl.DataFrame({"x": ["", "4"], "y": ["", "5"], "day": [None, days[0]], "word": [None, "u"]}))
    assert typed["x"].to_list() == [2, 4]
    assert typed["y"].to_list() == [None, 5]
    assert [str(day)[:10] for day in typed["day"]] == ["2026-01-02", "2026-01-01"]
    assert typed["word"].to_list() == [None, "u"]
    assert new.warnings() == [
        f"The column {name!r} had a value in every row of training; 2 cells have none and count as its median."
        for name in ("x", "day")
    ]


def test_what_the_sample_had_as_well_is_not_told_of_again():
    sample = pl.DataFrame({"x": [*map(str, range(2, 90)), "broken"]})
    new = of(sample)
    new.of(sample)
    assert new.warnings() == []
    new.of(pl.DataFrame({"x": ["5", "broken", "gone"]}))
    assert len(new.warnings()) == 1
    assert "3 cells do not fit and count as blank: 'gone'" in new.warnings()[0]


def test_numbers_are_read_the_same_where_all_cells_are_plain_and_where_they_are_not():
    cells = ["007", "+5", " 1.5", "-0", "1e5", ".5", "", "nan", "3"]
    new = of(pl.DataFrame({"x": [f"{i}.5" for i in range(40)] + ["", "n.d."]}))
    alone = [new.typed(pl.DataFrame({"x": [cell]}))["x"][0] for cell in cells]
    assert alone == new.typed(pl.DataFrame({"x": [*cells, "1,000"]}))["x"].to_list()[:-1]
    assert alone == [7, 5, 1.5, 0, 1e5, 0.5, None, None, 3]
