"""Rows whose labels to check: the terminal and the page name the same ones, by their numbers in the file."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from semigen.cli.answers import answers_of, lines_to_check
from semigen.cli.recommend_table import hidden_in_table
from semigen.diagnostics.rows_to_check import HiddenLabels, RowsToCheck, RowToCheck, rows_to_check
from tests.cli.commands import run
from tests.cli.fruit import KINDS, auto, fruit


@pytest.fixture
def mislabelled(tmp_path):
    """A table in which two of the given labels are wrong, and its path."""
    table = fruit()
    for row in (3, 40):
        table.loc[row, "kind"] = KINDS[(KINDS.tolist().index(table["truth"][row]) + 1) % 3]
    path = tmp_path / "fruit.csv"
    table.to_csv(path, index=False)
    return path


def rows_named(text: str, heading: str) -> list[int]:
    """Row numbers behind a heading of the terminal."""
    found = re.search(rf"{heading}: rows? ([\d, ]+)", text, re.IGNORECASE)
    assert found, text
    return [int(row) for row in found[1].split(",")]


def rows_shown(page: str, heading: str) -> list[int]:
    """Row numbers in the table below a heading of the page."""
    below = page.split(f": {heading}</h3>")[1].split("</table>")[0]
    return [int(row) for row in re.findall(r'<tr><td class="number">(\d+)</td>', below)]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("subcommand", ["label", "recommend"])
def test_the_terminal_and_the_page_name_the_same_rows_of_the_file(mislabelled, tmp_path, subcommand):
    page, out = tmp_path / "page.html", tmp_path / "out.csv"
    if subcommand == "label":
        result = auto(mislabelled, out, "--budget", "3", "--report", page)
        said = result.stderr
    else:
        result = run("recommend", mislabelled, "-t", "kind", "-i", "truth", "--budget", "3", "--report", page)
        said = result.stdout
    assert result.exit_code == 0, result.stderr
    shown = page.read_text(encoding="utf-8")
    doubted = rows_named(said, "given labels that look wrong")
    unsure = rows_named(said, "predictions that are least sure")
    assert doubted == rows_shown(shown, "given labels that look wrong")
    assert unsure == rows_shown(shown, "predictions that are least sure")
    assert said.index("given labels that look wrong") < said.index("predictions that are least sure")
    assert {4, 41} <= set(doubted)  # rows are counted from 1
    table = fruit()
    assert table["kind"].iloc[np.array(unsure) - 1].isna().all()
    if subcommand == "label":
        probability = pl.read_csv(out)["kind_probability"].to_numpy()
        assert (np.diff(probability[np.array(unsure) - 1]) >= 0).all()
        assert probability[np.array(unsure) - 1].max() <= np.sort(probability[60:])[len(unsure) - 1]


def test_hidden_labels_of_a_sample_are_named_by_their_rows_in_the_file():
    said = HiddenLabels(np.array([1, 2]), np.array([0.1, 0.1]), np.array(["b", "b"]), np.array([0.9, 0.9]))
    sample, found = SimpleNamespace(row_numbers=np.array([5, 70, 900])), SimpleNamespace(hidden_labels=said)
    assert hidden_in_table(sample, found).rows.tolist() == [70, 900]
    assert hidden_in_table(sample, SimpleNamespace(hidden_labels=None)) is None


def test_labels_that_were_hidden_are_said_to_be():
    row = RowToCheck(5, "a", 0.1, "b", 0.9, hidden=True)
    said = lines_to_check(RowsToCheck((row,), 1, 30, (), 0, n_hidden=30))[0]
    assert said.endswith(
        "row 5 (1 in all; another class is more probable there, or the label was improbable while it was hidden)"
    )
    none = lines_to_check(RowsToCheck((), 0, 30, (), 0, n_hidden=30))[0]
    assert none.endswith("but that none was improbable while it was hidden does not prove them right")


def test_what_no_row_is_to_be_checked_for_is_said_too():
    none = lines_to_check(RowsToCheck((), 0, 30, (), 0))[0]
    assert none == "none of the 30 given labels looks wrong, but the classifier learnt from them, so that proves little"
    assert lines_to_check(RowsToCheck((), 0, 0, (), 0)) == []


def test_the_number_of_doubted_rows_is_told_besides_those_named():
    row = RowToCheck(5, "a", 0.1, "b", 0.9)
    said = lines_to_check(RowsToCheck((row,), 1, 30, (row,), 8))
    assert said[0].endswith("row 5 (1 in all; another class is more probable there)")
    assert said[1].endswith("row 5 (the 1 least sure of 8)")
    begin = lines_to_check(RowsToCheck((row,), 1, 30, (row,), 8), check_all=True)
    assert begin[1].startswith(
        "check then every prediction that you use, and begin with the predictions that are least"
    )
    assert "rows 5, 5 (the 2 most doubtful of 12;" in lines_to_check(RowsToCheck((row, row), 12, 30, (), 0))[0]


def test_answers_are_the_labels_that_were_given_and_else_the_most_probable_ones():
    class Model:
        classes_ = np.array(["a", "b"])

        def predict_proba(self, rows):
            return np.column_stack([rows, 1 - np.asarray(rows)])

    rows = np.linspace(0, 1, 70_000)
    labels = pl.Series(["b", None] * 35_000)
    found = answers_of(Model(), rows, labels)
    assert (found.codes[::2] == 1).all()
    assert (found.codes[1::2] == (rows[1::2] < 0.5)).all()
    assert found.given.sum() == 35_000
    np.testing.assert_allclose(found.probability[::2], 1 - rows[::2])
    np.testing.assert_allclose(found.best_probability, np.maximum(rows, 1 - rows))
    check = rows_to_check(found)
    unsure = np.maximum(rows, 1 - rows)[1::2] < 0.9
    assert check.n_unsure == unsure.sum()
    assert dict(check.predicted) == {"a": (rows[1::2] >= 0.5).sum(), "b": (rows[1::2] < 0.5).sum()}
    assert rows_to_check(found).n_doubted == (rows[::2] > 0.5).sum()
