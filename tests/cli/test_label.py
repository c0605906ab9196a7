"""`semigen label`: labels, probabilities, the columns that are kept, and the messages."""

import csv
import datetime

import numpy as np
import polars as pl
import pytest

import semigen
from semigen.cli import learning
from tests.cli.commands import parquet_of, run, two_clouds, write_csv


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
    assert "check first the given labels that look wrong: row 1 (1 in all; another class" in result.stderr


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

    monkeypatch.setattr(learning, "SemiSupervisedGMM", Spy)
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
