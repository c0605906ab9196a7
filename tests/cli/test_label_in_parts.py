"""`semigen label` on tables that are read in parts: as in memory where the sample holds all rows, and whole or not."""

import errno
import io
import os
import re

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from semigen.cli import label_in_parts as module
from semigen.cli import measured_label_curve
from semigen.cli.console import Console
from semigen.cli.mixture_in_parts import NumbersOnDisk
from semigen.cli.refusal import CommandError
from semigen.tables import chunks, records, sample
from tests.cli.commands import one_line, parquet_of, run, two_clouds, write_csv
from tests.cli.fruit import auto


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    monkeypatch.setattr(records, "BLOCK", 200)
    monkeypatch.setattr(chunks, "CELLS", 30)


def both(tmp_path, source, *options, suffix=".csv"):
    """What the command writes from a table in memory and from its parts, and what it says of the latter."""
    written = []
    for how in ("--in-memory", "--in-parts"):
        out = tmp_path / f"out{how}{suffix}"
        result = run("label", source, "-t", "kind", "-o", out, how, *options)
        assert result.exit_code == 0, result.output
        written.append(
            pl.read_parquet(out) if suffix == ".parquet" else pl.read_csv(out, schema_overrides={"x": pl.String})
        )
        said = result.stderr
    return *written, said


def clouds(n=300, gaps=False):
    x, given, _ = two_clouds(n, each=6, blank="")
    x -= 5.5 * (np.arange(n) % 2)[:, None]
    columns = {"x": [f"{v:.6f}" for v in x[:, 0]], "y": [f"{v:.6f}" for v in x[:, 1]], "kind": given}
    if gaps:
        columns["x"][5::7] = [""] * len(columns["x"][5::7])
    return columns


@pytest.mark.parametrize("options", [(), ("-k", "2"), ("-c", "diag", "-w", "0.5"), ("gaps",)])
def test_a_mixture_gives_the_answers_of_the_one_in_memory(options, tmp_path):
    source = write_csv(tmp_path / "in.csv", **clouds(gaps="gaps" in options))
    whole, parts, _ = both(tmp_path, source, *(each for each in options if each != "gaps"))
    assert_frame_equal(whole, parts, rel_tol=0, abs_tol=1e-8)
    assert whole["kind_probability"].is_between(0.5, 1 - 1e-4).any()


def test_a_mixture_learns_from_rows_that_the_sample_lacks(tmp_path, monkeypatch):
    monkeypatch.setattr(sample, "MOST_OTHERS", 20)
    source = write_csv(tmp_path / "in.csv", **clouds())
    whole, parts, said = both(tmp_path, source)
    assert_frame_equal(whole, parts, rel_tol=0, abs_tol=1e-8)
    assert "what its columns hold is told by all 12 labelled rows, and 20 of the 288 others drawn at" in said
    assert "the mixture learns from all rows" in said


def test_a_candidate_that_has_seen_all_rows_gives_the_answers_of_the_one_in_memory(tmp_path, table):
    outs = [table.with_name(f"{how}.csv") for how in ("memory", "parts")]
    for out, how in zip(outs, ("--in-memory", "--in-parts"), strict=True):
        result = run("label", table, "-t", "kind", "-i", "truth", "-o", out, "-m", "LDA", how)
        assert result.exit_code == 0, result.output
    assert outs[0].read_bytes() == outs[1].read_bytes()
    assert "the classifier has learnt from that sample alone" in result.stderr


@pytest.mark.usefixtures("quick")
def test_the_best_classifier_of_a_sample_labels_all_rows_and_the_report_shows_the_rows_to_check(table, monkeypatch):
    monkeypatch.setattr(sample, "MOST_OTHERS", 40)
    monkeypatch.setattr(measured_label_curve, "PATIENCE", 0.0)
    out, page = table.with_name("out.csv"), table.with_name("page.html")
    result = auto(table, out, "--in-parts", "--report", page)
    assert result.exit_code == 0, result.output
    written = pl.read_csv(out)
    assert (written["kind_predicted"] == written["truth"]).mean() > 0.9
    html = page.read_text(encoding="utf-8")
    assert "180 predicted labels" in result.stderr
    assert "40 of the 180 others drawn at random" in html
    rows = re.search(r"least sure: rows ([\d, ]+) \(", result.stderr)[1].split(", ")
    assert all(f"F-{int(row) - 1:04d}" in html for row in rows)


def test_a_mixture_that_is_chosen_by_a_sample_learns_from_all_rows(table, monkeypatch):
    """Of columns with gaps, dates and categories, as numbers; it starts where the sample has ended."""
    options = ["-t", "kind", "-i", "truth", "-m", "mixture of encoded columns", "-q"]
    outs = [table.with_name(f"{name}.csv") for name in ("memory", "parts", "sampled")]
    assert run("label", table, *options, "-o", outs[0]).exit_code == 0
    assert run("label", table, *options, "-o", outs[1], "--in-parts").exit_code == 0
    monkeypatch.setattr(sample, "MOST_OTHERS", 100)
    result = run("label", table, *options[:-1], "-o", outs[2], "--in-parts")
    assert result.exit_code == 0, result.output
    assert "the mixture learns from all rows, the unlabelled ones counting together what they did in" in result.stderr
    memory, parts, sampled = (pl.read_csv(out) for out in outs)
    # The sample that holds all rows has settled to the tolerance of the fit, from where the parts go on.
    assert_frame_equal(memory, parts, rel_tol=0, abs_tol=1e-2)
    assert (sampled["kind_predicted"] == sampled["truth"]).mean() > 0.9


def test_the_summary_counts_all_rows_and_names_them_by_their_numbers_in_the_file(tmp_path):
    columns = clouds()
    columns["kind"][4] = "dog"
    source = write_csv(tmp_path / "in.csv", **columns)
    said = {}
    for how in ("--in-memory", "--in-parts"):
        result = run("label", source, "-t", "kind", "-o", tmp_path / "out.csv", how)
        said[how] = [line for line in result.stderr.splitlines() if re.search("predicted:|check|labelled:", line)]
    assert said["--in-memory"] == said["--in-parts"]
    assert "row 5 (1 in all" in " ".join(said["--in-parts"])


def test_a_class_that_the_last_part_alone_has_is_predicted(tmp_path):
    x, given, _ = two_clouds(300, blank="")
    x = np.concatenate([x, np.random.default_rng(1).normal(size=(30, 2)) - 20])
    given += ["fish"] * 3 + [""] * 27
    source = write_csv(tmp_path / "in.csv", x=x[:, 0].round(6), y=x[:, 1].round(6), kind=given)
    _, parts, _ = both(tmp_path, source)
    assert (parts["kind_predicted"][-30:] == "fish").all()


@pytest.mark.parametrize("model", ["mixture", "LDA"])
def test_words_and_values_that_the_sample_lacks_are_told_of_once_with_their_number(model, tmp_path, monkeypatch):
    monkeypatch.setattr(sample, "MOST_OTHERS", 20)
    x, given, _ = two_clouds(300, each=20, blank="")
    words = [f"{v:.6f}" for v in x[:, 0]]
    colours = np.where(np.arange(300) % 4 < 2, "red", "blue").astype(object)
    for first in (60, 240):
        words[first : first + 6] = ["unknown thing"] * 6
        colours[first : first + 6] = "green"
    seeds = {"--seed": next(str(s) for s in range(99) if not drawn(words, given, colours, s, tmp_path))}
    columns = {"x": words, "y": x[:, 1].round(6), "kind": given}
    source = write_csv(tmp_path / "in.csv", **columns, colour=None if model == "mixture" else colours)
    result = run("label", source, "-t", "kind", "-o", tmp_path / "o.csv", "-m", model, "--in-parts", *seeds.popitem())
    assert result.exit_code == 0, result.output
    told = [line for line in result.stderr.splitlines() if "in training" in line or "training did not see" in line]
    assert "held numbers in training; 12 cells do not fit and count as blank: 'unknown thing'" in told[0]
    assert ("'x' had a value in every row of training; 12 cells have none" in result.stderr) is (model == "LDA")
    assert len(told) == (1 if model == "mixture" else 2)
    if model != "mixture":
        assert "'colour': 12 rows have a value that training did not see, 'green'" in told[1]


def drawn(words, given, colours, seed, tmp_path):
    """Whether the sample has one of the rows that do not fit."""
    source = write_csv(tmp_path / "drawn.csv", x=words, y=colours, kind=given)
    table = chunks.open_table(source)
    found = sample.sample_labelled(table, table, "kind", module.LabelOptions().reading, seed, print)
    return "unknown thing" in found.table["x"].to_list()


def test_a_part_of_dates_only_among_words_is_not_read_as_numbers(tmp_path):
    x, given, _ = two_clouds(300, blank="")
    cells = [f"{v:.3f}" for v in x[:, 0]]
    cells[100:200] = ["2026-01-31"] * 100
    source = write_csv(tmp_path / "in.csv", x=cells, y=x[:, 1].round(6), kind=given)
    whole, parts, said = both(tmp_path, source)
    assert_frame_equal(whole, parts, rel_tol=0, abs_tol=1e-8)
    assert "100 cells" in said


def test_types_of_a_parquet_file_are_kept(tmp_path):
    moments = pl.Series(np.arange(40), dtype=pl.Int64).cast(pl.Datetime("us"))
    more = {"note": [["a"]] * 40, "when": moments, "z": pl.Series(range(40), dtype=pl.Int8)}
    source, truth = parquet_of(tmp_path / "in.parquet", (7, 8), pl.Int16, **more)
    whole, parts, _ = both(tmp_path, source, "-i", "note", "-i", "z", suffix=".parquet")
    assert whole.schema == parts.schema
    assert_frame_equal(whole, parts, rel_tol=0, abs_tol=1e-8)
    assert parts["kind_predicted"].to_list() == truth


def test_a_table_is_read_in_parts_from_its_size_on(tmp_path, csv_file, out, monkeypatch):
    assert "in parts" not in run("label", csv_file, "-t", "kind", "-o", out).stderr
    monkeypatch.setattr(chunks, "IN_MEMORY", 100)
    assert "in parts" in run("label", csv_file, "-t", "kind", "-o", out).stderr
    assert "in parts" not in run("label", csv_file, "-t", "kind", "-o", out, "--in-memory").stderr


@pytest.mark.parametrize("model", ["mixture", "LDA"])
def test_nothing_is_left_where_a_late_row_cannot_be_learnt_from(model, tmp_path, out, monkeypatch):
    monkeypatch.setattr(sample, "MOST_OTHERS", 20)
    columns = clouds()
    columns["x"][299] = "inf"
    source = write_csv(tmp_path / "in.csv", **columns)
    out.write_text("old")
    result = run("label", source, "-t", "kind", "-o", out, "-m", model, "--in-parts")
    assert result.exit_code == 1
    assert re.search(r"error: rows 29\d to 300: cells are infinite: 1 in 'x'", result.stderr)
    assert sorted(os.listdir(tmp_path)) == ["in.csv", "out.csv"]
    assert out.read_text() == "old"


@pytest.mark.parametrize("model", ["mixture", "LDA"])
def test_control_c_in_the_middle_leaves_nothing(model, csv_file, tmp_path, out, monkeypatch):
    answers_of, times = module.answers_of, []

    def interrupted(*given):
        times.append(1)
        if len(times) == 3:
            raise KeyboardInterrupt
        return answers_of(*given)

    monkeypatch.setattr(module, "answers_of", interrupted)
    result = run("label", csv_file, "-t", "kind", "-o", out, "-m", model, "--in-parts")
    assert result.exit_code == 130
    assert "interrupted" in result.stderr
    assert os.listdir(tmp_path) == ["in.csv"]


def test_a_table_that_grows_while_it_is_labelled_is_refused(csv_file, tmp_path, out, monkeypatch):
    learn_in_parts = module.learn_in_parts

    def grown(*given):
        learnt = learn_in_parts(*given)
        with csv_file.open("a") as file:
            file.write("1,2,\n" * 50)
        return learnt

    monkeypatch.setattr(module, "learn_in_parts", grown)
    result = run("label", csv_file, "-t", "kind", "-o", out, "--in-parts")
    assert result.exit_code == 1
    assert f"{csv_file} has changed while it was read" in result.stderr
    assert os.listdir(tmp_path) == ["in.csv"]


def test_what_cannot_be_labelled_is_refused_as_in_memory(tmp_path, out):
    x, given, truth = two_clouds()
    cut = tmp_path / "cut.parquet"
    pl.DataFrame({"x": x[:, 0], "kind": given}).write_parquet(cut)
    cut.write_bytes(cut.read_bytes()[:-20])
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "rows.csv").write_text("x,kind\n")
    for source, part in [
        (write_csv(tmp_path / "blank.csv", kind=[""] * 40), "no row of 'kind' has a label"),
        (write_csv(tmp_path / "full.csv", kind=truth), "every row of 'kind' has a label"),
        (write_csv(tmp_path / "taken.csv", kind_predicted=truth), "the table already has a column"),
        (write_csv(tmp_path / "other.csv", kind=None), "there is no column 'kind'"),
        (write_csv(tmp_path / "words.csv", x=truth), "is not numeric but categories"),
        (tmp_path / "empty.csv", "is empty"),
        (tmp_path / "rows.csv", "has no rows"),
        (tmp_path / "absent.csv", "there is no file"),
        (cut, "cannot read"),
        (tmp_path / "sheet.xlsx", "must end in one of"),
    ]:
        one_line(run("label", source, "-t", "kind", "-o", out, "--in-parts"), part)
        assert not out.exists()


@pytest.mark.usefixtures("quick")
def test_recommend_compares_on_a_sample_says_so_and_numbers_rows_as_the_file_does(table, monkeypatch):
    monkeypatch.setattr(sample, "MOST_OTHERS", 40)
    result = run("recommend", table, "-t", "kind", "-i", "truth", "--in-parts", "-b", "60")
    assert result.exit_code == 0, result.output
    assert "all 60 labelled rows, and 40 of the 180 others drawn at random" in result.stderr
    assert "--in-parts" in result.stdout
    rows = re.search(r"least sure: rows ([\d,\s]+)\(", result.stdout)[1].split(",")
    assert max(map(int, rows)) > 100


def test_a_bar_of_rows_is_shown_on_a_terminal(csv_file, monkeypatch, capsys):
    monkeypatch.setattr(Console, "watched", True)
    rows = sum(chunk.frame.height for chunk in Console().watching(chunks.open_table(csv_file), "reading it"))
    assert rows == 40
    shown = capsys.readouterr().err
    assert "reading it: 100%" in shown
    assert "40.0/40.0" in shown
    monkeypatch.setattr(Console, "watched", False)
    assert len(list(Console().watching(chunks.open_table(csv_file), "reading it"))) > 3
    assert capsys.readouterr().err == ""


def test_a_disk_without_room_for_the_numbers_is_told_of():
    class Full(io.BytesIO):
        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    numbers = NumbersOnDisk(Full(), ["a"], 3)
    with pytest.raises(CommandError, match=r"numbers of the rows \(24 bytes each\).*No space left on device"):
        numbers.append(np.zeros((2, 3)), pl.Series(["a", None]))
