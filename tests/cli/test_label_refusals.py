"""`semigen label`: tables, options and paths that it refuses, each in one line."""

import datetime
import os

import numpy as np
import polars as pl
import pytest

from semigen.cli import table_input as inputs
from tests.cli.commands import one_line, parquet_of, run, write_csv


def with_first(cell):
    """40 numbers, the first of which is replaced."""
    return [cell, *(f"{v:.3f}" for v in np.random.default_rng(2).normal(size=39))]


@pytest.mark.parametrize(
    ("changes", "options", "parts"),
    [
        ({}, ["--target", "knid"], ["no column 'knid'", "did you mean 'kind'?"]),
        ({}, ["--ignore", "zzz"], ["no column 'zzz'", "'x', 'y', 'kind'"]),
        ({}, ["--ignore", "kind"], ["'kind' cannot be the target and be ignored"]),
        ({"my name": ["bob"] * 40}, [], ["'my name' is not numeric", "row 1", "'bob'", "--ignore 'my name'"]),
        ({"a": ["p"] * 40}, [], ["'a' is not numeric", "--model auto"]),
        ({"kind": [*range(30), *[""] * 10]}, [], ["'kind' has 30 different numbers in 30 labelled rows", "a quantity"]),
        ({"a": ["p"] * 40, "b": ["q"] * 40}, [], ["'a', 'b' are not numeric", "--ignore a --ignore b"]),
        ({"a": [""] * 40, "b": with_first("NA")}, [], ["'a' is blank in every row", "--ignore a"]),
        ({"a": ["NA"] * 40, "b": ["nan"] * 40}, [], ["'a', 'b' are blank in every row", "--ignore a --ignore b"]),
        ({"a": with_first("-inf")}, [], ["infinite", "1 in 'a'"]),
        ({"a": with_first("1e999")}, [], ["infinite", "1 in 'a'"]),
        ({"kind": [" "] * 40}, [], ["no row of 'kind' has a label"]),
        ({"kind": ["a", "b"] * 20}, [], ["every row of 'kind' has a label", "--unlabeled"]),
        ({"kind": ["a", "a"] + [""] * 38}, [], ["only 2 labelled rows say 'a'", "second class"]),
        ({"kind": ["a"] + [""] * 39}, [], ["only row says 'a'", "second class"]),
        ({"kind_predicted": range(40)}, [], ["already has a column 'kind_predicted'"]),
        ({"kind_probability": range(40)}, [], ["already has a column 'kind_probability'"]),
        ({"x": None, "y": None}, [], ["no column is left"]),
        ({}, ["--components", "30", "--quiet"], ["components"]),
    ],
)
def test_an_unusable_table_is_refused_in_one_line_and_nothing_is_written(tmp_path, out, changes, options, parts):
    source = write_csv(tmp_path / "in.csv", **changes)
    target = [] if "--target" in options else ["--target", "kind"]
    one_line(run("label", source, *target, "--out", out, *options), *parts)
    assert os.listdir(tmp_path) == ["in.csv"]


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"", ["is empty"]),
        (b"\n\n", ["is empty"]),
        (b"x,y,kind\n", ["has no rows"]),
        (b"x,y,kind\n1,2,a\n3,4\n", ["line 3 has 2 cells and the first line has 3"]),
        (b"x,y,kind\n1,2,a,\n", ["line 2 has 4 cells"]),
        (b"x,y,kind\n1,2,a\n\n3,4,b\n", ["line 3 is blank"]),
        (b"x,x,kind\n1,2,a\n", ["more than one column of the name 'x'"]),
        (b"x,y,kind\n1,2,\xff\n", ["UTF-8"]),
        (b'x,y,kind\n1,2,"a\n3,4,b\n', ["cannot read"]),
        (b'x,y,kind\n1,2,"a"b\n3,4,b\n', ["cannot read"]),
    ],
)
def test_a_malformed_csv_file_is_refused_in_one_line(tmp_path, out, content, parts):
    source = tmp_path / "in.csv"
    source.write_bytes(content)
    one_line(run("label", source, "-t", "kind", "-o", out), *parts)
    assert not out.exists()


@pytest.mark.parametrize("content", [b"", b"PAR1", b"hello, I am text", b"PAR1" + bytes(64) + b"PAR1"])
def test_a_malformed_parquet_file_is_refused_in_one_line(tmp_path, out, content):
    source = tmp_path / "in.parquet"
    source.write_bytes(content)
    one_line(run("label", source, "-t", "kind", "-o", out), "cannot read", "in.parquet")


@pytest.mark.parametrize(
    ("labels", "dtype", "parts"),
    [
        ((0.5, 1.5), pl.Float64, ["not whole"]),
        ((datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)), pl.Date, ["type Date"]),
        ((None, None), pl.Null, ["no row of 'kind' has a label"]),
        ((float("nan"), float("nan")), pl.Float64, ["no row of 'kind' has a label"]),
    ],
)
def test_a_parquet_target_that_holds_no_classes_is_refused(tmp_path, out, labels, dtype, parts):
    source, _ = parquet_of(tmp_path / "in.parquet", labels, dtype)
    one_line(run("label", source, "-t", "kind", "-o", out), *parts)


@pytest.mark.parametrize(
    ("cells", "parts"),
    [
        ([None] * 40, ["'extra' is blank in every row"]),
        ([datetime.date(2020, 1, 1)] * 40, ["'extra' is not numeric", "Date"]),
        (pl.Series(["a"] * 40, dtype=pl.Categorical), ["'extra' is not numeric"]),
        ([[1]] * 40, ["'extra'"]),
    ],
    ids=["all null", "date", "categorical", "list"],
)
def test_a_parquet_column_without_numbers_is_refused(tmp_path, out, cells, parts):
    source, _ = parquet_of(tmp_path / "in.parquet", ("cat", "dog"), pl.String, extra=cells)
    one_line(run("label", source, "-t", "kind", "-o", out), *parts)


def test_a_missing_table_a_directory_and_an_unknown_extension_are_refused(tmp_path, out):
    one_line(run("label", tmp_path / "none.csv", "-t", "kind", "-o", out), "there is no file", "none.csv")
    (tmp_path / "folder.csv").mkdir()
    one_line(run("label", tmp_path / "folder.csv", "-t", "kind", "-o", out), "is a directory")
    one_line(run("label", tmp_path / f"{'n' * 300}.csv", "-t", "kind", "-o", out), "too long")
    one_line(run("label", tmp_path / "in.docx", "-t", "kind", "-o", out), ".csv, .tsv, .parquet")


def test_an_unusable_output_is_refused_before_the_table_is_read(csv_file, tmp_path, monkeypatch):
    monkeypatch.setattr(inputs, "read_labelled", lambda *_: pytest.fail("read the table"))
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "link.csv").symlink_to(csv_file)
    (tmp_path / "twin.csv").hardlink_to(csv_file)
    before = csv_file.read_bytes()
    for name, part in {
        "absent/out.csv": "there is no directory",
        "in.csv/out.csv": "there is no directory",
        "folder.csv": "is a directory",
        "out.json": ".csv, .tsv, .parquet",
        "out": ".csv, .tsv, .parquet",
        "in.csv": "is the table that is read",
        "link.csv": "is the table that is read",
        "twin.csv": "is the table that is read",
    }.items():
        one_line(run("label", csv_file, "-t", "kind", "-o", tmp_path / name), part)
    assert csv_file.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["folder.csv", "in.csv", "link.csv", "twin.csv"]


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs a directory where nobody can write")
def test_a_directory_that_cannot_be_written_is_refused(csv_file):
    one_line(run("label", csv_file, "-t", "kind", "-o", "/proc/self/out.csv"), "cannot write /proc/self/out.csv")


def test_lists_do_not_go_into_a_text_file(tmp_path, out):
    source, _ = parquet_of(tmp_path / "in.parquet", ("cat", "dog"), pl.String, extra=[[1]] * 40)
    one_line(run("label", source, "-t", "kind", "-o", out, "-i", "extra"), "'extra'", ".parquet")
