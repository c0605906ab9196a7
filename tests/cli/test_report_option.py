"""`--report` of `label` and `recommend`: the page about a table, and pages that cannot be written or drawn."""

from __future__ import annotations

import os
import re
import warnings
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from semigen.cli import report_contents as contents
from semigen.model_selection.label_curves import LabelCurve
from semigen.report.pictures import errors_by_labels
from semigen.tables.frames import declare_columns, typed_frame
from tests.cli.commands import one_line, run
from tests.cli.fruit import KINDS, auto, fruit


@pytest.mark.usefixtures("quick")
def test_the_report_of_a_table_tells_of_that_table(table):
    page = table.with_name("page.html")
    result = run("recommend", table, "-t", "kind", "-i", "truth", "--budget", "3", "--report", page)
    assert result.exit_code == 0, result.stderr
    text = page.read_text(encoding="utf-8")
    decision, *details = [" ".join(line.split()) for line in re.split(r"\n(?! )", result.stdout.split("\n\n")[0])]
    shown = " ".join(text.split())
    assert decision in shown
    assert " ".join(details) in shown
    for piece in (
        "fruit.csv",
        "240",
        "“kind”",
        "F-0",
        "farm: it has the same value in every row",
        "How far to believe",
    ):
        assert piece in text
    assert text.count("<img") >= 3
    assert "Rows worth labelling next" in text
    asked = [int(row) for row in text.split('href="#questions">')[1].split("<")[0].split(", ")]
    assert all(60 < row <= 240 for row in asked)
    # Rows are counted from 1, and names of fruit from 0.
    named = re.findall(
        r'<td class="number">(\d+)</td><td>[^<]*</td><td>the classifier is unsure</td><td>F-(\d+)</td>', text
    )
    assert [int(row) for row, _ in named[:5]] == asked
    assert all(int(row) == int(name) + 1 for row, name in named)


def frame_read(path, ignored):
    """The columns as the command sees them."""
    given = pl.read_csv(path, infer_schema=False)
    names = [name for name in given.columns if name not in [*ignored, "kind"]]
    return typed_frame(given, *declare_columns(given, names))


@pytest.mark.usefixtures("quick")
def test_the_python_lines_of_the_report_make_the_same_recommendation(table, monkeypatch, tmp_path):
    from html import unescape

    page = tmp_path / "page.html"
    arguments = ["-i", "truth", "--unlabeled", "plum", "--budget", "3", "--report", page]
    assert run("recommend", table, "-t", "kind", *arguments).exit_code == 0
    code = unescape(page.read_text(encoding="utf-8").rsplit("<pre><code>", 1)[1].split("</code>")[0])
    names: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(code, names)
    assert names["X"].equals(frame_read(table, ["truth"]))
    assert names["model"].classes_.tolist() == ["apple", "pear"]
    assert len(names["labels"]) == 240
    assert names["found"].data_summary.n_unlabeled == fruit()["kind"].isin(["apple", "pear"]).eq(False).sum()


@pytest.mark.usefixtures("quick")
def test_label_writes_the_report_and_says_where_the_labels_are(table):
    out, page = table.with_name("out.csv"), table.with_name("page.html")
    result = auto(table, out, "--budget", "3", "--report", page)
    assert result.exit_code == 0, result.stderr
    assert "“kind_predicted” of out.csv" in page.read_text(encoding="utf-8")
    assert sorted(os.listdir(table.parent)) == ["fruit.csv", "out.csv", "page.html"]


@pytest.mark.usefixtures("quick")
def test_a_table_with_labels_in_all_rows_is_answered_with_a_warning(tmp_path):
    path, page = tmp_path / "all.csv", tmp_path / "page.html"
    fruit(labeled=240).to_csv(path, index=False)
    result = run("recommend", path, "-t", "kind", "-i", "truth", "--budget", "2", "--report", page)
    assert result.exit_code == 0
    assert "every row of 'kind' has a label" in result.stderr
    assert "semigen label" not in result.stdout
    assert "Rows worth labelling next" not in page.read_text(encoding="utf-8")


@pytest.mark.usefixtures("quick")
def test_two_labels_in_all_are_enough_for_a_page(tmp_path):
    path, page = tmp_path / "two.csv", tmp_path / "page.html"
    table = fruit()
    table["kind"] = [*table["truth"][:1], *[None] * 239]
    table.loc[table.index[table["truth"] != table["truth"][0]][0], "kind"] = "another"
    table.to_csv(path, index=False)
    result = run("recommend", path, "-t", "kind", "-i", "truth", "--budget", "2", "--report", page)
    assert result.exit_code == 0, result.stderr
    text = page.read_text(encoding="utf-8")
    assert "2 classes, such as" in text
    assert "have only one labelled row" in text
    # Of the rows: nothing was measured that a picture of errors could show.
    assert text.count("<img") == 1
    assert "The classifiers compared" not in text


@pytest.mark.usefixtures("quick")
def test_of_many_classes_those_with_the_most_labels_are_drawn(tmp_path):
    rng = np.random.default_rng(1)
    k = np.r_[np.repeat(np.arange(5), 6), np.repeat(np.arange(5, 40), 2), rng.integers(0, 40, 100)]
    table = pd.DataFrame({"x": k % 7 + rng.normal(0, 0.1, 200), "y": k // 7 + rng.normal(0, 0.1, 200)})
    table["kind"] = [f"kind {each}" if i < 100 else None for i, each in enumerate(k)]
    path, page = tmp_path / "many.csv", tmp_path / "page.html"
    table.to_csv(path, index=False)
    result = run("recommend", path, "-t", "kind", "--budget", "2", "--report", page)
    assert result.exit_code == 0, result.stderr
    assert "Of the 40 classes, the 20 with the most labels are shown." in page.read_text(encoding="utf-8")


def test_a_report_that_could_not_be_written_is_refused_before_anything_is_read(table, monkeypatch):
    from semigen.cli import table_input as inputs

    monkeypatch.setattr(inputs, "read_labelled", lambda *_: pytest.fail("read the table"))
    folder = table.parent
    (folder / "folder.html").mkdir()
    (folder / "twin.html").symlink_to(table)
    for name, part in {
        "page.pdf": "must end in .html",
        "absent/page.html": "there is no directory",
        "folder.html": "is a directory",
        "twin.html": "is another file of this command",
    }.items():
        one_line(run("recommend", table, "-t", "kind", "--report", folder / name), part)
        one_line(auto(table, folder / "out.csv", "--report", folder / name), part)


@pytest.mark.usefixtures("quick")
def test_classes_with_dollars_are_drawn_as_they_are_written(table):
    page, path = table.with_name("page.html"), table.with_name("prices.csv")
    prices = dict(zip(KINDS, ["$0_$10", "$10_$20", "$20_"], strict=True))
    fruit().replace({"kind": prices}).to_csv(path, index=False)
    result = run(
        "label",
        path,
        "-t",
        "kind",
        "-i",
        "truth",
        "-o",
        page.with_name("o.csv"),
        "--model",
        "auto",
        "--budget",
        "2",
        "--report",
        page,
    )
    assert result.exit_code == 0, result.stderr
    text = page.read_text(encoding="utf-8")
    assert "could not be drawn" not in text
    assert text.count("<img") >= 3


@pytest.mark.usefixtures("quick")
def test_a_report_that_fails_does_not_cost_the_labelled_table(table, monkeypatch):
    def fail(*_: object) -> None:
        raise RuntimeError("the report failed")

    monkeypatch.setattr(contents, "to_html", fail)
    page, out = table.with_name("page.html"), table.with_name("o.csv")
    result = run(
        "label", table, "-t", "kind", "-i", "truth", "-o", out, "--model", "auto", "--budget", "2", "--report", page
    )
    assert "the report failed" in str(result.exception)
    assert pl.read_csv(out)["kind_predicted"].null_count() == 0
    assert not page.exists()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_while_the_report_is_written_leaves_the_old_one_and_no_other(table, monkeypatch, failure):
    page = table.with_name("page.html")
    page.write_text("old")

    def fail(descriptor: int) -> None:
        raise failure

    monkeypatch.setattr("semigen._files.os.fsync", fail)
    result = run("recommend", table, "-t", "kind", "-i", "truth", "--budget", "1", "--report", page, "-q")
    if isinstance(failure, OSError):
        one_line(result, "No space left on device")
    else:
        assert result.exit_code == 130
    assert page.read_text() == "old"
    assert sorted(os.listdir(table.parent)) == ["fruit.csv", "page.html"]


@pytest.mark.usefixtures("quick")
def test_a_picture_whose_fits_fail_is_left_out_with_a_warning(table, monkeypatch):
    def fail(*_: Any, **__: Any) -> None:
        raise ValueError("too few")

    monkeypatch.setattr(errors_by_labels, "label_curve", fail)
    page = table.with_name("page.html")
    result = run("recommend", table, "-t", "kind", "-i", "truth", "--budget", "2", "--report", page)
    assert result.exit_code == 0
    assert "lacks a picture" in result.stderr
    assert "Would more labels help?" not in page.read_text(encoding="utf-8")


@pytest.mark.usefixtures("quick")
def test_rows_to_label_begin_with_the_classes_of_which_labels_are_said_to_be_needed_most(tmp_path):
    table = fruit()
    plums = table.index[(table["kind"] == "plum")][4:]
    table.loc[plums, "kind"] = None
    path, page = tmp_path / "fruit.csv", tmp_path / "page.html"
    table.to_csv(path, index=False)
    result = run("recommend", path, "-t", "kind", "-i", "truth", "--budget", "3", "--report", page)
    assert result.exit_code == 0, result.stderr
    text = page.read_text(encoding="utf-8")
    assert "more labels, most of all of “plum”" in text
    assert "Labels are needed most of “plum”, so the list begins with rows that may be of that class." in text
    below = text.split("its guesses</th>")[1].split("</table>")[0]
    rows = re.findall(r'<td class="number">(\d+)</td><td>([^<]*)</td><td>([^<]*)</td>', below)
    assert [why for _, _, why in rows[:2]] == ["few labels of “plum”"] * 2
    assert {why for _, _, why in rows[2:]} <= {"the classifier is unsure", "many rows are like it"}
    assert all("“plum”" in guesses for _, guesses, _ in rows[:2])
    assert len({row for row, _, _ in rows}) == 10
    assert table["kind"].iloc[[int(row) - 1 for row, _, _ in rows]].isna().all()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("subcommand", ["label", "recommend"])
def test_the_terminal_and_the_page_say_the_same_of_more_labels(table, monkeypatch, subcommand):
    from semigen.cli import measured_label_curve

    def falling(material: Any) -> LabelCurve:
        chosen = material.found.candidates[material.found.chosen].name
        errors = np.array([[[0.4, 0.41, 0.42, 0.41], [0.2, 0.2, 0.21, 0.2]]])
        return LabelCurve((chosen,), np.array([20, 40]), errors, 180, 20, (True,))

    monkeypatch.setattr(measured_label_curve, "measured_curve", falling)
    page = table.with_name("page.html")
    arguments = ["-t", "kind", "-i", "truth", "--budget", "2", "--report", page]
    arguments += ["-o", table.with_name("o.csv")] if subcommand == "label" else []
    result = run(subcommand, table, *arguments)
    assert result.exit_code == 0, result.stderr
    said = " ".join((result.stderr if subcommand == "label" else result.stdout).split())
    answer = "Yes, more labels are likely to lower the error. With 40 labels instead of 20, the error of"
    assert f"Would more labels help? {answer}" in said
    text = page.read_text(encoding="utf-8")
    assert text.count(answer) == 1
    assert "Label more rows if you can" in text
