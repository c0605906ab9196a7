"""Tables that are written part by part: as they would be at once, whole or not at all."""

import os

import polars as pl
import pytest

from semigen.tables.appending import appending
from semigen.tables.errors import TableError
from semigen.tables.files import read_file, write_table

FRAME = pl.DataFrame(
    {"a": ["x", 'y "z"', None, "line\nend"], "b": [1.5, None, 2.0, 1e-9]},
).with_columns(c=pl.col("a").cast(pl.Categorical), d=pl.lit(3).cast(pl.Date))


@pytest.mark.parametrize("name", ["out.csv", "out.tsv", "out.csv.gz", "out.parquet"])
def test_appended_frames_make_the_table_that_is_written_at_once(name, tmp_path):
    whole, parts = tmp_path / f"whole-{name}", tmp_path / f"parts-{name}"
    write_table(FRAME, whole)
    with appending(parts) as append:
        for row in range(4):
            append(FRAME[row : row + 1])
    assert read_file(parts).frame.equals(read_file(whole).frame)
    assert read_file(parts).frame.schema == read_file(whole).frame.schema
    if name.endswith(("csv", "tsv")):
        assert parts.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("name", ["out.csv", "out.csv.gz", "out.parquet"])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_after_an_error_the_file_is_as_it_was(name, error, tmp_path):
    out = tmp_path / name
    out.write_bytes(b"old")

    def fail():
        with appending(out) as append:
            append(FRAME)
            raise error

    with pytest.raises(error):
        fail()
    assert out.read_bytes() == b"old"
    assert os.listdir(tmp_path) == [name]


def test_a_place_where_nothing_can_be_written_is_refused(tmp_path):
    with pytest.raises(TableError, match="cannot write"), appending(tmp_path / "absent" / "out.csv"):
        pass
