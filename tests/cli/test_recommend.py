"""`semigen recommend` and `semigen label --model auto`: from tables as people have them to a choice and a page."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import warnings
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import semigen
from semigen.cli import report_contents as contents
from semigen.cli.next_steps import Settings
from semigen.tables.frames import declare_columns, typed_frame
from tests.cli.test_label import COMMAND, one_line, run

KINDS = np.array(["apple", "pear", "plum"])


def fruit(n: int = 240, labeled: int = 60) -> pd.DataFrame:
    """Numbers, text, dates and gaps in each; a name for each row, a constant, and labels in the first rows."""
    rng = np.random.default_rng(0)
    k = rng.integers(0, 3, n)
    table = pd.DataFrame(
        {
            "id": [f"F-{i:04d}" for i in range(n)],
            "weight": rng.normal(150 + 40 * k, 20).round(1),
            "colour": np.where(rng.random(n) < 0.7, KINDS[k], "?"),
            "picked": (pd.Timestamp("2026-08-01") + pd.to_timedelta(20 * k + rng.integers(0, 20, n), "D")).strftime(
                "%Y-%m-%d"
            ),
            "farm": "home",
        }
    )
    table.loc[::7, "weight"] = None
    table.loc[1::9, "picked"] = None
    table["kind"] = np.where(np.arange(n) < labeled, KINDS[k], None)
    table["truth"] = KINDS[k]
    return table


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "fruit.csv"
    fruit().to_csv(path, index=False)
    return path


@pytest.fixture
def quick(monkeypatch):
    """Compare two candidates only: what they are is tested elsewhere."""
    recommend = semigen.recommend

    def of_two(X: Any, y: Any, **options: Any) -> Any:
        return recommend(X, y, candidates=["LDA", "mixture"], **options)

    monkeypatch.setattr(semigen, "recommend", of_two, raising=False)


def auto(table: Any, out: Any, *more: Any) -> Any:
    return run("label", table, "-t", "kind", "-i", "truth", "-o", out, "--model", "auto", *more)


# What is printed and written ------------------------------------------------------------------------------------------


def test_the_verdict_the_ranked_table_and_the_reasons_are_printed(table):
    result = run("recommend", table, "-t", "kind", "-i", "truth", "--budget", "4", "--seed", "1")
    assert result.exit_code == 0, result.stderr
    found = semigen.recommend(*frame_and_labels(table), unlabeled=None, candidates=["LDA"], budget=2)
    assert "% wrong labels; anything from" in " ".join(result.stdout.split("\n\n")[0].split())
    for name in found.names:
        assert sum(name in line for line in result.stdout.splitlines() if "raced" in line or "dropped" in line) >= 1
    assert "The labels of 60 rows were hidden" in result.stdout
    assert "rank_queries" not in result.stdout
    assert "semigen label " in result.stdout
    assert "--ignore truth --seed 1" in result.stdout
    assert max(map(len, result.stdout.splitlines()[:-4])) <= 120
    for column, why in (("id", "is frequent"), ("farm", "the same value in every row")):
        assert sum(f"'{column}' is left out" in line and why in line for line in result.stderr.splitlines()) == 1
    assert os.listdir(table.parent) == ["fruit.csv"]


def frame_and_labels(path: Any) -> tuple[pl.DataFrame, list[Any]]:
    read = pl.read_csv(path, infer_schema=False)
    return typed_frame(read, *declare_columns(read, ["weight", "colour", "picked"])), read["kind"].to_list()


@pytest.mark.usefixtures("quick")
def test_blank_rows_get_the_label_of_the_best_classifier_and_given_ones_are_kept(table):
    out = table.with_name("out.csv")
    result = auto(table, out, "--budget", "3")
    assert result.exit_code == 0, result.stderr
    written = pl.read_csv(out, infer_schema=False)
    truth = fruit()["truth"].to_numpy()
    predicted = written["kind_predicted"].to_numpy()
    assert (predicted[:60] == truth[:60]).all()
    assert np.mean(predicted[60:] == truth[60:]) > 0.9
    before = pl.read_csv(table, infer_schema=False)
    assert written.select(before.columns).equals(before)
    probability = written["kind_probability"].cast(pl.Float64)
    assert probability.is_between(0, 1).all()
    assert probability[60:].min() > 1 / 3 - 1e-9


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("labels", [pl.Int8, pl.Boolean, pl.Categorical, pl.Float64], ids=str)
def test_a_parquet_file_keeps_its_types_and_gives_those_of_its_own(tmp_path, labels):
    frame = pl.read_csv(StringIO(fruit().drop(columns="truth").to_csv(index=False)))
    codes = frame["kind"].replace_strict(dict(zip(KINDS, [3, 5, 3], strict=True)), default=None, return_dtype=pl.Int8)
    values = {pl.Int8: codes, pl.Boolean: codes == 3, pl.Categorical: frame["kind"].cast(pl.Categorical)}
    frame = frame.with_columns(
        values.get(labels, codes.cast(pl.Float64)).alias("kind"),
        pl.col("picked").str.to_date(),
        pl.col("colour").cast(pl.Categorical),
        pl.Series("tags", [["a"]] * len(frame)),
    )
    source, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    frame.write_parquet(source)
    result = run("label", source, "-t", "kind", "-o", out, "--model", "auto", "--budget", "3")
    assert result.exit_code == 0, result.stderr
    assert "'tags' is left out: it holds lists" in result.stderr
    written = pl.read_parquet(out)
    assert written.schema["kind_predicted"] == frame.schema["kind"]
    assert written.select(frame.columns).equals(frame)
    assert set(written["kind_predicted"].unique()) == set(frame["kind"].drop_nulls().unique())


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
    named = re.findall(r'<td class="number">(\d+)</td><td>[^<]*</td><td>F-(\d+)</td>', text)
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
    assert names["found"].situations.n_unlabeled == fruit()["kind"].isin(["apple", "pear"]).eq(False).sum()


@pytest.mark.usefixtures("quick")
def test_the_command_that_is_printed_labels_with_the_classifier_that_was_recommended(table):
    out = table.with_name("by-auto.csv")
    assert auto(table, out, "--budget", "3", "--seed", "5").exit_code == 0
    printed = run("recommend", table, "-t", "kind", "-i", "truth", "--budget", "3", "--seed", "5").stdout
    words = shlex.split(printed.split("To label the blank rows with it:")[1].strip().splitlines()[0])
    chosen = words[words.index("--model") + 1]
    assert f"> {'mixture' if chosen == 'mixture of encoded columns' else chosen} " in printed
    result = run(*words[1:])
    assert result.exit_code == 0, result.stderr
    assert f"learnt by {chosen}" in result.stderr
    assert pl.read_csv(words[words.index("--out") + 1]).equals(pl.read_csv(out))


@pytest.mark.parametrize("model", ["LDA", "mixture of encoded columns"])
def test_a_classifier_may_be_called_by_its_name(table, model):
    out = table.with_name("out.csv")
    result = run("label", table, "-t", "kind", "-i", "truth", "-o", out, "--model", model)
    assert result.exit_code == 0, result.stderr
    labelled = pl.read_csv(out)
    assert labelled["kind_predicted"].null_count() == 0
    assert (labelled["kind_predicted"] == labelled["truth"]).mean() > 0.8


def test_commands_that_are_printed_hold_names_like_options(table, monkeypatch):
    monkeypatch.chdir(table.parent)
    pd.read_csv(table).rename(columns={"kind": "-t", "truth": "--seed"}).to_csv("-dash.csv", index=False)
    printed = run("recommend", "./-dash.csv", "--target=-t", "--ignore=--seed", "--budget", "3").stdout
    words = shlex.split(printed.split("To label the blank rows with it:")[1].strip().splitlines()[0])
    result = run(*words[1:])
    assert result.exit_code == 0, result.stderr


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
    assert text.count("<img") == 2


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


# Refusals -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["recommend", "label"])
@pytest.mark.parametrize(
    ("change", "target", "parts"),
    [
        ({}, "knid", ["no column 'knid'", "did you mean 'kind'?"]),
        ({"kind": [None] * 240}, "kind", ["no row of 'kind' has a label"]),
        ({"kind": ["apple"] * 240}, "kind", ["'apple'", "second class"]),
        ({"kind": [float(i) for i in range(240)]}, "kind", ["240 different numbers", "a quantity"]),
        ({"kind": [i / 7 for i in range(240)]}, "kind", ["240 different numbers", "a quantity"]),
        ({"weight": [1.0, "inf", *[2.5] * 238]}, "kind", ["infinite", "1 in 'weight'"]),
    ],
)
def test_a_mistake_is_refused_in_one_sentence_before_anything_is_compared(
    tmp_path, monkeypatch, command, change, target, parts
):
    monkeypatch.setattr(semigen, "recommend", lambda *_, **__: pytest.fail("compared"), raising=False)
    path = tmp_path / "t.csv"
    fruit().assign(**change).to_csv(path, index=False)
    out = ["--out", tmp_path / "out.csv", "--model", "auto"] if command == "label" else []
    one_line(run(command, path, "-t", target, *out), *parts)
    assert os.listdir(tmp_path) == ["t.csv"]


def test_a_target_of_a_thousand_numbers_in_many_rows_is_a_quantity(tmp_path):
    path = tmp_path / "t.csv"
    pd.DataFrame({"x": np.arange(9000) % 7, "price": [*(np.arange(8999) % 1000), ""]}).to_csv(path, index=False)
    one_line(run("recommend", path, "-t", "price"), "1,000 different numbers in 8,999 labelled rows", "a quantity")


def test_rows_of_names_and_constants_alone_are_refused(tmp_path):
    path = tmp_path / "t.csv"
    fruit()[["id", "farm", "kind"]].to_csv(path, index=False)
    one_line(run("recommend", path, "-t", "kind"), "no column is left to learn from")


def test_no_blank_row_is_nothing_to_label(tmp_path):
    path = tmp_path / "t.csv"
    fruit(labeled=240).to_csv(path, index=False)
    one_line(auto(path, tmp_path / "out.csv"), "every row of 'kind' has a label, so there is nothing to do")


def test_what_the_comparison_refuses_is_one_sentence(table, monkeypatch):
    def refuse(*_: Any, **__: Any) -> None:
        raise ValueError("No candidate could be fitted.")

    monkeypatch.setattr(semigen, "recommend", refuse, raising=False)
    one_line(run("recommend", table, "-t", "kind", "-q"), "No candidate could be fitted.")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--budget", "0"],
        ["--budget", "soon"],
        ["--model", "best"],
        ["--model", "auto", "--components", "2"],
        ["--model", "auto", "--covariance", "full"],
        ["--model", "mixture", "--budget", "10"],
        ["--model", "mixture", "--report", "page.html"],
        ["--model", "LDA", "--report", "page.html"],
        ["--model", "LDA", "--components", "2"],
    ],
)
def test_options_that_go_with_another_model_are_wrong_usage(table, arguments):
    result = run("label", table, "-t", "kind", "-o", table.with_name("out.csv"), *arguments)
    assert result.exit_code == 2
    assert os.listdir(table.parent) == ["fruit.csv"]


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


# Whole or not at all --------------------------------------------------------------------------------------------------


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
    def fail(*_: Any) -> None:
        raise ValueError("too few")

    monkeypatch.setattr(contents, "held_out_probabilities", fail)
    page = table.with_name("page.html")
    result = run("recommend", table, "-t", "kind", "-i", "truth", "--budget", "2", "--report", page)
    assert result.exit_code == 0
    assert "lacks a picture" in result.stderr
    assert "How far to believe" not in page.read_text(encoding="utf-8")


def test_control_c_ends_a_comparison_quietly_and_leaves_nothing(table):
    import signal

    script = (
        "import semigen, time\n"
        "def slow(*_, **__):\n"
        "    print('comparing', flush=True)\n"
        "    time.sleep(60)\n"
        "semigen.recommend = slow\n"
        "from semigen.cli import main\n"
        "main()\n"
    )
    arguments = ["recommend", str(table), "-t", "kind", "--report", str(table.with_name("page.html"))]
    with subprocess.Popen(
        [sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "comparing\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert os.listdir(table.parent) == ["fruit.csv"]


# The rest -------------------------------------------------------------------------------------------------------------


def test_the_default_budget_is_the_same_everywhere():
    assert Settings().budget == 60.0
    assert "60.0" in run("recommend", "--help").stdout


def test_the_real_command_answers_help_and_exits_with_2_for_wrong_usage():
    assert subprocess.run([*COMMAND, "recommend"], capture_output=True, check=False).returncode == 2
    assert subprocess.run([*COMMAND, "recommend", "-h"], capture_output=True, check=False).returncode == 0
