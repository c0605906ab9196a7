"""`semigen recommend`: the choice, the reasons, the command that it prints, and what it refuses."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import semigen
from semigen.cli.next_steps import Settings
from semigen.tables.frames import declare_columns, typed_frame
from tests.cli.commands import COMMAND, one_line, run
from tests.cli.fruit import auto, fruit


def test_the_verdict_the_ranked_table_and_the_reasons_are_printed(table):
    result = run("recommend", table, "-t", "kind", "-i", "truth", "--budget", "8", "--seed", "1")
    assert result.exit_code == 0, result.stderr
    found = semigen.recommend(*frame_and_labels(table), unlabeled=None, candidates=["LDA"], budget=2)
    assert "predicted labels to be wrong" in " ".join(result.stdout.split("\n\n")[0].split())
    for name in found.names:
        assert sum(name in line for line in result.stdout.splitlines() if "raced" in line or "dropped" in line) >= 1
    assert "The labels of 60 rows were hidden" in result.stdout
    assert "rank_queries" not in result.stdout
    assert "semigen label " in result.stdout
    assert "--ignore truth --seed 1" in result.stdout
    assert max(map(len, result.stdout.splitlines()[:-4])) <= 120
    for column, why in (("id", "is frequent"), ("farm", "the same value in every row")):
        assert sum(f"'{column}' is left out" in line and why in line for line in result.stderr.splitlines()) == 1
    assert "--column id=category" in result.stderr
    assert "column_kinds" not in result.stderr + result.stdout
    assert os.listdir(table.parent) == ["fruit.csv"]


def frame_and_labels(path: Any) -> tuple[pl.DataFrame, list[Any]]:
    read = pl.read_csv(path, infer_schema=False)
    return typed_frame(read, *declare_columns(read, ["weight", "colour", "picked"])), read["kind"].to_list()


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


def test_commands_that_are_printed_hold_names_like_options(table, monkeypatch):
    monkeypatch.chdir(table.parent)
    pd.read_csv(table).rename(columns={"kind": "-t", "truth": "--seed"}).to_csv("-dash.csv", index=False)
    printed = run("recommend", "./-dash.csv", "--target=-t", "--ignore=--seed", "--budget", "3").stdout
    words = shlex.split(printed.split("To label the blank rows with it:")[1].strip().splitlines()[0])
    result = run(*words[1:])
    assert result.exit_code == 0, result.stderr


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


def test_what_the_comparison_refuses_is_one_sentence(table, monkeypatch):
    def refuse(*_: Any, **__: Any) -> None:
        raise ValueError("No candidate could be fitted.")

    monkeypatch.setattr(semigen, "recommend", refuse, raising=False)
    one_line(run("recommend", table, "-t", "kind", "-q"), "No candidate could be fitted.")


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


def test_the_default_budget_is_the_same_everywhere():
    assert Settings().budget == 60.0
    assert "60.0" in run("recommend", "--help").stdout


def test_the_real_command_answers_help_and_exits_with_2_for_wrong_usage():
    assert subprocess.run([*COMMAND, "recommend"], capture_output=True, check=False).returncode == 2
    assert subprocess.run([*COMMAND, "recommend", "-h"], capture_output=True, check=False).returncode == 0
