"""`--group COLUMN`: rows of a patient are compared by other patients' rows, and the column is not learnt from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from semigen.cli import measured_label_curve
from semigen.recommendation import _recommend
from tests.cli.commands import run


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(0)
    patient = np.repeat(np.arange(30), 6)
    coin = rng.permutation(np.arange(30) % 2)[patient]
    visits = pd.DataFrame(10 * rng.normal(size=(30, 3))[patient] + 0.1 * rng.normal(size=(180, 3)), columns=list("abc"))
    visits["patient"] = patient
    visits["ill"] = np.where(np.arange(180) % 6 < 4, np.array(["no", "yes"])[coin], "")
    visits.to_csv(tmp_path / "visits.csv", index=False)
    return tmp_path / "visits.csv"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Compare few candidates, and draw no curve."""
    known = _recommend.candidates_for
    monkeypatch.setattr(_recommend, "candidates_for", lambda rows, asked: known(rows, ["label spreading"]))
    monkeypatch.setattr(measured_label_curve, "PATIENCE", 0.0)


def test_groups_are_held_out_whole_and_not_learnt_from(table, tmp_path):
    flattered = run("recommend", table, "-t", "ill", "--ignore", "patient")
    honest = run("recommend", table, "-t", "ill", "--group", "patient", "--report", tmp_path / "page.html")
    assert flattered.exit_code == honest.exit_code == 0, honest.stderr
    assert "30 groups" in honest.stdout
    assert "learning from 3 columns: a, b, c" in honest.stderr.replace("'", "")
    assert flattered.stdout.startswith("Use “label spreading”.")
    said = " ".join(honest.stdout.split())
    assert said.startswith("Do not")
    page = (tmp_path / "page.html").read_text()
    assert "--group patient" in page
    assert "groups=groups" in page
    assert "--ignore patient" in honest.stdout


def test_labels_are_written_by_what_groups_favour(table, tmp_path):
    result = run("label", table, "-t", "ill", "-o", tmp_path / "out.csv", "--model", "auto", "--group", "patient")
    assert result.exit_code == 0, result.stderr
    assert pd.read_csv(tmp_path / "out.csv")["ill_predicted"].notna().all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--group", "patiemt"], "there is no column 'patiemt'; did you mean 'patient'?"),
        (["--group", "ill"], "cannot be the target and name the groups"),
    ],
)
def test_a_column_that_names_no_groups_is_refused(table, options, message):
    result = run("recommend", table, "-t", "ill", *options)
    assert result.exit_code == 1
    assert message in result.stderr


def test_a_labelled_row_without_a_group_is_refused(table):
    rows = pd.read_csv(table, dtype=str)
    rows.loc[4, "patient"] = ""
    rows.loc[3, "patient"] = ""
    rows.to_csv(table, index=False)
    result = run("recommend", table, "-t", "ill", "--group", "patient")
    assert result.exit_code == 1
    assert "labelled row 3 belongs to no group" in result.stderr


def test_groups_go_with_auto_only(table, tmp_path):
    result = run("label", table, "-t", "ill", "-o", tmp_path / "out.csv", "--group", "patient", "-m", "mixture")
    assert result.exit_code == 2
    assert "goes with --model auto only" in " ".join(result.stderr.split()).replace("│ ", "")
