"""semigen label --label-mechanism: whether labels are missing at random is told."""

from __future__ import annotations

import csv

import pytest

from tests.cli.commands import run
from tests.mixture.mechanisms import labelled_by_entropy


def command(tmp_path, *options):
    X, y, _ = labelled_by_entropy()
    rows = ([*row, "" if label < 0 else "ab"[label]] for row, label in zip(X, y, strict=True))
    with (tmp_path / "in.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["u", "v", "kind"], *rows])
    return run("label", tmp_path / "in.csv", "-t", "kind", "-o", tmp_path / "out.csv", *options)


def test_it_is_told_whether_labels_are_missing_at_random(tmp_path):
    result = command(tmp_path, "--model", "mixture", "--label-mechanism", "entropy")
    assert result.exit_code == 0, result.stderr
    said = " ".join(result.stderr.split())
    assert "Rows lack a label the more often, the less sure their class is" in said
    assert "That labels are missing at random is rejected" in said
    assert (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--model", "auto", "--label-mechanism", "entropy"), "goes with --model mixture only"),
        (("--model", "mixture", "--label-mechanism", "class"), "SemiSupervisedGMM in Python also takes 'class'"),
        (("--model", "mixture", "--label-mechanism", "entropy", "--label-noise"), "use one of the two"),
        (("--model", "mixture", "--label-mechanism", "entropy", "--in-parts"), "these come in parts"),
    ],
    ids=str,
)
def test_what_it_does_not_go_with_is_refused(tmp_path, options, message):
    result = command(tmp_path, *options)
    assert result.exit_code != 0
    # Messages in a box are broken into lines.
    assert message in " ".join(result.stderr.replace("│", " ").split())
    assert not (tmp_path / "out.csv").exists()
