"""`semigen label`: what it writes, that it changes nothing it was not asked to, and what it refuses."""

import csv
import datetime
import os
import resource
import signal
import stat
import subprocess
import sys
import time

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

import semigen
from semigen._files import replacing
from semigen.cli import label as label_module
from semigen.cli import table_input as inputs
from semigen.cli.application import application

COMMAND = [sys.executable, "-m", "semigen.cli"]


def run(*arguments):
    """Run the command; the plain mixture labels unless a test says otherwise, as to compare takes seconds."""
    typed = {"-m", "--model", "-h", "--help", "--report", "-r", "--budget", "-b", "--group", "-g"} & set(
        map(str, arguments)
    )
    if arguments[:1] == ("label",) and not typed:
        arguments = (*arguments, "--model", "mixture")
    return CliRunner().invoke(application, [str(argument) for argument in arguments])


def two_clouds(n=40, labels=("cat", "dog"), each=3, blank=None):
    """Columns x and y of two far apart clouds whose rows alternate, the labels of a few, and the truth."""
    generator = np.random.default_rng(0)
    truth = np.arange(n) % 2
    x = generator.normal(size=(n, 2)) + 8 * truth[:, None]
    given = [labels[k] if i < 2 * each else blank for i, k in enumerate(truth)]
    return x, given, [labels[k] for k in truth]


def write_csv(path, **changes):
    x, given, _ = two_clouds(blank="")
    columns = {"x": [f"{v:.6f}" for v in x[:, 0]], "y": [f"{v:.6f}" for v in x[:, 1]], "kind": given} | changes
    columns = {name: cells for name, cells in columns.items() if cells is not None}
    lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def parquet_of(path, labels, dtype, **more):
    x, given, truth = two_clouds(labels=labels)
    pl.DataFrame(
        {"x": x[:, 0], "y": x[:, 1], "kind": pl.Series(given, dtype=dtype)} | more, strict=False
    ).write_parquet(path)
    return path, truth


def one_line(result, *parts):
    """The refusal: exit code 1, nothing on standard output, one line on standard error with these parts."""
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    lines = [line for line in result.stderr.splitlines() if "warning:" not in line]
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("semigen: error: ")
    for part in parts:
        assert part in lines[0]


@pytest.fixture
def csv_file(tmp_path):
    return write_csv(tmp_path / "in.csv")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out.csv"


# Labels ---------------------------------------------------------------------------------------------------------------


def test_blank_rows_get_the_label_of_their_cloud_and_a_probability(csv_file, out):
    result = run("label", csv_file, "--target", "kind", "--out", out)
    assert result.exit_code == 0, result.stderr
    written = pl.read_csv(out)
    assert written["kind_predicted"].to_list() == two_clouds()[2]
    assert written["kind_probability"].is_between(0.5, 1.0).all()


def test_columns_rows_and_cells_of_a_csv_file_are_kept_to_the_letter(tmp_path, out):
    source = tmp_path / "in.csv"
    x, given, _ = two_clouds(blank="")
    lines = ['id,"a ""name"", quoted",x,kind,y,note,"two\nlines"']
    notes = ["", '""', " é "]
    lines += [
        f'{40 - i:05d},"cell, {i}",{x[i, 0]:.3f}0,{given[i]},{x[i, 1]:+.4e},{notes[i % 3]},"a\n{i}"' for i in range(40)
    ]
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ignored = ["id", 'a "name", quoted', "note", "two\nlines"]
    result = run("label", source, "-t", "kind", "-o", out, "-q", *(part for name in ignored for part in ("-i", name)))
    assert result.exit_code == 0, result.stderr
    records = {}
    for path in (source, out):
        with path.open(encoding="utf-8", newline="") as file:
            records[path] = list(csv.reader(file))
    assert [record[:-2] for record in records[out]] == records[source]
    # Blank with and without quotes: some programs tell them apart.
    written = out.read_text(encoding="utf-8")
    assert all(line in written for line in lines)


def test_row_order_is_kept(csv_file, out):
    assert run("label", csv_file, "-t", "kind", "-o", out).exit_code == 0
    before, after = (pl.read_csv(path, infer_schema=False) for path in (csv_file, out))
    assert after.select(before.columns).equals(before)


def test_given_labels_are_kept_and_a_wrong_one_has_a_low_probability(tmp_path, out):
    _, given, _ = two_clouds(each=8, blank="")
    given[0] = "dog"
    source = write_csv(tmp_path / "in.csv", kind=given)
    result = run("label", source, "-t", "kind", "-o", out)
    written = pl.read_csv(out)
    assert written["kind_predicted"][0] == "dog"
    assert written["kind_probability"][0] < 0.5
    assert "check the given label of row " in result.stderr


def test_a_class_called_minus_one_is_a_class_and_blank_means_unlabelled(tmp_path, out):
    _, given, truth = two_clouds(labels=("-1", "+1"), blank="  ")
    result = run("label", write_csv(tmp_path / "in.csv", kind=given), "-t", "kind", "-o", out)
    assert result.exit_code == 0
    assert "'-1' in 'kind' is taken for a class" in result.stderr
    assert pl.read_csv(out, infer_schema=False)["kind_predicted"].to_list() == truth


@pytest.mark.parametrize(
    ("labels", "dtype", "marker"),
    [
        (("cat", "dog"), pl.String, "?"),
        ((1, 2), pl.Int64, "-1"),
        ((1.0, 2.0), pl.Float64, "-1"),
    ],
)
def test_the_marker_means_unlabelled_besides_blanks(tmp_path, labels, dtype, marker):
    x, given, truth = two_clouds(labels=labels)
    given[20:30] = [marker if dtype == pl.String else dtype.to_python()(marker)] * 10
    source, result_file = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pl.DataFrame({"x": x[:, 0], "y": x[:, 1], "kind": pl.Series(given, dtype=dtype)}).write_parquet(source)
    result = run("label", source, "-t", "kind", "-o", result_file, f"--unlabeled={marker}")
    assert result.exit_code == 0, result.stderr
    assert pl.read_parquet(result_file)["kind_predicted"].to_list() == truth
    assert "warning" not in result.stderr


@pytest.mark.parametrize(
    ("labels", "dtype"),
    [
        (("cat", "dog"), pl.String),
        (("cat", "dog"), pl.Categorical),
        (("cat", "dog"), pl.Enum(["dog", "cat", "cow"])),
        ((7, -3), pl.Int8),
        ((2**63 + 4, 2**63 + 1), pl.UInt64),
        ((0.0, 1.0), pl.Float64),
        ((False, True), pl.Boolean),
    ],
    ids=str,
)
def test_predictions_of_a_parquet_file_have_the_type_of_the_target(tmp_path, labels, dtype):
    source, truth = parquet_of(tmp_path / "in.parquet", labels, dtype)
    result_file = tmp_path / "out.parquet"
    result = run("label", source, "-t", "kind", "-o", result_file)
    assert result.exit_code == 0, result.stderr
    written = pl.read_parquet(result_file)
    assert written.schema["kind_predicted"] == written.schema["kind"] == pl.read_parquet(source).schema["kind"]
    assert written["kind_predicted"].to_list() == truth


def test_other_columns_of_a_parquet_file_keep_their_types_and_values(tmp_path):
    extra = {
        "when": [datetime.datetime(2020, 1, 1 + i % 28, tzinfo=datetime.UTC) for i in range(40)],
        "tags": [["a"] * (i % 3) for i in range(40)],
        "byte": pl.Series(range(40), dtype=pl.Int8).reverse(),
        "flag": [i % 3 == 0 for i in range(40)],
    }
    source, _ = parquet_of(tmp_path / "in.parquet", ("cat", "dog"), pl.String, **extra)
    result_file = tmp_path / "out.parquet"
    result = run("label", source, "-t", "kind", "-o", result_file, "-i", "when", "-i", "tags", "-i", "byte")
    assert result.exit_code == 0, result.stderr
    before, after = pl.read_parquet(source), pl.read_parquet(result_file)
    assert after.columns == [*before.columns, "kind_predicted", "kind_probability"]
    assert after.select(before.columns).equals(before)
    assert after.select(before.columns).schema == before.schema


def test_true_and_false_count_as_one_and_zero(tmp_path):
    words = [("TRUE", "False")[i % 3 == 0] for i in range(40)]
    numbers = [("1", "0")[i % 3 == 0] for i in range(40)]
    probabilities = []
    for name, cells in (("words", words), ("numbers", numbers)):
        result_file = tmp_path / f"{name}-out.csv"
        source = write_csv(tmp_path / f"{name}.csv", flag=cells)
        assert run("label", source, "-t", "kind", "-o", result_file).exit_code == 0
        probabilities.append(pl.read_csv(result_file)["kind_probability"])
    assert probabilities[0].equals(probabilities[1])


@pytest.mark.parametrize("blank", [" ", "NA", "?", "nan"])
def test_a_blank_cell_is_left_out_of_its_row_s_density(tmp_path, out, blank):
    x, given, truth = two_clouds(blank="")
    cells = [f"{v:.6f}" for v in x[:, 1]]
    cells[::5] = [blank] * 8
    result = run("label", write_csv(tmp_path / "in.csv", y=cells), "-t", "kind", "-o", out)
    assert result.exit_code == 0, result.stderr
    written = pl.read_csv(out)
    assert written["kind_predicted"].to_list() == truth
    rows = np.where((np.arange(40) % 5 == 0)[:, None] & [False, True], np.nan, x.round(6))
    model = semigen.SemiSupervisedGMM(missing="marginal", unlabeled="").fit(rows, given)
    np.testing.assert_allclose(written["kind_probability"][20:], model.predict_proba(rows)[20:].max(axis=1), rtol=1e-6)


@pytest.mark.parametrize(
    "cells", [[None] + [1, 2] * 19 + [1], [float("nan")] + [1.0, 2.0] * 19 + [1.0]], ids=["null", "nan"]
)
def test_a_null_and_a_nan_of_a_parquet_file_are_blank(tmp_path, cells):
    source, truth = parquet_of(tmp_path / "in.parquet", ("cat", "dog"), pl.String, extra=cells)
    result_file = tmp_path / "out.parquet"
    assert run("label", source, "-t", "kind", "-o", result_file).exit_code == 0
    assert pl.read_parquet(result_file)["kind_predicted"].to_list() == truth


def test_predictions_do_not_depend_on_an_ignored_column(tmp_path):
    plain, noisy = write_csv(tmp_path / "a.csv"), write_csv(tmp_path / "b.csv", junk=[i * i for i in range(40)])
    first, second = tmp_path / "1.csv", tmp_path / "2.csv"
    assert run("label", plain, "-t", "kind", "-o", first).exit_code == 0
    assert run("label", noisy, "-t", "kind", "-o", second, "--ignore", "junk").exit_code == 0
    assert pl.read_csv(first)["kind_probability"].equals(pl.read_csv(second)["kind_probability"])


@pytest.mark.parametrize("suffix", [".tsv", ".parquet", ".CSV"])
def test_the_extension_of_the_output_says_its_format(csv_file, tmp_path, suffix):
    result_file = tmp_path / f"result{suffix}"
    assert run("label", csv_file, "-t", "kind", "-o", result_file).exit_code == 0
    if suffix == ".parquet":
        written = pl.read_parquet(result_file)
    else:
        written = pl.read_csv(result_file, separator="\t" if suffix == ".tsv" else ",")
    assert written["kind_predicted"].to_list() == two_clouds()[2]


def test_byte_order_mark_windows_line_ends_and_blank_last_lines_are_no_matter(csv_file, tmp_path, out):
    odd = tmp_path / "windows.csv"
    odd.write_bytes(b"\xef\xbb\xbf" + csv_file.read_bytes().replace(b"\n", b"\r\n") + b"\r\n\r\n")
    other = tmp_path / "other.csv"
    assert run("label", csv_file, "-t", "kind", "-o", out).exit_code == 0
    assert run("label", odd, "-t", "kind", "-o", other).exit_code == 0
    assert other.read_bytes() == out.read_bytes()


def test_a_name_with_wildcards_is_a_name(tmp_path, out):
    write_csv(tmp_path / "ab.csv", kind=[""] * 40)
    source = write_csv(tmp_path / "a[b]*.csv")
    assert run("label", source, "-t", "kind", "-o", out).exit_code == 0


def test_a_directory_like_key_equals_value_adds_no_column(tmp_path):
    (tmp_path / "year=2020").mkdir()
    source, _ = parquet_of(tmp_path / "year=2020" / "in.parquet", ("cat", "dog"), pl.String)
    result_file = tmp_path / "out.parquet"
    assert run("label", source, "-t", "kind", "-o", result_file).exit_code == 0
    assert "year" not in pl.read_parquet(result_file).columns


def test_options_reach_the_model(csv_file, out, monkeypatch):
    seen = {}

    class Spy(semigen.SemiSupervisedGMM):
        def fit(self, X, y):
            seen.update(self.get_params())
            return super().fit(X, y)

    monkeypatch.setattr(label_module, "SemiSupervisedGMM", Spy)
    options = [
        "--covariance",
        "diag",
        "--components",
        "2",
        "--unlabeled-weight",
        "0.25",
        "--seed",
        "5",
        "--max-iterations",
        "77",
    ]
    assert run("label", csv_file, "-t", "kind", "-o", out, *options).exit_code == 0
    wanted = {"covariance_type": "diag", "n_components": 2, "unlabeled_weight": 0.25, "random_state": 5, "max_iter": 77}
    assert wanted.items() <= seen.items()


# What is said ---------------------------------------------------------------------------------------------------------


def test_the_summary_goes_to_standard_error_with_rows_and_classes(csv_file, out):
    result = run("label", csv_file, "-t", "kind", "-o", out)
    assert result.stdout == ""
    assert "40 rows" in result.stderr
    assert "labelled: 6 rows (cat 3, dog 3); unlabelled: 34 rows" in result.stderr
    assert "predicted: 34 rows (cat 17, dog 17); 0 with a probability below 0.9" in result.stderr


def test_quiet_says_nothing_when_all_is_well(csv_file, out):
    result = run("label", csv_file, "-t", "kind", "-o", out, "--quiet")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("changes", "options", "warning"),
    [
        ({"same": [3] * 40}, [], "the column 'same' has the same value in every row"),
        ({"number": range(40)}, [], "the column 'number' numbers the rows"),
        ({"": range(40)}, [], "the column '' looks like an index and is not used"),
        ({}, ["--max-iterations", "1"], "raise --max-iterations"),
        ({}, ["--unlabeled", "?"], "no row of 'kind' says '?'"),
    ],
)
def test_what_may_spoil_the_result_is_a_warning_of_one_line_even_when_quiet(tmp_path, out, changes, options, warning):
    if "--max-iterations" in options:
        generator = np.random.default_rng(1)
        changes = {name: generator.normal(size=40) for name in "xy"}
    result = run("label", write_csv(tmp_path / "in.csv", **changes), "-t", "kind", "-o", out, "-q", *options)
    assert result.exit_code == 0
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("semigen: warning: ")
    assert warning in result.stderr
    assert out.exists()


# Refusals -------------------------------------------------------------------------------------------------------------


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


# Whole or not at all --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_a_failure_while_writing_leaves_the_old_file_and_no_other(csv_file, tmp_path, monkeypatch, failure, name):
    result_file = tmp_path / name
    result_file.write_text("old")

    def fail(self, file, **_):
        file.write(b"half of it")
        raise failure

    monkeypatch.setattr(pl.DataFrame, "write_csv", fail)
    monkeypatch.setattr(pl.DataFrame, "write_parquet", fail)
    result = run("label", csv_file, "-t", "kind", "-o", result_file, "-q")
    if isinstance(failure, OSError):
        one_line(result, "No space left on device")
    else:
        assert result.exit_code == 130
    assert result_file.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["in.csv", name]


def test_an_existing_file_is_replaced_and_keeps_its_permissions(csv_file, out):
    out.write_text("old")
    out.chmod(0o640)
    assert run("label", csv_file, "-t", "kind", "-o", out).exit_code == 0
    assert "kind_predicted" in out.read_text()
    assert stat.S_IMODE(out.stat().st_mode) == 0o640


def test_a_new_file_follows_the_umask(csv_file, out):
    before = os.umask(0o027)
    try:
        assert run("label", csv_file, "-t", "kind", "-o", out).exit_code == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE(out.stat().st_mode) == 0o640


def test_a_link_stays_a_link(csv_file, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    real, link = tmp_path / "elsewhere" / "real.csv", tmp_path / "link.csv"
    link.symlink_to(real)
    assert run("label", csv_file, "-t", "kind", "-o", link).exit_code == 0
    assert link.is_symlink()
    assert "kind_predicted" in real.read_text()


def test_what_is_being_written_is_not_yet_under_the_name(tmp_path):
    path = tmp_path / "file"
    with replacing(path) as file:
        file.write(b"x")
        assert not path.exists()
    assert path.read_bytes() == b"x"


# Real processes -------------------------------------------------------------------------------------------------------


def test_exit_codes_of_the_real_command(csv_file, tmp_path, out):
    def code(*arguments):
        finished = subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False)
        assert "Traceback" not in finished.stderr
        return finished.returncode

    assert code("label", csv_file, "-t", "kind", "-o", out, "-m", "mixture") == 0
    assert code("label", tmp_path / "none.csv", "-t", "kind", "-o", out) == 1
    assert code("label", csv_file, "-o", out) == 2


def test_a_disk_that_fills_up_leaves_nothing(tmp_path, out):
    n = 2000
    columns = {name: two_clouds(n, blank="")[0][:, 0] for name in "xy"}
    columns["y"] = columns["y"] + np.random.default_rng(3).normal(size=n)
    source = write_csv(tmp_path / "in.csv", **columns, kind=two_clouds(n, blank="")[1])
    finished = subprocess.run(
        [*COMMAND, "label", source, "-m", "mixture", "-t", "kind", "-o", out, "-q"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384)),
    )
    assert finished.returncode == 1
    assert finished.stderr.startswith("semigen: error: cannot write")
    assert finished.stderr.count("\n") == 1
    assert os.listdir(tmp_path) == ["in.csv"]


def test_control_c_exits_with_130_and_leaves_nothing(csv_file, tmp_path, out):
    script = (
        "import sys, time\n"
        "from semigen.cli import table_input as inputs\n"
        "def slow(*_):\n"
        "    print('reading', flush=True)\n"
        "    time.sleep(60)\n"
        "inputs.read_labelled = slow\n"
        "from semigen.cli import main\n"
        "main()\n"
    )
    arguments = ["label", str(csv_file), "-m", "mixture", "-t", "kind", "-o", str(out)]
    with subprocess.Popen(
        [sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "reading\n"
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert os.listdir(tmp_path) == ["in.csv"]


@pytest.mark.parametrize("closing", ["2>&-", "2>/dev/full", "2> >(true)"])
def test_a_job_does_not_fail_because_nobody_reads_its_progress(csv_file, out, closing):
    command = " ".join([*COMMAND, "label", str(csv_file), "-m", "mixture", "-t", "kind", "-o", str(out), closing])
    assert subprocess.run(["bash", "-c", command], stdin=subprocess.DEVNULL).returncode == 0
    assert out.exists()


def test_a_name_that_is_no_text_is_a_name(csv_file, tmp_path):
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/b\xff.csv")
    os.rename(csv_file, odd)
    target = tmp_path / "out.csv"
    result = subprocess.run(
        [*COMMAND, "label", odd, "-m", "mixture", "-t", "kind", "-o", str(target)], capture_output=True
    )
    assert result.returncode == 0, result.stderr
    assert target.exists()


def test_classes_that_differ_by_spaces_or_case_only_are_pointed_out(tmp_path, out):
    table = write_csv(tmp_path / "t.csv", kind=["cat", " Cat", "dog", "dog", *[""] * 36])
    result = run("label", table, "-t", "kind", "-o", out)
    assert result.exit_code == 0
    assert "look alike" in result.stderr


class TestSuspectFits:
    """Signs that the fit is wrong are told once, in a sentence with the names of the table, and --strict heeds them."""

    def wild(self, tmp_path):
        x, _, _ = two_clouds()
        return write_csv(tmp_path / "wild.csv", x=["1e6" if i == 20 else f"{v:.6f}" for i, v in enumerate(x[:, 0])])

    def test_the_summary_names_the_column_and_the_remedy(self, tmp_path, out):
        result = run("label", self.wild(tmp_path), "-t", "kind", "-o", out)
        assert result.exit_code == 0, result.stderr
        assert result.stderr.count("This fit may be wrong") == 1
        assert "one cell of column 'x' (such as 1e+06)" in result.stderr
        assert "correct or leave out column 'x'" in result.stderr

    def test_strict_writes_the_labels_and_exits_with_a_code_of_its_own(self, tmp_path, out, csv_file):
        assert run("label", self.wild(tmp_path), "-t", "kind", "-o", out, "--strict", "--quiet").exit_code == 3
        assert out.exists()
        assert run("label", csv_file, "-t", "kind", "-o", out, "--strict").exit_code == 0

    def test_another_model_is_examined_as_well(self, tmp_path, out):
        options = ("-t", "kind", "-o", out, "--strict", "--model", "mixture of encoded columns")
        result = run("label", self.wild(tmp_path), *options)
        assert result.exit_code == 3, result.stderr
        assert result.stderr.count("This fit may be wrong") == 1
