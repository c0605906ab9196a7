"""semigen label --label-noise: the labels that are most likely wrong are named."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from tests.cli.commands import run


@pytest.mark.parametrize("options", [[], ["--in-parts"]], ids=str)
def test_the_ten_worst_suspects_are_named(tmp_path, options):
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 300)
    X = rng.normal(size=(300, 3)) + 6 * np.eye(2, 3)[truth]
    y = np.array(["cat", "dog"], dtype=object)[truth]
    wrong = rng.permutation(300)[:12]
    y[wrong] = np.array(["dog", "cat"], dtype=object)[truth[wrong]]
    blank = np.setdiff1d(np.arange(300)[::3], wrong)
    y[blank] = ""
    with (tmp_path / "in.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["a", "b", "c", "kind"], *([*row, label] for row, label in zip(X, y, strict=True))])
    command = ["label", tmp_path / "in.csv", "-t", "kind", "-o", tmp_path / "out.csv", "--model", "mixture"]
    result = run(*command, "--label-noise", *options)
    assert result.exit_code == 0, result.stderr
    assert f"about 12 of {300 - len(blank)} given labels are wrong; check first the 10" in result.stderr
    lines = [line for line in result.stderr.splitlines() if "is wrong with probability" in line]
    rows = [int(line.split("row ")[1].split(":")[0]) - 1 for line in lines]
    assert len(rows) == 10
    assert set(rows) <= set(wrong.tolist())
    assert f"row {rows[0] + 1}: {y[rows[0]]} is wrong with probability 100%" in lines[0]
    assert "is wrong with" not in run(*command, *options).stderr


def test_other_models_refuse_it(tmp_path):
    (tmp_path / "in.csv").write_text("a,kind\n1,x\n2,y\n3,\n")
    result = run("label", tmp_path / "in.csv", "-t", "kind", "-o", tmp_path / "out.csv", "-m", "auto", "--label-noise")
    assert result.exit_code == 2
    assert "goes with --model mixture only" in result.stderr
