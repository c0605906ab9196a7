"""Files as people have them: separators, decimal signs, compression, spreadsheets, quotes, and what is said of each."""

from __future__ import annotations

import gzip
import shlex
import sys
import warnings
import zipfile

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semigen import read_table
from semigen.tables.errors import TableError
from semigen.tables.files import read_file
from tests.cli.commands import one_line, run

ROWS = [["x", "word", "kind"], ["1.5", "red", "a"], ["22.75", "green", "b"], ["3.25", "red", ""]]
FRAME = pl.DataFrame(ROWS[1:], schema=ROWS[0], orient="row").with_columns(pl.col("kind").replace("", None))


def text(separator: str, end: str = "\n") -> str:
    return "".join(separator.join(row) + end for row in ROWS)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", text(",")),
        ("t.csv", text(";")),
        ("t.csv", text("\t")),
        ("t.csv", text("|")),
        ("t.tsv", text("\t")),
        ("t.tsv", text(",")),
        ("t.csv", "sep=;\n" + text(";")),
        ("t.csv", "\ufeffsep=|\r\n" + text("|", "\r\n")),
        ("t.csv", text(",", "\r")),
        ("t.csv", text(",", "\r\n") + "\r\n\r\n"),
        ("t.csv", text(",").removesuffix("\n")),
    ],
)
def test_text_is_read_whatever_separates_cells_and_lines(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content.encode())
    assert read_file(path).frame.equals(FRAME)


def test_a_separator_that_is_not_the_usual_one_is_said(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(text(";"))
    assert read_file(path).remarks == ("cells are separated by semicolons",)
    assert read_file(path, separator=";").frame.equals(FRAME)


@pytest.mark.parametrize("name", ["t.csv.gz", "t.tsv.gz"])
def test_compressed_text_just_works(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(gzip.compress(text("," if "csv" in name else "\t").encode()))
    assert read_file(path).frame.equals(FRAME)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(TableError, match="cut off"):
        read_file(path)


def test_compressed_text_is_known_by_what_it_holds_and_not_by_its_name(tmp_path):
    packed, unpacked = tmp_path / "t.csv", tmp_path / "t.csv.gz"
    packed.write_bytes(gzip.compress(text(",").encode()))
    unpacked.write_text(text(","))
    assert read_file(packed).frame.equals(read_file(unpacked).frame)
    assert read_file(packed).frame.equals(FRAME)


def test_a_separator_that_is_none_of_the_usual_ones_is_asked_for(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("size^kind\n1^a\n2^b\n3^\n")
    with pytest.raises(TableError, match=r"the only column is 'size\^kind'; say with --separator"):
        read_table(path, "kind")
    read_table(path, "kind", separator="^")


def test_a_decimal_comma_beside_semicolons_counts_for_all_columns(tmp_path):
    path = tmp_path / "t.csv"
    lines = [f"{i},5;1.{i * i % 900:03d};{i}.{i:03d};{'a' if i % 2 else 'b'}" for i in range(10, 60)]
    path.write_text("length;price;grams;kind\n" + "\n".join(lines))
    X, _ = read_table(path, "kind")
    assert X.row(0) == (10.5, 1100.0, 10010.0)


@pytest.mark.parametrize(("decimal", "expected"), [(".", 1234.0), (",", 1.234)])
def test_the_decimal_sign_can_be_said(tmp_path, decimal, expected):
    path = tmp_path / "t.csv"
    path.write_text('x,kind\n"1,234",a\n"2,500",b\n' * 1 + '"1,111",\n' * 9)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        X, _ = read_table(path, "kind", decimal=decimal)
    assert X["x"][0] == expected


def test_spreadsheets_are_read_or_the_way_out_is_said(tmp_path, monkeypatch):
    path = tmp_path / "t.xlsx"
    path.write_bytes(b"no spreadsheet")
    with pytest.raises(TableError, match="export it as CSV"):
        read_file(path)
    monkeypatch.setitem(sys.modules, "fastexcel", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(TableError, match=r"fastexcel reads: pip install .*export it .*CSV"):
        read_file(path)


def test_inch_marks_are_no_quotes(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('size,height,kind\n5",5\'11",a\n7",6\'2",b\n12",5\'9",\n')
    table = read_file(path).frame
    assert table["size"].to_list() == ['5"', '7"', '12"']
    assert table["height"].to_list() == ["5'11\"", "6'2\"", "5'9\""]


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ('x,y\n1,2\n3,"4\n5,6\n', ["line 3", "never closed", '""']),
        ('x,y\n1,2\n3,"4"5\n', ["line 3", "within a quoted cell"]),
        ("x,y\n1,2\n3,4,5\n", ["line 3 has 3 cells and the first line has 2", "'5'"]),
        ("# of March\nx,y\n1,2\n", ["line 2 has 2 cells", "first line must hold the names of the columns"]),
        ("x,y\n1,2\n\n3,4\n", ["line 3 is blank", "take it away"]),
        ("x,y\n1,2\n3\n", ["line 3 has 1 cell and"]),
        ('x,y\n"a,b",2\n3\n', ["line 3 has 1 cell and"]),
    ],
)
def test_an_error_names_the_line_the_cell_and_what_to_do(tmp_path, content, parts):
    path = tmp_path / "t.csv"
    path.write_text(content)
    with pytest.raises(TableError) as refused:
        read_file(path)
    for part in parts:
        assert part in str(refused.value)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=6), min_size=3, max_size=3),
        min_size=1,
        max_size=8,
    )
)
def test_what_pandas_writes_is_read_to_the_letter(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("any") / "t.csv"
    pd.DataFrame(rows, columns=["a", "b", "c"]).to_csv(path, index=False, quoting=1, lineterminator="\n")
    assert read_file(path, separator=",").frame.rows() == [tuple(row) for row in rows]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from(["1", "2.5", "007", "+3", "1e3", "n.d.", "", "0", "-4", "0.5"]), min_size=3, max_size=40)
)
def test_reading_fast_finds_what_reading_letters_finds(tmp_path_factory, cells):
    path = tmp_path_factory.mktemp("any") / "t.csv"
    kinds = ["a", "b"] * len(cells)
    pl.DataFrame({"x": cells, "z": np.arange(len(cells)) / 7, "kind": kinds[: len(cells)]}).write_csv(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fast, _ = read_table(path, "kind")
        exact, _ = read_table(path, "kind", decimal=".", separator=",")
        from semigen.tables.frames import declare_columns, typed_frame

        letters = read_file(path).frame
        slow = typed_frame(letters, *declare_columns(letters, ["x", "z"]))
    assert fast.equals(slow)
    assert exact.equals(slow)


# The command ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def measured(tmp_path):
    """A column that decides the class, of which every sixth cell says n.d.; 60 of 600 rows are labelled."""
    rng = np.random.default_rng(0)
    k = rng.integers(0, 2, 600)
    lab = [("n.d." if i % 6 == 0 else f"{value:.2f}") for i, value in enumerate(rng.normal(4.5 * k, 1))]
    table = pd.DataFrame({"lab": lab, "noise": rng.normal(size=600).round(3), "truth": np.array(["a", "b"])[k]})
    table["kind"] = np.where(np.arange(600) < 60, table["truth"], "")
    path = tmp_path / "t.csv"
    table.to_csv(path, index=False)
    return path, table


def right(table, predicted) -> float:
    """Share of right answers, in rows without a label that were measured."""
    rows = (table["kind"] == "") & (table["lab"] != "n.d.")
    return float((np.asarray(predicted)[rows] == table["truth"][rows]).mean())


@pytest.mark.parametrize("model", ["mixture", "auto"])
def test_a_column_with_words_for_gaps_decides_the_class_by_label(measured, model):
    path, table = measured
    out = path.with_name("out.csv")
    more = ["--model", "auto", "--budget", "2"] if model == "auto" else []
    result = run("label", path, "-t", "kind", "-i", "truth", "-o", out, *more)
    assert result.exit_code == 0, result.stderr
    assert "'lab' holds numbers (blank: 'n.d.')" in result.stderr
    assert right(table, pl.read_csv(out)["kind_predicted"]) >= 0.95


def test_a_column_with_words_for_gaps_decides_the_class_in_python(measured):
    from semigen import recommend

    path, table = measured
    X, y = read_table(path, "kind", ignore=["truth"])
    found = recommend(X, y, unlabeled=None, candidates=["LDA", "mixture"], budget=2, random_state=0)
    assert right(table, found.best_estimator_.predict(X)) >= 0.95
    raw = table[["lab", "noise"]]
    found = recommend(raw, table["kind"], unlabeled="", candidates=["LDA", "mixture"], budget=2, random_state=0)
    assert right(table, found.best_estimator_.predict(raw)) >= 0.95


def test_every_doubtful_column_stands_at_the_top_of_the_report(measured):
    path, table = measured
    table.assign(plz=["01067", "80331", "10115"] * 200, lab=table["lab"].replace("n.d.", "see note")).to_csv(
        path, index=False
    )
    page = path.with_name("page.html")
    result = run("recommend", path, "-t", "kind", "-i", "truth", "--budget", "2", "--report", page)
    assert result.exit_code == 0, result.stderr
    told = page.read_text(encoding="utf-8")
    top = told.partition("What to make of it")[0]
    for name in ("plz", "lab"):
        assert f"warning: The column {name!r}" in result.stderr
        assert f"The column &#x27;{name}&#x27;" in top or f"The column '{name}'" in top
    assert "how it was read" in told


def test_kinds_typed_at_the_command_overrule_and_are_repeated_in_what_it_prints(measured):
    path, _ = measured
    result = run("recommend", path, "-t", "kind", "-i", "truth", "--column", "lab=category", "--budget", "2")
    assert result.exit_code == 0, result.stderr
    words = shlex.split(result.stdout.split("To label the blank rows with it:")[1].strip().splitlines()[0])
    assert words[words.index("--column") + 1] == "lab=category"
    one_line(run("recommend", path, "-t", "kind", "--column", "lab=nmber"), "'lab'", "kinds are 'number'")
    one_line(run("recommend", path, "-t", "kind", "--column", "lap=number"), "did you mean 'lab'?")
    assert run("recommend", path, "-t", "kind", "--column", "lab").exit_code == 2


def test_columns_that_are_no_numbers_can_be_ignored_by_pasting_what_is_said(measured):
    path, table = measured
    more = {f"note {i}": ["red", "green", "blue"] * 200 for i in range(8)}
    table.assign(**more).to_csv(path, index=False)
    out = path.with_name("out.csv")
    arguments = ["label", path, "-t", "kind", "-i", "truth", "-o", out]
    refused = run(*arguments)
    assert refused.exit_code == 1
    words = shlex.split(refused.stderr[refused.stderr.index("--ignore") :].partition(",")[0])
    assert words.count("--ignore") == 8
    assert run(*arguments, *words).exit_code == 0


def spreadsheet(path, rows, sheets=("first",)):
    """A workbook as small as one can be: every cell a text or a number."""
    cells = "".join(
        "<row>"
        + "".join(
            f"<c><v>{cell}</v></c>" if isinstance(cell, float) else f'<c t="inlineStr"><is><t>{cell}</t></is></c>'
            for cell in row
        )
        + "</row>"
        for row in rows
    )
    space = "http://schemas.openxmlformats.org"
    main, relations = f"{space}/spreadsheetml/2006/main", f"{space}/officeDocument/2006/relationships"
    listed = "".join(f'<sheet name="{name}" sheetId="{i}" r:id="r{i}"/>' for i, name in enumerate(sheets, start=1))
    targets = "".join(
        f'<Relationship Id="r{i}" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/>'
        for i, _ in enumerate(sheets, start=1)
    )
    types = f"{space}/package/2006"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("[Content_Types].xml", f'<Types xmlns="{types}/content-types"/>')
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{types}/relationships"><Relationship Id="r1" Type="{relations}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{types}/relationships">{targets}</Relationships>'
        )
        book.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>{listed}</sheets></workbook>'
        )
        book.writestr(
            "xl/worksheets/sheet1.xml", f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>'
        )


def test_the_first_sheet_of_a_spreadsheet_is_the_table(tmp_path):
    path = tmp_path / "t.xlsx"
    rows = [["x", "lab", "kind"], *([i * 1.5, "n.d." if i % 9 == 0 else f"{i % 7},5", "ab"[i % 2]] for i in range(40))]
    spreadsheet(path, rows, ("data", "notes"))
    assert read_file(path).remarks == ("read the sheet 'data', the first of 2",)
    X, y = read_table(path, "kind")
    assert X.schema == {"x": pl.Float64, "lab": pl.Float64}
    assert X["lab"].to_list()[:3] == [None, 1.5, 2.5]
    assert y.tolist() == ["a", "b"] * 20
